"""What does S3 do with this upload: take it, and stored how, or refuse it, and by what?

The policies are judged on the request as it is sent; the bucket's default encryption is applied
after (rules 2.2.2 to 2.2.4). The order of the other checks is not documented; the first that
refuses names the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec

from logkeep.policy import Unread
from logkeep.storage.asking import judge
from logkeep.storage.bucket import (
    AES256,
    DSSE,
    ENFORCED,
    FULL_CONTROL,
    KMS,
    PREFERRED,
    SSE_C,
    WITH_KEY,
    Bucket,
    Default,
    Key,
    Keys,
)
from logkeep.storage.headers import (
    ACL,
    GRANT_FULL_CONTROL,
    GRANTS,
    SSE,
    SSE_KEY,
    TAGGING,
    BadHeader,
    Sse,
    read_sse,
)
from logkeep.storage.keys import (
    DECRYPT,
    GENERATE,
    NoKey,
    UnknownKey,
    ask_key,
    find_key,
    no_key,
    unknown_key,
)
from logkeep.storage.lock import check_lock, lock_actions
from logkeep.storage.tagging import check_tags
from logkeep.storage.upload import Doubt, Outcome, Refusal, Stored, Upload

Finding: TypeAlias = Refusal | Doubt
CANNED: Final = frozenset(
    {
        "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read",
        "bucket-owner-read", FULL_CONTROL,
    }
)  # fmt: skip
PUBLIC: Final = frozenset({"public-read", "public-read-write", "authenticated-read"})
GROUPS: Final = ("/global/AllUsers", "/global/AuthenticatedUsers")


class Encryption(msgspec.Struct, frozen=True):
    """The encryption that an upload ends up with."""

    algorithm: str
    key: str
    """As the header or the bucket names it; empty is the AWS managed key."""
    bucket_key: bool | None
    """None is that AWS's pages disagree."""


def put(upload: Upload, bucket: Bucket, keys: Keys) -> Outcome:
    """Return what becomes of an upload."""
    if isinstance(bucket.exists, Unread):
        return Outcome(answer="unknown", doubts=(_unread("bucket-unread", bucket.exists),))
    if not bucket.exists:
        gone = Refusal(code="NoSuchBucket", status=404, by="bucket", reason="no-such-bucket")
        return Outcome(answer="refused", refusal=gone)
    sse = read_sse(upload.headers)
    will = _effective(sse, bucket)
    found = list(_findings(upload, bucket, keys, sse, will))
    refusal = next((each for each in found if isinstance(each, Refusal)), None)
    doubts = tuple(each for each in found if isinstance(each, Doubt))
    if refusal is not None:
        return Outcome(answer="refused", refusal=refusal, doubts=doubts)
    stored = _stored(upload, bucket, keys, will) if isinstance(will, Encryption) else None
    return Outcome(answer="unknown" if doubts else "accepted", doubts=doubts, stored=stored)


def put_part(upload: Upload, bucket: Bucket, keys: Keys) -> Outcome:
    """Return what becomes of a part, which cannot say how the object is to be encrypted.

    Uploads in parts do pass policies that force the header on what began them; a part was also
    seen to be refused by one (boto/botocore#471).
    """
    found = put(upload, bucket, keys)
    by = found.refusal
    if by is None or by.by != "bucket-policy":
        return found
    for algorithm in (AES256, KMS, DSSE):
        headers = {**upload.headers, SSE: algorithm}
        begun = put(msgspec.structs.replace(upload, headers=headers), bucket, keys)
        if begun.refusal is None or begun.refusal.by != "bucket-policy":
            says = "whether S3 judges a part by the header that began the upload"
            settle = "upload one file in parts, with the header that the policy asks for"
            doubt = Doubt(reason="part-header", unknown=(says,), settle=settle)
            return Outcome(answer="unknown", doubts=(doubt,))
    return found


