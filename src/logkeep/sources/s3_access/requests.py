"""The request that S3 makes when it delivers an access log, in its exact context (rule 9.2)."""

from __future__ import annotations

from typing import Final

from logkeep.access import organization
from logkeep.access.bucket import Bucket
from logkeep.access.policies.speaking import layers_for
from logkeep.access.service_requests import call_for
from logkeep.policy import Request, decide
from logkeep.policy.service_call import to_bucket
from logkeep.route import Allows, Grant
from logkeep.snapshot.facts import Facts
from logkeep.sources.s3_access.logging import Enabled
from logkeep.value import Arn

SERVICE: Final = "logging.s3.amazonaws.com"
SID: Final = "LogkeepAccessLogs"
_NO_HEADER: Final[dict[str, tuple[str, ...]]] = {
    "s3:x-amz-server-side-encryption": (),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": (),
}
"""Rule 2.2.12 and case SL01: no encryption header is sent, so a Deny that asks for one is met."""


def arn_of(facts: Facts, bucket: Bucket) -> Arn:
    """The ARN of a bucket."""
    return f"arn:{facts.fleet.partition}:s3:::{bucket.name}"


def sample_key(facts: Facts, source: Bucket, enabled: Enabled) -> str:
    """The key of a log that would be delivered now (rule 9.7)."""
    at = facts.taken_at
    name = f"{at:%Y-%m-%d-%H-%M-%S}-A1B2C3D4E5F60718"
    return (
        f"{folder_of(source, enabled)}{at:%Y/%m/%d}/{name}"
        if enabled.is_partitioned
        else (f"{enabled.target_prefix}{name}")
    )


def folder_of(source: Bucket, enabled: Enabled) -> str:
    """What the keys of a bucket's logs begin with, up to what tells the time (rule 9.7)."""
    if not enabled.is_partitioned:
        return enabled.target_prefix
    return f"{enabled.target_prefix}{source.account}/{source.region}/{source.name}/"


def put(facts: Facts, source: Bucket, target: Bucket, enabled: Enabled) -> Allows:
    """S3 puts a log into the target, for the bucket that logs."""
    of, to = arn_of(facts, source), arn_of(facts, target)
    grant = Grant(
        SID,
        SERVICE,
        ("s3:PutObject",),
        f"{to}/{enabled.target_prefix}*",
        f"{to}/*",
        source.account,
        of,
    )
    asked = _request(facts, source, target, f"{to}/{sample_key(facts, source, enabled)}")
    return Allows(asked, "an access log", grant, code="target-refuses")


def _request(facts: Facts, source: Bucket, target: Bucket, resource: Arn) -> Request:
    call = call_for(facts, SERVICE, source.account, arn_of(facts, source))
    return to_bucket(
        call,
        call.context(target.region).with_lowered(_NO_HEADER),
        "s3:PutObject",
        resource,
        target.account,
        {},
        resource_in_management_account=organization.is_management(facts, target.account),
    )


def is_silent(facts: Facts, need: Allows) -> bool:
    """Whether no policy says anything of the request, so that an ACL may let it in (rule 9.2)."""
    decision = decide(need.request, layers_for(facts, need.request))
    return decision.outcome == "ImplicitlyDenied"
