"""The requests by which flow logs are delivered, in their exact context (rules 6.3.1 to 6.3.5)."""

from __future__ import annotations

from typing import Final

import msgspec

from logkeep.access import bucket, key, organization
from logkeep.access.default_encryption import bucket_key, default_encryption
from logkeep.access.policies.speaking import Holder, texts
from logkeep.access.service_requests import as_role, becomes, call_for
from logkeep.archive.sample import Sample
from logkeep.policy import Possible, Request
from logkeep.policy.resource_kinds import TRUST
from logkeep.policy.service_call import to_bucket, to_key
from logkeep.route import Allows, Events, Grant
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.value import AccountId, Arn, Region, account_of, parse_arn

DELIVERY: Final = "delivery.logs.amazonaws.com"
FLOW_LOGS: Final = "vpc-flow-logs.amazonaws.com"
NO_HEADER: Final[dict[str, tuple[str, ...]]] = {
    "s3:x-amz-server-side-encryption": (),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": (),
}
"""Rule 2.2.12: no encryption header is sent, so the bucket's default counts."""
FULL_CONTROL: Final = {"s3:x-amz-acl": "bucket-owner-full-control"}
KEY_GRANT: Final = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
)
"""What AWS's own sample lets the service do with a key (rule 6.3.5)."""
BY_ROLE: Final = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
)
"""What the role has to be allowed (rule 6.3.1)."""


class Sender(msgspec.Struct, frozen=True):
    """Flow logs of an account's Region that go into one folder; no Region stands for all."""

    account: AccountId
    region: Region
    folder: str = ""
    """The folder of the bucket, with its slash."""
    hive: bool = False


def source_arn(facts: Facts, account: AccountId, region: Region) -> Arn:
    """For whom the service speaks: anything of CloudWatch Logs in the source's own place."""
    return f"arn:{facts.fleet.partition}:logs:{region}:{account}:*"


def folder_of(sender: Sender, region: Region) -> str:
    """What the keys of a Region's records begin with, up to what tells the time (rule 6.3.7)."""
    if sender.hive:
        named = f"aws-account-id={sender.account}/aws-service=vpcflowlogs/aws-region={region}/"
    else:
        named = f"{sender.account}/vpcflowlogs/{region}/"
    return f"{sender.folder}AWSLogs/{named}"


def root(sender: Sender) -> str:
    """The prefix below which services alone keep logs."""
    return f"{sender.folder}AWSLogs/"


def all_of(facts: Facts, sender: Sender) -> Arn:
    """Where all flow logs of an account lie."""
    named = f"aws-account-id={sender.account}" if sender.hive else sender.account
    return f"{facts.fleet.bucket_arn}/{sender.folder}AWSLogs/{named}/"


def sample(facts: Facts, sender: Sender, region: Region | None) -> Sample:
    """A file of records as it lies in the archive."""
    where = region or sender.region or facts.fleet.home_region
    arn = _object(facts, sender, where)
    return Sample(sender.account, arn, _encryption(facts, arn))


def _object(facts: Facts, sender: Sender, region: Region) -> Arn:
    at = facts.taken_at
    day = f"year={at:%Y}/month={at:%m}/day={at:%d}/" if sender.hive else f"{at:%Y/%m/%d}/"
    stem = f"{sender.account}_vpcflowlogs_{region}_fl-0a1b2c3d4e5f60718_{at:%Y%m%dT%H%MZ}"
    name = f"{stem}_1a2b3c4d.log.gz"
    return f"{facts.fleet.bucket_arn}/{folder_of(sender, region)}{day}{name}"


def _encryption(facts: Facts, arn: Arn) -> tuple[tuple[str, str], ...]:
    """Under which context it lies there, where a key of the bucket's encrypts it (rule 2.2.9)."""
    if not default_key(facts):
        return ()
    shared = seen(bucket_key(facts))
    about = facts.fleet.bucket_arn if shared else arn
    return (("kms:encryptioncontext:aws:s3:arn", about),)


def default_key(facts: Facts) -> str:
    """The customer managed key that encrypts what comes without a header; nothing is none."""
    found = seen(default_encryption(facts))
    return found.key if found is not None and found.under_kms else ""


def default_key_arn(facts: Facts) -> Arn:
    """The same as an ARN; a name that is the archive's leads to the archive's key."""
    named = default_key(facts)
    own = seen(key.described(facts))
    if own is not None and (named == own.arn or named.endswith(f":{facts.fleet.archive.key}")):
        return own.arn
    return named if parse_arn(named) else ""


def _possible(facts: Facts, account: AccountId, region: Region) -> Possible:
    """The very ARN is not documented, only what it begins with (rule 6.3.3).

    A pattern of AWS's own samples matches each; one that asks for more is then unknown.
    """
    whole = source_arn(facts, account, region)
    return (("aws:sourcearn", (whole, f"{whole.removesuffix('*')}delivery-source:flow-log")),)


def _of_source(asked: Request, possible: Possible) -> Request:
    return msgspec.structs.replace(asked, possible=(*asked.possible, *possible))


@remembered
def acl_check(facts: Facts, sender: Sender) -> Allows:
    """The service looks at the bucket's ACL; it lists to spare itself refusals (rule 6.3.3)."""
    arn = facts.fleet.bucket_arn
    grant = Grant(
        "LogkeepLogDeliveryCheck",
        DELIVERY,
        ("s3:GetBucketAcl", "s3:ListBucket"),
        arn,
        arn,
        sender.account,
        source_arn(facts, sender.account, sender.region),
        is_pattern=True,
        listed=(("StringEquals", "aws:SourceAccount", sender.account),),
    )
    asked = _to_archive(facts, sender, "s3:GetBucketAcl", arn, {})
    return Allows(asked, "the check of the bucket's ACL", grant)


