"""S3 as it is today: defaults of new buckets, checks of policies and ACLs, sealed SSE-C."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.s3.models import PublicAccessBlock

from logkeep.lab import documents, grammar
from logkeep.lab.acls import canonical_id
from logkeep.lab.actions import NeededAction
from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.context import common, of_s3
from logkeep.lab.objects.in_store import blocked_types, version_of
from logkeep.lab.objects.kept import kept_of
from logkeep.lab.public_access import blocks, prevented, public_acl_refusal
from logkeep.lab.services import s3_objects
from logkeep.lab.store import PARTITION, s3_backends
from logkeep.lab.wire import refuse, reply, service_model
from logkeep.lab.world import LabWorld

_NAME = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Amazon S3 User Guide, "General purpose bucket naming rules"; `moto-api` is the store's own."""

_POLICY_BYTES = 20 * 1024
"""Rule 2.1.6. White space is taken not to count; AWS does not say."""


def create_bucket(world: World, call: Call, forward: Forward) -> Answer:
    """A name is taken once for everyone; a new bucket starts sealed and encrypted."""
    name = str(call.arguments.get("Bucket"))
    held = documents.bucket_of(name)
    if held is not None:
        return _taken(call, held)
    if not _NAME.fullmatch(name) or name == "moto-api" or _reserved(name, call):
        said = "The specified bucket is not valid."
        return refuse(call, "InvalidBucketName", said)
    refused = public_acl_refusal(call, None)
    if refused is not None:
        return refused
    answer = forward()
    bucket = documents.bucket_of(name)
    if answer.status < 300 and bucket is not None:
        bucket.creation_date = world.now()
        _seal(bucket)
        if call.arguments.get("ObjectOwnership"):
            bucket.ownership_rule = str(call.arguments["ObjectOwnership"])
    return answer


def _taken(call: Call, held: Any) -> Answer:
    """Rule 10.6; re-creating one's own bucket in us-east-1 succeeds (S3 API, CreateBucket)."""
    if held.account_id != call.caller.account:
        said = (
            "The requested bucket name is not available. The bucket namespace is shared by all "
            "users of the system. Please select a different name and try again."
        )
        return refuse(call, "BucketAlreadyExists", said, status=409)
    if held.region_name == "us-east-1" and call.region == "us-east-1":
        return Answer(200, b"", (("Location", f"/{held.name}"),), {"Location": f"/{held.name}"})
    said = "Your previous request to create the named bucket succeeded and you already own it."
    return refuse(call, "BucketAlreadyOwnedByYou", said, status=409)


def _reserved(name: str, call: Call) -> bool:
    """The suffix `-an` belongs to the account-regional namespace (rule 10.6)."""
    suffix = f"-{call.caller.account}-{call.region}-an"
    regional = (
        call.arguments.get("BucketNamespace") == "account-regional"
        or call.headers.get("x-amz-bucket-namespace") == "account-regional"
    )
    if regional:
        return not name.endswith(suffix)
    return name.endswith("-an")


