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


class Deliveries(NamedTuple, Generic[Sender]):
    """How a kind of log is delivered into the archive."""

    of_bucket: Callable[[Facts, tuple[Sender, ...], Region], tuple[Need, ...]]
    """What its deliveries of a Region ask of the bucket, in the order in which AWS does."""
    of_key: Callable[[Facts, tuple[Sender, ...], Region], tuple[Need, ...]]
    """What they ask of the key."""
    folder: Callable[[Facts, Sender], Arn]
    """Where all logs of a sender lie: of two objects in it only the names differ."""
    root: Callable[[Sender], str]
    """The prefix below which services alone keep logs."""
    sample: Callable[[Facts, Sender, Region | None], Sample]
    """A log of a Region as it lies there; of none, one that stands for those of all Regions."""
    as_kept: Callable[[Sender], Sender] = lambda sender: sender
    """What of a sender makes a difference to what keeps its logs, so that more share it."""
    is_seen: Callable[[Facts, Sender], bool] = lambda _facts, _sender: False
    """Whether it could be seen where a sender writes; else its root is only what is likely."""


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
        case ToArchive(by, senders, region, _, kept):
            keeping = _kept_for_every_region(facts, by, kept or senders)
            keeping = keeping or _keeping(facts, by, kept or senders, region)
            return (*captures, *takes(facts, to), *logs, *keeping)
        case Elsewhere(passes, keeps):
            return (*captures, *passes, *logs, *keeps)
        case _:
            assert_never(to)


def takes(facts: Facts, to: ToArchive[Sender]) -> tuple[Hop, Hop]:
    """The bucket and the key as deliveries of a Region meet them."""
    every = None if to.kept else _taken_of_every_region(facts, to.by, to.senders, to.intended)
    bucket, key = every or (None, None)
    return (
        bucket or _bucket(facts, to.by, to.senders, to.region),
        key or _key(facts, to.by, to.senders, to.region),
    )


def ends_for_every_region(
    facts: Facts, to: ToArchive[Sender]
) -> tuple[tuple[Hop, ...], tuple[Hop, ...]] | None:
    """What takes the logs and what keeps them, where both are the same for every Region."""
    if to.kept:
        return None
    bucket, key = _taken_of_every_region(facts, to.by, to.senders, to.intended)
    if bucket is None or key is None:
        return None
    keeping = _kept_for_every_region(facts, to.by, to.senders)
    return ((bucket, key), keeping) if keeping else None


@remembered
def _taken_of_every_region(
    facts: Facts, by: Deliveries[Sender], senders: tuple[Sender, ...], intended: bool
) -> tuple[Hop | None, Hop | None]:
    """The bucket and the key as deliveries of any Region meet them; none where each is asked.

    Where all pass and no policy tells Regions apart, the hops of one stand for all.
    """
    home = facts.fleet.home_region
    bucket, key = _bucket(facts, by, senders, home), _key(facts, by, senders, home)
    return (
        bucket if _stands_for_all(facts, bucket, intended) else None,
        key if _stands_for_all(facts, key, intended) else None,
    )


@remembered
def _kept_for_every_region(
    facts: Facts, by: Deliveries[Sender], senders: tuple[Sender, ...]
) -> tuple[Hop, ...]:
    """What keeps the logs that lie there, where it is the same for every Region; else nothing."""
    # Where a policy asks of which Region an account's logs are, it may do so when they are read.
    if any(policies_distinguish(facts, by.folder(facts, who)) for who in senders):
        return ()
    return _keeping(facts, by, tuple(map(by.as_kept, senders)), None)


def _stands_for_all(facts: Facts, hop: Hop, intended: bool) -> bool:
    """Whether what deliveries of one Region ask passes, or comes to the same verdict, for all."""
    asked = [need for need in hop.needs if isinstance(need, Allows)]
    suffices = settled_for_many if intended else passes_for_many
    if all(suffices(facts, need) for need in asked if need.same_for):
        return True
    return facts.verdicts_only and all(fares_alike(facts, need) for need in asked)


@remembered
def _of_bucket(
    facts: Facts, by: Deliveries[Sender], senders: tuple[Sender, ...], region: Region
) -> tuple[Need, ...]:
    return by.of_bucket(facts, senders, region)


def _bucket(
    facts: Facts, by: Deliveries[Sender], senders: tuple[Sender, ...], region: Region
) -> Hop:
    """The bucket as deliveries of one Region meet it."""
    return bucket_hop(facts, _of_bucket(facts, by, senders, region))


def _key(facts: Facts, by: Deliveries[Sender], senders: tuple[Sender, ...], region: Region) -> Hop:
    """The key as they meet it."""
    return key_hop(facts, by.of_key(facts, senders, region))


@remembered
def _keeping(
    facts: Facts, by: Deliveries[Sender], senders: tuple[Sender, ...], region: Region | None
) -> tuple[Hop, ...]:
    """What keeps the logs of a Region, or of all, in the archive, and who may read them."""
    roots = tuple(dict.fromkeys(by.root(who) for who in senders))
    logs = tuple(dict.fromkeys(by.sample(facts, who, region) for who in senders))
    asked = _of_bucket(facts, by, senders, region or facts.fleet.home_region)
    closed = closed_to_strangers(facts, asked)
    are_all_seen = all(by.is_seen(facts, who) for who in senders)
    keeper = protection_hop(facts, roots, logs, closed, are_all_seen=are_all_seen)
    reading = reader_hops(facts, roots, logs) or (readers_of_no_fleet(facts),)
    return (keeper, *reading, key_keeping_hop(facts))
