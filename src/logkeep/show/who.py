"""Who can do what with the archive, as a person reads it."""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Callable, Hashable, Iterable, Iterator

from logkeep.fleet import Fleet
from logkeep.show.keeping import caveat_words, protection_lines
from logkeep.show.paint import VERDICT_COLOURS, Paint, padded, seen_length
from logkeep.value import Verdict, arn_name, parse_arn
from logkeep.who import Access, Conclusion, Copy, Held, Holder, Reason, Step
from logkeep.words.doubts import doubts_words
from logkeep.words.plain import clean, count, few, joined, lasting, moment

POWER_WORDS = {
    "write": "put logs",
    "encrypt": "encrypt with the key",
    "read": "read logs: the object and its key",
    "decrypt": "decrypt with the key",
    "delete": "delete logs",
    "settings": "change the bucket's settings",
    "key": "delete or disable the key, change it, or grant it to others",
}
LAYER_WORDS = {"identity": "its own policies", "grant": "a grant on the key"}
ROOT_POLICIES = frozenset({"root user", "the root user's own rights"})
"""What the policy engine calls the rights of a root user, who needs no policy."""
COLUMN = 32
WIDE_LEAST = 40
"""How much room the reasons have beside the names; where there is less they stand below."""
NARROW = 8


def access_text(
    fleet: Fleet, found: Access, paint: Paint, age: datetime.timedelta | None = None
) -> str:
    """The whole answer of `logkeep who --archive`."""
    lines: list[str] = []
    for held in found.powers:
        lines += [*_held_lines(fleet, held, paint), ""]
    for steps, what, so_that in (
        (found.steps, "reading", "these principals can give themselves read access"),
        (found.deleting, "deleting", "remove the policy, delete logs, put the policy back"),
    ):
        if steps:
            head = f"{paint.dye(f'one step from {what}', 'bold')}  {so_that}"
            lines += [head, *_step_lines(fleet, steps, paint), ""]
    if found.deleting:
        lines[-1:] = [*paint.wrap("", CLOSES_DELETING, column=4), ""]
    for copy in found.copies:
        lines += copy_lines(fleet, copy, paint)
    lines += protection_lines(fleet, found.protections, paint)
    for conclusion in found.conclusions:
        lines += _conclusion_lines(fleet, conclusion, paint)
    lines += _caveat_lines(fleet, found.caveats, paint)
    lines += ["", _count_line(found, paint, age)]
    return paint.page(lines)


def copy_lines(fleet: Fleet, copy: Copy, paint: Paint) -> Iterator[str]:
    """Who can do what with the logs through a copy of them."""
    name, whose = arn_name(copy.bucket), _account(fleet, copy.account)
    head = paint.dye(f"copy {clean(name)}", "bold")
    yield f"{head}  the replica, in {whose} and {clean(copy.region)}"
    role = f"S3 copies by {name_words(fleet, copy.role)}, which reads every log and writes there"
    yield from paint.wrap("", role, column=4)
    for held in copy.powers:
        yield f"  {held.power}  {COPY_WORDS[held.power]}"
        yield from _rows(fleet, held, paint)
    yield ""


COPY_WORDS = {
    "write": "put objects among the replicas",
    "read": "read replicas: the object and its key, if it has one",
    "delete": "delete replicas",
    "settings": "change that bucket's settings",
    "key": "end the replicas' key, change it, or grant it to others",
}


def held_text(
    fleet: Fleet, held: Held, resource: str, paint: Paint, caveats: Iterable[str] = ()
) -> str:
    """The whole answer of `logkeep who ACTION RESOURCE`."""
    head = f"{paint.dye(clean(held.power), 'bold')} on {clean(resource)}"
    rows = _rows(fleet, held, paint)
    every = (*held.holders, *held.behind)
    sure = sum(each.certain for each in every)
    doubted = len(every) - sure
    counts = count(sure, "principal") + (f", and {doubted} that cannot be told" if doubted else "")
    notes = _caveat_lines(fleet, caveats, paint)
    return paint.page([head, *rows, *notes, "", paint.dye(counts, "bold")])


