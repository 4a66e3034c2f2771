"""`logkeep who`: everyone who may do something, and with --archive all that matters of it."""

from __future__ import annotations

import click
import msgspec

from logkeep.cli.answer import answer
from logkeep.cli.look import as_json, look
from logkeep.cli.place import find
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, common, output, settings_of
from logkeep.show.who import access_text
from logkeep.value import Verdict, all_of
from logkeep.who import Access, access

EXIT: dict[Verdict, int] = {"holds": YES, "fails": NO, "unknown": CANNOT_TELL}


@click.command("who", short_help="Say who may do something.")
@click.argument("action", required=False)
@click.argument("resource", required=False)
@click.option("--archive", is_flag=True, help="Who writes, reads, decrypts, deletes, administers.")
@click.option("--fresh", is_flag=True, help="Ask AWS again, however young the snapshot.")
@common
@click.pass_context
def command(
    context: click.Context,
    action: str | None,
    resource: str | None,
    *,
    archive: bool,
    fresh: bool,
) -> int:
    """Say who may do ACTION on RESOURCE; or, with --archive, all that matters of the archive.

    Exits with 0 where every conclusion is proven, 1 where one is broken, 3 where it cannot be told.
    """
    settings = settings_of(context)
    if archive and action:
        raise Problem("--archive asks about the whole archive, and takes no ACTION")
    if archive:
        return _archive(settings, fresh=fresh)
    raise Problem("nothing is asked", hint="name an ACTION and a RESOURCE, or run with --archive")


def _archive(settings: Settings, *, fresh: bool) -> int:
    place = find(settings)
    taken = look(settings, place, fresh=fresh)
    found = access(place.fleet, taken.snapshot)
    if settings.json:
        answer(as_json(access_json(found)))
    else:
        answer(access_text(place.fleet, found, output(settings), taken.age))
    return EXIT[all_of(conclusion.verdict for conclusion in found.conclusions)]


def access_json(found: Access) -> object:
    """The answer as JSON: the same values, with the schema's number first."""
    return {"schema": 1, **msgspec.to_builtins(found)}
