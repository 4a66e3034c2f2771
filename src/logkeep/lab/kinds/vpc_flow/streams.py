"""May flow logs be put into this Firehose stream, and what does making one do to it? (rule 6.3.8)

What the service's own role may do is the tag's doing: it reaches each stream that bears it. What
Firehose takes it leads on as the store does it, neither delayed nor authorized.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from moto.firehose.models import firehose_backends

from logkeep.lab import documents
from logkeep.lab.call import Answer, Call, Forward, World
from logkeep.lab.kinds.vpc_flow.state import Json
from logkeep.lab.store import PARTITION, iam_backends
from logkeep.lab.wire import refuse, reply

SERVICE: Final = "delivery.logs.amazonaws.com"
NAME: Final = "AWSServiceRoleForLogDelivery"
MARK: Final = "LogDeliveryEnabled"
STARTS: Final = "AWSLogDeliveryFirehoseCrossAccountRole"


def linked_role(account: str) -> str:
    """The ARN of the service's own role in an account."""
    return f"arn:{PARTITION}:iam::{account}:role/aws-service-role/{SERVICE}/{NAME}"


def _link(account: str) -> Any:
    """Make the service's own role, under the name that AWS gives it."""
    trust = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}
    backend: Any = iam_backends[account][PARTITION]
    return backend.create_role(
        NAME,
        json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        f"/aws-service-role/{SERVICE}/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
        linked_service=SERVICE,
    )


def create_linked_role(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Make a service's own role; the store has other names for that of log delivery."""
    if call.arguments.get("AWSServiceName") != SERVICE:
        return forward()
    account = call.caller.account
    if documents.role_of(linked_role(account)) is not None:
        says = f"Service role name {NAME} has been taken in this account"
        return refuse(call, "InvalidInput", says)
    made = _link(account)
    role = {
        "Path": made.path,
        "RoleName": NAME,
        "RoleId": made.id,
        "Arn": made.arn,
        "CreateDate": made.create_date,
        "AssumeRolePolicyDocument": made.assume_role_policy_document,
    }
    return reply(call, {"Role": role})


def _backend(arn: str) -> Any:
    _, _, _, region, account, _ = arn.split(":", 5)
    return firehose_backends[account][region]


def _name(arn: str) -> str:
    return arn.split(":", 5)[5].removeprefix("deliverystream")[1:]


def stream_of(arn: str) -> Any:
    """The store's stream of an ARN; None where there is none."""
    return _backend(arn).delivery_streams.get(_name(arn))


def take_away(arn: str) -> Callable[[], None]:
    """Take a stream out of the store; what is given back puts it back."""
    streams: dict[str, Any] = _backend(arn).delivery_streams
    held = streams.pop(_name(arn))

    def back() -> None:
        streams[_name(arn)] = held

    return back


def _is_marked(arn: str) -> bool:
    tags: list[dict[str, str]] = _backend(arn).list_tags_for_delivery_stream(
        _name(arn), None, None
    )["Tags"]
    return any((tag["Key"], tag["Value"]) == (MARK, "true") for tag in tags)


def _switches(world: World, row: Json) -> bool:
    """Whether the service becomes the source role, and that the role of the stream's account."""
    source, there = str(row["DeliverLogsPermissionArn"]), str(row["DeliverCrossAccountRole"])
    return world.authorize_role(source, SERVICE, "sts:AssumeRole", there, {}).allowed


def _may(world: World, role: str, action: str, resource: str) -> bool:
    known = {"iam:AWSServiceName": SERVICE}
    return world.authorize_as(role, "delivery", action, resource, known).allowed


def objection(world: World, account: str, row: Json) -> tuple[str, str] | None:
    """Why a flow log into a stream is not made; else the stream is marked, and the role made."""
    arn = str(row["LogDestination"])
    owner = arn.split(":")[4]
    if stream_of(arn) is None:
        return "LogDestinationNotFoundException", f"LogDestination: {arn} does not exist"
    if owner != account:
        there = str(row.get("DeliverCrossAccountRole") or "")
        if not row.get("DeliverLogsPermissionArn") or not there:
            return "InvalidParameter", "DeliverLogsPermissionArn and DeliverCrossAccountRole needed"
        if not there.rpartition("/")[2].startswith(STARTS):
            return "InvalidParameter", f"DeliverCrossAccountRole must start with {STARTS}"
        wanted = (("firehose:TagDeliveryStream", arn),
                  ("iam:CreateServiceLinkedRole", linked_role(owner)))  # fmt: skip
        if not _switches(world, row) or not all(_may(world, there, *each) for each in wanted):
            return "400", f"Access Denied for LogDestination: {arn}"
    if documents.role_of(linked_role(owner)) is None:
        _link(owner)
    _backend(arn).tag_delivery_stream(_name(arn), [{"Key": MARK, "Value": "true"}])
    return None


def put(world: World, row: Json, lines: list[str]) -> str:
    """Put records into a stream as the service's own role; the error if one may not."""
    arn = str(row["LogDestination"])
    owner = arn.split(":")[4]
    if row.get("DeliverCrossAccountRole") and not _switches(world, row):
        return "the service does not come into the stream's account"
    if documents.role_of(linked_role(owner)) is None:
        return "the service's own role is gone"
    found = stream_of(arn)
    if found is None or found.delivery_stream_status != "ACTIVE" or not _is_marked(arn):
        return "the stream does not let the service in"
    records = [{"Data": f"{line}\n".encode()} for line in lines]
    try:
        _backend(arn).put_record_batch(_name(arn), records)
    except RuntimeError:
        return ""  # the stream took them; that they go no further is told by Firehose alone
    return ""
