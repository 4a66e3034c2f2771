"""What would make a denied request pass, as a person reads it; or whose it is to change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import assert_never

import msgspec

from logkeep.plan.fix import Fix, Flip, Mending, NotOurs, StatementChange
from logkeep.plan.fix.edits import Edit
from logkeep.show.paint import Paint, Whole
from logkeep.value import Json
from logkeep.words.plain import clean, count, few

FLIPS_MAX = 5
"""How many of those that would come in besides are named; --json has them all."""
POLICIES = {"bucket": "the bucket's policy", "key": "the key's policy"}
ASKED_OF = {
    "archive": "the archive's account {account}",
    "principal": "the principal's account {account}",
    "organization": "the organization's management account",
    "role": "the role's account {account}",
    "endpoint": "the owner of the VPC endpoint",
    "resource": "the resource's account {account}",
    "another account": "account {account}",
}


def mending_lines(mending: Mending, paint: Paint) -> list[str]:
    """The lines of `logkeep why` that say what mends a denial."""
    match mending:
        case Fix():
            return list(_fix_lines(mending, paint))
        case NotOurs():
            return ["", *paint.wrap("fix", not_ours_words(mending), column=9)]
        case _:
            assert_never(mending)


def _fix_lines(fix: Fix, paint: Paint) -> Iterator[str]:
    yield ""
    for change in fix.changes:
        yield from paint.wrap("fix", change_words(change), column=9)
        yield from _new_statement(change.edit)
    yield from paint.wrap("", _proof(fix), indent=9, column=9)
    for flip in fix.flips[:FLIPS_MAX]:
        yield from paint.wrap("opens", flip_words(flip), column=9)
    if len(fix.flips) > FLIPS_MAX:
        more = count(len(fix.flips) - FLIPS_MAX, "more", "more")
        yield from paint.wrap("opens", f"{more}; --json lists them all", column=9)
    if fix.unread:
        names = few([clean(account) for account in fix.unread], 5)
        yield from paint.wrap("unread", f"nobody could be asked about in {names}", column=9)
    for code in fix.breaks:
        yield from paint.wrap("but", f"`logkeep diagnose` would report {code}", column=9)
    if fix.is_planned:
        says = "the fleet wants this of every log: `logkeep plan` mends it for all of them"
        yield from paint.wrap("hint", says, column=9)


def change_words(change: StatementChange) -> str:
    """One change in a sentence."""
    edit, where = change.edit, POLICIES[change.whose]
    if edit.before is None:
        return f"add this statement to {where}:"
    named = f"`{clean(edit.sid)}`" if edit.sid else f"statement {edit.index + 1}"
    value = f"`{clean(edit.value)}`"
    if edit.element == "Condition":
        operator, _, name = edit.key.partition("/")
        return f"add {value} to {clean(name)} ({clean(operator)}) in {named} of {where}"
    return f"add {value} to the {edit.element} of {named} of {where}"


def _new_statement(edit: Edit) -> Iterator[str]:
    if edit.before is None:
        for line in json.dumps(edit.after, indent=2, ensure_ascii=True).splitlines():
            yield Whole(f"         {clean(line, 1000)}")


def _proof(fix: Fix) -> str:
    """What was found by asking again with the change in place."""
    asked = f"asked again of {count(fix.compared, 'principal')} with this in place"
    others = count(len(fix.flips), "thing")
    also = f"opens {others} besides" if fix.flips else "nothing else is let in"
    return f"{asked}: it passes, and {also}"


def flip_words(flip: Flip) -> str:
    """Somebody who would be let in besides."""
    shown = {"*": "any principal of any account", "anonymous": "the public"}
    who = shown.get(flip.principal, clean(flip.principal))
    of = f" for {clean(flip.account)}" if flip.kind == "service" and flip.account else ""
    unsure = "" if flip.certain else ", or it cannot be told"
    return f"{who}{of}: {clean(flip.action)} on {clean(flip.resource)}{unsure}"


def not_ours_words(mending: NotOurs) -> str:
    """Whose it is, and what to ask of them."""
    account = clean(mending.account) or "(unknown)"
    whose = ASKED_OF[mending.whose].format(account=account)
    by = mending.denied_by
    if by is not None:
        named = f"`{clean(by.sid)}`" if by.sid else f"statement {by.index + 1}"
        does = f"take {named} of {clean(by.policy)} back, or leave this request out of it"
        return (
            f"adding an Allow won't help: an explicit Deny applies. Ask {whose} to "
            f"{does}{_kept(mending)}"
        )
    also = "; the archive's own policy would have to allow it besides" if mending.ours_too else ""
    if mending.unknown:
        unread = few([clean(name) for name in mending.unknown], 3)
        return f"none that could be shown to pass: it would depend on {unread}{also}"
    if mending.whose == "another account":
        return (
            f"no policy lets another account in to this: switch to a role of {whose} (--via ROLE)"
        )
    what = f"{clean(mending.action)} on {clean(mending.resource)}"
    if mending.whose == "archive":
        return f"adding an Allow won't help: it is for {whose} to open {what}"
    return f"not the archive's to give: ask {whose} to allow {what}{also}"


def _kept(mending: NotOurs) -> str:
    """What is said of a Deny that Logkeep itself put there."""
    sid = mending.denied_by.sid if mending.denied_by else ""
    ours = mending.whose == "archive" and sid.startswith("Logkeep")
    return "; Logkeep put it there to keep the logs" if ours else ""


def mending_json(mending: Mending) -> dict[str, Json]:
    """The fix as JSON: each change with the statement before and after, and the whole policy."""
    match mending:
        case NotOurs():
            document: dict[str, Json] = msgspec.to_builtins(mending)
            return {**document, "says": not_ours_words(mending)}
        case Fix():
            return {
                "type": "Fix",
                "changes": [_change_json(change) for change in mending.changes],
                "flips": [msgspec.to_builtins(flip) for flip in mending.flips],
                "compared": mending.compared,
                "unread": list(mending.unread),
                "breaks": list(mending.breaks),
                "is_planned": mending.is_planned,
            }
        case _:
            assert_never(mending)


def _change_json(change: StatementChange) -> dict[str, Json]:
    edit = change.edit
    return {
        "policy": change.whose,
        "statement": edit.index,
        "sid": edit.sid,
        "element": edit.element or None,
        "key": edit.key or None,
        "value": edit.value or None,
        "before": edit.before,
        "after": edit.after,
        "document": edit.document,
        "says": change_words(change),
    }
