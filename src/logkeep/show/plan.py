"""A plan as a person reads it: what is made and changed, why, and what is in the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, cast

import msgspec

from logkeep.fleet import Fleet
from logkeep.plan import Flip, Plan, account_of_route
from logkeep.policy.write import as_list
from logkeep.show.blocked import blocked_lines, doubt_words, together, unmended_lines
from logkeep.show.costs import cost_lines
from logkeep.show.notices import notice_lines
from logkeep.show.paint import Paint
from logkeep.show.policies import WIDTH, StatementEdit, compared, statements
from logkeep.show.shut_out import shut_out_words
from logkeep.snapshot import Ask, Reply
from logkeep.snapshot.change import Change
from logkeep.value import ASPECTS, AccountId, Json, arn_name
from logkeep.words.cost import Cost
from logkeep.words.notice import Notice
from logkeep.words.plain import clean, count, joined, moment, people

READS = {"s3:PutBucketPolicy": "s3:GetBucketPolicy", "kms:PutKeyPolicy": "kms:GetKeyPolicy"}
"""The calls that write over a policy, and those by which it was read before."""
NEW_KEY = "{made:archive-key}"
"""Stands for the id that AWS will give the key; people are told so."""
MEANING = {"+": "make", "~": "change", "-": "remove"}
BECAUSE = {"replaced": "the same logs come by another way"}
"""What is said of a reason that is no finding."""
SIGNS = {"added": "+", "changed": "~", "removed": "-", "kept": "="}
COLOURS = {"+": "green", "~": "yellow", "-": "red", "=": "dim"}
LINES_MAX = 40
"""In so many accounts what turns is told account by account."""
GIVEN_UP = {
    "bucket": "the bucket's policy",
    "key": "the key's policy",
}


def plan_text(
    fleet: Fleet,
    plan: Plan,
    paint: Paint,
    notices: tuple[Notice, ...] = (),
    *,
    costs: tuple[Cost, ...] = (),
) -> str:
    """The whole answer of `logkeep plan`."""
    lines: list[str] = []
    if plan.changes:
        lines += [_legend(plan), ""]
        for alike in _alike(plan):
            lines += [*change_lines(fleet, alike, paint), ""]
    lines += blocked_lines(fleet, plan, paint)
    for waiting in together(plan.unmended):
        lines += [*unmended_lines(fleet, plan, waiting, paint), ""]
    flips = list(flip_lines(fleet, plan.flips, paint, plan.stays))
    lines += ["Expected status changes:", *flips, ""] if flips else []
    silent = list(_silenced_lines(fleet, plan, paint))
    lines += [*silent, ""] if silent else []
    notes = [*_notes(fleet, plan, paint), *cost_lines(fleet, costs, paint)]
    lines += [*notes, ""] if notes else []
    noticed = list(notice_lines(fleet, notices, paint))
    lines += [*noticed, ""] if noticed else []
    lines.append(paint.dye(last_line(plan), "bold"))
    return paint.page(lines)


def _silenced_lines(fleet: Fleet, plan: Plan, paint: Paint) -> Iterator[str]:
    """Whom the policies that ask for encryption refuse, and whom ours leave out."""
    if plan.silenced:
        yield "Forced encryption, once this is applied:"
    for each in plan.silenced:
        where = f"`{clean(each.bucket)}` of {clean(fleet.account_name(each.account))}"
        names = joined(map(_service, each.names))
        inferred = joined(map(_service, each.inferred))
        guess = f"; what {inferred} send is inferred" if each.inferred else ""
        if each.is_spared:
            says = f"`{clean(each.statement)}` leaves out AWS services; else it would refuse"
            yield from paint.wrap("", f"{where}: {says} {names}{guess}", column=2)
        else:
            says = f"`{clean(each.statement)}` silences"
            yield from paint.wrap("", f"{where}: {says} {names}{guess}", column=2)


def _service(name: str) -> str:
    """A service with what tells it from another of its own: `CloudTrail (trail without a key)`."""
    service, _, which = name.partition(", ")
    return f"{service} ({which})" if which else service


def _legend(plan: Plan) -> str:
    """The symbols that are used below, and no others."""
    used = dict.fromkeys(change.symbol for change in plan.changes)
    marks = [f"{symbol} {MEANING[symbol]}" for symbol in MEANING if symbol in used]
    sorts = {edit.sort for c, b in zip(plan.changes, policies_before(plan), strict=True)
             for edit in _edits(c, b)}  # fmt: skip
    inner = [("removed", "- take out of a policy"), ("kept", "= keep in a policy")]
    inner = inner[1:] if "-" in used else inner
    marks += [text for sort, text in inner if sort in sorts]
    return "Symbols: " + "   ".join(marks)


def last_line(plan: Plan) -> str:
    """How much there is to do, and what stays broken all the same."""
    stops = len(together(plan.blocked))
    blocked = f" {count(stops, 'thing')} blocked." if stops else ""
    if not plan.changes and plan.broken:
        return f"Nothing that Logkeep may change, and {broken_words(plan)}{blocked}"
    if not plan.changes:
        looked = f"{count(plan.routes, 'route')} checked against the snapshot of"
        return f"No changes. {looked} {moment(plan.taken_at)}.{blocked}"
    left = f" {broken_words(plan)}" if plan.broken else ""
    add = sum(1 for change in plan.changes if change.symbol == "+")
    remove = sum(1 for change in plan.changes if change.symbol == "-")
    change = len(plan.changes) - add - remove
    return f"Plan: {add} to add, {change} to change, {remove} to remove.{blocked}{left}"


def broken_words(plan: Plan) -> str:
    """How many routes stay broken when all of the plan is made."""
    stays = "stays" if len(plan.broken) == 1 else "stay"
    return f"{len(plan.broken):,} of {count(plan.routes, 'route')} {stays} broken."


def policies_before(plan: Plan) -> list[str | None]:
    """For each change the policy it replaces, as the plan saw it or an earlier change left it."""
    known: dict[Ask, Reply] = {}
    found: list[str | None] = []
    for change in plan.changes:
        known.update({q: r for q, r in change.before if r is not None and q not in known})
        found.append(_policy_known(change, known))
        known.update(dict(change.after))
    return found


def _policy_known(change: Change, known: Mapping[Ask, Reply]) -> str | None:
    """The text of the policy that a change writes over."""
    read = READS.get(change.call)
    if read is None:
        return None
    places = {q for q, _ in (*change.before, *change.after) if q.call == read}
    for question in places:
        reply = known.get(question)
        if reply is not None and not reply.error:
            return msgspec.json.decode(reply.body, type=dict[str, Json]).get("Policy")
    return None


Planned = tuple[Change, str | None]
"""A change, and for one that writes a policy the policy it writes over."""
ADDRESSES_MAX = 8
"""How many resources that change alike are named; of the rest the accounts."""


def _alike(plan: Plan) -> list[list[Planned]]:
    """The changes in order; those that do the same to several things together."""
    groups: dict[str, list[Planned]] = {}
    for change, before in zip(plan.changes, policies_before(plan), strict=True):
        groups.setdefault(_sameness(change), []).append((change, before))
    return list(groups.values())


def _sameness(change: Change) -> str:
    """What of a change is the same for each thing that it is made to."""
    name, arguments = _name(change), dict(change.arguments)
    if not any(map(is_document, arguments.values())):  # else each has statements of its own
        name = ""
        arguments = {
            n: OWN if is_own(change, n, value) else value for n, value in arguments.items()
        }
    text = msgspec.json.encode(arguments).decode().replace(change.address, "")
    return repr((change.call, change.region, name, text, change.because))


OWN: Final = "as each address names it"
"""What is said of an argument that differs, and that each of several addresses shows."""


def _name(change: Change) -> str:
    return change.address.replace(f":{change.account}:", ":")


def is_own(change: Change, name: str, value: Json) -> bool:
    """Whether an argument names the very thing that the address does, or a part of its name."""
    listed = as_list(value)
    if len(listed) == 1 and isinstance(listed[0], str) and listed[0]:
        before, found, after = change.address.partition(listed[0])
        whole = not (before[-1:].isalnum() or after[:1].isalnum())
        if found and whole:
            return True
    return is_said(change, name, value)


def _because(change: Change) -> str:
    return ", ".join(BECAUSE.get(code, code) for code in change.because)


def change_lines(fleet: Fleet, alike: list[Planned], paint: Paint) -> Iterator[str]:
    """One change, or the same in several accounts: where, which call, with what, why, for whom."""
    change, before = alike[0]
    symbol = paint.dye(change.symbol, COLOURS[change.symbol])
    for each, _ in alike[:ADDRESSES_MAX]:
        yield f"{symbol} {paint.dye(address(each.address), 'bold')}"
    more = [each for each, _ in alike[ADDRESSES_MAX:]]
    if more:
        named = len({_name(each) for each, _ in alike}) > 1
        names = ", ".join(_named(fleet, each, named=named) for each in more)
        label = "and the same for" if named else "and the same in"
        yield from paint.wrap(label, names, indent=2, column=len(label) + 3)
    where = people(fleet, [each.account for each, _ in alike])
    yield f"    {change.call} in {where}, {change.region}"
    for name, value in _arguments([each for each, _ in alike]):
        yield from paint.wrap(f"{name}:", value, indent=4, column=5 + len(name) + 1)
    for edit in _edits(change, before, paint.width - 8):
        yield from _edit_lines(edit, paint)
    accounts = [account for each, _ in alike for account in each.accounts]
    asked = f" for {people(fleet, accounts)}" if accounts else ""
    yield from paint.wrap("because", f"{_because(change)}{asked}", indent=4, column=12)


def _edits(change: Change, before: str | None, width: int = WIDTH) -> tuple[StatementEdit, ...]:
    """What becomes of every statement of the documents that a call is given."""
    texts = [value for value in change.arguments.values() if is_document(value)]
    return tuple(edit for text in texts for edit in compared(before, text, width=width))


def is_document(value: Json) -> bool:
    """Whether an argument is a policy, which is told statement by statement."""
    return isinstance(value, str) and bool(statements(value))


def _edit_lines(edit: StatementEdit, paint: Paint) -> Iterator[str]:
    sign = SIGNS[edit.sort]
    yield f"    {paint.dye(sign, COLOURS[sign])} {clean(edit.name)}"
    for line in edit.lines:
        colour = COLOURS.get(line[:1]) if edit.sort == "changed" else None
        for text in paint.hung(f"        {clean(line, len(line))}"):
            yield paint.dye(text, colour) if colour else text


def address(arn: str) -> str:
    """Where, with the id that is not yet known said so."""
    text = arn.replace(NEW_KEY, "(id assigned by AWS)")
    return clean(text, len(text))


def _named(fleet: Fleet, change: Change, *, named: bool) -> str:
    """Which of several things: the account, and the name where accounts have several."""
    account = clean(fleet.account_name(change.account))
    return f"{address(arn_name(change.address))} of {account}" if named else account


def _arguments(alike: list[Change]) -> Iterator[tuple[str, str]]:
    """What a call is given, but for what the lines above say in the same words.

    Which resource it is about is hidden only where the address names that very one.
    """
    first = alike[0]
    for name, value in first.arguments.items():
        if not (is_document(value) or is_said(first, name, value)):
            differs = any(each.arguments[name] != value for each in alike)
            yield name, OWN if differs else _brief(value)


def is_said(change: Change, name: str, value: Json) -> bool:
    """Whether an argument says again what the address or the account does."""
    if name == "ExpectedBucketOwner":
        return value == change.account
    if name == "PolicyName" and value == "default":  # a key has no other (KMS, PutKeyPolicy)
        return True
    ends = (f":{value}", f"/{value}")
    return bool(value) and (value == change.address or change.address.endswith(ends))


def _brief(value: Json) -> str:
    """A call's argument without JSON's signs."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value in ("", {}):
        return "(empty)"
    if isinstance(value, dict):
        entries = cast("dict[str, Json]", value)
        return ", ".join(f"{name} {_brief(each)}" for name, each in entries.items() if each != [])
    if isinstance(value, list):
        return "; ".join(_brief(each) for each in cast("list[Json]", value))
    return address(str(value))  # whole: what is shown is what is sent


