"""Do policies distinguish the logs that lie in one folder, or is one decision for many enough?

An account's logs of thousands of days and of all Regions lie in one folder. Where no policy says
another thing of one than of another, one of them is asked about for all.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import NamedTuple

from logkeep.access import key, organization, people
from logkeep.access.policies.speaking import (
    Holder,
    asked_of,
    layers_at,
    layers_for,
    of_request,
    owner_of,
    policy,
)
from logkeep.policy import Decision, Layers, Policy, admits, decide
from logkeep.policy.pattern import glob, read_template
from logkeep.policy.resource_kinds import KEY
from logkeep.policy.statement import Element
from logkeep.policy.varying import speaking
from logkeep.route import Allows
from logkeep.snapshot.facts import Facts, remembered, remembered_by
from logkeep.value import Arn, Seen

OF_OBJECT = "kms:encryptioncontext:aws:s3:arn"
"""The log's own ARN where its key is asked about it (rule 1.5.4)."""
_WILD = re.compile(r"[*?]|\$\{")


def policies_distinguish(facts: Facts, folder: Arn) -> bool:
    """Whether readers, writers or services may be told another thing of two logs in a folder.

    What tells none apart in the folder above tells none apart in it.
    """
    return _distinguish(facts, _above(folder)) and _distinguish(facts, folder)


def _above(folder: Arn) -> Arn:
    """The folder in which a folder lies, as an account's logs and digests lie in the account's."""
    return folder[: folder.rfind("/", 0, -1) + 1] or folder


@remembered
def _distinguish(facts: Facts, folder: Arn) -> bool:
    of_key = of_request(facts, key.arn(facts), "kms:Decrypt")
    return _contexts_distinguish(facts, of_key) or any(
        reaches_into(pattern, folder)
        for pattern in _patterns(facts, _of_folder(facts, folder), _writers(facts, folder)).near(
            folder
        )
    )


def are_distinguished(facts: Facts, need: Allows) -> bool:
    """Whether two of the requests that differ in the log's name alone may be decided otherwise."""
    return _are_distinguished(facts, need, asked_of(facts, need))


def _are_distinguished(facts: Facts, need: Allows, holder: Holder | None) -> bool:
    if policies_distinguish(facts, need.same_for[-1]):
        return True
    return holder is not None and holder.kind is KEY and _contexts_distinguish(facts, holder)


def layers_of(facts: Facts, need: Allows, holder: Holder | None) -> Layers:
    """Every policy that speaks on a need's request, of which it is known what carries the one."""
    asked = need.request
    return layers_for(facts, asked) if need.policy_of else layers_at(facts, asked, holder)


def one_decision_for_many(facts: Facts, need: Allows) -> Decision:
    """The decision; one for all logs of a folder where nothing that speaks asks which log it is."""
    found = decided_for_many(facts, need)
    if found is not None:
        return found.decision
    return decide(need.request, layers_of(facts, need, asked_of(facts, need)))


def _but_the_name(facts: Facts, need: Allows) -> Hashable:
    """What is the same of requests that differ in the log's name alone."""
    asked = need.request
    *same_for, folder = need.same_for
    above = _above(folder)
    widest = folder if _distinguish(facts, above) else above
    context = asked.context
    if OF_OBJECT in context:
        context = frozenset(pair for pair in context.items() if pair[0] != OF_OBJECT)
    said = context, asked.possible, asked.unknown
    spared = asked.in_management_account, asked.resource_in_management_account
    same = (*same_for, widest, asked.principal, asked.action, asked.resource_account)
    return *same, *said, *spared


class ForMany(NamedTuple):
    """The decision for all logs of a folder, and whether it passes by a policy that was read."""

    decision: Decision
    passes: bool


@remembered_by(_but_the_name)
def _for_many(facts: Facts, need: Allows) -> ForMany | None:
    """None where something that speaks asks which log it is."""
    holder = asked_of(facts, need)
    if _are_distinguished(facts, need, holder):
        return None
    decision = decide(need.request, layers_of(facts, need, holder))
    is_read = holder is not None and isinstance(policy(facts, holder), Seen)
    return ForMany(decision, is_read and decision.outcome == "Allowed")


def decided_for_many(facts: Facts, need: Allows) -> ForMany | None:
    """What is decided of all logs of a folder at once; None where each has to be asked about."""
    return _for_many(facts, need) if need.same_for else None


def passes_for_many(facts: Facts, need: Allows) -> Decision | None:
    """The decision by which every log of a folder passes; None where each has to be asked about."""
    found = decided_for_many(facts, need)
    return found.decision if found is not None and found.passes else None


def settled_for_many(facts: Facts, need: Allows) -> bool:
    """Whether it is certain for every log of a folder at once that its request passes or not."""
    if passes_for_many(facts, need) is not None:
        return True
    if not need.same_for or are_distinguished(facts, need):
        return False
    decision = one_decision_for_many(facts, need)
    return decision.outcome != "Unknown"