@remembered
def write(facts: Facts, sender: Sender) -> Allows:
    """The service puts a file of records."""
    start = f"{facts.fleet.bucket_arn}/{sender.folder}AWSLogs/"
    grant = Grant(
        "LogkeepLogDeliveryWrite",
        DELIVERY,
        ("s3:PutObject",),
        f"{all_of(facts, sender)}*",
        f"{start}*",
        sender.account,
        source_arn(facts, sender.account, sender.region),
        is_pattern=True,
        fixed=(("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control"),),
        listed=(("StringEquals", "aws:SourceAccount", sender.account),),
    )
    arn = _object(facts, sender, sender.region)
    return Allows(_to_archive(facts, sender, "s3:PutObject", arn, FULL_CONTROL), "records", grant)


def _to_archive(
    facts: Facts, sender: Sender, action: str, resource: Arn, sent: dict[str, str]
) -> Request:
    owner = facts.fleet.archive.account
    call = call_for(facts, DELIVERY, sender.account)
    region = seen(bucket.region(facts)) or facts.fleet.archive_region
    asked = to_bucket(
        call,
        call.context(region).with_lowered(NO_HEADER),
        action,
        resource,
        owner,
        sent,
        resource_in_management_account=organization.is_management(facts, owner),
    )
    return _of_source(asked, _possible(facts, sender.account, sender.region))


def to_default_key(facts: Facts, sender: Sender, named: Arn) -> tuple[Allows, ...]:
    """S3 asks for a data key on the service's behalf; opens the bucket's, if it has one (6.3.5)."""
    grant = Grant(
        "LogkeepLogDeliveryEncrypt",
        DELIVERY,
        KEY_GRANT,
        "*",
        "*",
        sender.account,
        source_arn(facts, sender.account, sender.region),
        is_pattern=True,
        listed=(("StringEquals", "aws:SourceAccount", sender.account),),
    )
    asked = [("kms:GenerateDataKey", "the records' data key")]
    if seen(bucket_key(facts)):
        asked.append(("kms:Decrypt", "the bucket key"))
    return tuple(
        Allows(_to_key(facts, sender, action, named), sends, grant) for action, sends in asked
    )


def _to_key(facts: Facts, sender: Sender, action: str, named: Arn) -> Request:
    owner = account_of(named) or facts.fleet.archive.account
    parts = parse_arn(named)
    region = parts.region if parts else facts.fleet.archive_region
    call = call_for(facts, DELIVERY, sender.account)
    own = key.own_context(facts) if key.is_archives(facts, named) else {}
    about = dict(_encryption(facts, _object(facts, sender, sender.region)))
    bucket_region = seen(bucket.region(facts)) or facts.fleet.archive_region
    # Whether the service's requests carry it is not documented (rule 4.5).
    via: Possible = (("kms:viaservice", (None, f"s3.{bucket_region}.amazonaws.com")),)
    asked = to_key(
        call,
        call.context(region),
        action,
        named,
        owner,
        {**own, **about},
        via,
        resource_in_management_account=organization.is_management(facts, owner),
    )
    return _of_source(asked, _possible(facts, sender.account, sender.region))


ANY_LOG: Final = "fl-0a1b2c3d4e5f60718"
"""Stands for each flow log, where a policy does not tell one from another."""


def named_by(facts: Facts, role: Arn, log: str) -> str:
    """The flow log's id where the role's trust names any by its id, else one for all."""
    found = seen(texts(facts, Holder(TRUST, role))) or {}
    named = any("vpc-flow-log/fl-" in text for text in found.values())
    return log if named and log else ANY_LOG


def assumes(facts: Facts, role: Arn, region: Region, log: str = ANY_LOG) -> Allows:
    """The service becomes the role, which the role's trust has to allow (rules 6.3.1, 6.3.2)."""
    account = account_of(role)
    grant = Grant("LogkeepFlowLogsAssume", FLOW_LOGS, ("sts:AssumeRole",), role, role, account)
    start = f"arn:{facts.fleet.partition}:ec2:{region}:{account}:vpc-flow-log/"
    possible: Possible = (("aws:sourcearn", (f"{start}{log}",)),)
    asked = becomes(facts, call_for(facts, FLOW_LOGS, account), role, possible)
    return Allows(asked, "the switch into the role", grant)


LOOKS: Final = "whether flow logs look for the group and its streams, or put records at once"
"""AWS's guide lists both looks (rule 6.3.1); the AWS CDK's own FlowLog has the role delivered by
without logs:DescribeLogGroups, and terraform-aws-vpc (issue 1262) names `log-group:NAME:*` alone,
which is no name of a group."""


def puts(
    facts: Facts, role: Arn, group: Arn, stream: str, seen_by: Events | None
) -> tuple[Allows, ...]:
    """As the role the service finds group and stream, makes what is missing, and puts events."""
    account = account_of(role)
    everything = f"arn:{facts.fleet.partition}:logs:*:{account}:*"
    grant = Grant("LogkeepFlowLogsPut", role, BY_ROLE, everything, everything, account)
    of_stream = f"{group}:log-stream:{stream}"
    of_all = f"{group.partition(':log-group:')[0]}:log-group:*"
    asked = (
        ("logs:CreateLogStream", of_stream, "a new stream", ""),
        ("logs:PutLogEvents", of_stream, "the records", ""),
        ("logs:DescribeLogGroups", of_all, "the look for the group", LOOKS),
        ("logs:DescribeLogStreams", group, "the look for the stream", LOOKS),
    )
    return tuple(
        Allows(as_role(facts, role, action, on), sends, grant, seen_by if doubt else None,
               policy_of=role, contested=doubt)
        for action, on, sends, doubt in asked
    )  # fmt: skip