def _held_lines(fleet: Fleet, held: Held, paint: Paint) -> Iterator[str]:
    """One power: a line for each who holds it, and one for each thing that cannot be told."""
    words = POWER_WORDS.get(held.power, held.power)
    yield f"{paint.dye(held.power, 'bold')}  {words}"
    yield from _rows(fleet, held, paint)


def holder_rows(
    fleet: Fleet, holders: tuple[Holder, ...], behind: tuple[Holder, ...], paint: Paint
) -> Iterator[str]:
    """A line for each who holds a power, and for each who becomes one who does."""
    yield from _rows(fleet, Held("", (), holders, behind), paint)


def _rows(fleet: Fleet, held: Held, paint: Paint) -> Iterator[str]:
    if not held.holders:
        yield "    nobody"
    yield from _sure_rows(fleet, held, paint)
    for group in _alike(held.by(certain=False), lambda holder: holder.unknown):
        names = [_who(fleet, each) for each in _alike(group, _by_service)]
        why = f"cannot tell: {_keys(group[0].unknown)}"
        yield from _row(paint, few(names), why, certain=False)
    for group in _alike(held.behind, lambda each: (each.by, each.certain, each.unknown)):
        names = [principal_words(fleet, each) for each in group]
        roles = ", then ".join(name_words(fleet, role) for role in group[0].by)
        doubt = "" if group[0].certain else f" (cannot tell: {_keys(group[0].unknown)})"
        yield from _row(paint, few(names), f"by {roles}{doubt}", certain=group[0].certain)


def _sure_rows(fleet: Fleet, held: Held, paint: Paint) -> Iterator[str]:
    """A line for each who may; of many who may for the same reason one line for all."""
    groups = [(group, _why(group[0])) for group in _alike(held.by(certain=True), _by_service)]
    by_why: dict[str, list[list[Holder]]] = {}
    for group, why in groups:
        by_why.setdefault(why, []).append(group)
    for group, why in groups:
        same = by_why[why]
        if len(same) <= APART_MOST:
            yield from _row(paint, _who(fleet, group), why, certain=True)
        elif group is same[0]:
            yield from _row(paint, few(_who(fleet, each) for each in same), why, certain=True)


APART_MOST = 5
"""So many who hold a power for the same reason have a line each; more share one."""


def _alike(
    holders: Iterable[Holder], apart: Callable[[Holder], Hashable]
) -> Iterable[list[Holder]]:
    """The holders in groups of those that differ in nothing of what is looked at."""
    groups: dict[Hashable, list[Holder]] = {}
    for holder in holders:
        groups.setdefault(apart(holder), []).append(holder)
    return groups.values()


def _by_service(holder: Holder) -> Hashable:
    """A service's accounts go together where it has the same reason for all of them."""
    return holder.principal, bool(holder.account), holder.reasons, holder.unknown


def _row(paint: Paint, who: str, why: str, *, certain: bool) -> Iterator[str]:
    """Somebody and why, in two columns; a question mark where it cannot be told."""
    mark = " " if certain else paint.mark("unknown")
    beside = COLUMN + 4 if paint.width - COLUMN - 4 >= WIDE_LEAST else NARROW
    wide = max(paint.width - beside, WIDE_LEAST)
    lines = textwrap.wrap(why, wide, break_long_words=False, break_on_hyphens=False)
    if beside == NARROW or seen_length(who) > COLUMN - 2:
        yield from _whole(paint, mark, who)
    else:
        yield f"  {mark} {padded(who, COLUMN)}{lines.pop(0)}"
    for line in lines:
        yield " " * beside + line


def _whole(paint: Paint, mark: str, who: str) -> Iterator[str]:
    """Names too long for their column, on lines of their own."""
    first, *rest = textwrap.wrap(who, max(paint.width - 6, 40), break_on_hyphens=False)
    yield f"  {mark} {first}"
    for line in rest:
        yield f"      {line}"


def _who(fleet: Fleet, group: list[Holder]) -> str:
    first = group[0]
    if first.kind != "service":
        return principal_words(fleet, first)
    if not first.account:
        return f"{clean(first.principal)} for any other account"
    names = [clean(fleet.account_name(id_)) for id_ in fleet.in_order(h.account for h in group)]
    return f"{clean(first.principal)} for {few(names, 4, 'more accounts')}"


