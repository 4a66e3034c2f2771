"""Which buckets' accesses go another way, as vended logs into CloudWatch Logs say (rule 9.10)?

It is asked only where a bucket does not log as the fleet file wants: who already has its accesses
elsewhere may not want them twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.value import AccountId, Arn, Look, Region, Seen

SOURCES: Final = "logs:DescribeDeliverySources"
DELIVERIES: Final = "logs:DescribeDeliveries"
LOG_TYPE: Final = "S3_SERVER_ACCESS_LOGS"


class DeliverySource(msgspec.Struct, frozen=True, rename="camel"):
    """What some vended logs are of."""

    name: str = ""
    log_type: str = ""
    resource_arns: tuple[Arn, ...] = ()


class DeliverySources(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of logs:DescribeDeliverySources."""

    delivery_sources: tuple[DeliverySource, ...] = ()


class VendedDelivery(msgspec.Struct, frozen=True, rename="camel"):
    """Some vended logs on their way, and into which kind of place."""

    delivery_source_name: str = ""
    delivery_destination_type: str = ""


class Deliveries(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of logs:DescribeDeliveries."""

    deliveries: tuple[VendedDelivery, ...] = ()


def asks(facts: Facts, account: AccountId, region: Region) -> Iterator[Ask]:
    """What there is of vended logs; where they go only if any are of accesses."""
    yield ask(account, region, SOURCES)
    if seen(_sources(facts, account, region)):
        yield ask(account, region, DELIVERIES)


def _sources(facts: Facts, account: AccountId, region: Region) -> Look[tuple[DeliverySource, ...]]:
    look = facts.look(ask(account, region, SOURCES), DeliverySources)
    if not isinstance(look, Seen):
        return look
    return Seen(tuple(each for each in look.value.delivery_sources if each.log_type == LOG_TYPE))


@remembered
def other_ways(
    facts: Facts, account: AccountId, region: Region
) -> Look[dict[Arn, tuple[str, ...]]]:
    """The buckets whose accesses are delivered so, with the kinds of place they go to."""
    sources = _sources(facts, account, region)
    if not isinstance(sources, Seen):
        return sources
    if not sources.value:
        return Seen({})
    look = facts.look(ask(account, region, DELIVERIES), Deliveries)
    if not isinstance(look, Seen):
        return look
    kinds: dict[str, set[str]] = {}
    for each in look.value.deliveries:
        kinds.setdefault(each.delivery_source_name, set()).add(each.delivery_destination_type)
    found: dict[Arn, set[str]] = {}
    for source in sources.value:
        for arn in source.resource_arns if source.name in kinds else ():
            found.setdefault(arn, set()).update(kinds[source.name])
    return Seen({arn: tuple(sorted(into)) for arn, into in found.items()})
