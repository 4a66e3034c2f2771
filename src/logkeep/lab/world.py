"""The organization on this machine, as the lab's parts see it: moto's backends behind one face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from logkeep.lab import context as keys
from logkeep.lab import documents, log_groups, standing
from logkeep.lab.actions import NeededAction
from logkeep.lab.authorizer import Policies, decide
from logkeep.lab.call import Caller, DeliveryBucket, DeliveryKey, LogGroup, Ruling, Standing
from logkeep.lab.clock import Clock
from logkeep.lab.conditions import as_list
from logkeep.lab.identity import Gate
from logkeep.lab.kind import LabKind
from logkeep.lab.language import Request, context_of
from logkeep.lab.store import PARTITION, kms_backends, s3_backends

RCP_SERVICES = frozenset(
    [
        "dynamodb",
        "ecr",
        "events",
        "firehose",
        "kms",
        "logs",
        "s3",
        "secretsmanager",
        "sqs",
        "sts",
        "transfer",
        "wafv2",
        "xray",
    ]
)
"""Services whose resources an RCP covers, of those the lab has (rule 5.1.7)."""


@dataclass(frozen=True)
class StoredUnder:
    """What an object lies under in the store."""

    algorithm: str
    key_arn: str
    context: dict[str, str]
    """The encryption context it was encrypted under; empty without SSE-KMS."""


class LabWorld:
    """The lab's `World`, and what its front needs beside."""

    def __init__(
        self,
        accounts: dict[str, str],
        regions: tuple[str, ...],
        organization_id: str,
        clock: Clock,
        *,
        paced: bool = False,
        kinds: tuple[LabKind, ...] = (),
    ) -> None:
        self.kinds = kinds
        self._accounts = dict(accounts)
        self._regions = regions
        self._organization_id = organization_id
        self._paced = paced
        self.clock = clock
        self.gate = Gate()
        self.closed: set[tuple[str, str]] = set()
        """Accounts and Regions that they have not opted into."""
        self._contexts: dict[tuple[str, str, str], dict[str, str]] = {}

    @property
    def accounts(self) -> dict[str, str]:
        """Account names by account id: the organization's, without the foreign one."""
        return self._accounts

    @property
    def regions(self) -> tuple[str, ...]:
        """The Regions enabled in every account."""
        return self._regions

    @property
    def management_account(self) -> str:
        """The organization's management account id."""
        return next(iter(self._accounts))

    @property
    def organization_id(self) -> str:
        """The organization's id, `o-…`."""
        return self._organization_id

    @property
    def paced(self) -> bool:
        """Whether calls faster than AWS allows are refused, by this machine's own clock."""
        return self._paced

    def standing(self, service: str) -> Standing:
        """What the organization has agreed with a service, by its principal."""
        return standing.standing_of(self.management_account, service)

    def delegate(self, account: str, service: str) -> None:
        """Register a member account as the service's delegated administrator."""
        standing.delegate(self.management_account, account, service)

    def undelegate(self, account: str, service: str) -> None:
        """Let a member account be the service's delegated administrator no longer."""
        standing.undelegate(self.management_account, account, service)

    def join(self, account: str, name: str) -> None:
        """Count an account among the organization's."""
        self._accounts[account] = name

    def leave(self, account: str) -> None:
        """Count an account among the organization's no longer."""
        self._accounts.pop(account, None)

    def is_enabled(self, account: str, region: str) -> bool:
        """Whether an account has a Region enabled."""
        return (account, region) not in self.closed

    def now(self) -> datetime:
        """The lab's time, UTC."""
        return self.clock.now()

    def bucket(self, name: str) -> DeliveryBucket | None:
        """The bucket of this name, whoever owns it."""
        bucket = documents.bucket_of(name)
        if bucket is None:
            return None
        return DeliveryBucket(
            bucket.name,
            bucket.account_id,
            bucket.region_name,
            _flag(default_rule(bucket).get("BucketKeyEnabled")),
            bucket.payer == "Requester",
            _default_key(bucket),
            bool(bucket.object_lock_enabled),
        )

    def key(self, name: str, account: str, region: str) -> DeliveryKey | None:
        """The key of this ARN, id, alias or alias ARN, as seen from an account and Region."""
        found = _key(name, account, region)
        if found is None:
            return None
        policy = documents.document(found.policy) or {}
        return DeliveryKey(found.arn, found.account_id, found.region, found.key_state, policy)

    def log_group(self, arn: str) -> LogGroup | None:
        """The log group of this ARN, with or without the `:*` behind it."""
        return log_groups.log_group(arn)

    def store_events(
        self, group_arn: str, stream: str, events: Sequence[tuple[datetime, str]], at: datetime
    ) -> None:
        """Write log events straight into a stream, made if absent, as ingested `at`."""
        log_groups.store(group_arn, stream, events, at)

    def authorize_service(
        self, service: str, action: str, resource: str, context: dict[str, str]
    ) -> Ruling:
        """Whether a service principal's request passes the resource's policy and the RCPs."""
        owner = self.owner_of(resource, "")
        caller = Caller("", service, "service", service)
        values = keys.service(self, service, {**self._asked_in(resource), **context})
        values.update(keys.owner(self, owner, resource))
        return self._decide(caller, NeededAction(action, resource, owner, values))

    def authorize_role(
        self, role_arn: str, service: str, action: str, resource: str, given: dict[str, str]
    ) -> Ruling:
        """Whether a service may act through a role: the role's trust first, then its policies."""
        trust = self.authorize_service(service, "sts:AssumeRole", role_arn, given)
        if not trust.allowed:
            return trust
        return self.authorize_as(role_arn, service.split(".")[0], action, resource, {})

    def authorize_as(
        self, role_arn: str, session: str, action: str, resource: str, given: dict[str, str]
    ) -> Ruling:
        """Whether a session of a role may do something; who may become it was asked before."""
        account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
        arn = f"arn:{PARTITION}:sts::{account}:assumed-role/{name}/{session}"
        caller = Caller(account, arn, "role", name, role_arn=role_arn)
        owner = self.owner_of(resource, account)
        return self.authorize(caller, NeededAction(action, resource, owner, dict(given)))

    def authorize(self, caller: Caller, ask: NeededAction) -> Ruling:
        """Whether a caller of an account may do one thing."""
        values = {
            **keys.principal(self, caller),
            **documents.standing_of(caller),
            "aws:SecureTransport": "true",
            **keys.owner(self, ask.owner, ask.resource),
            **ask.context,
        }
        return self._decide(caller, NeededAction(ask.action, ask.resource, ask.owner, values))

    def authorize_passing(self, caller: Caller, role_arn: str, service: str) -> Ruling:
        """Whether a caller may hand a role of his account to a service (IAM, PassRole)."""
        passed = {"iam:PassedToService": service}
        return self.authorize(
            caller, NeededAction("iam:PassRole", role_arn, caller.account, passed)
        )

    def authorize_under(
        self,
        caller: Caller,
        action: str,
        resource: str,
        owner: str,
        policy: dict[str, Any],
        context: dict[str, Any] | None = None,
    ) -> Ruling:
        """What the answer would be if the resource had this policy."""
        own = {**keys.principal(self, caller), "kms:CallerAccount": caller.account}
        values = {**own, **(context or {})}
        request = Request(caller, action, resource, owner, context_of(values))
        layers = replace(self.policies(request), resource=policy, must_be_named=True)
        return decide(request, layers)

    def authorize_root_exception(self, caller: Caller, ask: NeededAction) -> Ruling:
        """The owner's root user on its bucket policy: only organization policies bind it."""
        request = Request(caller, ask.action, ask.resource, ask.owner, context_of(ask.context))
        return decide(request, replace(self.policies(request), resource=None))

    def _decide(self, caller: Caller, ask: NeededAction) -> Ruling:
        request = Request(caller, ask.action, ask.resource, ask.owner, context_of(ask.context))
        return decide(request, self.policies(request))

    def policies(self, request: Request) -> Policies:
        """Every policy that has a say in a request."""
        caller, action = request.caller, request.action
        prefix = action.partition(":")[0].lower()
        linked = "/aws-service-role/" in caller.role_arn
        human = caller.kind != "service" and not linked
        covered = prefix in RCP_SERVICES and not linked
        resource = documents.of_resource(request.resource, action)
        return Policies(
            identity=documents.of_identity(caller),
            boundary=documents.boundary_of(caller),
            session=self._session_policies(caller),
            resource=resource,
            scps=documents.levels(caller.account, "SERVICE_CONTROL_POLICY") if human else None,
            rcps=documents.levels(request.owner, "RESOURCE_CONTROL_POLICY") if covered else None,
            must_be_named=_must_be_named(request, resource is not None),
            # People's rights by ACLs are left out: nobody has any in the lab.
            acls=documents.acls_of(request.resource) if caller.kind == "service" else None,
            grants=documents.grants_on(request.resource),
            unbound=caller.kind == "root",
        )

    def _session_policies(self, caller: Caller) -> list[dict[str, Any]] | None:
        session = self.gate.sessions.get(caller.access_key)
        if session is None or not session.policies:
            return None
        return [documents.document(text) or {} for text in session.policies]

    def _asked_in(self, resource: str) -> dict[str, str]:
        """The Region whose endpoint is asked about a resource; IAM's have none of their own."""
        parts = resource.split(":", 5)
        region = parts[3] if len(parts) == 6 else ""
        if len(parts) == 6 and parts[2] == "s3":
            bucket = documents.bucket_of(parts[5].split("/", 1)[0])
            region = str(bucket.region_name) if bucket is not None else ""
        return {"aws:RequestedRegion": region} if region else {}

    def owner_of(self, resource: str, otherwise: str) -> str:
        """The account that owns a resource; S3 ARNs do not say it, so the store is asked."""
        parts = resource.split(":", 5)
        if len(parts) != 6 or any(parts[2] in kind.without_policies for kind in self.kinds):
            return otherwise
        if parts[2] == "s3" and not parts[4]:
            bucket = documents.bucket_of(parts[5].split("/", 1)[0])
            return bucket.account_id if bucket is not None else otherwise
        return parts[4] if parts[4].isdigit() else otherwise

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
        """Write an object straight into the store, past every check, dated `at`."""
        holder = documents.bucket_of(bucket)
        if holder is None:
            raise LookupError(f"no bucket {bucket}")
        backend = s3_backends[holder.account_id][PARTITION]
        written: Any = backend.put_object(bucket, key, body, encryption=algorithm)
        written.last_modified = at.replace(tzinfo=None)
        written.kms_key_id = kms_key_arn or None
        if algorithm != "aws:kms":
            written.bucket_key_enabled = None
        written.set_metadata(
            {"Content-Type": content_type, "Content-Encoding": content_encoding}, replace=True
        )
        written.set_metadata({f"x-amz-meta-{k}": v for k, v in (metadata or {}).items()})
        if algorithm == "aws:kms":
            self.remember(bucket, key, written.version_id, encryption_context)
        for kind in self.kinds:
            kind.stored(self, bucket, key, at)

    def remember(
        self, bucket: str, key: str, version: str, encryption: dict[str, str] | None
    ) -> None:
        """Keep the encryption context an object was stored under."""
        self._contexts[bucket, key, version] = encryption or self.own_context(bucket, key)

    def own_context(self, bucket: str, key: str) -> dict[str, str]:
        """The encryption context that S3 itself uses (rule 2.2.9)."""
        found = self.bucket(bucket)
        short = found is not None and found.bucket_key
        arn = f"arn:{PARTITION}:s3:::{bucket}"
        return {"aws:s3:arn": arn if short else f"{arn}/{key}"}

    def stored(self, bucket: str, key: str, version: str | None) -> StoredUnder | None:
        """What an object lies under, or None where there is no such object."""
        holder = documents.bucket_of(bucket)
        if holder is None:
            return None
        backend = s3_backends[holder.account_id][PARTITION]
        found: Any = backend.get_object(bucket, key, version)
        if found is None:
            return None
        kept = self._contexts.get((bucket, key, found.version_id))
        under = kept or self.own_context(bucket, key)
        kms = str(found.encryption or "").startswith("aws:kms")
        return StoredUnder(
            found.encryption or "AES256", found.kms_key_id or "", under if kms else {}
        )


