"""A plan as if each change were told whole listings: the same comes out, in many more letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import pytest

from logkeep.aws.same import EMPTY
from logkeep.fleet import Fleet
from logkeep.plan import Plan, plan
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.change import Change
from logkeep.snapshot.entries import Answers, Listing, OwnAnswers, entry_of
from logkeep.sources.registry import calls
from logkeep.value import Arn, Json

FEW = frozenset(
    {"logs:DescribeResourcePolicies", "organizations:ListAWSServiceAccessForOrganization"}
)
"""The listings of what is never many: an account and Region have ten policies of log groups
(rule 8.2.1), and an organization trusts as many services as there are."""


def each_change_is_told_of_its_own(fleet: Fleet, snapshot: Snapshot) -> Plan:
    """A change needs no more of a listing than its own thing's entries, and changes no others."""

    def whole(self: OwnAnswers, question: Ask) -> Reply:
        found = self.of.whole(question)
        if found is None:
            raise KeyError(question)
        return found

    take = Answers.change

    def others_stay(self: Answers, address: Arn, told: Iterable[tuple[Ask, Reply]]) -> None:
        pairs = list(told)
        for question, now in pairs:
            before = self.listing(question, address)
            if before is not None:
                assert others(question, address, before.whole()) == others(question, address, now)
        take(self, address, pairs)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(OwnAnswers, "__getitem__", whole)
        patched.setattr(Answers, "change", others_stay)
        anew = plan(fleet, snapshot)
    made = plan(fleet, snapshot)
    assert of_own(made) == of_own(anew)
    asked = {question.call for change in made.changes for question, _ in change.after}
    # What needs an argument lists what one thing has, such as the grants of a key.
    kinds = [(name, calls()[name]) for name in asked]
    whole_lists = {name for name, each in kinds if each.paged and not (each.needs or each.entry)}
    assert whole_lists <= FEW, (
        f"{whole_lists - FEW}: such a listing says by its `entry` how its things are told apart"
    )
    return made


def others(question: Ask, address: Arn, found: Reply) -> frozenset[bytes] | None:
    """What a listing says of all but the thing at an address; a field left out is as an empty."""
    entry = entry_of(calls().get(question.call), address)
    if entry is None or found.error:
        return None
    listing = Listing(entry, found)
    listing.change(address, Listing(entry, Reply(msgspec.Raw(b"{}"))).own(address))
    return frozenset(
        msgspec.json.encode((name, list(map(_said, entries))), order="deterministic")
        for name, entries in listing.named.items()
    )


def _said(entry: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in entry.items() if value not in EMPTY}


def of_own(made: Plan) -> Plan:
    """The plan with nothing in a change's answers but what is about its own thing."""
    return msgspec.structs.replace(made, changes=tuple(map(_narrowed, made.changes)))


def _narrowed(change: Change) -> Change:
    return msgspec.structs.replace(
        change,
        before=tuple(_own(change, change.before)),
        after=tuple(_own(change, change.after)),
    )


def _own(
    change: Change, pairs: Iterable[tuple[Ask, Reply | None]]
) -> Iterator[tuple[Ask, Reply | None]]:
    for question, found in pairs:
        entry = entry_of(calls().get(question.call), change.address)
        if entry is None or found is None or found.error:
            yield question, found
        else:
            body = msgspec.json.decode(Listing(entry, found).own(change.address).body)
            yield question, reply({entry.under: list(map(_said, body[entry.under]))})
