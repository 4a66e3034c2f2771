"""Objects written and read as S3 does it: which headers count, how each lies, what is said of it.

S3 API reference, PutObject, GetObject, HeadObject; the rules themselves are in `lab/objects`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from logkeep.lab import documents
from logkeep.lab.acls import canonical_id
from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.encryption import CHECKSUM_MODE, unusable
from logkeep.lab.objects.crc64 import crc64nvme
from logkeep.lab.objects.in_store import MANAGED, InLab, bucket_in, keys_in, version_of
from logkeep.lab.objects.kept import keep, kept_of
from logkeep.lab.objects.model import Readings
from logkeep.lab.objects.store import ACL, CUSTOMER, KEY_ID, SSE, TAGGING, Stored, lay
from logkeep.lab.public_access import public_acl_refusal
from logkeep.lab.wire import refuse, reply
from logkeep.lab.world import LabWorld

CUSTOMER_MD5 = f"{SSE}-customer-key-md5"
STATUS = "x-amz-replication-status"
_FIRST = (
    ("InvalidArgument", 400),
    ("InvalidEncryptionAlgorithmError", 400),
    ("AccessControlListNotSupported", 400),
    ("BadRequest", 400),
    ("InvalidTag", 400),
    ("AccessDenied", 403),
    ("KMS.NotFoundException", 400),
    ("KMS.DisabledException", 400),
    ("KMS.KMSInvalidStateException", 400),
)
"""In which order S3 looks is not documented; of several codes it gives the first (rule 13.2)."""
_SAID = {
    "InvalidArgument": "The encryption method specified is not supported",
    "InvalidEncryptionAlgorithmError": "The encryption request that you specified is not valid. "
    "The valid value is AES256.",
    "AccessControlListNotSupported": "The bucket does not allow ACLs",
    "BadRequest": "Object tags cannot be greater than 10",
    "InvalidTag": "The tag provided was not a valid tag.",
}
_NO_KEY = (
    "The object was stored using a form of Server Side Encryption. The correct parameters must be "
    "provided to retrieve the object."
)


def write_object(world: World, call: Call, forward: Forward) -> Answer:
    """Take an upload whose headers, ACL and key S3 accepts, and keep how it lies."""
    assert isinstance(world, LabWorld)
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    found = _laid(world, call)
    if not isinstance(found, Stored):
        return found
    answer = public_acl_refusal(call, bucket) or forward()
    if answer.status >= 300:
        return answer
    if call.operation == "CreateMultipartUpload":
        bucket.multiparts[answer.output["UploadId"]].laid = (found, call)
        return answer
    return _lay(world, bucket, call, found, answer)


def complete_upload(world: World, call: Call, forward: Forward) -> Answer:
    """Join the parts: the object lies as the upload began."""
    assert isinstance(world, LabWorld)
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    begun = bucket.multiparts.get(str(call.arguments.get("UploadId")))
    answer = forward()
    laid: tuple[Stored, Call] | None = getattr(begun, "laid", None)
    if answer.status >= 300 or laid is None:
        return answer
    return _lay(world, bucket, laid[1], laid[0], answer)


def _laid(world: LabWorld, call: Call) -> Stored | Answer:
    """How it will lie; S3's refusal where it may not."""
    asker = call.caller.account
    bucket = bucket_in(world, str(call.arguments["Bucket"]), asker)
    headers = {
        name: "" if name == KEY_ID and value.endswith(MANAGED) else value
        for name, value in call.headers.items()
        if name.startswith(SSE) or name in (ACL, TAGGING)
    }
    named = headers.get(KEY_ID, "")
    keys = keys_in(world, (named, bucket.key), asker, bucket.region)
    who = InLab(world, call.caller)
    name, in_parts = str(call.arguments["Key"]), call.operation == "CreateMultipartUpload"
    found = lay(who, headers, name, bucket, keys, Readings(), in_parts=in_parts)
    if isinstance(found, Stored):
        return found
    code, status = next(each for each in _FIRST if each[0] in found)
    if code.startswith("KMS."):
        name = named if SSE in headers else bucket.key
        return _unusable_key(world, call, name, bucket.region)
    said = _SAID.get(code) or (who.refusals or ["Access Denied"])[-1]
    public = public_acl_refusal(call, documents.bucket_of(bucket.name))
    return (public if status == 403 else None) or refuse(call, code, said, status=status)


def _unusable_key(world: LabWorld, call: Call, name: str, region: str) -> Answer:
    key = world.key(name, call.caller.account, region)
    refused = unusable(call, key, "KMS.") if key is not None and key.region == region else None
    return refused or refuse(call, "KMS.NotFoundException", f"Key '{name}' does not exist")