def principal_words(fleet: Fleet, holder: Holder) -> str:
    """Somebody by kind, name and account."""
    match holder.kind:
        case "everyone":
            return "any principal of any account"
        case "public":
            return "the public, without credentials"
        case "account":
            return f"somebody of {_account(fleet, holder.account)}, whose IAM is unread"
        case "setting":
            return clean(holder.principal)
        case "federated":
            return f"identities that {name_words(fleet, holder.principal)} lets in"
        case "service" | "user" | "role" | "root":
            return name_words(fleet, holder.principal)


def name_words(fleet: Fleet, principal: str) -> str:
    """A principal in few words: `role/LogReader of security`."""
    parts = parse_arn(principal)
    if parts is None:
        special = {"*": "any principal of any account", "anonymous": "the public"}
        return special.get(principal, clean(principal))
    if parts.resource == "root":
        return f"the root user of {_account(fleet, parts.account)}"
    return f"{clean(parts.resource)} of {_account(fleet, parts.account)}"


def _account(fleet: Fleet, account: str) -> str:
    return clean(fleet.account_name(account))


def _why(holder: Holder) -> str:
    """Which statements allow it, each said once with what it allows."""
    by_statement: dict[str, list[str]] = {}
    for reason in holder.reasons:
        by_statement.setdefault(reason_words(reason), []).append(reason.action)
    said: list[str] = []
    for statement, actions in by_statement.items():
        named = few(dict.fromkeys(clean(a) for a in actions), 2, "more")
        said.append(f"{named} by {statement}")
    return "; ".join(said)


def reason_words(reason: Reason) -> str:
    """The statement that allows and where it stands."""
    if not reason.policy:
        return LAYER_WORDS.get(reason.layer, clean(reason.layer))
    if reason.policy in ROOT_POLICIES:
        return "its own rights"
    statement = clean(reason.statement)
    if not statement.startswith("number "):
        statement = f"`{statement}`"
    return f"{statement.replace('number', 'statement')} of {_policy_words(reason)}"


def _policy_words(reason: Reason) -> str:
    if reason.layer == "identity":
        return f"its policy `{clean(reason.policy)}`"
    return f"the {clean(reason.policy)}"


def _keys(unknown: Iterable[str]) -> str:
    return doubts_words(unknown) or "nothing more is known"


def _step_lines(fleet: Fleet, steps: Iterable[Step], paint: Paint) -> Iterator[str]:
    """Who could come to do it in one step, and by what."""
    by_principal: dict[str, list[Step]] = {}
    for step in steps:
        by_principal.setdefault(step.principal, []).append(step)
    alike: dict[tuple[str, bool], list[Step]] = {}
    for mine in by_principal.values():
        certain = any(step.certain for step in mine)
        equally = [step for step in mine if step.certain is certain]
        alike.setdefault((_ways_words(equally, certain=certain), certain), []).append(mine[0])
    for (ways, certain), firsts in alike.items():
        who = few([_stepper(fleet, step) for step in firsts])
        yield from _row(paint, who, ways, certain=certain)


def _stepper(fleet: Fleet, step: Step) -> str:
    parts = parse_arn(step.principal)
    if step.kind == "account" and parts:
        return f"somebody of {_account(fleet, parts.account)}, whose IAM is unread"
    return name_words(fleet, step.principal)


def _ways_words(steps: list[Step], *, certain: bool) -> str:
    """What one principal could do, each action once; of the changes of IAM the first few.

    What is in doubt is told only of whom nothing is certain: one way suffices.
    """
    by_action: dict[str, list[Step]] = {}
    for step in steps:
        by_action.setdefault(step.by, []).append(step)
    changes = [way for way in by_action.values() if is_of_iam(way[0])]
    ways = [_way_words(way) for way in by_action.values() if not is_of_iam(way[0])]
    ways += map(_way_words, changes[:IAM_MOST])
    if len(changes) > IAM_MOST:
        ways.append(count(len(changes) - IAM_MOST, "more change") + " of IAM")
    doubts = dict.fromkeys(name for step in steps for name in step.unknown)
    return joined(ways, "or") + ("" if certain else f" (cannot tell: {_keys(doubts)})")


