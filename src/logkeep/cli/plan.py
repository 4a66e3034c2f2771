"""`logkeep plan`: what would be made and changed, why, and which verdicts turn."""

from __future__ import annotations

from pathlib import Path

import click

from logkeep.cli.answer import answer, say
from logkeep.cli.look import as_json, look
from logkeep.cli.place import Place, check_writable, find
from logkeep.cli.plan_file import write_plan
from logkeep.cli.problem import NO, YES
from logkeep.cli.settings import Settings, common, output, settings_of
from logkeep.cli.working import working
from logkeep.plan import Plan, plan
from logkeep.plan.costs import with_costs
from logkeep.show.plan import plan_text
from logkeep.show.plan_json import plan_json
from logkeep.snapshot import Snapshot
from logkeep.sources.notices import notices
from logkeep.words.plain import count


@click.command("plan", short_help="Show what would be made and changed, and why.")
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the plan, for `logkeep apply FILE`.",
)
@click.option("--check", is_flag=True, help="Exit with 1 where there is anything to change.")
@common
@click.pass_context
def command(context: click.Context, path: Path | None, *, check: bool) -> int:
    """Show what would be made and changed, why, and which verdicts turn; change nothing."""
    settings = settings_of(context)
    place = find(settings)
    if path is not None:
        check_writable(path)
    snapshot = look(settings, place, fresh=True).snapshot
    made = planned(settings, place, snapshot)
    if path is not None:
        write_plan(path, made)
        say(f"the plan is in {path}; `logkeep apply {path}` makes exactly it")
    noticed = notices(place.fleet, snapshot)
    if settings.json:
        answer(as_json(plan_json(place.fleet, made, noticed, costs=made.costs)))
    else:
        answer(plan_text(place.fleet, made, output(settings), noticed, costs=made.costs))
    return NO if check and (made.changes or made.blocked) else YES


def planned(settings: Settings, place: Place, snapshot: Snapshot) -> Plan:
    """The plan of a fleet from a snapshot, and what it may cost."""
    with working(settings, f"planning for {count(len(place.fleet.accounts), 'account')}") as tell:
        made = plan(place.fleet, snapshot, lambda number: tell(f"round {number}"))
        return with_costs(place.fleet, snapshot, made)
