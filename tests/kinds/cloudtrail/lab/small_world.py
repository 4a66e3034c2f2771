"""A small world in memory, and the calls to play in it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from logkeep.lab.call import (
    Answer,
    Call,
    Caller,
    DeliveryBucket,
    DeliveryKey,
    LogGroup,
    Ruling,
    Standing,
)
from logkeep.lab.kinds.cloudtrail import OVERLAYS, deliver_until, record

START = datetime(2026, 11, 23, 9, 58, 20, tzinfo=UTC)
SECURITY, PRODUCTION, STAGING = "111111111111", "222222222222", "333333333333"
ARCHIVE = "acme-logs"
KEY_ID = "0e5d0ab6-097e-49d8-99ef-747ce3e5f8f4"
KEY = f"arn:aws:kms:us-east-1:{SECURITY}:key/{KEY_ID}"


@dataclass(frozen=True)
class Stored:
    """An object as the world took it."""

    body: bytes
    at: datetime
    algorithm: str
    kms_key_arn: str
    metadata: dict[str, str]
    encryption_context: dict[str, str]

    @property
    def content(self) -> Any:
        return json.loads(gzip.decompress(self.body))


@dataclass(eq=False)
class SmallWorld:
    """A world whose every request passes unless `refusal` says otherwise."""

    time: datetime = START
    accounts: dict[str, str] = field(
        default_factory=lambda: {
            SECURITY: "security",
            PRODUCTION: "production",
            STAGING: "staging",
        }
    )
    regions: tuple[str, ...] = ("us-east-1", "eu-west-1")
    management_account: str = SECURITY
    organization_id: str = "o-exampleorg1"
    buckets: dict[str, DeliveryBucket] = field(
        default_factory=lambda: {
            ARCHIVE: DeliveryBucket(ARCHIVE, SECURITY, "us-east-1", False, False)
        }
    )
    keys: dict[str, DeliveryKey] = field(
        default_factory=lambda: {KEY: DeliveryKey(KEY, SECURITY, "us-east-1", "Enabled", {})}
    )
    objects: dict[tuple[str, str], Stored] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    refused: set[tuple[str, str]] = field(default_factory=set)
    """Actions refused, by the account of the trail."""
    paced: bool = False
    closed: set[tuple[str, str]] = field(default_factory=set)
    """Accounts and Regions that they have not opted into."""
    groups: dict[str, LogGroup] = field(default_factory=dict)
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What arrived in CloudWatch Logs, by stream."""
    stands: Standing = field(default_factory=lambda: Standing(True, True, frozenset(), True))

    def standing(self, service: str) -> Standing:
        assert service == "cloudtrail.amazonaws.com"
        return self.stands

    def delegate(self, account: str, service: str) -> None:
        administrators = self.standing(service).administrators | {account}
        self.stands = replace(self.stands, administrators=administrators)

    def undelegate(self, account: str, service: str) -> None:
        administrators = self.standing(service).administrators - {account}
        self.stands = replace(self.stands, administrators=administrators)

    def is_enabled(self, account: str, region: str) -> bool:
        return (account, region) not in self.closed

    def now(self) -> datetime:
        return self.time

    def bucket(self, name: str) -> DeliveryBucket | None:
        return self.buckets.get(name)

    def key(self, name: str, account: str, region: str) -> DeliveryKey | None:
        arn = name if name.startswith("arn:") else f"arn:aws:kms:{region}:{account}:key/{name}"
        return self.keys.get(arn)

    def authorize_service(
        self, service: str, action: str, resource: str, context: dict[str, str]
    ) -> Ruling:
        assert service.split(".")[0] in ("cloudtrail", "logs")
        self.asked.append((action, resource, context))
        source = context.get("aws:SourceAccount", resource.split(":")[4])
        refused = (action, source) in self.refused
        return Ruling(not refused, f"no policy allows the {action} action" if refused else "")

    def authorize_role(
        self, role_arn: str, service: str, action: str, resource: str, given: dict[str, str]
    ) -> Ruling:
        assert role_arn.split(":")[4] == resource.split(":")[4]
        return self.authorize_service(service, action, resource, given)

    def authorize_passing(self, caller: Caller, role_arn: str, service: str) -> Ruling:
        refused = ("iam:PassRole", role_arn) in self.refused
        return Ruling(not refused, f"no policy allows {caller.arn} to pass it to {service}")

    def log_group(self, arn: str) -> LogGroup | None:
        return self.groups.get(arn.removesuffix(":*"))

    def store_events(
        self, group_arn: str, stream: str, events: Sequence[tuple[datetime, str]], at: datetime
    ) -> None:
        assert self.log_group(group_arn) is not None
        assert all(happened < at for happened, _ in events)
        self.messages.setdefault(stream, []).extend(json.loads(said) for _, said in events)

    def store_object(
        self,
        bucket: str,
        key: str,
        body: bytes,
        *,
        at: datetime,
        algorithm: str,
        kms_key_arn: str = "",
        metadata: dict[str, str] | None = None,
        content_type: str = "application/json",
        content_encoding: str = "gzip",
        encryption_context: dict[str, str] | None = None,
    ) -> None:
        assert (content_type, content_encoding) == ("application/json", "gzip")
        assert (bucket, key) not in self.objects
        context = encryption_context or {}
        self.objects[bucket, key] = Stored(
            body, at, algorithm, kms_key_arn, metadata or {}, context
        )

    def advance(self, **by: float) -> None:
        """Let time pass, and with it the deliveries."""
        self.time += timedelta(**by)
        deliver_until(self, self.time)

    def logs(self) -> list[tuple[str, Stored]]:
        return [(k, o) for (_, k), o in self.objects.items() if "/CloudTrail/" in k]

    def digests(self, region: str = "us-east-1") -> list[tuple[str, Stored]]:
        part = f"/CloudTrail-Digest/{region}/"
        return [(k, o) for (_, k), o in self.objects.items() if part in k]

    def events(self, account: str = "") -> list[dict[str, Any]]:
        part = f"/{account}/CloudTrail/" if account else "/CloudTrail/"
        return [r for k, o in self.logs() if part in f"/{k}" for r in o.content["Records"]]


