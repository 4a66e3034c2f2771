"""What is worth asking of an account's network and flow logs, and of what they brought."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import key
from logkeep.access.enabled_regions import regions_ask
from logkeep.access.log_group import group_ask
from logkeep.archive import evidence as found_by
from logkeep.archive import exports, log_group_key
from logkeep.route import Arrived
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.vpc_flow import delivery_streams, evidence, requests, to_firehose
from logkeep.sources.vpc_flow.calls import SUBNETS
from logkeep.sources.vpc_flow.chosen import Point, chosen, group_of, group_of_log, points, vpc_point
from logkeep.sources.vpc_flow.described import FlowLog, flow_logs, listing, places, vpcs
from logkeep.sources.vpc_flow.network import asks
from logkeep.sources.vpc_flow.options import ARCHIVE, CLOUDWATCH, FIREHOSE, FlowLogs
from logkeep.value import AccountId, Region


def wants(facts: Facts, logs: tuple[FlowLogs, ...]) -> Iterator[Ask]:
    """The questions about every account and Region, and about what its flow logs brought."""
    for each in logs:
        for account in each.accounts:
            yield regions_ask(facts, account)
            for region in places(facts, account):
                yield from asks(facts, account, region)
                for log in seen(flow_logs(facts, account, region)) or ():
                    if log.group:
                        yield group_ask(group_of_log(facts, account, region, log))
                if CLOUDWATCH in each.options.to:
                    yield from exports.asks(facts, [(account, region)])
                for vpc in seen(vpcs(facts, account, region)) or ():
                    yield from _of_vpc(facts, each, account, region, vpc)
    if any(ARCHIVE in each.options.to for each in logs):
        yield from _of_key(facts)


def _of_vpc(
    facts: Facts, logs: FlowLogs, account: AccountId, region: Region, vpc: str
) -> Iterator[Ask]:
    if logs.options.capture == "subnet":
        yield listing(account, region, SUBNETS)
    captured = seen(points(facts, logs.options.capture, account, region, vpc))
    for to in logs.options.to:
        for point in captured or ():
            yield from _of_point(facts, logs, point, seen(chosen(facts, point, to)), to)
        if captured == ():
            whole = vpc_point(facts, account, region, vpc)
            yield from _of_point(facts, logs, whole, evidence.none_of(whole), to)


def _of_point(
    facts: Facts, logs: FlowLogs, point: Point, log: FlowLog | None, to: str
) -> Iterator[Ask]:
    need: Arrived | None = None
    if to == FIREHOSE:
        yield from delivery_streams.asks(to_firehose.ends(facts, logs, point).stream)
    elif to == CLOUDWATCH:
        arn = group_of(facts, logs, point, to)
        yield group_ask(arn)
        yield from log_group_key.asks(facts, arn)
        need = _of_streams(facts, point, log, arn)
    elif log is not None:
        where = evidence.files(facts, evidence.sender_of(point, log, ""), log)
        need = evidence.arrived(where, point, log)
    if need is not None and need.logs is not None:
        yield from found_by.asks(facts, need.logs, look_back=True)


def _of_streams(facts: Facts, point: Point, log: FlowLog | None, arn: str) -> Arrived | None:
    where = evidence.streams(facts, point, log, arn) if log is not None else None
    return evidence.arrived(where, point, log)


def _of_key(facts: Facts) -> Iterator[Ask]:
    """The bucket's default key, where that is not the archive's own."""
    named = requests.default_key_arn(facts)
    if named and not key.is_archives(facts, named):
        for call in ("kms:DescribeKey", *key.OF_ITS_ID):
            yield key.of_other(facts, call, named)
