"""`logkeep list`: what there is, account by account, without a verdict."""

from __future__ import annotations

import click

from logkeep.cli.answer import answer
from logkeep.cli.look import as_json, look
from logkeep.cli.place import find
from logkeep.cli.problem import CANNOT_TELL, YES
from logkeep.cli.settings import common, output, settings_of
from logkeep.show.listing import listing_json, listing_text
from logkeep.sources.inventory import inventory, kinds


@click.command("list", short_help="Show what there is, account by account.")
@click.argument("kind", required=False, type=click.Choice(tuple(kinds())), metavar="[KIND]")
@click.option("--fresh", is_flag=True, help="Ask AWS again, however young the snapshot.")
@common
@click.pass_context
def command(context: click.Context, kind: str | None, *, fresh: bool) -> int:
    """Show what there is, account by account and without a verdict.

    KIND is `trails` or `archive`; without one all are shown. Exits with 0, and with 3 where
    something could not be read.
    """
    settings = settings_of(context)
    place = find(settings)
    taken = look(settings, place, fresh=fresh)
    listed = inventory(taken.facts, (kind,) if kind else ())
    if settings.json:
        answer(as_json(listing_json(listed)))
    else:
        answer(listing_text(place.fleet, listed, output(settings)))
    return YES if listed.complete else CANNOT_TELL
