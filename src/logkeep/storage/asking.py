"""May this upload pass the policies of its caller and of the bucket?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.policy import Explanation, Layer, Layers, Possible, Request, explain, request
from logkeep.storage.bucket import Bucket
from logkeep.storage.headers import context_of
from logkeep.storage.keys import OF_SERVICES
from logkeep.storage.upload import Doubt, Refusal, Upload

PINNED: Final = "s3:x-amz-server-side-encryption-aws-kms-key-id"
TLS: Final[Possible] = (("s3:tlsversion", ("1.2", "1.3")),)
"""AWS answers no older TLS (Security Blog, "TLS 1.2 to become the minimum TLS protocol level")."""
BY: Final[dict[Layer, str]] = {
    "resource": "bucket-policy",
    "identity": "identity-policy",
    "scp": "service-control-policy",
    "rcp": "resource-control-policy",
    "boundary": "permissions-boundary",
    "session": "session-policy",
    "endpoint": "endpoint-policy",
    "public access": "public-access-block",
    "acl": "acl",
    "object owner": "ownership",
    "grant": "kms",
    "key state": "kms",
}
"""What refuses, by the layer that does."""


def layers_of(layers: Layers, bucket: Bucket) -> Layers:
    """The caller's own policies together with all that speaks for the bucket."""
    return msgspec.structs.replace(
        layers,
        resource=bucket.policy,
        rcps=bucket.rcps,
        acl=bucket.acl,
        public_access=bucket.public_access,
    )


def asked_of(upload: Upload, bucket: Bucket, action: str, key_arn: str = "") -> Request:
    """The request as it is sent; with a key's ARN as if the header had named that key."""
    caller = upload.caller
    context: dict[str, str | list[str]] = {
        "aws:SecureTransport": "true",
        "s3:signatureversion": "AWS4-HMAC-SHA256",
        "s3:authType": "REST-HEADER",
        "aws:ViaAWSService": "false",
        # S3 User Guide, "Enforce conditional writes on Amazon S3 buckets".
        "s3:ObjectCreationOperation": "true" if upload.creates else "false",
    }
    if caller.account:
        context |= OF_SERVICES
    context |= context_of(upload.headers) | dict(caller.context)
    if key_arn:
        context[PINNED] = key_arn
    return request(
        caller.principal, action, bucket.object_arn(upload.key), bucket.account, context,
        unknown=("*",), possible=TLS,
    )  # fmt: skip


def judge(
    upload: Upload, bucket: Bucket, action: str, effective_key: str = ""
) -> Iterator[Refusal | Doubt]:
    """Yield the refusal of a request, or what stands in the way of an answer.

    Whether the condition key for the KMS key holds what the header says or the key that S3 will
    use, AWS's pages do not agree about (rules 2.2.6, 12.2): where the answers differ it is open.
    """
    layers = layers_of(upload.caller.layers, bucket)
    asked = asked_of(upload, bucket, action)
    found = explain(asked, layers)
    outcome = found.decision.outcome
    if effective_key:
        other = explain(asked_of(upload, bucket, action, effective_key), layers)
        if _says_no(other) != _says_no(found) and outcome != "Unknown":
            yield _pinned(asked, found if _says_no(found) else other, effective_key)
            return
    if outcome == "Unknown":
        doubts = found.decision.unknown
        yield Doubt(reason="policies-unknown", unknown=doubts, asked=asked, explanation=found)
    elif _says_no(found):
        yield refused(asked, found)


def _says_no(found: Explanation) -> bool:
    return found.decision.outcome in ("ExplicitlyDenied", "ImplicitlyDenied")


def refused(asked: Request, found: Explanation) -> Refusal:
    """A denial as S3 answers it."""
    layer = found.decision.layer
    explicit = found.decision.outcome == "ExplicitlyDenied"
    return Refusal(
        code="AccessDenied",
        status=403,
        by=BY[layer] if layer else "policies",
        reason="denied" if explicit else "not-allowed",
        asked=asked,
        explanation=found,
    )


def _pinned(asked: Request, found: Explanation, key: str) -> Doubt:
    return Doubt(
        reason="key-pinned",
        unknown=(f"whether {PINNED} holds the key of the bucket's default",),
        settle=f"upload one object without the key's header: S3 refuses it or uses {key}",
        asked=asked,
        explanation=found,
    )