IAM_MOST = 2


def is_of_iam(step: Step) -> bool:
    """Whether a step changes IAM, rather than use it."""
    return step.by.startswith("iam:") and step.by != "iam:PassRole"


def _way_words(steps: list[Step]) -> str:
    """One action and what it is done to, where that is a principal, a group or its policy."""
    first = steps[0]
    words = clean(first.by)
    if first.on == first.principal:
        words += " on itself"
    elif ":iam:" in first.on:
        words += f" of {few(dict.fromkeys(arn_name(clean(step.on)) for step in steps))}"
    return words


CLOSES_DELETING = (
    "only Object Lock in compliance mode, or an organization's policy that denies it, prevents that"
)
SAYS = {
    "writers-are-not-readers": (
        "the writers are not the readers",
        "these both write and read",
        "whether the writers are not the readers",
    ),
    "nobody-deletes": (
        "nobody deletes logs",
        "these may delete logs",
        "whether nobody deletes logs",
    ),
    "nobody-deletes-copies": (
        "nobody deletes what is replicated",
        "these may delete what is replicated",
        "whether nobody deletes what is replicated",
    ),
    "readers-as-declared": (
        "the readers are the ones the fleet declares",
        "the readers are not the ones the fleet declares",
        "whether the readers are the ones the fleet declares",
    ),
    "settings-by-administrators": (
        "only the archive's administrators change its settings",
        "others than the archive's administrators change its settings",
        "whether only the archive's administrators change its settings",
    ),
    "key-by-administrators": (
        "only the archive's administrators can end or change its key",
        "others than the archive's administrators can end or change its key",
        "whether only the archive's administrators can end or change its key",
    ),
    "writers-of-the-fleet": (
        "only services write, and only on behalf of the fleet's accounts",
        "others write than services on behalf of the fleet's accounts",
        "whether only services write, and only on behalf of the fleet's accounts",
    ),
    "archive-there": (
        "the archive is there",
        "the archive is not there",
        "who may use the archive: it could not be seen whole",
    ),
}


def _conclusion_lines(fleet: Fleet, found: Conclusion, paint: Paint) -> Iterator[str]:
    holds, fails, unknown = SAYS[found.name]
    mark = paint.dye(paint.symbol(found.verdict), VERDICT_COLOURS[found.verdict])
    names = few([name_words(fleet, who) for who in found.who], 5)
    match found.verdict:
        case "holds":
            yield f"{mark} {holds}" + (f": {names}" if names else "")
        case "fails":
            yield f"{mark} {fails}" + (f": {names}" if names else "")
            if found.missing:
                missing = few([name_words(fleet, who) for who in found.missing], 5)
                yield from paint.wrap("", f"declared, but cannot read: {missing}", column=4)
        case "unknown":
            yield f"{mark} cannot tell {unknown}" + (f": {names}" if names else "")
            if found.settle:
                yield from paint.wrap("", f"it depends on {_keys(found.settle)}", column=4)


def _caveat_lines(fleet: Fleet, caveats: Iterable[str], paint: Paint) -> Iterator[str]:
    for caveat in caveats:
        yield from paint.wrap("note", caveat_words(fleet, caveat), indent=0, column=6)


def _count_line(found: Access, paint: Paint, age: datetime.timedelta | None) -> str:
    by: dict[Verdict, int] = dict.fromkeys(("holds", "fails", "unknown"), 0)
    for conclusion in found.conclusions:
        by[conclusion.verdict] += 1
    total = count(len(found.conclusions), "conclusion")
    said = f"{by['fails']} broken, {by['unknown']} unknown, {by['holds']} proven"
    how_old = "just taken" if age is None else f"{lasting(age)} old"
    when = f"(snapshot {moment(found.taken_at)}, {how_old})"
    return paint.beside(f"{paint.dye(said, 'bold')} of {total}", when)
