"""Which objects of the archive are asked about beside today's logs, as if each lay there?"""

from __future__ import annotations

from collections.abc import Iterable

from logkeep.access.policies.every_object import LOGS, lists_of, lists_of_document, objects_under
from logkeep.archive.judged_actions import FORGES
from logkeep.archive.sample import Sample
from logkeep.policy import Layers, Policy, Request
from logkeep.policy.every_name import Patterns, Undecided
from logkeep.policy.pattern import ANY_ONE, ANY_RUN
from logkeep.snapshot.facts import Facts, remembered
from logkeep.sources.samples import sample_of, samples
from logkeep.value import Arn


def beside_today(
    facts: Facts, asked: Iterable[tuple[Request, Layers]], besides: Iterable[Patterns] = ()
) -> tuple[Sample, ...] | Undecided:
    """One log of each kind that the policies tell apart, wherever in the archive it may lie.

    People who write are asked about the folders of logs alone: what else lies there is none. Of a
    service's own folders nobody knows the prefix, so it is asked about every object. What speaks
    besides, such as access points, brings lists of its own.
    """
    pairs = tuple(asked)
    spoken = (each for request, layers in pairs for each in lists_of(request, layers))
    lists = frozenset((*spoken, *besides))
    writes = any(
        request.action in FORGES and request.principal.startswith(("arn:", "anonymous"))
        for request, _ in pairs
    )
    return _found(facts, _folders(facts) if writes else (f"{facts.fleet.bucket_arn}/*",), lists)


@remembered
def _found(
    facts: Facts, where: tuple[Arn, ...], lists: frozenset[Patterns]
) -> tuple[Sample, ...] | Undecided:
    found: dict[Arn, None] = {}
    for pattern in where:
        objects = objects_under(pattern, lists)
        if isinstance(objects, Undecided):
            return objects
        found |= dict.fromkeys(objects)
    return tuple(_sample(facts, arn) for arn in found)


@remembered
def _sample(facts: Facts, arn: Arn) -> Sample:
    return sample_of(facts, arn)


@remembered
def _folders(facts: Facts) -> tuple[Arn, ...]:
    """Where services keep logs: the folder of all accounts, else the log's own."""
    found: dict[Arn, None] = {}
    for log in samples(facts):
        prefix, folder, _ = log.object_arn.partition(f"/{LOGS}")
        found[f"{prefix}{folder}*" if folder else f"{prefix.rpartition('/')[0]}/*"] = None
    return tuple(found)


def named_by(facts: Facts, policy: Policy) -> tuple[Arn, ...]:
    """Objects of which each list of a policy's Resources, or NotResources, names at least one."""
    root = f"{facts.fleet.bucket_arn}/*"
    found: dict[Arn, None] = {}
    for each in dict.fromkeys(lists_of_document(policy.document)):
        objects = objects_under(root, [each])
        if isinstance(objects, Undecided):
            objects = tuple(pattern.replace(ANY_RUN, "").replace(ANY_ONE, "x") for pattern in each)
        found |= dict.fromkeys(objects)
    return tuple(found)
