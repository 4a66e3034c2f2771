"""One API call as the lab understands it: who asked which operation, and what was answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Caller:
    """Who signed a request, as its access key says."""

    account: str
    arn: str
    """A user, assumed-role session, federated user or root ARN; or a provider's ARN or name."""
    kind: Literal["root", "user", "role", "federated", "provider", "service", "anonymous"]
    """`provider` is an identity provider that asks for a role on a web or SAML user's behalf."""
    name: str
    """The user's or role's name; `root` for a root user; the service's name for a service."""
    access_key: str = ""
    principal_id: str = ""
    role_arn: str = ""
    """Of an assumed-role session: the role's ARN; of a federated user: its IAM user's."""
    session_name: str = ""
    provider: str = ""
    """Of a role session that a web identity or SAML user has: the identity provider."""


@dataclass(frozen=True)
class Call:
    """One request that reached the lab's front, parsed by the service's own API model."""

    service: str
    """The botocore service name: `s3`, `kms`, `cloudtrail`."""
    operation: str
    """The API operation: `PutObject`."""
    action: str
    """The IAM action that authorizes it: `s3:PutObject`."""
    resource: str
    """The ARN it acts on, or `*`."""
    resource_account: str
    """The account that owns that resource, where known; else the caller's."""
    region: str
    arguments: dict[str, Any]
    """The parameters as boto3 takes them."""
    caller: Caller
    at: datetime
    """The lab's time, UTC."""
    source_ip: str = "127.0.0.1"
    user_agent: str = ""
    request_id: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """Lower-case names."""
    protocol: str = ""
    """The wire protocol it came in; empty for what the service's SDK speaks today."""
    method: str = ""
    target: str = ""
    """The path and query of the request, as sent."""


@dataclass(frozen=True)
class Answer:
    """What the lab answers to a call."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    output: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The response as boto3 shows it; empty for an error."""
    error_code: str = ""
    error_message: str = ""


@dataclass(frozen=True)
class Ruling:
    """What the lab's own authorizer says of a request."""

    allowed: bool
    reason: str
    """In AWS's manner: `no resource-based policy allows the s3:PutObject action`."""
    explicit: bool = False
    """Denied by an explicit Deny."""


@dataclass(frozen=True)
class DeliveryKey:
    """A KMS key as the lab's deliveries need it."""

    arn: str
    account: str
    region: str
    state: str
    """`Enabled`, `Disabled`, `PendingDeletion` …"""
    policy: dict[str, Any]


@dataclass(frozen=True)
class DeliveryBucket:
    """A bucket as the lab's deliveries need it."""

    name: str
    account: str
    region: str
    bucket_key: bool
    """Whether its default encryption uses an S3 Bucket Key."""
    requester_pays: bool
    default_key: str = ""
    """The key that its default encryption names; empty under SSE-S3."""
    locked: bool = False
    """Whether it has Object Lock."""


@dataclass(frozen=True)
class LogGroup:
    """A CloudWatch Logs group as the lab's deliveries need it."""

    arn: str
    """Without the `:*` behind it."""
    account: str
    region: str
    key_arn: str
    """The key its events are encrypted under; empty without one of the customer's."""


@dataclass(frozen=True)
class Passage:
    """A packet at a network interface, as a flow log tells it."""

    at: datetime
    interface: str
    srcaddr: str
    dstaddr: str
    srcport: int
    dstport: int
    protocol: int
    action: Literal["ACCEPT", "REJECT"]


@dataclass(frozen=True)
class Standing:
    """What the organization has agreed with one service."""

    all_features: bool
    """The organization has all its features, not consolidated billing alone."""
    trusted: bool
    """Trusted access is on."""
    administrators: frozenset[str]
    """The member accounts registered as the service's delegated administrators."""
    linked: bool
    """The management account has the service's linked role."""


class World(Protocol):
    """What the parts of the lab know of the organization on this machine."""

    @property
    def accounts(self) -> dict[str, str]:
        """Account names by account id."""
        ...

    @property
    def regions(self) -> tuple[str, ...]:
        """The Regions enabled in every account."""
        ...

    @property
    def management_account(self) -> str:
        """The organization's management account id."""
        ...

    @property
    def organization_id(self) -> str:
        """The organization's id, `o-…`."""
        ...

    @property
    def paced(self) -> bool:
        """Whether calls faster than AWS allows are refused, by this machine's own clock."""
        ...

    def standing(self, service: str) -> Standing:
        """What the organization has agreed with a service, by its principal."""
        ...

    def delegate(self, account: str, service: str) -> None:
        """Register a member account as the service's delegated administrator."""
        ...

    def undelegate(self, account: str, service: str) -> None:
        """Let a member account be the service's delegated administrator no longer."""
        ...

    def is_enabled(self, account: str, region: str) -> bool:
        """Whether an account has a Region enabled."""
        ...

    def now(self) -> datetime:
        """The lab's time, UTC."""
        ...

    def bucket(self, name: str) -> DeliveryBucket | None:
        """The bucket of this name, whoever owns it."""
        ...

    def key(self, name: str, account: str, region: str) -> DeliveryKey | None:
        """The key of this ARN, id, alias or alias ARN, as seen from an account and Region."""
        ...

    def authorize_service(
        self, service: str, action: str, resource: str, context: dict[str, str]
    ) -> Ruling:
        """Whether a service principal's request passes the resource's policy and the RCPs."""
        ...

    def authorize_role(
        self, role_arn: str, service: str, action: str, resource: str, given: dict[str, str]
    ) -> Ruling:
        """Whether a service may act through a role: the role's trust first, then its policies."""
        ...

    def authorize_as(
        self, role_arn: str, session: str, action: str, resource: str, given: dict[str, str]
    ) -> Ruling:
        """Whether a session of a role may do something; who may become it was asked before."""
        ...

    def authorize_passing(self, caller: Caller, role_arn: str, service: str) -> Ruling:
        """Whether a caller may hand a role of his account to a service."""
        ...

    def log_group(self, arn: str) -> LogGroup | None:
        """The log group of this ARN, with or without the `:*` behind it."""
        ...

    def store_events(
        self, group_arn: str, stream: str, events: Sequence[tuple[datetime, str]], at: datetime
    ) -> None:
        """Write log events straight into a stream, made if absent, as ingested `at`."""
        ...

    def store_object(
        self,
        bucket: str,
        key: str,
        body: bytes,
        *,
        at: datetime,
        algorithm: Literal["AES256", "aws:kms"],
        kms_key_arn: str = "",
        metadata: dict[str, str] | None = None,
        content_type: str = "application/json",
        content_encoding: str = "gzip",
        encryption_context: dict[str, str] | None = None,
    ) -> None:
        """Write an object straight into the store, past every check, dated `at`.

        Reading it asks for `kms:Decrypt` under the same encryption context (rule 1.5.4); None means
        what S3 itself uses, the object's ARN or with a Bucket Key the bucket's (rule 2.2.9).
        """
        ...


Forward = Callable[[], Answer]
"""Passes the call on to the store underneath (moto) and gives its answer."""

Overlay = Callable[[World, Call, Forward], Answer]
"""Stands in for an operation: checks, answers, or passes on and amends."""


class Tap(Protocol):
    """Told of every call, after it was answered (refused calls too)."""

    def __call__(self, world: World, call: Call, answer: Answer) -> None:
        """Take note of the call."""
        ...


HOUR = timedelta(hours=1)
