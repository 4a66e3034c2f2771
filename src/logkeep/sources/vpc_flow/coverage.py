"""Which interfaces of an account are recorded, by what, and which twice or only in part?

A flow log of a VPC or subnet is its owner's and takes the interfaces of those it is shared with,
who have none on it and see none (rules 6.1.1, 13.6).
"""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.network.coverage import Coverage, Face, covered
from logkeep.network.values import FlowLog as Log
from logkeep.snapshot.facts import Facts, map_look, remembered
from logkeep.sources.vpc_flow.described import FlowLog, flow_logs, interfaces, sharers
from logkeep.value import AccountId, Look, Region, Seen


@remembered
def coverage(facts: Facts, account: AccountId, region: Region) -> Look[Coverage]:
    """What captures each interface of an account's Region, as far as the flow logs were seen."""
    faces, logs = interfaces(facts, account, region), flow_logs(facts, account, region)
    if not isinstance(faces, Seen):
        return faces
    known = [Face(f.network_interface_id, f.vpc_id, f.subnet_id) for f in faces.value]
    foreign = tuple(_of_owners(facts, account, region))
    return map_look(
        logs,
        lambda found: covered(
            known,
            (
                Log(e.flow_log_id, e.resource_id, e.traffic_type, e.is_active)
                for e in (*found, *foreign)
            ),
        ),
    )


def _of_owners(facts: Facts, account: AccountId, region: Region) -> Iterator[FlowLog]:
    """The flow logs of the accounts that share their VPCs with this one."""
    for owner in sorted(set(sharers(facts, account, region).values())):
        look = flow_logs(facts, owner, region)
        yield from look.value if isinstance(look, Seen) else ()


def unseen_owner(facts: Facts, account: AccountId, region: Region, vpc: str) -> str:
    """Why nobody can say that nothing captures what lies in a shared VPC; nothing if one can."""
    owner = sharers(facts, account, region).get(vpc)
    if owner is None or isinstance(flow_logs(facts, owner, region), Seen):
        return ""
    return f"{vpc} is of account {owner}, whose flow logs were not seen: ec2:DescribeFlowLogs there"
