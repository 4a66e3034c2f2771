"""The smallest change of the archive's policies that makes one request pass, and what else it does.

Every change is tried on the policies and asked again by the same engine before it is returned. What
the archive does not own is not changed here: whose it is and what to ask of them is the answer.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from logkeep.access import key
from logkeep.access.assume_role import ASSUME
from logkeep.access.bucket import of_bucket
from logkeep.access.key import of_key
from logkeep.access.policies.speaking import layers_for, part_of_archive
from logkeep.diagnose.check.need import check
from logkeep.plan.fix.edits import Edit, edits
from logkeep.plan.fix.spread import Flip, Spread, spread
from logkeep.policy import Explanation, Policy, Request, StatementRef, explain, read_policy
from logkeep.policy.resource_kinds import BUCKET, KEY
from logkeep.snapshot import Ask, Reply, reply
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.routes import all_routes
from logkeep.sources.samples import deliveries
from logkeep.value import AccountId, account_of
from logkeep.who.why import Ruling, Why, why

Whose: TypeAlias = Literal[
    "archive", "principal", "organization", "role", "endpoint", "resource", "another account"
]
"""`another account` is where nothing but a role of that account lets anybody in."""


READS = ("s3:ListBucket", "s3:GetObject", "kms:Decrypt")
"""What a plan asks for a declared reader."""


class StatementChange(msgspec.Struct, frozen=True):
    """One statement of one of the archive's policies, before and after."""

    whose: str
    """Whose policy: `bucket` or `key`."""
    edit: Edit


class Fix(msgspec.Struct, frozen=True, tag=True):
    """Changes that make the request pass, and everybody else whom they would let in."""

    changes: tuple[StatementChange, ...]
    flips: tuple[Flip, ...]
    """What else would pass and does not now; ideally nothing."""
    compared: int
    """Of how many principals this was asked."""
    unread: tuple[AccountId, ...]
    """The fleet's accounts whose people could not be asked about."""
    breaks: tuple[str, ...]
    """The findings that `diagnose` would begin to report."""
    is_planned: bool = False
    """Whether the fleet wants it anyway, so that `logkeep plan` mends it for every log."""


class NotOurs(msgspec.Struct, frozen=True, tag=True):
    """A denial that no change of the archive's policies mends."""

    whose: Whose
    account: AccountId
    """Whose account has to change it; empty where it is the organization's management account."""
    action: str
    resource: str
    denied_by: StatementRef | None = None
    """The statement that denies; None where it is enough that somebody allows."""
    ours_too: bool = False
    """Whether the archive's own policy would have to allow it besides."""
    unknown: tuple[str, ...] = ()
    """What nobody could tell of the rest, where that is all that stands in the way."""


Mending: TypeAlias = Fix | NotOurs


def fix(facts: Facts, found: Why) -> Mending | None:
    """What would make a denied request pass; None where it is not denied."""
    denied = [
        ruling
        for ruling in found.rulings
        if ruling.outcome in ("ExplicitlyDenied", "ImplicitlyDenied")
    ]
    if not denied:
        return None
    changes: list[StatementChange] = []
    spreads: list[Spread] = []
    for ruling in denied:
        made = _mended(facts, ruling)
        if isinstance(made, NotOurs):
            return made
        changes.append(made[0])
        spreads.append(made[1])
    after = with_changes(facts, changes)
    if why(after, found.question).outcome != "Allowed":
        return None
    return Fix(
        tuple(changes),
        tuple(flip for each in spreads for flip in each.flips),
        max(each.compared for each in spreads),
        spreads[0].unread,
        _breaks(facts, after),
        all(_is_planned(facts, ruling.request) for ruling in denied),
    )


