"""The requestParameters, responseElements and additionalEventData of one call's record."""

from __future__ import annotations

from typing import Any, cast

from logkeep.lab.call import Answer, Call
from logkeep.lab.kinds.cloudtrail import names
from logkeep.lab.kinds.cloudtrail.model import Operation
from logkeep.lab.kinds.cloudtrail.model import operation as model_of
from logkeep.lab.kinds.cloudtrail.shapes import (
    HIDDEN,
    ec2_elements,
    ec2_parameters,
    plain,
    s3_parameters,
)
from logkeep.lab.kinds.cloudtrail.state import Json

_EC2_NEWER = {"CreateFlowLogs", "DeleteFlowLogs", "DescribeFlowLogs"}
"""EC2 operations whose records hold the request's XML instead of item sets."""


def parameters(call: Call, answer: Answer) -> Json | None:
    """What was asked, as the service's records write it; null if nothing was."""
    if call.service == "sts" and answer.status >= 300:  # so in real logs of refused AssumeRole
        return None
    operation = _operation(call)
    match call.service:
        case "s3":
            return s3_parameters(operation, call.arguments) | {"Host": _s3_host(call)}
        case "ec2" if call.operation in _EC2_NEWER:
            return {f"{call.operation}Request": _ec2_request(call.arguments)}
        case "ec2":
            return ec2_parameters(operation, call.arguments)
        case _:
            asked = plain(operation.input, call.arguments)
            return _hide(call, cast("Json", asked)) or None


def _operation(call: Call) -> Operation:
    return model_of(call.service, call.operation)


def _s3_host(call: Call) -> str:
    bucket = call.arguments.get("Bucket")
    host = f"s3.{call.region}.amazonaws.com"
    return f"{bucket}.{host}" if bucket else host


def _ec2_request(arguments: Json) -> Json:
    """As real CreateFlowLogs records: names in the singular, list elements numbered by `tag`."""
    return {name.removesuffix("s"): _tagged(value) for name, value in arguments.items()}


def _tagged(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    numbered = [_with_tag(n, v) for n, v in enumerate(cast("list[Any]", value), 1)]
    return numbered[0] if len(numbered) == 1 else numbered


def _with_tag(number: int, value: Any) -> Json:
    if isinstance(value, dict):
        return {**_ec2_request(cast("Json", value)), "tag": number}
    return {"tag": number, "content": value}


def _hide(call: Call, asked: Json) -> Json:
    """Blank what the services' real records blank beyond what their models call sensitive."""
    if call.service == "ssm" and call.operation == "PutParameter" and "value" in asked:
        asked["value"] = HIDDEN
    if call.service == "ssm" and call.operation == "SendCommand" and "parameters" in asked:
        asked["parameters"] = HIDDEN
    if call.service == "lambda":
        asked.get("code", {}).pop("zipFile", None)
        asked.pop("zipFile", None)
        if "environment" in asked:
            asked["environment"] = {}
    return asked


def elements(call: Call, answer: Answer) -> Json | None:
    """What a change answered; null for reads and refusals, but for roles assumed."""
    reads = names.is_read(call.service, call.operation)
    if answer.status >= 300 or (reads and call.service != "sts"):
        return None
    if not answer.output:
        return _ec2_done(call)
    if call.service == "sts" and "Credentials" in answer.output:
        return cast("Json", _plain_output(call, answer))
    if reads:
        return None
    match call.service:
        case "ec2":
            answered = ec2_elements(_operation(call).output, answer.output)
            return {"requestId": call.request_id, **answered}
        case "s3":
            return _s3_elements(answer)
        case _:
            return cast("Json", _plain_output(call, answer)) or None


def _ec2_done(call: Call) -> Json | None:
    """EC2 says `_return: true` where its answer is otherwise empty."""
    if call.service != "ec2" or names.is_read("ec2", call.operation):
        return None
    return {"requestId": call.request_id, "_return": True}


def _plain_output(call: Call, answer: Answer) -> Any:
    output = {k: v for k, v in answer.output.items() if k != "ResponseMetadata"}
    return plain(_operation(call).output, output)


_S3_ANSWERS = {
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "VersionId": "x-amz-version-id",
    "DeleteMarker": "x-amz-delete-marker",
    "BucketKeyEnabled": "x-amz-server-side-encryption-bucket-key-enabled",
}


def _s3_elements(answer: Answer) -> Json | None:
    """The headers of an S3 answer that records keep."""
    found = {
        wire: str(answer.output[name])
        for name, wire in _S3_ANSWERS.items()
        if name in answer.output
    }
    return found or None


def additional_data(call: Call, answer: Answer) -> Json:
    """S3's additionalEventData; other services have none here."""
    if call.service not in ("s3", "s3control"):
        return {}
    sent = call.headers.get("x-amz-decoded-content-length") or call.headers.get("content-length")
    data: Json = {
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": int(sent) if sent and sent.isdigit() else 0,
        "AuthenticationMethod": "AuthHeader",
        "bytesTransferredOut": len(answer.body),
    }
    if applied := _applied_encryption(call, answer):
        data["SSEApplied"] = applied
    return {"additionalEventData": data}


def _applied_encryption(call: Call, answer: Answer) -> str:
    if call.operation not in ("PutObject", "CopyObject", "CreateMultipartUpload", "GetObject"):
        return ""
    asked = "ServerSideEncryption" in call.arguments or call.operation == "GetObject"
    match answer.output.get("ServerSideEncryption"):
        case "aws:kms":
            return "SSE_KMS" if asked else "Default_SSE_KMS"
        case "AES256":
            return "SSE_S3" if asked else "Default_SSE_S3"
        case _:
            return ""