def user(account: str = PRODUCTION, name: str = "ann") -> Caller:
    arn = f"arn:aws:iam::{account}:user/{name}"
    return Caller(account, arn, "user", name, "AKIAEXAMPLE", "AIDAEXAMPLE")


@dataclass
class Player:
    """Makes calls in a small world, as the lab's front would hand them over."""

    world: SmallWorld

    def call(
        self,
        operation: str,
        caller: Caller | None = None,
        region: str = "us-east-1",
        **arguments: Any,
    ) -> Answer:
        """A CloudTrail call, answered and recorded."""
        call = self._call("cloudtrail", operation, caller or user(), region, arguments)
        answer = OVERLAYS["cloudtrail", operation](self.world, call, lambda: Answer(500))
        record(self.world, call, answer)
        return answer

    def happens(
        self,
        service: str,
        operation: str,
        /,
        caller: Caller | None = None,
        region: str = "us-east-1",
        answer: Answer | None = None,
        resource: str = "*",
        owner: str = "",
        **arguments: Any,
    ) -> Call:
        """Any other call, recorded with its answer."""
        call = self._call(service, operation, caller or user(), region, arguments)
        call = replace(call, resource=resource, resource_account=owner or call.caller.account)
        record(self.world, call, answer or Answer(200))
        return call

    def _call(
        self, service: str, operation: str, caller: Caller, region: str, arguments: dict[str, Any]
    ) -> Call:
        return Call(
            service,
            operation,
            f"{service}:{operation}",
            "*",
            caller.account,
            region,
            arguments,
            caller,
            self.world.time,
            source_ip="198.51.100.7",
            user_agent="aws-cli/2",
            request_id="11111111-2222-3333-4444-555555555555",
        )

    def trail(self, caller: Caller | None = None, **settings: Any) -> str:
        """A trail that logs; its ARN."""
        asked = {"Name": "logkeep", "S3BucketName": ARCHIVE, "IsMultiRegionTrail": True}
        made = self.call("CreateTrail", caller, **(asked | settings))
        assert made.status == 200, made
        started = self.call("StartLogging", caller, Name=made.output["Name"])
        assert started.status == 200, started
        return str(made.output["TrailARN"])
