"""Which buckets do flow logs name, and exports of the log groups and streams they are sent to?"""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import bucket
from logkeep.archive import exports
from logkeep.archive.mention import Hidden, Mention
from logkeep.snapshot.facts import Facts
from logkeep.sources.vpc_flow.delivery_streams import buckets, stream_arn
from logkeep.sources.vpc_flow.described import FlowLog, flow_logs, places
from logkeep.sources.vpc_flow.options import CLOUDWATCH, FIREHOSE, FlowLogs
from logkeep.storage.bucket import FULL_CONTROL
from logkeep.storage.headers import ACL
from logkeep.storage.writers import Writer
from logkeep.value import AccountId, Seen


def mentions(facts: Facts, logs: tuple[FlowLogs, ...]) -> Iterator[Mention | Hidden]:
    """Every flow log that delivers to a bucket."""
    for account in dict.fromkeys(account for each in logs for account in each.accounts):
        for region in places(facts, account):
            look = flow_logs(facts, account, region)
            if not isinstance(look, Seen):
                yield Hidden(account, look)
                continue
            for each in look.value:
                if each.is_to_bucket:
                    start = f"arn:{facts.fleet.partition}:ec2:{region}:{account}"
                    yield Mention(
                        what=f"the flow log `{each.flow_log_id}`",
                        setting="LogDestination",
                        arn=f"{start}:vpc-flow-log/{each.flow_log_id}",
                        account=account,
                        region=region,
                        bucket=bucket.name_of(each.bucket_arn),
                        writer=_writer(each, account),
                    )
    yield from exports.mentions(facts, _groups(facts, logs))
    yield from _streams(facts, logs)


def _streams(facts: Facts, logs: tuple[FlowLogs, ...]) -> Iterator[Mention]:
    """Where the Firehose streams lead that flow logs are to be sent to."""
    for each in logs:
        named = each.options.stream_account
        for account in each.accounts if FIREHOSE in each.options.to else ():
            owner = facts.fleet.accounts.get(named, named) or account
            for region in places(facts, account):
                stream = each.options.stream
                arn = stream_arn(facts.fleet.partition, owner, region, stream)
                for name in buckets(facts, arn):
                    what = f"the Firehose stream `{stream}`"
                    yield Mention(what=what, setting="BucketARN", arn=arn, account=owner,
                                  region=region, bucket=name)  # fmt: skip


def _groups(facts: Facts, logs: tuple[FlowLogs, ...]) -> Iterator[exports.Place]:
    """Where the log groups lie that flow logs are to be sent to."""
    for each in logs:
        if CLOUDWATCH in each.options.to:
            yield from ((a, region) for a in each.accounts for region in places(facts, a))


def _writer(log: FlowLog, account: AccountId) -> Writer:
    """It sends no encryption header, as is believed (rules 2.2.12, 12.3)."""
    return Writer(
        name="VPC flow logs",
        principal="delivery.logs.amazonaws.com",
        headers={ACL: FULL_CONTROL},
        folder=f"{log.folder}AWSLogs/{account}/",
        is_inferred=True,
    )
