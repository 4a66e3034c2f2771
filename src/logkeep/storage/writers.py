"""What does a bucket's policy enforce about encryption, and which AWS services does it silence?

Rules 2.2.4 and 2.2.12. The old way refuses an upload that has no header; today's lets it take the
bucket's default and refuses a wrong header alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

from logkeep.policy import Layers, Policy, StatementRef, decide, read_policy, request
from logkeep.policy.write import as_list
from logkeep.storage.bucket import AES256, DSSE, FULL_CONTROL, KMS, SSE_C, Bucket, Default
from logkeep.storage.headers import ACL, CUSTOMER, SSE, SSE_KEY, context_of

Way: TypeAlias = Literal["nothing", "header", "default"]
"""Nothing is enforced; the header is asked for; the default does and a wrong header is refused."""
WriterVerdict: TypeAlias = Literal["passes", "silenced", "unknown"]
KEYS: Final = (f"s3:{SSE}", f"s3:{SSE_KEY}", f"s3:{CUSTOMER}")
"""The condition keys of encryption."""
HEADERS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("none", {}),
    (AES256, {SSE: AES256}),
    (KMS, {SSE: KMS}),
    (DSSE, {SSE: DSSE}),
    (SSE_C, {CUSTOMER: AES256}),
)
"""What an upload can say of its encryption."""


class Writer(msgspec.Struct, frozen=True, kw_only=True):
    """An AWS service that writes logs into buckets, and what it says of encryption."""

    name: str
    principal: str
    action: str = "s3:PutObject"
    headers: dict[str, str] = {}
    folder: str = ""
    """Where under the bucket it writes."""
    is_inferred: bool = False
    """Whether what it sends is not documented (rule 12.3)."""


def shared_writers(account: str, region: str) -> tuple[Writer, ...]:
    """The writers of rule 2.2.12 that belong to no kind of log alone."""
    own = {ACL: FULL_CONTROL}
    return (
        Writer(name="vended logs", headers=own, principal="delivery.logs.amazonaws.com",
               folder=f"AWSLogs/{account}/", is_inferred=True),
        Writer(name="S3 server access logs", principal="logging.s3.amazonaws.com",
               is_inferred=True),
        Writer(name="CloudWatch Logs export", principal=f"logs.{region}.amazonaws.com",
               headers=own, folder="exportedlogs/", is_inferred=True),
        Writer(name="replication", principal=f"arn:aws:iam::{account}:role/replication",
               action="s3:ReplicateObject"),
    )  # fmt: skip


class Silenced(msgspec.Struct, frozen=True):
    """What the policy's demands on encryption do to one writer."""

    writer: Writer
    verdict: WriterVerdict
    statement: StatementRef | None = None
    resource: str = ""
    """What it would write, where it is refused."""


class Enforced(msgspec.Struct, frozen=True):
    """What a bucket enforces about encryption, and what comes of it."""

    way: Way
    passes: tuple[str, ...]
    """What an upload may say: `none`, `AES256`, `aws:kms`, `aws:kms:dsse`, `SSE-C`."""
    unsure: tuple[str, ...]
    """Of those, what hangs on more than the header."""
    default: Default
    pinned: tuple[str, ...]
    """The keys that the policy names."""
    writers: tuple[Silenced, ...]


def enforced(
    policy: Policy, bucket: Bucket, default: Default, writers: Iterable[Writer] = ()
) -> Enforced:
    """Return what a policy enforces, and which of the writers it silences."""
    found = list(demands(policy))
    verdicts = {name: _by_header(found, bucket, headers) for name, headers in HEADERS}
    way: Way = "nothing"
    if verdicts["none"] == "silenced":
        way = "header"
    elif any(said == "silenced" for said in verdicts.values()):
        way = "default"
    return Enforced(
        way=way,
        passes=tuple(name for name, said in verdicts.items() if said == "passes"),
        unsure=tuple(name for name, said in verdicts.items() if said == "unknown"),
        default=default,
        pinned=tuple(sorted({name for demand in found for name in demand.keys})),
        writers=tuple(_silenced(each, found, bucket) for each in writers),
    )