def _lay(world: LabWorld, bucket: Any, call: Call, found: Stored, answer: Answer) -> Answer:
    """Keep how an object lies: moto mixes a header's algorithm with the bucket default's key."""
    written = bucket.keys.get(str(call.arguments.get("Key")))
    if written is None:
        return answer
    customer = CUSTOMER in call.headers
    managed = found.key.endswith(MANAGED)
    written.encryption = None if customer else found.encryption
    written.kms_key_id = None if managed else found.key or None
    written.bucket_key_enabled = True if found.bucket_key else None
    keep(
        written,
        owner=found.owner,
        acl=call.headers.get(ACL, "private"),
        customer_key=call.headers.get(CUSTOMER_MD5, "") if customer else "",
    )
    if found.encryption.startswith("aws:kms"):
        arn = f"arn:aws:s3:::{bucket.name}"
        about = arn if found.bucket_key else f"{arn}/{written.name}"
        world.remember(bucket.name, written.name, written.version_id, {"aws:s3:arn": about})
    return _described(answer, written)


def _described(answer: Answer, lying: Any) -> Answer:
    """The headers that S3 always answers with: how it is encrypted."""
    kept = kept_of(lying)
    said: dict[str, tuple[str, str]] = {}
    if kept.customer_key:
        said[CUSTOMER] = ("SSECustomerAlgorithm", "AES256")
        said[CUSTOMER_MD5] = ("SSECustomerKeyMD5", kept.customer_key)
    else:
        said[SSE] = ("ServerSideEncryption", lying.encryption or "AES256")
    if lying.kms_key_id:
        said[KEY_ID] = ("SSEKMSKeyId", lying.kms_key_id)
    return _with(answer, said, without={SSE, KEY_ID})


def _with(
    answer: Answer, said: dict[str, tuple[str, str]], without: Collection[str] = ()
) -> Answer:
    """An answer with headers, each by its name and the output's member."""
    left_out = {*said, *without}
    kept = tuple((k, v) for k, v in answer.headers if k.lower() not in left_out)
    headers = tuple((name, value) for name, (_, value) in said.items())
    output = {**answer.output, **dict(said.values())}
    return replace(answer, headers=(*kept, *headers), output=output)


def read_object(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Say how the object is encrypted and replicated; one of SSE-C takes the customer's key."""
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    lying = version_of(bucket, str(call.arguments["Key"]), call.arguments.get("VersionId"))
    kept = kept_of(lying) if lying is not None else None
    if kept is not None and kept.customer_key:
        given = call.headers.get(CUSTOMER_MD5)
        if given != kept.customer_key:
            refused = ("AccessDenied", "Access Denied", 403)
            code, said, status = refused if given else ("InvalidRequest", _NO_KEY, 400)
            return refuse(call, code, said, status=status)
    answer = forward()
    if answer.status >= 300 or kept is None:
        return answer
    described = _described(answer, lying)
    if (
        CHECKSUM_MODE in call.headers
        and lying is not None
        and not kept.customer_key
        and not _has_checksum(answer)
    ):
        checksum = crc64nvme(lying.value)
        described = _with(described, {
            "x-amz-checksum-crc64nvme": ("ChecksumCRC64NVME", checksum),
            "x-amz-checksum-type": ("ChecksumType", "FULL_OBJECT"),
        })  # fmt: skip
    if not kept.replication:
        return described
    return _with(described, {STATUS: ("ReplicationStatus", kept.replication)})


def _has_checksum(answer: Answer) -> bool:
    return any(name.lower().startswith("x-amz-checksum-") for name, _ in answer.headers)


def list_versions(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Each version with the account that owns it; moto's owner is the same for all."""
    answer = forward()
    if answer.status >= 300:
        return answer
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    output = dict(answer.output)
    for member in ("Versions", "DeleteMarkers"):
        listed: list[dict[str, Any]] = output.get(member) or []
        output[member] = [{**each, "Owner": owner_of(bucket, each)} for each in listed]
    return reply(call, {name: value for name, value in output.items() if value})


def owner_of(bucket: Any, listed: dict[str, Any]) -> dict[str, str]:
    """Whose a version is."""
    version = version_of(bucket, str(listed["Key"]), listed.get("VersionId"))
    return {"ID": canonical_id(kept_of(version).owner or bucket.account_id)}


OVERLAYS: dict[tuple[str, str], Overlay] = {
    ("s3", "PutObject"): write_object,
    ("s3", "CopyObject"): write_object,
    ("s3", "CreateMultipartUpload"): write_object,
    ("s3", "CompleteMultipartUpload"): complete_upload,
    ("s3", "GetObject"): read_object,
    ("s3", "HeadObject"): read_object,
    ("s3", "ListObjectVersions"): list_versions,
}