def _findings(
    upload: Upload,
    bucket: Bucket,
    keys: Keys,
    sse: Sse | BadHeader,
    will: Encryption | Unread | None,
) -> Iterator[Finding]:
    """Yield everything that refuses the upload or may."""
    effective = _effective_key(upload, bucket, keys, will)
    yield from judge(upload, bucket, "s3:PutObject", effective)
    if isinstance(sse, BadHeader):
        yield _bad_header(sse)
    yield from _acl_findings(upload, bucket)
    if isinstance(sse, Sse) and sse.algorithm == SSE_C:
        yield from _customer_findings(bucket)
    yield from check_lock(upload, bucket)
    yield from check_tags(upload)
    for action in _more_actions(upload):
        yield from judge(upload, bucket, action)
    if isinstance(will, Unread):
        yield _unread("default-unread", will)
    elif will is not None and will.algorithm in WITH_KEY and isinstance(sse, Sse):
        yield from _key_findings(upload, bucket, keys, sse, will)


def _unread(reason: str, unread: Unread) -> Doubt:
    return Doubt(reason=reason, unknown=(f"{unread.call}: {unread.error}",))


def _bad_header(bad: BadHeader) -> Finding:
    if bad.is_sure:
        return Refusal(
            code=bad.code, status=bad.status, by="request", reason=bad.reason, detail=bad.detail
        )
    return Doubt(reason=bad.reason, unknown=("what S3 says without the key's MD5",),
                 settle="send it, as `aws s3 cp` does")  # fmt: skip


def _effective(sse: Sse | BadHeader, bucket: Bucket) -> Encryption | Unread | None:
    """Return the header's encryption, else the bucket's default (rule 2.2.2)."""
    if isinstance(sse, BadHeader):
        return None
    default = bucket.default
    if sse.algorithm not in WITH_KEY and sse.algorithm:
        return Encryption(sse.algorithm, "", None)
    if isinstance(default, Unread):
        return Encryption(sse.algorithm, sse.key, sse.bucket_key) if sse.algorithm else default
    algorithm = sse.algorithm or default.algorithm
    key = sse.key if sse.algorithm else default.key
    if algorithm != KMS:
        return Encryption(algorithm, key, None)
    return Encryption(algorithm, key, _bucket_key(sse, default))


def _bucket_key(sse: Sse, default: Default) -> bool | None:
    """Return whether a Bucket Key is used.

    S3 User Guide, "Specifying server-side encryption with AWS KMS": with the header for SSE-KMS
    and none for the Bucket Key, the bucket's setting counts. That is read otherwise for an upload
    that names no key and so leaves the bucket's default key aside.
    """
    if sse.bucket_key is not None:
        return sse.bucket_key
    contested = sse.algorithm and not sse.key and default.algorithm == KMS and default.key
    return None if contested and default.bucket_key else default.bucket_key


def _effective_key(
    upload: Upload, bucket: Bucket, keys: Keys, will: Encryption | Unread | None
) -> str:
    """Return the ARN of the key that S3 will use, where it is not what the header says."""
    if not isinstance(will, Encryption) or will.algorithm not in WITH_KEY:
        return ""
    arn = _key_arn(upload, bucket, keys, will)
    return "" if arn == upload.headers.get(SSE_KEY) else arn


def _key_arn(upload: Upload, bucket: Bucket, keys: Keys, will: Encryption) -> str:
    found = find_key(
        will.key, bucket.region, upload.caller.account or bucket.account, keys, bucket.account
    )
    return found.arn if isinstance(found, Key) else found.name


def _acl_findings(upload: Upload, bucket: Bucket) -> Iterator[Finding]:
    """Yield what Object Ownership and Block Public Access say of an ACL (2.1.3, 2.1.5)."""
    canned = upload.headers.get(ACL)
    grants = [name for name in GRANTS if name in upload.headers]
    if canned is None and not grants:
        return
    if canned is not None and grants:
        yield Refusal(code="InvalidRequest", status=400, by="request", reason="two-acls")
    elif canned is not None and canned not in CANNED:
        yield Refusal(code="InvalidArgument", status=400, by="request", reason="acl-unknown",
                      detail=canned)  # fmt: skip
    if canned != FULL_CONTROL:
        if isinstance(bucket.ownership, Unread):
            yield _unread("ownership-unread", bucket.ownership)
        elif bucket.ownership == ENFORCED:
            yield Refusal(
                code="AccessControlListNotSupported", status=400, by="ownership",
                reason="acls-off", detail=canned or grants[0],
            )  # fmt: skip
    if canned in PUBLIC or any(_is_public(upload.headers[name]) for name in grants):
        if isinstance(bucket.block_public_acls, Unread):
            yield _unread("public-access-unread", bucket.block_public_acls)
        elif bucket.block_public_acls:
            yield Refusal(
                code="AccessDenied", status=403, by="public-access-block", reason="acl-public",
                detail=canned or grants[0],
            )  # fmt: skip


