"""`logkeep init`: a commented fleet file, to fill in or made from what is there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logkeep.aws.disk import write_new
from logkeep.cli.answer import ProgressLine, answer, say
from logkeep.cli.look import as_json, progress_words
from logkeep.cli.place import known_kinds, near
from logkeep.cli.problem import BAD_QUESTION, CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, options, output, settings_of
from logkeep.fleet.draft import Draft, all_notes, blank, draft_text, started
from logkeep.fleet.file import FILENAME, ROLE, fleet_objection, read_fleet
from logkeep.fleet.naming import Objection, region_objection, role_objection
from logkeep.words.plain import clean, count, joined

if TYPE_CHECKING:
    from logkeep.archive.founding.report import FoundingReport

USUAL_REGION = "us-east-1"


@click.command("init", short_help="Write a commented logkeep.toml.")
@click.option(
    "--from-organization", "organization", is_flag=True, help="Fill in the organization's accounts."
)
@click.option(
    "--from-existing",
    "existing",
    is_flag=True,
    help="Fill in the bucket that logs are already delivered to, with its key and readers.",
)
@click.option(
    "--role", metavar="NAME", default=ROLE, show_default=True, help="The role to enter accounts by."
)
@click.option("--name", metavar="NAME", default="", help="What to call the fleet.")
@options("fleet", "json")
@click.pass_context
def command(
    context: click.Context, *, organization: bool, existing: bool, role: str, name: str
) -> int:
    """Write a commented logkeep.toml to fill in; an existing one is never overwritten.

    AWS is asked only with --from-organization, by the credentials of the management account or of
    a delegated administrator, and with --from-existing, in the caller's own account and in every
    other by the role. Both may be given. Uncertain values are commented out.
    """
    settings = settings_of(context)
    path = settings.fleet or Path(FILENAME)
    _check(role_objection(role), "--role", role)
    _check(fleet_objection(name) if name else None, "--name", name)
    if os.path.lexists(path):
        raise _there_already(path)
    if not (organization or existing):
        _write(path, blank(started(known_kinds()), name or "acme", role))
        then = "fill in your accounts and readers, then run `logkeep diagnose`"
        answer(f"{path}: written; {then}\n")
        return YES
    draft, report = _found(settings, role, name, organization=organization, existing=existing)
    _write(path, draft)
    _tell(settings, path, draft, report)
    return YES


def _check(objection: Objection | None, option: str, value: str) -> None:
    if objection is not None:
        raise Problem(f"{option} `{value}`: {objection.says}", hint=objection.hint)


def _there_already(path: Path) -> Problem:
    return Problem(f"{path} is there already", hint="edit it, or name another file with --fleet")


def _write(path: Path, draft: Draft) -> None:
    """Write the file where none is; whatever was found, it has to read without a mistake."""
    text = draft_text(draft, known_kinds())
    mistakes = read_fleet(text, known_kinds(), path.name)
    assert not isinstance(mistakes, tuple), mistakes
    try:
        write_new(path, text.encode())
    except FileExistsError as error:
        raise _there_already(path) from error


def _found(
    settings: Settings, role: str, name: str, *, organization: bool, existing: bool
) -> tuple[Draft, FoundingReport]:
    """The draft of what AWS has, or why none can be made."""
    from logkeep.archive.founding.found import founded
    from logkeep.archive.founding.report import report
    from logkeep.aws.founding import asked, usual_region
    from logkeep.sources import foundings

    region = usual_region()
    _check(region_objection(region) if region else None, "the SDK's Region", region)
    if not region:
        say(f"the SDK's settings name no Region, so {USUAL_REGION} is asked")
    say("asking AWS what is there")
    line = ProgressLine(settings)
    try:
        seed, snapshot, calls = asked(
            region or USUAL_REGION,
            role,
            foundings(),
            organization=organization,
            existing=existing,
            progress=lambda progress: line.show(progress_words(progress)),
        )
    finally:
        line.end()
    say(f"{count(calls.total, 'API call')} made")
    seen = report(snapshot, seed)
    if seen.missing:
        raise _problem(seen)
    return founded(snapshot, seed, name), seen


def _problem(seen: FoundingReport) -> Problem:
    """What is missing, which call did not bring it, and what would help."""
    if seen.missing == "organization":
        says = f"there is no organization: {seen.call} says so"
        hint = "run `logkeep init --from-existing`, or `logkeep init` and put in the accounts"
        return Problem(says, hint=hint, code=BAD_QUESTION)
    if seen.missing == "accounts":
        says = f"the organization's accounts could not be listed: {seen.call}: {seen.error}"
        hint = (
            "use credentials of the management account or of a delegated administrator that may "
            "organizations:ListAccounts, or run `logkeep init --from-existing`"
        )
        return Problem(says, hint=hint, code=CANNOT_TELL)
    if seen.missing == "archive":
        return _no_archive(seen)
    says = f"no account's {seen.what}s could be listed: {seen.call}: {seen.error}"
    hint = f"use credentials that may {seen.permit}, or name another role by --role"
    return Problem(says, hint=hint, code=CANNOT_TELL)


def _no_archive(seen: FoundingReport) -> Problem:
    """That nothing delivers logs yet, so that there is no archive to put in."""
    accounts = count(seen.accounts, "account")
    says = [f"nothing delivers logs yet: no {_called(seen, 1, 'or')} was found in {accounts}"]
    if seen.unread:
        unread = count(len(seen.unread), "account")
        says.append(f"the {_called(seen, 2)} of {unread} could not be listed")
    hint = (
        "run `logkeep init --from-organization`, or `logkeep init` and put in the accounts; name "
        "there the account that keeps the logs"
    )
    return Problem(*says, hint=hint, code=CANNOT_TELL if seen.unread else NO)


def _tell(settings: Settings, path: Path, draft: Draft, seen: FoundingReport) -> None:
    if settings.json:
        answer(as_json(_as_json(path, draft, seen)))
        return
    lines = [f"{near(path)}: written, with {count(len(draft.accounts), 'account')}"]
    if seen.found:
        owner = draft.archive if seen.keeper else "an account that is not known"
        many = f"{seen.delivering} of {seen.found} {_called(seen, seen.found)}"
        verb = "deliver" if seen.delivering > 1 else "delivers"
        lines.append(f"{many} {verb} to `{clean(seen.bucket)}`, a bucket of {clean(owner)}")
    elif draft.notes.get("account") and len(draft.accounts) > 1:
        lines.append(f"the archive's account is a guess: {clean(draft.archive)}")
    if draft.administrators:
        own, *others = draft.administrators
        lately = f" and {count(len(others), 'principal')} that changed the archive lately"
        lines.append(
            f"proposed as administrators of the archive, commented out: `{clean(own)}`"
            f"{lately if others else ''}"
        )
    if seen.unread:
        lines.append(
            f"{_called(seen, 2)} of {count(len(seen.unread), 'account')} could not be listed"
        )
    lines.append("read it, and its comments first, then run `logkeep diagnose`")
    answer(output(settings).page(lines))


def _called(seen: FoundingReport, number: int, last: str = "and") -> str:
    """What was looked for: `trail` or `trails`."""
    return joined((kind if number == 1 else f"{kind}s" for kind in seen.kinds), last)


def _as_json(path: Path, draft: Draft, seen: FoundingReport) -> dict[str, object]:
    return {
        "schema": 1,
        "path": str(path),
        "accounts": dict(draft.accounts),
        "archive": {"account": draft.archive, "bucket": draft.bucket, "key": draft.key},
        "administrators": list(draft.administrators or ()),
        "trails": seen.found,
        "delivering": seen.delivering,
        "unread": list(seen.unread),
        "notes": {key: list(said) for key, said in all_notes(draft).items()},
    }