def _seal(bucket: Any) -> None:
    """Rules 2.2.1 (AES256), 2.1.3 (BucketOwnerEnforced) and 2.1.5 (all four flags)."""
    default = {"SSEAlgorithm": "AES256"}
    bucket.encryption = {
        "Rule": {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": "false"}
    }
    bucket.ownership_rule = "BucketOwnerEnforced"
    bucket.public_access_block = PublicAccessBlock(True, True, True, True)


def put_bucket_encryption(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Keep the default, and what the rule blocks or blocks no more (rule 2.2.10)."""
    answer = forward()
    asked: dict[str, Any] = call.arguments.get("ServerSideEncryptionConfiguration") or {}
    rules: list[dict[str, Any]] = asked.get("Rules") or [{}]
    blocked: dict[str, Any] = rules[0].get("BlockedEncryptionTypes") or {}
    if answer.status < 300 and blocked:
        types = tuple(each for each in blocked.get("EncryptionType") or () if each != "NONE")
        documents.bucket_of(str(call.arguments["Bucket"])).blocked_encryption = types
    return answer


def get_bucket_encryption(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """The default, and what is blocked, which moto does not tell."""
    answer = forward()
    found: dict[str, Any] = answer.output.get("ServerSideEncryptionConfiguration") or {}
    if not found.get("Rules"):
        return answer
    types = blocked_types(documents.bucket_of(str(call.arguments["Bucket"])))
    named = {"EncryptionType": list(types) or ["NONE"]}
    rules = [{**rule, "BlockedEncryptionTypes": named} for rule in found["Rules"]]
    return reply(call, {"ServerSideEncryptionConfiguration": {"Rules": rules}})


def delete_bucket_encryption(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Default encryption cannot be switched off: it falls back to SSE-S3 (rule 2.2.1)."""
    answer = forward()
    bucket = documents.bucket_of(str(call.arguments.get("Bucket")))
    if answer.status < 300 and bucket is not None:
        default = {"SSEAlgorithm": "AES256"}
        bucket.encryption = {"Rule": {"ApplyServerSideEncryptionByDefault": default}}
    return answer


def put_bucket_policy(world: World, call: Call, forward: Forward) -> Answer:
    """Refuse what S3 refuses: shape, size, unknown principals, public where blocked, strangers."""
    if call.caller.account != call.resource_account:  # rule 2.1.7
        said = "The specified method is not allowed against this resource."
        return refuse(call, "MethodNotAllowed", said, status=405)
    text = call.arguments.get("Policy") or ""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    try:
        policy = grammar.parse(text)
    except grammar.MalformedError as error:
        return refuse(call, "MalformedPolicy", str(error))
    if len(json.dumps(policy, separators=(",", ":")).encode()) > _POLICY_BYTES:
        said = "Policy exceeds the maximum allowed document size."
        return refuse(call, "PolicyTooLarge", said)
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    return _policy_refusal(world, call, policy, bucket) or forward()


def _policy_refusal(world: World, call: Call, policy: dict[str, Any], bucket: Any) -> Answer | None:
    accounts = {*world.accounts, call.resource_account}
    if not all(grammar.exists(name, accounts) for name in grammar.principals(policy)):
        return refuse(call, "MalformedPolicy", "Invalid principal in policy")
    if not grammar.resources_within(policy, f"arn:aws:s3:::{bucket.name}"):
        return refuse(call, "MalformedPolicy", "Policy has invalid resource")
    if not grammar.actions_apply(policy):
        said = "Action does not apply to any resource(s) in statement"
        return refuse(call, "MalformedPolicy", said)
    if blocks("block_public_policy", call.resource_account, bucket) and grammar.public(policy):
        return prevented(call, "policies", "BlockPublicPolicy")
    return None


def owner_only(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Only the owner's account may read or delete a bucket policy (rule 2.1.7)."""
    if call.caller.account != call.resource_account:
        said = "The specified method is not allowed against this resource."
        return refuse(call, "MethodNotAllowed", said, status=405)
    return forward()


def _acls_off(bucket: Any) -> bool:
    return bucket.ownership_rule == "BucketOwnerEnforced"


def put_bucket_acl(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """With BucketOwnerEnforced a bucket's ACL can only be the owner's own (rule 2.1.3)."""
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    own = call.arguments.get("ACL", "private") in ("private", "bucket-owner-full-control")
    if not own and _acls_off(bucket):
        return refuse(call, "AccessControlListNotSupported", "The bucket does not allow ACLs")
    return public_acl_refusal(call, bucket) or forward()


def get_object_acl(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """The ACL with its owner; moto's is the same for everybody."""
    answer = forward()
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    version = version_of(bucket, str(call.arguments["Key"]), call.arguments.get("VersionId"))
    if answer.status >= 300 or version is None:
        return answer
    own = {"ID": canonical_id(kept_of(version).owner or bucket.account_id)}
    grants: list[dict[str, Any]] = answer.output.get("Grants") or []
    full = {"Grantee": {**own, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    others = [each for each in grants if each["Grantee"].get("Type") != "CanonicalUser"]
    return reply(call, {"Owner": own, "Grants": [full, *others]})


def list_buckets(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """The account's buckets and its canonical id."""
    answer = forward()
    own = {"ID": canonical_id(call.caller.account)}
    return reply(call, {**answer.output, "Owner": own}) if answer.status < 300 else answer


def put_object_acl(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """A public ACL is refused where new ones are blocked (rule 2.1.5)."""
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    return public_acl_refusal(call, bucket) or forward()


def delete_objects(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Each key of a batch is allowed or refused by itself (S3 API Reference, DeleteObjects)."""
    assert isinstance(world, LabWorld)
    asked: dict[str, Any] = call.arguments.get("Delete") or {}
    deleted: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    listed: list[dict[str, Any]] = asked.get("Objects") or []
    for one in listed:
        ruling = world.authorize(call.caller, _deletion(world, call, one))
        if ruling.allowed:
            deleted.append(_delete(call, one))
        else:
            errors.append({**one, "Code": "AccessDenied", "Message": ruling.reason})
    shown = [] if asked.get("Quiet") else deleted
    return reply(call, {"Deleted": shown, "Errors": errors})


def _deletion(world: World, call: Call, one: dict[str, Any]) -> NeededAction:
    action = "s3:DeleteObjectVersion" if one.get("VersionId") else "s3:DeleteObject"
    values = {**common(world, call), **of_s3(call)}
    return NeededAction(action, f"{call.resource}/{one['Key']}", call.resource_account, values)


def _delete(call: Call, one: dict[str, Any]) -> dict[str, Any]:
    backend = s3_backends[call.resource_account][PARTITION]
    name, version = str(one["Key"]), one.get("VersionId")
    _, said = backend.delete_object(str(call.arguments["Bucket"]), name, version_id=version)
    done: dict[str, Any] = {"Key": name}
    if version:
        done["VersionId"] = version
    if said and said.get("delete-marker"):
        done |= {"DeleteMarker": True, "DeleteMarkerVersionId": said.get("version-id")}
    return done


def get_bucket_request_payment(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Who pays; moto answers a listing here."""
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    return reply(call, {"Payer": bucket.payer})


def put_bucket_request_payment(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Keep who pays; CloudTrail does not deliver to Requester Pays buckets (rule 1.4.1)."""
    asked: dict[str, str] = call.arguments.get("RequestPaymentConfiguration") or {}
    documents.bucket_of(str(call.arguments["Bucket"])).payer = asked.get("Payer", "BucketOwner")
    return reply(call, {})


def put_object_lock(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """A bucket that has objects may be locked too, if it is versioned; never unlocked again.

    S3 User Guide, "Configuring S3 Object Lock".
    """
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    wanted: dict[str, Any] = call.arguments.get("ObjectLockConfiguration") or {}
    if not bucket.is_versioned:
        said = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        return refuse(call, "InvalidBucketState", said, status=409)
    rule: dict[str, Any] = wanted.get("Rule") or {}
    retained: dict[str, Any] = rule.get("DefaultRetention") or {}
    bucket.object_lock_enabled = True
    bucket.default_lock_mode = retained.get("Mode")
    bucket.default_lock_days = retained.get("Days")
    bucket.default_lock_years = retained.get("Years")
    return reply(call, {})


def get_notifications(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Whom a bucket tells of its objects, under the name that S3 gives the document."""
    answer = forward()
    return answer if answer.status >= 300 else reply(call, answer.output)


def no_such(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """moto takes these for other requests on the same path, some of which write."""
    return refuse(call, "NotImplemented", f"The lab has no s3:{call.operation}.", status=501)


_MISSING = re.compile(
    r".*(Analytics|IntelligentTiering|Metadata|Metrics|Annotation|Abac).*"
    r"|CreateSession|DeleteBucketInventoryConfiguration|GetObjectTorrent|ListDirectoryBuckets"
    r"|RenameObject|UpdateObjectEncryption|WriteGetObjectResponse"
)

OVERLAYS: dict[tuple[str, str], Overlay] = {
    ("s3", "CreateBucket"): create_bucket,
    ("s3", "PutBucketEncryption"): put_bucket_encryption,
    ("s3", "GetBucketEncryption"): get_bucket_encryption,
    ("s3", "DeleteBucketEncryption"): delete_bucket_encryption,
    ("s3", "PutBucketPolicy"): put_bucket_policy,
    ("s3", "GetBucketPolicy"): owner_only,
    ("s3", "DeleteBucketPolicy"): owner_only,
    ("s3", "PutBucketAcl"): put_bucket_acl,
    ("s3", "PutObjectAcl"): put_object_acl,
    ("s3", "GetObjectAcl"): get_object_acl,
    ("s3", "ListBuckets"): list_buckets,
    ("s3", "GetBucketRequestPayment"): get_bucket_request_payment,
    ("s3", "PutBucketRequestPayment"): put_bucket_request_payment,
    ("s3", "PutObjectLockConfiguration"): put_object_lock,
    ("s3", "GetBucketNotificationConfiguration"): get_notifications,
    **{
        ("s3", name): no_such
        for name in service_model("s3").operation_names
        if _MISSING.fullmatch(name)
    },
    ("s3", "DeleteObjects"): delete_objects,
    **s3_objects.OVERLAYS,
}
"""S3 operations the lab does not leave to moto alone."""
