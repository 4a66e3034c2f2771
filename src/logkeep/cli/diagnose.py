"""`logkeep diagnose`: the five aspects of every route, and the first broken hop of each."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from logkeep.cli.answer import answer
from logkeep.cli.kept_report import kept_header
from logkeep.cli.look import Taken, as_json, look, named, unread
from logkeep.cli.place import Place, check_writable, find
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, options, output, settings_of
from logkeep.cli.working import working
from logkeep.diagnose.diagnosis import Diagnosed, Diagnosis, diagnosis
from logkeep.diagnose.remarks import remarks
from logkeep.fleet import Fleet
from logkeep.show.diagnosis import Around, diagnosis_text, may_be_planned
from logkeep.show.diagnosis_json import diagnosis_json
from logkeep.show.steps import Beside, beside, steps_text
from logkeep.sources.notices import notices
from logkeep.words.plain import count, few, moment

if TYPE_CHECKING:  # what only some options need is imported where it is used: it takes a while
    from logkeep.diagnose.since import Since

PLANNED_MAX = 500
"""Of how many routes a plan is made only to know whether it is worth a hint."""


@click.command("diagnose", short_help="Say what is wrong, and why.")
@click.argument("routes", nargs=-1, metavar="[ROUTE]...")
@click.option("--all", "everything", is_flag=True, help="Include passing checks (with --json).")
@click.option("--steps", is_flag=True, help="Show every check in order.")
@click.option(
    "--since",
    "earlier",
    type=click.Path(path_type=Path),
    metavar="SNAPSHOT",
    help="Say also what changed since this earlier snapshot.",
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the way of one ROUTE into this SVG file.",
)
@options("fleet", "snapshot", "recent", "json")
@click.pass_context
def command(
    context: click.Context,
    routes: tuple[str, ...],
    *,
    everything: bool,
    steps: bool,
    earlier: Path | None,
    picture: Path | None,
) -> int:
    """Say of every route whether it is configured, permitted, arriving, intact and protected.

    A ROUTE is a route's name such as cloudtrail/222222222222/us-east-1, a part of it such as an
    account's name or id, or a pattern with `*`. With --since, the exit code is that of the
    current state.
    """
    settings = settings_of(context)
    if everything and not settings.json:
        raise Problem("--all goes with --json", hint="give --json, or --steps to read every check")
    place = find(settings)
    if picture is not None:
        check_writable(picture)
    taken = look(settings, place)
    with working(settings, f"diagnosing {count(len(place.fleet.accounts), 'account')}"):
        whole = diagnosis(taken.facts)
        found = chosen(whole, place.fleet, routes)
        changed = _changed(place, found, earlier, routes) if earlier is not None else None
    if picture is not None:
        _draw(picture, place.fleet, found)
    between = beside(taken.facts, found.routes, whole.routes) if steps else None
    if settings.json:
        answer(_json(place, taken, found, changed, between, everything=everything))
    elif between is not None:
        text = steps_text(place.fleet, found, output(settings), between)
        answer(text + _since_text(settings, place, changed))
    else:
        answer(_text(settings, place, taken, found, changed))
    return exit_code(found)


def _draw(path: Path, fleet: Fleet, found: Diagnosis) -> None:
    """Write the picture of the one route that was asked for."""
    from logkeep.aws.disk import write_whole
    from logkeep.show.picture import route_svg

    if len(found.routes) != 1:
        raise Problem(
            f"--picture draws one route, and {len(found.routes)} are meant",
            hint=f"name one ROUTE: {few([route.name for route in found.routes])}",
        )
    write_whole(path, route_svg(fleet, found.routes[0]).encode())


def _since_text(settings: Settings, place: Place, changed: Since | None) -> str:
    """What changed, after all else."""
    if changed is None:
        return ""
    from logkeep.show.since import since_text

    return f"\n{since_text(place.fleet, changed, output(settings))}"


def _changed(place: Place, found: Diagnosis, path: Path, wanted: tuple[str, ...]) -> Since:
    """What changed of the routes that were asked for, since an earlier snapshot."""
    from logkeep.diagnose.since import since

    before = diagnosis(named(path, place).facts)
    if before.taken_at > found.taken_at:
        raise Problem(
            f"{path}: was taken later, {moment(before.taken_at)}",
            hint=f"this diagnosis is of {moment(found.taken_at)}; name an earlier snapshot",
        )
    meant = matching(before, place.fleet, wanted) if wanted else before.routes
    return since(msgspec.structs.replace(before, routes=meant), found)


def matching(found: Diagnosis, fleet: Fleet, wanted: tuple[str, ...]) -> tuple[Diagnosed, ...]:
    """The routes that any of the user's words means."""
    return tuple(r for r in found.routes if any(_means(fleet, r.name, text) for text in wanted))


def _json(
    place: Place,
    taken: Taken,
    found: Diagnosis,
    changed: Since | None,
    between: Beside | None,
    *,
    everything: bool,
) -> str:
    """The answer in JSON; where the steps are wanted, those that hold are too."""
    document = diagnosis_json(
        place.fleet,
        found,
        everything=everything or between is not None,
        remarks=remarks(taken.facts),
        notices=notices(taken.facts),
        between=between,
    )
    if changed is None:
        return as_json(document)
    from logkeep.show.since import since_json

    return as_json({**document, "since": since_json(changed)})


def _text(
    settings: Settings, place: Place, taken: Taken, found: Diagnosis, changed: Since | None
) -> str:
    noted = remarks(taken.facts)
    noticed = notices(taken.facts)
    header = kept_header(place)
    verified_at = header.taken_at if header else None
    mends = _mends(taken, found)
    around = Around(taken.age, verified_at, unread(taken.snapshot), noted, noticed, mends)
    text = diagnosis_text(place.fleet, found, output(settings), around)
    return text + _since_text(settings, place, changed)


def _mends(taken: Taken, found: Diagnosis) -> bool | None:
    """Whether `logkeep plan` would change anything; in a big fleet that takes too long to ask."""
    if not may_be_planned(found):
        return False
    if len(found.routes) > PLANNED_MAX:
        return None
    from logkeep.plan.plan import planned

    return bool(planned(taken.facts).changes)


def chosen(found: Diagnosis, fleet: Fleet, wanted: tuple[str, ...]) -> Diagnosis:
    """The routes that were asked for; all where none was."""
    if not wanted:
        return found
    routes = matching(found, fleet, wanted)
    missed = [t for t in wanted if not any(_means(fleet, r.name, t) for r in found.routes)]
    if missed:
        names = [route.name for route in found.routes]
        hint = f"there is {few(names)}" if names else "the fleet file asks for no logs"
        raise Problem(*(f"there is no route `{text}`" for text in missed), hint=hint)
    return msgspec.structs.replace(found, routes=routes)


def _means(fleet: Fleet, name: str, text: str) -> bool:
    """Whether a word of the user's means a route: some of its parts, or a pattern."""
    parts = [fleet.accounts.get(part, part) for part in text.strip("/").split("/")]
    meant = "/".join(parts)
    if "*" in meant:
        return fnmatch.fnmatchcase(name, meant)
    return f"/{meant}/" in f"/{name}/"


def exit_code(found: Diagnosis) -> int:
    """Yes, no, or cannot tell."""
    summary = found.summary
    return NO if summary["fails"] else CANNOT_TELL if summary["unknown"] else YES
