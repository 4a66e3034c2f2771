"""`logkeep list`: what there is, account by account, without a verdict."""

from __future__ import annotations

from pathlib import Path

import click

from logkeep.cli.answer import answer
from logkeep.cli.encrypted_objects import encrypted_objects
from logkeep.cli.look import as_json, closer, look
from logkeep.cli.place import find
from logkeep.cli.problem import CANNOT_TELL, YES, Problem
from logkeep.cli.settings import options, output, settings_of
from logkeep.show.listing import listing_json, listing_text
from logkeep.sources.inventory import ON_DEMAND, inventory, kinds


@click.command("list", short_help="Show what there is, account by account.")
@click.argument("kind", required=False, type=click.Choice((*kinds(), *ON_DEMAND)), metavar="[KIND]")
@click.option("--wide", is_flag=True, help="Show everything that is known, instead of a line each.")
@click.option(
    "--objects",
    metavar="s3://BUCKET[/PREFIX]",
    help="With `encryption`: count the objects that are not encrypted as required today.",
)
@click.option(
    "--listing",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --objects: JSON lines with S3 Inventory's names, its manifest.json, or its CSV; "
    "else AWS is asked about each object.",
)
@click.option("--columns", default="", help="With --listing: the columns of a CSV, as `Key, Size`.")
@click.option(
    "--bucket",
    "described",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --objects: the bucket as AWS describes it, in JSON; needs no fleet.",
)
@options("fleet", "snapshot", "recent", "json")
@click.pass_context
def command(
    context: click.Context,
    kind: str | None,
    *,
    wide: bool,
    objects: str | None,
    listing: Path | None,
    columns: str,
    described: Path | None,
) -> int:
    """Show what there is, account by account and without a verdict.

    Without KIND everything is shown except `encryption`: each bucket's default encryption, what its
    policy enforces, and which AWS services' logs that stops. Exits with 0, and with 3 where
    something could not be read. With --objects it exits with 1 where an object is not encrypted as
    required.
    """
    settings = settings_of(context)
    if objects is not None:
        if kind != "encryption":
            raise Problem("--objects goes with `list encryption`")
        if columns and listing is None:
            raise Problem("--columns goes with the --listing whose columns they are")
        return encrypted_objects(settings, objects, listing, columns, described)
    if listing is not None or described is not None or columns:
        raise Problem("--listing, --columns and --bucket go with --objects s3://BUCKET")
    place = find(settings)
    on_demand = ON_DEMAND.get(kind) if kind else None
    if on_demand is not None:
        facts = closer(settings, place, on_demand.asks)
    else:
        facts = look(settings, place).facts
    listed = inventory(facts, (kind,) if kind else ())
    if settings.json:
        answer(as_json(listing_json(listed)))
    else:
        answer(listing_text(place.fleet, listed, output(settings), wide=wide))
    return YES if listed.complete else CANNOT_TELL
