"""STS: roles must exist and trust the caller; sessions end by real time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from logkeep.lab import documents
from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.identity import Session
from logkeep.lab.store import PARTITION, sts_backends
from logkeep.lab.wire import refuse, reply
from logkeep.lab.world import LabWorld


def assume_role(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """A session of a role that is there; the authorizer has asked both sides already.

    The expiry that the client is shown is never earlier than real now + 1 h: an SDK compares it
    with the machine's clock, whatever the lab's says.
    """
    assert isinstance(world, LabWorld)
    given = call.arguments
    seconds = _duration(call)
    role_arn = str(given["RoleArn"])
    backend: Any = sts_backends[call.caller.account][PARTITION]
    session = backend.assume_role(
        region_name=call.region,
        role_session_name=str(given["RoleSessionName"]),
        role_arn=role_arn,
        policy=given.get("Policy"),
        duration=seconds,
        external_id=given.get("ExternalId"),
    )
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    world.gate.sessions[session.access_key_id] = Session(ends, _session_policies(call))
    shown = max(world.now() + timedelta(seconds=seconds), datetime.now(UTC) + timedelta(hours=1))
    return reply(
        call,
        {
            "Credentials": {
                "AccessKeyId": session.access_key_id,
                "SecretAccessKey": session.secret_access_key,
                "SessionToken": session.session_token,
                "Expiration": shown.replace(microsecond=0),
            },
            "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
        },
    )


def _duration(call: Call) -> int:
    """Role chaining caps a session at one hour (rule 5.1.9)."""
    asked = int(call.arguments.get("DurationSeconds") or 3600)
    return min(asked, 3600) if call.caller.kind == "role" else asked


def _session_policies(call: Call) -> tuple[str, ...]:
    texts = [str(call.arguments["Policy"])] if call.arguments.get("Policy") else []
    listed: list[dict[str, str]] = call.arguments.get("PolicyArns") or []
    for one in listed:
        texts += documents.managed_policy(one.get("arn", ""), call.resource_account)
    return tuple(texts)


def no_such(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """moto gives out keys here that are nobody's; the lab has no such sessions."""
    return refuse(call, "NotImplemented", f"The lab has no sts:{call.operation}.", status=501)


def get_caller_identity(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Who the gate says the caller is."""
    who = call.caller
    return reply(call, {"UserId": who.principal_id, "Account": who.account, "Arn": who.arn})


OVERLAYS: dict[tuple[str, str], Overlay] = {
    ("sts", "AssumeRole"): assume_role,
    ("sts", "GetCallerIdentity"): get_caller_identity,
    ("sts", "GetSessionToken"): no_such,
    ("sts", "GetFederationToken"): no_such,
    ("sts", "AssumeRoleWithWebIdentity"): no_such,
    ("sts", "AssumeRoleWithSAML"): no_such,
}
"""STS operations the lab answers itself."""