def silences(asked: Sequence[Demand], bucket: Bucket, writer: Writer) -> Silenced:
    """Return what a policy's demands on encryption do to one writer."""
    return _silenced(writer, asked, bucket)


class Demand(msgspec.Struct, frozen=True):
    """A Deny about encryption alone with an Allow of all, so that nothing else has a say."""

    ref: StatementRef
    policy: Policy
    resources: tuple[str, ...]
    keys: tuple[str, ...]


def demands(policy: Policy) -> Iterator[Demand]:
    """Yield the Denies of a policy whose conditions name encryption."""
    listed = as_list(policy.document.get("Statement", []))
    statements = cast("list[dict[str, Any]]", listed)
    for index, statement in enumerate(statements):
        tests = _tests_of(statement)
        if statement.get("Effect") != "Deny" or not any(name in _LOWER for name, _ in tests):
            continue
        everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
        document = {**policy.document, "Statement": [everything, statement]}
        alone = read_policy(document, "resource", policy.name)
        assert isinstance(alone, Policy)  # a part of what was read before
        resources = cast("list[str]", as_list(statement.get("Resource", [])))
        pinned = [value for name, values in tests if name == f"s3:{SSE_KEY}" for value in values]
        ref = StatementRef(policy.name, index, str(statement.get("Sid", "")))
        yield Demand(ref, alone, tuple(resources), tuple(v for v in pinned if v.startswith("arn:")))


_LOWER: Final = frozenset(name.lower() for name in KEYS)


def _tests_of(statement: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The condition keys of a statement in lower case, with their values."""
    found: list[tuple[str, list[str]]] = []
    for tests in cast("dict[str, dict[str, Any]]", statement.get("Condition") or {}).values():
        for name, values in tests.items():
            found.append((name.lower(), [str(text) for text in as_list(values)]))
    return found


def _by_header(demands: Sequence[Demand], bucket: Bucket, headers: dict[str, str]) -> WriterVerdict:
    """Return whether somebody of the bucket's own account passes with these headers."""
    user = f"arn:aws:iam::{bucket.account}:user/anybody"
    writer = Writer(name="anybody", principal=user, headers=headers)
    return _silenced(writer, demands, bucket).verdict


def _silenced(writer: Writer, demands: Sequence[Demand], bucket: Bucket) -> Silenced:
    """Return whether one of the demands refuses the writer, wherever it writes."""
    doubtful: Silenced | None = None
    for demand in demands:
        for resource in _places(writer, demand, bucket):
            outcome = _outcome(writer, demand, bucket, resource)
            if outcome == "ExplicitlyDenied":
                return Silenced(writer, "silenced", demand.ref, resource)
            if outcome == "Unknown":
                doubtful = doubtful or Silenced(writer, "unknown", demand.ref, resource)
    return doubtful or Silenced(writer, "passes")


def _places(writer: Writer, demand: Demand, bucket: Bucket) -> Iterator[str]:
    """Yield where the writer writes, and where it may if the demand is for a folder."""
    yield bucket.object_arn(f"{writer.folder}a")
    for pattern in demand.resources:
        sample = pattern.replace("*", "a").replace("?", "a")
        if sample.startswith(f"{bucket.arn}/{writer.folder}"):
            yield sample


def _outcome(writer: Writer, demand: Demand, bucket: Bucket, resource: str) -> str:
    context = context_of(writer.headers) | {"aws:SecureTransport": "true"}
    if SSE_KEY not in writer.headers and writer.headers.get(SSE) == KMS:
        del context[f"s3:{SSE_KEY}"]  # a key that is not told is open
    if writer.action != "s3:PutObject":
        # What of encryption S3 says of its own copies is not documented.
        context = {k: v for k, v in context.items() if k not in KEYS}
    asked = request(
        writer.principal, writer.action, resource, bucket.account, context, unknown=("*",)
    )
    return decide(asked, Layers(resource=demand.policy)).outcome
