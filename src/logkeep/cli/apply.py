"""`logkeep apply`: makes exactly what the plan holds, and says what is done and what is left."""

from __future__ import annotations

import functools
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from logkeep.aws.disk import FileProblem
from logkeep.cli.alone import alone
from logkeep.cli.answer import answer, say, talk_on
from logkeep.cli.assigned import earlier_values, forget_values, keep_values
from logkeep.cli.look import as_line, collected, forget, named, with_report
from logkeep.cli.place import Place, find
from logkeep.cli.plan import made_plan
from logkeep.cli.plan_file import proven_plan
from logkeep.cli.problem import INTERRUPTED, NO, YES, Problem, problem_of
from logkeep.cli.settings import Settings, options, output, settings_of, talk
from logkeep.plan import Plan
from logkeep.show.applied import (
    Stop,
    applied_json,
    applied_text,
    refused_json,
    short_address,
    step_line,
    stopped_json,
    stopped_text,
)
from logkeep.show.plan import plan_text
from logkeep.show.plan_json import plan_json
from logkeep.value import Json
from logkeep.words.plain import clean

if TYPE_CHECKING:
    from logkeep.aws.applied import ApplyStopped
    from logkeep.aws.session import Session
    from logkeep.snapshot import Snapshot


@click.command("apply", short_help="Make exactly the changes of a plan.")
@click.argument("path", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options("fleet", "snapshot", "json")
@click.pass_context
def command(context: click.Context, path: Path | None, *, yes: bool) -> int:
    """Make the changes of a plan file; without a file make a plan now, show it and ask.

    A plan file is applied only if the fleet file and the answers that it was made from give the
    same plan again. What somebody has changed since is left alone. Safe to re-run if interrupted.
    With --json the plan is the first line, and the outcome the last, also of a refusal. The exit
    code is 1 where something stays broken that the plan cannot mend.
    """
    settings = settings_of(context)
    with ExitStack() as held:
        with _refusal_told(settings):
            ready = _ready(settings, path, held, yes=yes)
        return _apply(settings, ready)


class Ready(NamedTuple):
    """A plan that was shown and agreed to, and what it takes to make it."""

    place: Place
    plan: Plan
    session: Session
    assigned: dict[str, str]


@contextmanager
def _refusal_told(settings: Settings) -> Generator[None]:
    """With --json the stream ends in an outcome also where nothing can be begun."""
    try:
        yield
    except BaseException as error:
        if settings.json:
            with suppress(OSError):  # a full disk, say, of which the error tells
                answer(as_line("outcome", _refused(error)))
        raise


def _refused(error: BaseException) -> dict[str, Json]:
    """Why nothing was made, as JSON."""
    match error:
        case KeyboardInterrupt() | click.Abort():
            return refused_json("interrupted", "interrupted", "")
        case Problem():
            problem = error
        case _:
            problem = problem_of(error) if isinstance(error, Exception) else None
    if problem is None:
        return refused_json("refused", f"Logkeep itself failed: {type(error).__name__}", "")
    return refused_json("refused", "; ".join(problem.says), problem.hint)


def _ready(settings: Settings, path: Path | None, held: ExitStack, *, yes: bool) -> Ready:
    """Show the plan and ask; raises a Problem where it is not to be made."""
    place = find(settings)
    if not yes and not sys.stdin.isatty():
        raise Problem("apply asks before it changes anything, and nobody is there to answer",
                      hint="give --yes")  # fmt: skip
    proven = None if path is None else proven_plan(path, settings, place)
    from logkeep.aws.session import Session as NewSession

    session = NewSession(place.fleet)
    made, answers = _of_now(settings, place, session) if proven is None else proven
    if settings.json:
        answer(as_line("plan", plan_json(place.fleet, made, costs=made.costs)))
    else:
        answer(plan_text(place.fleet, made, output(settings), costs=made.costs))
    if not made.changes:
        return Ready(place, made, session, {})
    if not yes and not click.confirm("Make these changes?", err=True):
        raise Problem("nothing was changed", code=NO)
    held.enter_context(alone(place))
    if answers is not None:
        _check_names(place, answers, made, session)
    forget(place)
    return Ready(place, made, session, earlier_values(place, made))


def _of_now(settings: Settings, place: Place, session: Session) -> tuple[Plan, Snapshot | None]:
    """A plan from a snapshot that was named, and its answers; else from AWS as it is now."""
    if settings.snapshot is not None:
        taken = named(settings.snapshot, place)
        return made_plan(settings, taken.facts), taken.snapshot
    taken = with_report(collected(settings, place, session), place)
    return made_plan(settings, taken.facts), None


def _check_names(place: Place, answers: Snapshot, made: Plan, session: Session) -> None:
    """Raise a Problem where older answers name somebody whom AWS does not name now."""
    from logkeep.aws.answer import answer as answered
    from logkeep.aws.named import renamed

    asked = functools.partial(answered, session)
    found = renamed(place.fleet, answers.answers, made.changes, asked)
    if found is None:
        return
    at = place.fleet.account_name(found.question.account)
    raise Problem(
        f"{found.question.call} named {clean(found.planned)} in {clean(at)} when the plan was "
        f"made, and now it answers {clean(found.now) or 'nothing'}: {found.change.call} on "
        f"{short_address(place.fleet, found.change)} would write that name; nothing was changed",
        hint="run `logkeep plan` to see the fleet as it is now, then apply that; who else may "
        "change the archive's settings stands under `[archive] administrators`",
        code=NO,
    )


def _apply(settings: Settings, ready: Ready) -> int:
    place, made, session, assigned = ready
    if not made.changes:
        if settings.json:
            answer(as_line("outcome", applied_json((), (), len(made.broken))))
        return NO if made.broken else YES
    from logkeep.aws.applied import ApplyProgress, ApplyStopped
    from logkeep.aws.apply import apply

    def tell(step: ApplyProgress) -> None:
        line = step_line(place.fleet, step.change, step.number, step.total, step.state)
        if line:
            say(line)

    try:
        found = apply(
            made.changes,
            session,
            taken_at=made.taken_at,
            progress=tell,
            values=assigned,
            keep=lambda values: keep_values(place, made, values),
        )
    except ApplyStopped as stopped:
        with suppress(FileProblem):  # the next run finds what was made by its tags
            keep_values(place, made, stopped.values)
        return _stopped(settings, place, stop_of(stopped, made))
    finally:
        forget(place)
    forget_values(place)
    answer(
        as_line("outcome", applied_json(found.made, found.there, len(made.broken)))
        if settings.json
        else applied_text(found.made, found.there, output(settings), len(made.broken))
    )
    return NO if made.broken else YES


def _stopped(settings: Settings, place: Place, stop: Stop) -> int:
    if settings.json:
        answer(as_line("outcome", stopped_json(stop)))
    else:
        talk_on(stopped_text(place.fleet, stop, talk(settings)))
    return INTERRUPTED if stop.kind == "interrupted" else NO


def stop_of(stopped: ApplyStopped, made: Plan) -> Stop:
    """An early end as it is shown."""
    from logkeep.aws.applied import ChangeFailed, Moved, NotKept

    done, left = stopped.done, stopped.left
    if isinstance(stopped, Moved):
        return Stop("moved", done, left, made.taken_at, question=stopped.question)
    if isinstance(stopped, ChangeFailed):
        code, message = stopped.code, stopped.message
        return Stop("failed", done, left, made.taken_at, code, message,
                    unanswered=stopped.unanswered, is_taken=stopped.is_taken)  # fmt: skip
    if isinstance(stopped, NotKept):
        return Stop("unkept", done, left, made.taken_at, message=stopped.why)
    return Stop("interrupted", done, left, made.taken_at)
