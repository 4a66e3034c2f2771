"""What becomes of an upload, as a person reads it and as JSON."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import msgspec

from logkeep.policy import StatementRef
from logkeep.show.paint import Paint
from logkeep.show.storage.reasons import doubt_words, nearest_lines, refusal_words
from logkeep.show.why import place_words
from logkeep.storage.advice import Advice, DenyEdit
from logkeep.storage.bucket import DSSE, ENFORCED, SSE_C, WITH_KEY, Bucket
from logkeep.storage.headers import (
    ACL,
    CUSTOMER,
    SSE,
    SSE_BUCKET_KEY,
    SSE_KEY,
)
from logkeep.storage.upload import Outcome, Stored, Upload
from logkeep.value import Json, arn_name
from logkeep.words.doubts import doubts_words
from logkeep.words.plain import clean

VERDICT = {"accepted": "holds", "refused": "fails", "unknown": "unknown"}
COLOUR = {"accepted": "green", "refused": "red", "unknown": "yellow"}


def put_text(
    upload: Upload,
    bucket: Bucket,
    outcome: Outcome,
    paint: Paint,
    advice: Advice | None = None,
    *,
    by_nobody_named: bool = False,
) -> str:
    """The whole answer of `logkeep try put`."""
    target = f"s3://{clean(bucket.name)}/{clean(upload.key)}"
    head = {"accepted": "accepted", "refused": "refused", "unknown": "cannot tell"}[outcome.answer]
    joint = "whether " if outcome.answer == "unknown" else ""
    verb = "may not put" if outcome.answer == "refused" else "may put"
    who = clean(upload.caller.principal)
    lines = [f"{paint.dye(head, COLOUR[outcome.answer])}: {joint}{who} {verb} {target}"]
    if by_nobody_named:
        says = "a user with every permission in the bucket's account; use --as for another"
        lines += paint.wrap("who", says, column=12)
    lines += paint.wrap("sent", sent_words(upload), column=12)
    if outcome.refusal is not None:
        refusal = outcome.refusal
        says = f"{refusal.code} (HTTP {refusal.status}), by {refusal.by.replace('-', ' ')}"
        lines += paint.wrap("answer", says, column=12)
        lines += paint.wrap("why", refusal_words(refusal, bucket.policy), column=12)
        for near in nearest_lines(refusal.explanation):
            lines += paint.wrap("nearest", near, column=12)
    for doubt in outcome.doubts if outcome.answer == "unknown" else ():
        lines += paint.wrap("unknown", doubt_words(doubt), column=12)
        settle = doubt.settle or f"tell {doubts_words(doubt.unknown)}"
        lines += paint.wrap("resolve", clean(settle), column=12)
    if outcome.stored is not None:
        sure = outcome.answer == "accepted"
        lines += _stored_lines(outcome.stored, bucket, paint, "encrypted" if sure else "if taken")
    if advice is not None:
        lines += ["", *_advice_lines(bucket, advice, paint)]
    return paint.page(lines)


def sent_words(upload: Upload) -> str:
    """What the request says of encryption and ACL."""
    said = [
        f"{name} {clean(upload.headers[name])}"
        for name in (SSE, SSE_KEY, SSE_BUCKET_KEY, CUSTOMER, ACL)
        if name in upload.headers
    ]
    parts = ", in parts" if upload.multipart else ""
    return (", ".join(said) or "no encryption or ACL header") + parts


def _stored_lines(stored: Stored, bucket: Bucket, paint: Paint, label: str) -> Iterator[str]:
    yield from paint.wrap(label, encryption_words(stored), column=12)
    why = "ACLs are off" if bucket.ownership == ENFORCED else f"ACL {clean(stored.acl)}"
    owner = clean(stored.owner) or "not known"
    yield from paint.wrap("owner", f"{owner} ({why})", column=12)


def encryption_words(stored: Stored) -> str:
    """How an object lies there, in words."""
    if stored.encryption == SSE_C:
        return "SSE-C, with the key that was sent"
    if stored.encryption not in WITH_KEY:
        return f"{stored.encryption} (SSE-S3)" if stored.encryption else "not at all"
    said = f"{stored.encryption} under {clean(stored.key)}"
    match stored.bucket_key:
        case True:
            return f"{said}, with a Bucket Key"
        case False:
            return f"{said}, without a Bucket Key"
        case None if stored.encryption == "aws:kms":
            return f"{said}; AWS's pages disagree on whether with a Bucket Key"
        case None:
            return said


def _advice_lines(bucket: Bucket, advice: Advice, paint: Paint) -> Iterator[str]:
    if advice.passing is None:
        yield from paint.wrap("passes", "nothing with other encryption or ACL headers", column=12)
    else:
        yield from paint.wrap("passes", command_of(advice.passing, bucket), column=12)
    for edit in advice.edits:
        yield from paint.wrap("plain", edit_words(edit), column=12)
    if advice.plain is not None:
        yield from paint.wrap("", _after(advice.plain), indent=12, column=12)


def command_of(upload: Upload, bucket: Bucket) -> str:
    """The `aws s3 cp` that sends such an upload; it knows neither DSSE-KMS nor Bucket Keys.

    AWS CLI Command Reference, `s3 cp`: "Valid values are AES256 and aws:kms".
    """
    headers = upload.headers
    if headers.get(SSE) == DSSE or SSE_BUCKET_KEY in headers:
        return _by_api(upload, bucket)
    target = f"s3://{bucket.name}/{upload.key}"
    words = ["aws", "s3", "cp", arn_name(upload.key) or "FILE", target]
    if SSE in headers:
        words += ["--sse", headers[SSE]]
    if SSE_KEY in headers:
        words += ["--sse-kms-key-id", headers[SSE_KEY]]
    if CUSTOMER in headers:
        words += ["--sse-c", headers[CUSTOMER], "--sse-c-key", "fileb://KEY"]
    if ACL in headers:
        words += ["--acl", headers[ACL]]
    return clean(shlex.join(words), 1500)


def _by_api(upload: Upload, bucket: Bucket) -> str:
    headers = upload.headers
    words = ["aws", "s3api", "put-object", "--bucket", bucket.name, "--key", upload.key, "--body",
             arn_name(upload.key) or "FILE"]  # fmt: skip
    if SSE in headers:
        words += ["--server-side-encryption", headers[SSE]]
    if SSE_BUCKET_KEY in headers:
        is_on = headers[SSE_BUCKET_KEY].lower() == "true"
        words.append("--bucket-key-enabled" if is_on else "--no-bucket-key-enabled")
    if SSE_KEY in headers:
        words += ["--ssekms-key-id", headers[SSE_KEY]]
    if ACL in headers:
        words += ["--acl", headers[ACL]]
    return clean(shlex.join(words), 1500)


def edit_words(edit: DenyEdit) -> str:
    """What would have to change in a Deny."""
    named = _named(edit.statement)
    if edit.how == "drop":
        return f"a plain `aws s3 cp` passes if you remove {named}"
    return (
        f"a plain `aws s3 cp` passes if {named} ignores requests without the header: add "
        f'"Null": {{"s3:{SSE}": "false"}} to its Condition'
    )


def _named(ref: StatementRef) -> str:
    return place_words(ref, "resource")


def _after(plain: Outcome) -> str:
    if plain.answer == "accepted" and plain.stored is not None:
        return f"it is then stored as {encryption_words(plain.stored)}"
    if plain.refusal is not None:
        return f"but then: {plain.refusal.code}, {refusal_words(plain.refusal)}"
    return f"but then it is not known: {doubt_words(plain.doubts[0])}"


def put_json(
    upload: Upload, bucket: Bucket, outcome: Outcome, advice: Advice | None = None
) -> dict[str, Json]:
    """The answer as JSON."""
    found: dict[str, Json] = {
        "schema": 1,
        "principal": upload.caller.principal,
        "bucket": bucket.name,
        "key": upload.key,
        **got_put(outcome, bucket),
    }
    if advice is not None:
        plain = got_put(advice.plain, bucket) if advice.plain else None
        found["passes"] = command_of(advice.passing, bucket) if advice.passing else None
        found["plain"] = {
            "edits": [
                {"statement": msgspec.to_builtins(each.statement), "how": each.how}
                for each in advice.edits
            ],
            "then": plain,
        }
    return found


def got_put(outcome: Outcome, bucket: Bucket) -> dict[str, Json]:
    """What becomes of an upload, as `--cases --json` gives it under `got`."""
    refusal = outcome.refusal
    found: dict[str, Json] = {
        "allowed": {"accepted": True, "refused": False, "unknown": None}[outcome.answer],
        "code": refusal.code if refusal else None,
        "status": refusal.status if refusal else 200 if outcome.answer == "accepted" else None,
        "blocked_by": refusal.by if refusal else None,
        "stored": stored_json(outcome.stored) if outcome.stored else None,
        "reason": reason_of(outcome, bucket),
        "statement": None,
        "unknown": [name for doubt in outcome.doubts for name in doubt.unknown],
        "settle": next((doubt.settle for doubt in outcome.doubts if doubt.settle), None),
    }
    if refusal and refusal.explanation:
        found["statement"] = msgspec.to_builtins(refusal.explanation.decision.statement)
    return found


def reason_of(outcome: Outcome, bucket: Bucket) -> str:
    """Why it comes out so, in a sentence."""
    if outcome.refusal is not None:
        return refusal_words(outcome.refusal, bucket.policy)
    if outcome.doubts:
        return doubt_words(outcome.doubts[0])
    return f"stored as {encryption_words(outcome.stored)}" if outcome.stored else ""


def stored_json(stored: Stored) -> dict[str, Json]:
    """How an object lies there, as JSON."""
    return {
        "encryption": stored.encryption or None,
        "key": stored.key or None,
        "bucket_key": stored.bucket_key,
        "owner": stored.owner or None,
        "acl": stored.acl or None,
    }
