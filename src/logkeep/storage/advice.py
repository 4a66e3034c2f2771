"""How could a refused upload pass: with which headers, or with which change of the policy?

Every advice is tried before it is given.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

from logkeep.policy import Policy, StatementRef, read_policy
from logkeep.policy.write import as_list
from logkeep.storage.bucket import (
    AES256,
    DSSE,
    FULL_CONTROL,
    KMS,
    WITH_KEY,
    Bucket,
    Default,
    Keys,
)
from logkeep.storage.headers import (
    ACL,
    CUSTOMER,
    CUSTOMER_KEY,
    CUSTOMER_MD5,
    GRANTS,
    SSE,
    SSE_BUCKET_KEY,
    SSE_CONTEXT,
    SSE_KEY,
)
from logkeep.storage.put import put
from logkeep.storage.upload import Outcome, Upload
from logkeep.storage.writers import demands

Headers: TypeAlias = dict[str, str]
OF_ENCRYPTION: Final = frozenset(
    {SSE, SSE_KEY, SSE_BUCKET_KEY, SSE_CONTEXT, CUSTOMER, CUSTOMER_KEY, CUSTOMER_MD5}
)
_ANY_KEY: Final = bytes(32)
BY_CUSTOMER: Final[Headers] = {
    CUSTOMER: AES256,
    CUSTOMER_KEY: base64.b64encode(_ANY_KEY).decode(),
    CUSTOMER_MD5: base64.b64encode(hashlib.md5(_ANY_KEY, usedforsecurity=False).digest()).decode(),
}
"""Headers of SSE-C with a key that stands for any."""


class DenyEdit(msgspec.Struct, frozen=True):
    """What would have to change in one Deny for an upload without a header to pass it."""

    statement: StatementRef
    how: Literal["drop", "spare"]
    """Drop it, or let it spare what has no header: `"Null": {"s3:x-amz-…": "false"}`."""


class Advice(msgspec.Struct, frozen=True):
    """What a refused upload can do, and what the bucket's owner can."""

    passing: Upload | None
    """The nearest upload that passes; None where no other headers help."""
    edits: tuple[DenyEdit, ...] = ()
    plain: Outcome | None = None
    """What a plain upload would come to after the edits; None where no edit is meant."""


def advise(upload: Upload, bucket: Bucket, keys: Keys) -> Advice:
    """Return what would pass, and what would have to change for a plain upload to pass."""
    passing = next(
        (
            each
            for each in _candidates(upload, bucket)
            if put(each, bucket, keys).answer == "accepted"
        ),
        None,
    )
    loosened, edits = loosen(bucket)
    if not edits:
        return Advice(passing)
    plain = with_headers(upload, {})
    if put(plain, bucket, keys).answer == "accepted":
        return Advice(passing)
    return Advice(passing, edits, put(plain, loosened, keys))


def with_headers(upload: Upload, headers: Mapping[str, str]) -> Upload:
    """The same upload with other headers of encryption."""
    kept = {name: value for name, value in upload.headers.items() if name not in OF_ENCRYPTION}
    return msgspec.structs.replace(upload, headers={**kept, **headers})


def _candidates(upload: Upload, bucket: Bucket) -> Iterator[Upload]:
    """Yield other headers to try, what changes least first."""
    for headers in _encryptions(bucket):
        yield with_headers(upload, headers)
    for acl in (None, FULL_CONTROL):
        kept = {
            name: value
            for name, value in upload.headers.items()
            if name != ACL and name not in GRANTS
        }
        sent = {**kept, ACL: acl} if acl else kept
        other = msgspec.structs.replace(upload, headers=sent)
        yield other
        for headers in _encryptions(bucket):
            yield with_headers(other, headers)


def _encryptions(bucket: Bucket) -> Iterator[Headers]:
    default = bucket.default if isinstance(bucket.default, Default) else Default()
    with_key = default.algorithm in WITH_KEY and bool(default.key)
    own = (default.key,) if with_key else ()
    keys: dict[str, None] = dict.fromkeys((*own, *_pinned(bucket)))
    yield {}
    if not with_key:
        yield {SSE: AES256}
    for algorithm in (KMS, DSSE):
        yield from ({SSE: algorithm, SSE_KEY: key} for key in keys)
        yield {SSE: algorithm}
    yield {SSE: AES256}
    yield BY_CUSTOMER


def _pinned(bucket: Bucket) -> tuple[str, ...]:
    if not isinstance(bucket.policy, Policy):
        return ()
    return tuple(key for demand in demands(bucket.policy) for key in demand.keys)


def loosen(bucket: Bucket) -> tuple[Bucket, tuple[DenyEdit, ...]]:
    """Return the bucket as if its Denies about encryption spared what has no header."""
    policy = bucket.policy
    if not isinstance(policy, Policy):
        return bucket, ()
    refs = {demand.ref.index: demand.ref for demand in demands(policy)}
    listed = as_list(policy.document.get("Statement", []))
    statements = cast("list[dict[str, Any]]", listed)
    kept: list[dict[str, Any]] = []
    edits: list[DenyEdit] = []
    for index, statement in enumerate(statements):
        if index not in refs:
            kept.append(statement)
        elif _asks_for_header(statement):
            edits.append(DenyEdit(refs[index], "drop"))
        else:
            edits.append(DenyEdit(refs[index], "spare"))
            kept.append(_sparing(statement))
    if not edits:
        return bucket, ()
    found = read_policy({**policy.document, "Statement": kept}, "resource", policy.name)
    # Without a statement there is no policy.
    other = found if isinstance(found, Policy) else None
    return msgspec.structs.replace(bucket, policy=other), tuple(edits)


def _tests(statement: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return cast("dict[str, dict[str, Any]]", statement.get("Condition") or {})


def _asks_for_header(statement: dict[str, Any]) -> bool:
    """Whether a Deny is about what has no header."""
    for operator, tests in _tests(statement).items():
        if operator.lower() == "null" and any("server-side" in name.lower() for name in tests):
            values = [str(value).lower() for value in tests.values()]
            return "true" in values
    return False


def _sparing(statement: dict[str, Any]) -> dict[str, Any]:
    """A Deny that leaves alone what has none of the headers that it tests."""
    condition = dict(_tests(statement))
    tested = [name for tests in condition.values() for name in tests if "server-side" in name]
    condition["Null"] = {**condition.get("Null", {}), **dict.fromkeys(tested, "false")}
    return {**statement, "Condition": condition}
