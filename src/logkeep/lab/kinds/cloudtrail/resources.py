"""The resources a record names, with their owners."""

from __future__ import annotations

from logkeep.lab.call import Answer, Call
from logkeep.lab.kinds.cloudtrail import names
from logkeep.lab.kinds.cloudtrail.state import Json
from logkeep.lab.services import s3_requests

_PREFIXED = {"HeadBucket", "ListMultipartUploads", "ListObjectVersions", "ListObjects"}
"""S3 data events about many objects: their resource is a prefix (ARNPrefix)."""


def resources(call: Call, answer: Answer) -> list[Json]:
    """The resources[] of a call's record; empty where the service's records have none."""
    match call.service:
        case "s3":
            return _s3(call)
        case "kms":
            return _kms(call, answer)
        case "sts" if call.operation.startswith("AssumeRole"):
            return [] if answer.error_code else [_owned(call, "AWS::IAM::Role")]
        case "ssm" if "parameter" in call.resource:
            return [{"accountId": call.resource_account, "ARN": call.resource}]
        case _:
            kind = names.data_type(call.service, call.operation)
            return [_owned(call, kind)] if kind and call.resource != "*" else []


def _owned(call: Call, kind: str) -> Json:
    return {"accountId": call.resource_account, "type": kind, "ARN": call.resource}


def _s3(call: Call) -> list[Json]:
    name = call.arguments.get("Bucket")
    if not name or call.operation == "CreateBucket":
        return []
    arn = f"arn:aws:s3:::{name}"
    bucket = {"accountId": call.resource_account, "type": "AWS::S3::Bucket", "ARN": arn}
    if not s3_requests.is_on_objects(call.operation):
        return [bucket]
    key = call.arguments.get("Key")
    if s3_requests.event_name(call.operation) in _PREFIXED or key is None:
        prefix = f"{arn}/{call.arguments.get('Prefix') or ''}"
        return [{"type": "AWS::S3::Object", "ARNPrefix": prefix}, bucket]
    return [{"type": "AWS::S3::Object", "ARN": f"{arn}/{key}"}, bucket]


def _kms(call: Call, answer: Answer) -> list[Json]:
    arn = call.resource
    if ":key/" not in arn:
        arn = answer.output.get("KeyMetadata", {}).get("Arn", "")
    if ":key/" not in arn:
        return []
    return [{"accountId": arn.split(":")[4], "type": "AWS::KMS::Key", "ARN": arn}]