def flip_lines(
    fleet: Fleet, flips: tuple[Flip, ...], paint: Paint, stays: tuple[Flip, ...] = ()
) -> Iterator[str]:
    """Account by account, which aspects turn and how, and of how many routes they do not."""
    by_account = _by_account(flips)
    left = _by_account(stays)
    turns: dict[tuple[str, ...], list[AccountId]] = {}
    for account, aspects in by_account.items():
        others = left.get(account, {})
        turned = [
            _turn(aspect, aspects[aspect], others.get(aspect, []), paint)
            for aspect in ASPECTS
            if aspect in aspects
        ]
        turns.setdefault(tuple(turned), []).append(account)
    for turned, accounts in turns.items():
        groups = [[account] for account in accounts] if len(by_account) <= LINES_MAX else [accounts]
        for group in groups:
            yield from paint.packed(f"  {people(fleet, group)}:", turned)


def _by_account(flips: tuple[Flip, ...]) -> dict[AccountId, dict[str, list[Flip]]]:
    found: dict[AccountId, dict[str, list[Flip]]] = {}
    for flip in flips:
        found.setdefault(account_of_route(flip.route), {}).setdefault(flip.aspect, []).append(flip)
    return found


def _turn(aspect: str, flips: list[Flip], stays: list[Flip], paint: Paint) -> str:
    turns = dict.fromkeys((flip.before, flip.after) for flip in flips)
    arrow = paint.symbol("arrow")
    shown = [f"{paint.mark(old)} {arrow} {paint.mark(new)}" for old, new in turns]
    left = [
        f"{count(number, 'route stays', 'routes stay')} {paint.mark(standing)}"
        for standing, number in Counter(flip.after for flip in stays).items()
    ]
    return f"{aspect} {' and '.join(shown)}" + (f" ({', '.join(left)})" if left else "")


def _notes(fleet: Fleet, plan: Plan, paint: Paint) -> Iterator[str]:
    for says in shut_out_words(plan):
        yield from paint.wrap("note", says, indent=0, column=6)
    for doubt in plan.doubts:
        yield from paint.wrap("note", doubt_words(fleet, doubt), indent=0, column=6)
    for leg in plan.short:
        name = GIVEN_UP.get(leg, clean(leg))
        yield from paint.wrap(
            "note",
            f"{name} has no room for every trail's ARN, so it lists accounts "
            "(aws:SourceAccount) instead: any trail of a listed account may then write into any "
            "listed account's folder",
            indent=0,
            column=6,
        )
