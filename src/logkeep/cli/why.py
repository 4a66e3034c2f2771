"""`logkeep why`: one authorization explained, or a file of policy tests run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from logkeep.cli.answer import answer
from logkeep.cli.look import as_json, look
from logkeep.cli.place import find
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, common, output, settings_of
from logkeep.cli.working import working
from logkeep.plan.fix import fix
from logkeep.policy import Case, Malformed, Outcome, agrees, explain, read_case
from logkeep.show.why import Tested, case_json, cases_text, reason, why_json, why_text
from logkeep.snapshot.facts import Facts
from logkeep.value import Json
from logkeep.who.why import BadQuestion, Question, question, why


@click.command("why", short_help="Say why a principal may or may not do something.")
@click.argument("principal", required=False)
@click.argument("action", required=False)
@click.argument("resource", required=False)
@click.option(
    "--context",
    "told",
    multiple=True,
    metavar="KEY=VALUE",
    help="A context key of the request; again for several values; `KEY=` is known to be absent.",
)
@click.option(
    "--via", metavar="ROLE", help="Switch to this role first, and do it as that role's session."
)
@click.option(
    "--expect", type=click.Choice(("allow", "deny")), help="Exit with 0 where it comes out so."
)
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Run the policy tests of a file, one JSON object a line; needs no fleet.",
)
@click.option("--fresh", is_flag=True, help="Ask AWS again, however young the snapshot.")
@common
@click.pass_context
def command(
    context: click.Context,
    principal: str | None,
    action: str | None,
    resource: str | None,
    *,
    told: tuple[str, ...],
    via: str | None,
    expect: str | None,
    cases: Path | None,
    fresh: bool,
) -> int:
    """Say whether PRINCIPAL may do ACTION to RESOURCE, and which statement says so.

    PRINCIPAL is the ARN of a user, role, session or root user, a service such as
    cloudtrail.amazonaws.com, or `anonymous`. A log's key is asked as well as its bucket. For a
    denial the smallest change of the archive's policies that would let it pass is shown.

    Exits with 0 where it is allowed (or as expected), 1 where it is denied (or not as expected),
    3 where it cannot be told.
    """
    settings = settings_of(context)
    if cases is not None:
        if principal or told or expect or via:
            raise Problem("--cases brings its own questions, and takes no other")
        return _run(settings, cases)
    if principal is None or action is None or resource is None:
        raise Problem("a question takes a PRINCIPAL, an ACTION and a RESOURCE")
    context_keys = context_of(told)
    place = find(settings)
    facts = Facts(place.fleet, look(settings, place, fresh=fresh).snapshot)
    asked = question(facts, principal, action, resource, context_keys, via or "")
    if isinstance(asked, BadQuestion):
        raise Problem(asked.says, hint=asked.hint)
    return _explained(settings, facts, asked, expect)


def _explained(settings: Settings, facts: Facts, asked: Question, expect: str | None) -> int:
    with working(settings, f"deciding {asked.action}"):
        found = why(facts, asked)
        mending = fix(facts, found)
    if settings.json:
        answer(as_json(why_json(found, mending)))
    else:
        answer(why_text(found, output(settings), mending))
    return exit_code(found.outcome, expect)


def context_of(told: tuple[str, ...]) -> dict[str, list[str]]:
    """The context keys as they were given, each with all its values."""
    found: dict[str, list[str]] = {}
    for text in told:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise Problem(f"--context `{text}` is not KEY=VALUE")
        found.setdefault(name.lower(), []).append(value)
    return found


def exit_code(outcome: Outcome, expect: str | None) -> int:
    """Yes, no or cannot tell; with an expectation, whether it came out so."""
    if outcome == "Unknown":
        return CANNOT_TELL
    return YES if (outcome == "Allowed") == (expect != "deny") else NO


def _run(settings: Settings, path: Path) -> int:
    """Run the tests of a file; a bad line stops them all, before any is run."""
    tested = [_tested(case) for case in _read(path)]
    if settings.json:
        answer("".join(json.dumps(case_json(each)) + "\n" for each in tested))
    else:
        answer(cases_text(tested, output(settings)))
    return YES if all(each.agrees for each in tested) else NO


def _tested(case: Case) -> Tested:
    found = explain(case.request, case.layers)
    got = found.decision.outcome
    return Tested(case.id, case.expected, got, reason(found), agrees(got, case.expected))


def _read(path: Path) -> list[Case]:
    found = list(_lines(path))
    mistakes = [says for each in found if isinstance(each, Malformed) for says in each.mistakes]
    if mistakes:
        raise Problem(*mistakes, hint="correct these lines; no test was run")
    cases = [each for each in found if isinstance(each, Case)]
    if not cases:
        raise Problem(f"{path}: there is no test in it")
    return cases


def _lines(path: Path) -> Iterator[Case | Malformed]:
    for number, line in enumerate(_text(path).split("\n"), 1):
        if line.strip():
            read = _line(line)
            if isinstance(read, Malformed):
                says = tuple(f"{path.name}:{number}: {text}" for text in read.mistakes)
                yield Malformed(says)
            else:
                yield read


def _line(line: str) -> Case | Malformed:
    try:
        row: Json = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Malformed((f"not JSON: {error}",))
    return read_case(row)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Problem(f"{path}: not a text in UTF-8") from error
    except OSError as error:
        raise Problem(f"{path}: {(error.strerror or str(error)).lower()}") from error
