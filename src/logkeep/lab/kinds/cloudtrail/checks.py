"""What CreateTrail and UpdateTrail check before they accept a trail (rule 1.7)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from logkeep.lab.call import DeliveryBucket, DeliveryKey, World
from logkeep.lab.kinds.cloudtrail.keys import log_key
from logkeep.lab.kinds.cloudtrail.requests import SERVICE, is_key_open, judge_bucket
from logkeep.lab.kinds.cloudtrail.state import Trail, TrailState, accounts_of, regions_of

TRAIL_LIMIT = 5
"""Trails an account may have in one Region, shadows included (rule 1.1.9)."""

_KEY_NAME = re.compile(
    r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:)?"
    r"((key/)?(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})|alias/[A-Za-z0-9/_-]+)"
)


@dataclass(frozen=True)
class ApiError:
    """Why a call is refused: AWS's error code and a message in its manner."""

    code: str
    message: str


def name_fault(name: str) -> ApiError | None:
    """Rule 1.1.4."""
    said = _name_message(name)
    return ApiError("InvalidTrailNameException", said) if said else None


def _name_message(name: str) -> str:
    if len(name) < 3:
        said = "Trail name too short. Minimum allowed length: 3 characters."
        return f"{said} Specified name length: {len(name)} characters."
    if len(name) > 128:
        said = "Trail name too long. Maximum allowed length: 128 characters."
        return f"{said} Specified name length: {len(name)} characters."
    if not name[0].isalnum() or not name.isascii():
        return "Trail name must starts with a letter or number."
    if not name[-1].isalnum():
        return "Trail name must ends with a letter or number."
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        return (
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, "
            "periods (.), hyphens (-), and underscores (_)."
        )
    if re.search(r"[._-]{2}", name):
        return "Trail name cannot contain adjacent periods, hyphens or underscores."
    return "Trail name cannot be an IP address." if _is_ip_address(name) else ""


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def limit_fault(world: World, state: TrailState, trail: Trail) -> ApiError | None:
    """Rule 1.1.9: whether any Region the trail would be in has five others already."""
    for region in regions_of(world, trail):
        others = [
            c.trail
            for c in state.courses.values()
            if c.trail.arn != trail.arn and _stands_in(world, c.trail, trail.account, region)
        ]
        if len(others) >= TRAIL_LIMIT:
            said = f"User: {trail.account} already has {TRAIL_LIMIT} trails in {region}."
            return ApiError("MaximumNumberOfTrailsExceededException", said)
    return None


def _stands_in(world: World, trail: Trail, account: str, region: str) -> bool:
    return account in accounts_of(world, trail) and region in regions_of(world, trail)


def settings_fault(world: World, trail: Trail) -> ApiError | None:
    """Settings that contradict each other or are malformed in themselves."""
    checks: Iterable[Callable[[World, Trail], ApiError | None]] = (
        _combination_fault,
        _bucket_name_fault,
        _prefix_fault,
        _topic_fault,
        _log_group_fault,
    )
    return next((f for f in (c(world, trail) for c in checks) if f), None)


def _combination_fault(_world: World, trail: Trail) -> ApiError | None:
    said = ""
    if trail.multi_region and not trail.global_events:  # rule 1.11.3
        said = "Multi-Region trail must include global service events."
    elif bool(trail.log_group) != bool(trail.log_role):
        said = "You must specify both a CloudWatch Logs log group ARN and a role ARN, or neither."
    return ApiError("InvalidParameterCombinationException", said) if said else None


def _bucket_name_fault(_world: World, trail: Trail) -> ApiError | None:
    name = trail.bucket
    well_formed = re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name)
    if well_formed and ".." not in name and not _is_ip_address(name):
        return None
    return ApiError("InvalidS3BucketNameException", f"Bucket name {name} is not valid.")


