"""A log's whole way, put together from what its kind says of it; what is the same is shared.

A kind names what captures, where it delivers, what a delivery asks, and what shows that logs come.
Bucket, key, what keeps the logs and who reads them follow, so that no kind can forget them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar, assert_never

from logkeep.access.policies.distinguish import (
    fares_alike,
    passes_for_many,
    policies_distinguish,
    settled_for_many,
)
from logkeep.archive.hops import bucket_hop, key_hop, protection_hop
from logkeep.archive.key_end import key_keeping_hop
from logkeep.archive.readers import reader_hops
from logkeep.archive.sample import Sample
from logkeep.archive.somebody import readers_of_no_fleet
from logkeep.archive.strangers import closed_to_strangers
from logkeep.route import Allows, Hop, Need
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import Arn, Region

Sender = TypeVar("Sender")
"""What sends: all that its deliveries from any Region share. Two that are equal send alike."""


class Asked(NamedTuple):
    """What a delivery asks of the bucket and of the key, in the order in which AWS does."""

    of_bucket: tuple[Need, ...]
    of_key: tuple[Need, ...] = ()


class Deliveries(NamedTuple, Generic[Sender]):
    """How a kind of log is delivered into the archive."""

    asked: Callable[[Facts, tuple[Sender, ...], Region], Asked]
    """What its deliveries of a Region ask."""
    folder: Callable[[Facts, Sender], Arn]
    """Where all logs of a sender lie: of two objects in it only the names differ."""
    root: Callable[[Sender], str]
    """The prefix below which services alone keep logs."""
    sample: Callable[[Facts, Sender, Region | None], Sample]
    """A log of a Region as it lies there; of none, one that stands for those of all Regions."""
    as_kept: Callable[[Sender], Sender] = lambda sender: sender
    """What of a sender makes a difference to what keeps its logs, so that more share it."""


class ToArchive(NamedTuple, Generic[Sender]):
    """Logs that are delivered into the archive."""

    by: Deliveries[Sender]
    senders: tuple[Sender, ...]
    region: Region
    intended: bool = False
    """Whether a plan asks: one grant lets in all that are refused alike, so one stands for them."""
    kept: tuple[Sender, ...] = ()
    """The senders as those who keep and read their logs see them, if that tells less; so that what
    is the same for all Regions is asked once though each Region sends for itself."""


class Elsewhere(NamedTuple):
    """Logs that are delivered to another bucket or log group."""

    passes: tuple[Hop, ...]
    """What takes them: bucket, key, role, log group."""
    keeps: tuple[Hop, ...]
    """What keeps them there; nothing is that nobody asks, for which the kind gives a reason."""


def way(
    facts: Facts,
    captures: Iterable[Hop],
    to: ToArchive[Sender] | Elsewhere,
    logs: Iterable[Hop],
) -> tuple[Hop, ...]:
    """Every hop from what captures to what keeps, in the order in which a log meets them."""
    match to:
        case ToArchive(by, senders, region, intended, kept):
            shared = _for_every_region(facts, by, kept or senders, intended)
            alike = () if kept else shared.into
            into = alike or _into(facts, by, senders, region)
            keeping = shared.keeping or _keeping(facts, by, kept or senders, region)
            return (*captures, *into, *logs, *keeping)
        case Elsewhere(passes, keeps):
            return (*captures, *passes, *logs, *keeps)
        case _:
            assert_never(to)


def ends_for_every_region(
    facts: Facts, to: ToArchive[Sender]
) -> tuple[tuple[Hop, ...], tuple[Hop, ...]] | None:
    """What takes the logs and what keeps them, where both are the same for every Region."""
    shared = _for_every_region(facts, to.by, to.kept or to.senders, to.intended)
    return (shared.into, shared.keeping) if shared.into and shared.keeping and not to.kept else None


class _Shared(NamedTuple):
    """The hops that are the same for every Region of some senders."""

    into: tuple[Hop, ...]
    """The bucket and the key as deliveries of any Region meet them; none where each is asked."""
    keeping: tuple[Hop, ...]
    """What keeps the logs that lie there; none where each Region's are asked about."""


@remembered
def _for_every_region(
    facts: Facts, by: Deliveries[Sender], senders: tuple[Sender, ...], intended: bool
) -> _Shared:
    """Where all pass and no policy tells Regions apart, the hops of one stand for all."""
    hops = _into(facts, by, senders, facts.fleet.home_region)
    asked = (n for hop in hops for n in hop.needs if isinstance(n, Allows) and n.same_for)
    suffices = settled_for_many if intended else passes_for_many
    into = hops if all(suffices(facts, need) for need in asked) or _fare_alike(facts, hops) else ()
    # Where a policy asks of which Region an account's logs are, it may do so when they are read.
    apart = any(policies_distinguish(facts, by.folder(facts, who)) for who in senders)
    as_kept = tuple(map(by.as_kept, senders))
    return _Shared(into, () if apart else _keeping(facts, by, as_kept, None))


def _fare_alike(facts: Facts, hops: tuple[Hop, ...]) -> bool:
    """Whether all Regions come to the same verdicts, where nothing else is asked for."""
    asked = (need for hop in hops for need in hop.needs if isinstance(need, Allows))
    return facts.verdicts_only and all(fares_alike(facts, need) for need in asked)


@remembered
def _asked(
    facts: Facts, by: Deliveries[Sender], senders: tuple[Sender, ...], region: Region
) -> Asked:
    return by.asked(facts, senders, region)


def _into(
    facts: Facts, by: Deliveries[Sender], senders: tuple[Sender, ...], region: Region
) -> tuple[Hop, ...]:
    """The bucket and the key as deliveries of one Region meet them."""
    asked = _asked(facts, by, senders, region)
    return bucket_hop(facts, asked.of_bucket), key_hop(facts, asked.of_key)


@remembered
def _keeping(
    facts: Facts, by: Deliveries[Sender], senders: tuple[Sender, ...], region: Region | None
) -> tuple[Hop, ...]:
    """What keeps the logs of a Region, or of all, in the archive, and who may read them."""
    roots = tuple(dict.fromkeys(by.root(who) for who in senders))
    logs = tuple(dict.fromkeys(by.sample(facts, who, region) for who in senders))
    asked = _asked(facts, by, senders, region or facts.fleet.home_region).of_bucket
    keeper = protection_hop(facts, roots, logs, closed_to_strangers(facts, asked))
    reading = reader_hops(facts, roots, logs) or (readers_of_no_fleet(facts),)
    return (keeper, *reading, key_keeping_hop(facts))
