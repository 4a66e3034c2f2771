"""`logkeep plan`: what would be made and changed, why, and which verdicts turn."""

from __future__ import annotations

from pathlib import Path

import click

from logkeep.cli.answer import answer, say
from logkeep.cli.look import as_json, look
from logkeep.cli.place import check_writable, find
from logkeep.cli.plan_file import write_plan
from logkeep.cli.problem import CANNOT_TELL, NO, YES
from logkeep.cli.settings import Settings, options, output, settings_of
from logkeep.cli.working import working
from logkeep.plan import Plan
from logkeep.plan.costs import with_costs
from logkeep.plan.plan import planned
from logkeep.show.plan import plan_text
from logkeep.show.plan_json import plan_json
from logkeep.snapshot.facts import Facts
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
@click.option("--check", is_flag=True, help="Exit with 1 if anything would change or stays broken.")
@options("fleet", "snapshot", "recent", "json")
@click.pass_context
def command(context: click.Context, path: Path | None, *, check: bool) -> int:
    """Show what would be made and changed, why, and which verdicts change; nothing is changed."""
    settings = settings_of(context)
    place = find(settings)
    if path is not None:
        check_writable(path)
    facts = look(settings, place).facts
    made = made_plan(settings, facts)
    if path is not None:
        write_plan(path, made, place, facts.snapshot)
        say(f"the plan is in {path}; `logkeep apply {path}` makes exactly it")
    noticed = notices(facts)
    if settings.json:
        answer(as_json(plan_json(place.fleet, made, noticed, costs=made.costs)))
    else:
        answer(plan_text(place.fleet, made, output(settings), noticed, costs=made.costs))
    return checked(made) if check else YES


def checked(made: Plan) -> int:
    """No where anything is to change or stays broken; cannot tell where all else is unknown."""
    if made.changes or made.broken:
        return NO
    return CANNOT_TELL if any(each.verdict == "unknown" for each in made.blocked) else YES


def made_plan(settings: Settings, facts: Facts) -> Plan:
    """The plan of a fleet from what is known of it, and what it may cost."""
    accounts = count(len(facts.fleet.accounts), "account")
    with working(settings, f"planning for {accounts}") as tell:
        return with_costs(facts, planned(facts, lambda number: tell(f"round {number}")))