def fares_alike(facts: Facts, need: Allows) -> bool:
    """Whether a request comes to one verdict wherever it is made, and for whichever log.

    Not where the log's arrival might tell more, nor where the policy names the accounts as which a
    service came once, which are others in each Region.
    """
    if passes_for_many(facts, need) is not None:
        return True
    outcome = one_decision_for_many(facts, need).outcome
    if outcome == "Unknown" or need.contested or need.parted:
        return outcome == "Allowed" and not need.same_for
    if not need.same_for:
        return True  # it is the very same of every log
    if are_distinguished(facts, need):
        return False
    holder = asked_of(facts, need)
    look = policy(facts, holder) if holder else None
    return not isinstance(look, Seen) or not _names_somebody(facts, look.value, need.request.action)


@remembered
def _names_somebody(_facts: Facts, found: Policy, action: str) -> bool:
    """Whether a policy lets any account or person that it names do something, wherever."""
    named = admits(found, action)
    return bool(named.accounts or named.principals)


class Patterns:
    """Resources found by how they begin, for a policy may list those of every account."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._by_start: dict[str, list[str]] = {}
        for pattern in patterns:
            self._by_start.setdefault(_start(pattern), []).append(pattern)
        self._starts = sorted(self._by_start)
        self._lengths = sorted({len(start) for start in self._starts})

    def near(self, folder: Arn) -> Iterator[str]:
        """Those that may match anything in a folder: they begin as it does, or go on in it."""
        for length in self._lengths:
            if length < len(folder):
                yield from self._by_start.get(folder[:length], ())
        for start in self._starts[bisect_left(self._starts, folder) :]:
            if not start.startswith(folder):
                return
            yield from self._by_start[start]


@functools.lru_cache(1024)
def _start(pattern: str) -> str:
    return _WILD.split(pattern, maxsplit=1)[0]


def reaches_into(pattern: str, folder: Arn) -> bool:
    """Whether a Resource may match one name in a folder and not another; in doubt it may."""
    start = _start(pattern)
    if start == pattern:
        return pattern.startswith(folder)
    if not (folder.startswith(start) or start.startswith(folder)):
        return False  # it matches no name there
    if "${" in pattern or not pattern.endswith("*"):
        return True
    before = pattern[:-1]
    if before == start:
        return not folder.startswith(before)
    if before and _WILD.search(":".join(before.split(":")[:5])):
        return True  # these do not cross colons as the rest of an ARN does
    # What matches the folder's own name goes on, by its last wildcard, to all that lies in it.
    return not _globbed(pattern)(folder)


@functools.lru_cache(1024)
def _globbed(pattern: str) -> Callable[[str], bool]:
    """What tells whether a pattern matches: one folder after the other is held against the same."""
    return glob("".join(map(str, read_template(pattern, wild=True, variables=False))))


def _of_folder(facts: Facts, folder: Arn) -> Holder | None:
    """What carries the policy of the objects in a folder."""
    return of_request(facts, folder, "s3:PutObject")


def _writers(facts: Facts, folder: Arn) -> frozenset[Arn]:
    """The persons whom the policy of a folder's bucket names to write there."""
    holder = _of_folder(facts, folder)
    look = policy(facts, holder) if holder else None
    if not isinstance(look, Seen) or not _names_writers(facts, look.value):
        return frozenset()
    return frozenset(admits(look.value, "s3:PutObject", f"{folder}log.json.gz").principals)


@remembered
def _names_writers(_facts: Facts, found: Policy) -> bool:
    """Whether a policy lets any person it names write anywhere: mostly it names services alone."""
    return bool(admits(found, "s3:PutObject").principals)


@remembered
def _patterns(facts: Facts, holder: Holder | None, writers: frozenset[Arn]) -> Patterns:
    """The Resources of all policies that speak of readers' and writers' requests to a bucket."""
    elements = _elements(facts, holder, writers)
    resources = (each for each in elements if each.name.endswith("Resource"))
    return Patterns({pattern for each in resources for pattern in each.wanted})


@remembered
def _contexts_distinguish(facts: Facts, of_key: Holder | None) -> bool:
    """Whether anything that speaks of a reader's request to a key names the log's own ARN."""
    return any(
        OF_OBJECT in each.key.lower() or any(OF_OBJECT in value.lower() for value in each.wanted)
        for each in _elements(facts, of_key, frozenset())
    )


def _elements(facts: Facts, holder: Holder | None, writers: frozenset[Arn]) -> Iterator[Element]:
    """Every element of the resource's policy, its organization's, and those of the persons."""
    look = policy(facts, holder) if holder else None
    if isinstance(look, Seen):
        yield from _of(look.value)
    owner = owner_of(facts, holder.arn) if holder else ""
    layers = [Layers(rcps=organization.levels(facts, owner, "rcp"))] if owner else []
    layers += [
        people.layers(facts, who)
        for who in (*(facts.fleet.archive.readers or ()), *sorted(writers))
    ]
    for each in (one for found in layers for one in speaking(found)):
        yield from _of(each)


def _of(found: Policy) -> Iterator[Element]:
    return (element for statement in found.statements for element in statement.elements)
