"""`logkeep why`: one authorization explained, or a file of policy tests run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import click

from logkeep.aws.disk import NO_TEXT, text_lines
from logkeep.cli.answer import answer
from logkeep.cli.look import as_json, look
from logkeep.cli.place import find
from logkeep.cli.problem import BAD_QUESTION, CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, options, output, settings_of, stands_alone
from logkeep.cli.working import working
from logkeep.policy import Case, Malformed, Outcome, agrees, explain, read_case
from logkeep.policy.json_text import read_json
from logkeep.show.why import Tested, case_json, cases_text, reason, why_json, why_text
from logkeep.snapshot.facts import Facts
from logkeep.value import Json
from logkeep.who.why import BadQuestion, Question, question, why

MIB_MAX = 64


@click.command("why", short_help="Say why a principal may or may not do something.")
@click.argument("principal", required=False)
@click.argument("action", required=False)
@click.argument("resource", required=False)
@click.option(
    "--context",
    "given",
    multiple=True,
    metavar="KEY=VALUE",
    help="A context key of the request; repeat it for several values; `KEY=` says it is absent.",
)
@click.option(
    "--via", metavar="ROLE", help="Switch to this role first, and do it as that role's session."
)
@click.option(
    "--expect", type=click.Choice(("allow", "deny")), help="Exit 0 if the result matches, else 1."
)
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Run the policy tests of a file, one JSON object a line; needs no fleet.",
)
@options("fleet", "snapshot", "recent", "json")
@click.pass_context
def command(
    context: click.Context,
    principal: str | None,
    action: str | None,
    resource: str | None,
    *,
    given: tuple[str, ...],
    via: str | None,
    expect: str | None,
    cases: Path | None,
) -> int:
    """Say whether PRINCIPAL may do ACTION to RESOURCE, and which statement says so.

    PRINCIPAL is the ARN of a user, role, session or root user, a user or role as
    `developer@security`, a service such as cloudtrail.amazonaws.com, or `anonymous`. A log's key
    is asked as well as its bucket. For a denial the smallest change of the archive's policies that
    would let it pass is shown.

    Exits with 0 where it is allowed (or as expected), 1 where it is denied (or not as expected),
    3 where it cannot be told.
    """
    settings = settings_of(context)
    if cases is not None:
        stands_alone(context, "--cases")
        return _run(settings, cases)
    if principal is None or action is None or resource is None:
        raise Problem("a question takes a PRINCIPAL, an ACTION and a RESOURCE")
    context_keys = context_of(given)
    place = find(settings)
    facts = look(settings, place).facts
    asked = question(facts, principal, action, resource, context_keys, via or "")
    if isinstance(asked, BadQuestion):
        raise Problem(asked.says, hint=asked.hint)
    return _explained(settings, facts, asked, expect)


def _explained(settings: Settings, facts: Facts, asked: Question, expect: str | None) -> int:
    from logkeep.plan.fix import fix

    with working(settings, f"deciding {asked.action}"):
        found = why(facts, asked)
        mending = fix(facts, found)
    if settings.json:
        answer(as_json(why_json(found, mending)))
    else:
        answer(why_text(found, output(settings), mending))
    return exit_code(found.outcome, expect)


def context_of(given: tuple[str, ...]) -> dict[str, list[str]]:
    """The context keys as they were given, each with all its values."""
    found: dict[str, list[str]] = {}
    for text in given:
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
    """Run the tests of a file; a line that cannot be read is said to be, and the others run."""
    tested = [_of_line(path, number, line) for number, line in text_lines(path, MIB_MAX)]
    if not tested:
        raise Problem(f"{path}: there is no test in it")
    if settings.json:
        answer("".join(json.dumps(case_json(each)) + "\n" for each in tested))
    else:
        answer(cases_text(tested, output(settings)))
    if any(each.got == "Invalid" for each in tested):
        return BAD_QUESTION
    return YES if all(each.agrees for each in tested) else NO


def _of_line(path: Path, number: int, line: str | None) -> Tested:
    """What became of the test on a line."""
    row = _row(line)
    read = row if isinstance(row, Malformed) else read_case(row)
    if isinstance(read, Case):
        return _tested(read)
    known = row if isinstance(row, dict) else {}
    name, expected = (known.get(key) for key in ("id", "expected"))
    return Tested(
        name if isinstance(name, str) else f"{path.name}:{number}",
        expected if isinstance(expected, str) else "",
        "Invalid",
        f"{path.name}:{number}: {'; '.join(read.mistakes)}",
        agrees=False,
    )


def _tested(case: Case) -> Tested:
    found = explain(case.request, case.layers)
    got = found.decision.outcome
    return Tested(case.id, case.expected, got, reason(found), agrees(got, case.expected))


def _row(line: str | None) -> dict[str, Json] | Malformed:
    if line is None:
        return Malformed((NO_TEXT,))
    try:
        row: Json = read_json(line)
    except (ValueError, RecursionError) as error:
        return Malformed((f"not JSON: {error}",))
    if not isinstance(row, dict):
        return Malformed(("is not a JSON object",))
    return cast("dict[str, Json]", row)
