"""Whether any policy tells apart the logs that lie in one folder.

An account's logs of thousands of days and of all Regions lie in one folder. Where no policy says
another thing of one than of another, one of them is asked about for all.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from logkeep.access import key, organization, people
from logkeep.access.legs import layers_of, policy_of
from logkeep.policy import Decision, Layers, Policy, admits, decide
from logkeep.policy.pattern import glob, read_template
from logkeep.policy.statement import Element
from logkeep.policy.telling import speaking
from logkeep.route import Allows
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId, Arn, Seen

OF_OBJECT = "kms:encryptioncontext:aws:s3:arn"
"""The log's own ARN where its key is asked about it (rule 1.5.4)."""
_WILD = re.compile(r"[*?]|\$\{")


def is_told_apart(facts: Facts, folder: Arn) -> bool:
    """Whether readers, writers or services may be told another thing of two logs in a folder."""
    return facts.once(("told apart", folder), lambda: _is_told_apart(facts, folder))


def _is_told_apart(facts: Facts, folder: Arn) -> bool:
    return facts.once("contexts told apart", lambda: _contexts_apart(facts)) or any(
        reaches_into(pattern, folder)
        for pattern in _patterns(facts, _writers(facts, folder)).near(folder)
    )


def decision_alike(facts: Facts, need: Allows, layers: Layers) -> Decision:
    """The decision; one for all logs of a folder where nothing that speaks asks which log it is."""
    if not need.like or is_told_apart(facts, need.like[-1]):
        return decide(need.request, layers)
    return facts.once(("decision", need.like), lambda: decide(need.request, layers))


def passes_alike(facts: Facts, need: Allows) -> Decision | None:
    """The decision by which every log of a folder passes; None where each has to be asked about."""
    if not need.like:
        return None
    return facts.once(("all pass", need.like), lambda: _passes_alike(facts, need))


def _passes_alike(facts: Facts, need: Allows) -> Decision | None:
    look = policy_of(facts, need.leg, need.request.resource)
    if is_told_apart(facts, need.like[-1]) or not isinstance(look, Seen):
        return None
    decision = decision_alike(facts, need, layers_of(facts, need, look.value))
    return decision if decision.outcome == "Allowed" else None


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
    return not glob("".join(map(str, read_template(pattern, wild=True, variables=False))))(folder)


def _writers(facts: Facts, folder: Arn) -> frozenset[Arn]:
    """The persons whom the bucket's policy names to write there."""
    look = policy_of(facts, "bucket")
    if not isinstance(look, Seen):
        return frozenset()
    return frozenset(admits(look.value, "s3:PutObject", f"{folder}log.json.gz").principals)


def _patterns(facts: Facts, writers: frozenset[Arn]) -> Patterns:
    """The Resources of all policies that speak of readers' and writers' requests to the bucket."""

    def found() -> Patterns:
        elements = _elements(facts, "bucket", facts.fleet.archive.account, writers)
        resources = (each for each in elements if each.name.endswith("Resource"))
        return Patterns({pattern for each in resources for pattern in each.wanted})

    return facts.once(("patterns", writers), found)


def _contexts_apart(facts: Facts) -> bool:
    """Whether anything that speaks of a reader's request to the key names the log's own ARN."""
    return any(
        OF_OBJECT in each.key.lower() or any(OF_OBJECT in value.lower() for value in each.wanted)
        for each in _elements(facts, "key", key.account(facts), frozenset())
    )


def _elements(
    facts: Facts, leg: str, owner: AccountId, writers: frozenset[Arn]
) -> Iterator[Element]:
    """Every element of the resource's policy, its organization's, and those of the persons."""
    look = policy_of(facts, leg)
    if isinstance(look, Seen):
        yield from _of(look.value)
    layers = [Layers(rcps=organization.levels(facts, owner, "rcp"))]
    layers += [
        people.layers(facts, who)
        for who in (*(facts.fleet.archive.readers or ()), *sorted(writers))
    ]
    for policy in (policy for each in layers for policy in speaking(each)):
        yield from _of(policy)


def _of(policy: Policy) -> Iterator[Element]:
    return (element for statement in policy.statements for element in statement.elements)
