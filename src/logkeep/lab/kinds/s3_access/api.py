"""PutBucketLogging and GetBucketLogging as S3 answers them (rules 9.1, 9.3)."""

from __future__ import annotations

from logkeep.lab import documents
from logkeep.lab.call import Answer, Call, Forward, World
from logkeep.lab.kinds.s3_access.state import Json, LoggingChange, setting_of, state_of
from logkeep.lab.wire import refuse, reply

_NO_TARGET = "The target bucket for logging does not exist"
_OTHER_OWNER = "The owner for the bucket to be logged and the target bucket must be the same."
_OTHER_REGION = "Cross S3 location logging not allowed. "
_NO_ACLS = "The target bucket has Object Ownership set to BucketOwnerEnforced and takes no grants"
_MALFORMED = (
    "The XML you provided was not well-formed or did not validate against our published schema"
)
_DATES = ("EventTime", "DeliveryTime")


def get_bucket_logging(_world: World, call: Call, _forward: Forward) -> Answer:
    """Where a bucket's logs go; a bucket that does not log says nothing."""
    if refused := _owner_only(call):
        return refused
    found = setting_of(str(call.arguments["Bucket"]))
    return reply(call, {"LoggingEnabled": found} if found else {})


def put_bucket_logging(world: World, call: Call, _forward: Forward) -> Answer:
    """Log into a bucket, or with an empty status no more; a bad policy of the target is taken."""
    name = str(call.arguments["Bucket"])
    status: Json = call.arguments.get("BucketLoggingStatus") or {}
    wanted: Json = status.get("LoggingEnabled") or {}
    refused = _owner_only(call)
    if refused is None and wanted:
        refused = _malformed(call, wanted) or _bad_target(call, name, wanted)
    if refused is not None:
        return refused
    before = setting_of(name)
    if before != wanted:
        state_of(world).changes[name] = LoggingChange(call.at, before)
    documents.bucket_of(name).logging = wanted
    return reply(call, {})


def _owner_only(call: Call) -> Answer | None:
    """Only the account that owns a bucket asks of its logging (S3 API, PutBucketLogging)."""
    if call.caller.account == call.resource_account:
        return None
    return refuse(call, "AccessDenied", "Access Denied", status=403)


def _malformed(call: Call, wanted: Json) -> Answer | None:
    """A target and a prefix are required, of the key formats one (S3 API, LoggingEnabled)."""
    form: Json = wanted.get("TargetObjectKeyFormat") or {}
    partitioned: Json = form.get("PartitionedPrefix") or {}
    named = wanted.get("TargetBucket") and "TargetPrefix" in wanted
    one = len(form) <= 1
    dated = partitioned.get("PartitionDateSource", "DeliveryTime") in _DATES
    return None if named and one and dated else refuse(call, "MalformedXML", _MALFORMED)


def _bad_target(call: Call, name: str, wanted: Json) -> Answer | None:
    source = documents.bucket_of(name)
    target = documents.bucket_of(str(wanted["TargetBucket"]))
    if target is None:
        return refuse(call, "InvalidTargetBucketForLogging", _NO_TARGET)
    if target.account_id != source.account_id:
        return refuse(call, "InvalidTargetBucketForLogging", _OTHER_OWNER)
    if target.region_name != source.region_name:
        # The doubled letter is in S3's own model of the error.
        return refuse(call, "CrossLocationLoggingProhibitted", _OTHER_REGION, status=403)
    if wanted.get("TargetGrants") and target.ownership_rule == "BucketOwnerEnforced":
        return refuse(call, "InvalidArgument", _NO_ACLS)
    return None