def _mended(facts: Facts, ruling: Ruling) -> tuple[StatementChange, Spread] | NotOurs:
    """The change of one policy that lets one request pass and the fewest others."""
    asked, said = ruling.request, ruling.explanation
    named = part_of_archive(facts, asked.resource)
    layers = layers_for(facts, asked)
    if said.decision.outcome == "ExplicitlyDenied" or not named or asked.principal == "anonymous":
        return _not_ours(facts, ruling, said)
    before = layers.resource
    if before is not None and not isinstance(before, Policy):
        return _not_ours(facts, ruling, said)
    passing: list[tuple[tuple[int, bool, int], StatementChange, Spread]] = []
    silent = said
    for number, edit in enumerate(edits(facts, asked, before)):
        after = read_policy(edit.document, "key" if named == "key" else "resource", "changed")
        if (
            not isinstance(after, Policy)
            or _length(edit) > (KEY if named == "key" else BUCKET).limit
        ):
            continue
        explained = explain(asked, msgspec.structs.replace(layers, resource=after))
        if explained.decision.outcome == "Allowed":
            also = spread(facts, asked, before, after, edit.index)
            order = (len(also.flips), edit.element == "", number)
            passing.append((order, StatementChange(named, edit), also))
        else:
            silent = explained
    if not passing:
        return _not_ours(facts, ruling, silent, ours_too=silent is not said)
    _, change, also = min(passing, key=lambda each: each[0])
    return change, also


def _is_planned(facts: Facts, asked: Request) -> bool:
    """Whether a plan asks for it: a delivery of a log that the fleet wants, or a reader's read."""
    readers = facts.fleet.archive.readers or ()
    if asked.principal in readers:
        return asked.action in READS
    source = asked.context.get("aws:sourcearn")
    return any(
        (each.principal, each.action) == (asked.principal, asked.action)
        and each.context.get("aws:sourcearn") == source
        for requests in deliveries(facts).values()
        for each in requests
    )


def _length(edit: Edit) -> int:
    return len(_text(edit).encode())


def _text(edit: Edit) -> str:
    return msgspec.json.encode(edit.document).decode()


def with_changes(facts: Facts, changes: list[StatementChange]) -> Facts:
    """The facts as they would be with these policies in place."""
    answers: dict[Ask, Reply] = {}
    for change in changes:
        described = seen(key.described(facts)) if change.whose == "key" else None
        question = (
            of_key(facts, "kms:GetKeyPolicy", described.key_id)
            if described
            else of_bucket(facts, "s3:GetBucketPolicy")
        )
        answers[question] = reply({"Policy": _text(change.edit)})
    return Facts(facts.fleet, facts.snapshot.with_answers(answers))


def _breaks(before: Facts, after: Facts) -> tuple[str, ...]:
    """What of the archive's protection would no longer hold."""
    return tuple(sorted(_failing(after) - _failing(before)))


def _failing(facts: Facts) -> set[str]:
    ways = (way for route in all_routes(facts) for way in route.ways)
    keeping = {id(hop): hop for way in ways for hop in way if hop.keeps}
    needs = {(id(need), hop.arn): (hop, need) for hop in keeping.values() for need in hop.needs}
    results = (check(facts, hop, need) for hop, need in needs.values())
    return {result.code for result in results if result.verdict == "fails"}


def _not_ours(
    facts: Facts, ruling: Ruling, said: Explanation, *, ours_too: bool = False
) -> NotOurs:
    """Who would have to change something, by the layer that denies or stays silent."""
    asked, decision = ruling.request, said.decision
    silent = [near.layer for near in said.nearest] or [decision.layer]
    layer = decision.layer if decision.outcome == "ExplicitlyDenied" else silent[0]
    by = decision.statement if decision.outcome == "ExplicitlyDenied" else None
    whose, account = _owner(facts, asked, layer)
    if by is None and _takes_a_role(facts, asked):
        whose, account = "another account", asked.resource_account
    return NotOurs(whose, account, asked.action, asked.resource, by, ours_too, decision.unknown)


def _takes_a_role(facts: Facts, asked: Request) -> bool:
    """Whether it is another account's thing that has no policy which could name the caller."""
    is_apart = account_of(asked.principal) not in ("", asked.resource_account)
    knows_no_policy = layers_for(facts, asked).resource is None
    return (
        is_apart
        and asked.resource_account != ""
        and knows_no_policy
        and not part_of_archive(facts, asked.resource)
    )


def _owner(facts: Facts, asked: Request, layer: str) -> tuple[Whose, AccountId]:
    match layer:
        case "scp" | "rcp":
            return "organization", ""
        case "identity" | "boundary" | "session":
            return "principal", account_of(asked.principal)
        case "endpoint":
            return "endpoint", ""
        case _:
            if asked.action == ASSUME:
                return "role", asked.resource_account
            return ("archive" if part_of_archive(facts, asked.resource) else "resource"), (
                asked.resource_account
            )
