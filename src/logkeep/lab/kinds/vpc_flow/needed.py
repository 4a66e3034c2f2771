"""What must a caller be allowed who makes or deletes flow logs? Each thing that EC2 asks about.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2"; EC2 User
Guide, "Grant permission to tag Amazon EC2 resources during creation".
"""

from __future__ import annotations

from logkeep.lab.call import Call, World
from logkeep.lab.kind import Needed
from logkeep.lab.kinds.vpc_flow.state import state_of

_CAPTURED = {"VPC": "vpc", "Subnet": "subnet", "NetworkInterface": "network-interface"}


def _arn(call: Call, kind: str, id_: str) -> str:
    return f"arn:aws:ec2:{call.region}:{call.caller.account}:{kind}/{id_}"


def to_create(world: World, call: Call) -> list[Needed]:  # noqa: ARG001
    """The call on what is captured and on the new flow log, and its tags if there are any."""
    kind = _CAPTURED.get(str(call.arguments.get("ResourceType")), "*")
    captured = [_arn(call, kind, str(id_)) for id_ in call.arguments.get("ResourceIds") or ()]
    tags = {
        f"aws:RequestTag/{tag['Key']}": str(tag.get("Value", ""))
        for each in call.arguments.get("TagSpecifications") or ()
        for tag in each.get("Tags") or ()
    }
    new = _arn(call, "vpc-flow-log", "*")  # it has no id yet
    needed: list[Needed] = [(call.action, arn, {}) for arn in captured]
    needed.append((call.action, new, tags))
    if tags:
        needed.append(("ec2:CreateTags", new, {**tags, "ec2:CreateAction": call.operation}))
    return needed


def to_delete(world: World, call: Call) -> list[Needed]:
    """The call on each flow log, with the tags that it has."""
    logs = state_of(world).logs.get((call.caller.account, call.region), ())
    has = {log.id: {t["Key"]: str(t["Value"]) for t in log.row["Tags"]} for log in logs}
    return [
        (
            call.action,
            _arn(call, "vpc-flow-log", str(id_)),
            {f"aws:ResourceTag/{key}": value for key, value in has.get(str(id_), {}).items()},
        )
        for id_ in call.arguments.get("FlowLogIds") or ()
    ]