def default_rule(bucket: Any) -> dict[str, Any]:
    """A bucket's default encryption, as moto keeps it; S3 takes one rule only."""
    kept: dict[str, Any] = bucket.encryption or {}
    rules = as_list(kept.get("Rule"))
    return rules[0] if rules else {}


def _default_key(bucket: Any) -> str:
    """The key of the default encryption; without a name it is the one that AWS manages."""
    default: dict[str, Any] = default_rule(bucket).get("ApplyServerSideEncryptionByDefault") or {}
    if not str(default.get("SSEAlgorithm") or "").startswith("aws:kms"):
        return ""
    return str(default.get("KMSMasterKeyID") or "alias/aws/s3")


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _must_be_named(request: Request, known: bool) -> bool:
    """Keys and role trust must allow explicitly (rule 5.1.3); a missing role allows none."""
    parts = request.resource.split(":", 5)
    if parts[2:3] == ["kms"]:
        return known and parts[5].startswith("key/")
    return parts[2:3] == ["iam"] and request.action.lower().startswith("sts:")


def _key(name: str, account: str, region: str) -> Any:
    """moto's key; an alias or id means one of the asking account, in its Region."""
    if name.startswith("arn:"):
        parts = name.split(":", 5)
        if len(parts) != 6 or parts[2] != "kms":
            return None
        region, account, name = parts[3], parts[4], parts[5].removeprefix("key/")
    if account not in kms_backends:
        return None
    regions: Any = kms_backends[account]
    if region not in regions.regions:
        return None
    backend = regions[region]
    if name.startswith("alias/"):
        held = (key for key in backend.keys.values() if name in key.aliases)
        return next(held, None)
    return backend.keys.get(name)