def _is_public(grant: str) -> bool:
    return any(group in grant for group in GROUPS)


def _customer_findings(bucket: Bucket) -> Iterator[Finding]:
    """SSE-C is blocked on new buckets since April 2026 (rule 2.2.10)."""
    if isinstance(bucket.blocked, Unread):
        yield _unread("blocked-unread", bucket.blocked)
    elif SSE_C in bucket.blocked:
        yield Refusal(
            code="AccessDenied", status=403, by="blocked-encryption-type", reason="sse-c-blocked"
        )


def _more_actions(upload: Upload) -> Iterator[str]:
    """Yield what an upload is asked besides s3:PutObject (rule 2.1.8).

    S3's API reference asks s3:PutObjectAcl of whoever sends an ACL; its guide grants s3:PutObject
    alone to whoever hands the object over ("Bucket policy examples using condition keys",
    "Requiring the bucket-owner-full-control canned ACL").
    """
    canned = upload.headers.get(ACL, FULL_CONTROL)
    grants = {name for name in GRANTS if name in upload.headers}
    sends_acl = canned != FULL_CONTROL or bool(grants - {GRANT_FULL_CONTROL})
    if sends_acl and upload.caller.account:
        yield "s3:PutObjectAcl"
    if upload.headers.get(TAGGING):
        yield "s3:PutObjectTagging"
    yield from lock_actions(upload)


def _key_findings(
    upload: Upload, bucket: Bucket, keys: Keys, sse: Sse, will: Encryption
) -> Iterator[Finding]:
    """Yield what the key says: absent, elsewhere, refusing, not enabled (2.2.7, 2.2.8, 13.2)."""
    caller = upload.caller
    requester = caller.account or bucket.account
    found = find_key(will.key, bucket.region, requester, keys, bucket.account)
    actions = (GENERATE, DECRYPT) if upload.multipart else (GENERATE,)
    if isinstance(found, NoKey):
        answers = [no_key(found)]
    elif isinstance(found, UnknownKey):
        answers = [unknown_key(found)]
    else:
        answers = [
            ask_key(found, action, caller, bucket, upload.key, bucket_key=_in_use(will),
                    context=sse.context)
            for action in actions
        ]  # fmt: skip
    for each in answers:
        if each.code:
            yield Refusal(
                code=each.code, status=each.status, by="kms", reason=each.reason,
                detail=each.detail, asked=each.asked, explanation=each.explanation,
            )  # fmt: skip
        elif each.unknown:
            yield Doubt(reason=each.reason, unknown=each.unknown, asked=each.asked,
                        explanation=each.explanation)  # fmt: skip


def _in_use(will: Encryption) -> bool | None:
    """DSSE-KMS knows no Bucket Key (rule 2.2.9)."""
    return False if will.algorithm == DSSE else will.bucket_key


def _stored(upload: Upload, bucket: Bucket, keys: Keys, will: Encryption) -> Stored:
    """Return how the object lies there."""
    with_key = will.algorithm in WITH_KEY
    named = _key_arn(upload, bucket, keys, will) if with_key else ""
    canned = upload.headers.get(ACL, "private")
    acls_off = bucket.ownership == ENFORCED
    return Stored(
        encryption=will.algorithm,
        key=named,
        bucket_key=will.bucket_key,
        owner=_owner(upload, bucket, canned),
        acl="" if acls_off else canned,
    )


def _owner(upload: Upload, bucket: Bucket, canned: str) -> str:
    """Return who owns the object (rules 2.1.3, 2.1.4); empty is not known."""
    writer = upload.caller.account or upload.caller.principal
    if bucket.ownership == ENFORCED or writer == bucket.account:
        return bucket.account
    if isinstance(bucket.ownership, Unread):
        return ""
    if bucket.ownership == PREFERRED and canned == FULL_CONTROL:
        return bucket.account
    return writer