def _prefix_fault(_world: World, trail: Trail) -> ApiError | None:
    """Rule 1.3.2."""
    said = ""
    if len(trail.prefix) > 200:
        said = "S3 prefix is longer than maximum length: 200."
    elif "AWSLogs" in trail.prefix.split("/"):
        said = "S3 prefix must not contain AWSLogs/."
    return ApiError("InvalidS3PrefixException", said) if said else None


def _topic_fault(_world: World, trail: Trail) -> ApiError | None:
    name = trail.topic.rpartition(":")[2]
    if not trail.topic or re.fullmatch(r"[A-Za-z0-9_-]{1,256}(\.fifo)?", name):
        return None
    return ApiError("InvalidSnsTopicNameException", f"SNS topic name {trail.topic} is not valid.")


def _log_group_fault(world: World, trail: Trail) -> ApiError | None:
    """Rule 1.10.1, as far as the ARNs themselves go."""
    owner = trail.log_group.split(":")[4] if trail.log_group.count(":") > 4 else ""
    own = owner == trail.account
    if trail.organization:  # an administrator's call means its own account's (CT user guide)
        own = own or owner in world.standing(SERVICE).administrators
    group = rf"arn:aws[a-z-]*:logs:{trail.home}:\d{{12}}:log-group:[^:]+:\*"
    if trail.log_group and not (own and re.fullmatch(group, trail.log_group)):
        said = "CloudTrail cannot validate the specified log group ARN."
        return ApiError("InvalidCloudWatchLogsLogGroupArnException", said)
    role = rf"arn:aws[a-z-]*:iam::{owner}:role/.+"
    if trail.log_role and not re.fullmatch(role, trail.log_role):
        said = "CloudTrail cannot validate the specified role ARN."
        return ApiError("InvalidCloudWatchLogsRoleArnException", said)
    return None


def resolve(world: World, trail: Trail, bucket: DeliveryBucket) -> DeliveryKey | ApiError | None:
    """The key the trail names, which must be in the bucket's Region (rule 1.6.1)."""
    name = trail.key_arn
    if not name:
        return None
    if not _KEY_NAME.fullmatch(name):
        said = f"{name} is not a valid KMS key ID, key ARN, alias name or alias ARN."
        return ApiError("InvalidKmsKeyIdException", said)
    key = world.key(name, trail.account, bucket.region)
    if key is None or key.region != bucket.region:
        said = (
            f"KMS key {name} does not exist, or it is not in the same Region as "
            f"S3 bucket {bucket.name}."
        )
        return ApiError("KmsKeyNotFoundException", said)
    if key.state != "Enabled":
        return ApiError("KmsException", f"KMS key {key.arn} is not enabled: {key.state}.")
    return key


def permission_fault(
    world: World, trail: Trail, bucket: DeliveryBucket, key: DeliveryKey | None, now: datetime
) -> ApiError | None:
    """Whether the policies let CloudTrail write, asked as it asks at run time (rule 1.5)."""
    probe = log_key(world, trail, trail.account, trail.home, now, "0" * 16)
    if refused := judge_bucket(world, trail, bucket, probe):
        plain = refused.request == "put" and key is not None
        if plain and judge_bucket(world, trail, bucket, probe, encrypted=False) is None:
            # Only the encrypted write is refused (rule 1.7: bucket or key policy).
            return _encryption_fault(bucket, trail.key_arn)
        said = f"Incorrect S3 bucket policy is detected for bucket: {bucket.name}"
        return ApiError("InsufficientS3BucketPolicyException", said)
    if key is None:
        return None
    if not is_key_open(world, trail, bucket, key, probe):
        return _encryption_fault(bucket, key.arn)
    return None


def _encryption_fault(bucket: DeliveryBucket, key_arn: str) -> ApiError:
    said = f"Insufficient permissions to access S3 bucket {bucket.name} or KMS key {key_arn}."
    return ApiError("InsufficientEncryptionPolicyException", said)
