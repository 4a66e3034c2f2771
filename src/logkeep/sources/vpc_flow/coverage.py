"""Which interfaces of an account are recorded, by what, and which twice or only in part?"""

from __future__ import annotations

from logkeep.network.coverage import Coverage, Face, covered
from logkeep.network.values import FlowLog as Log
from logkeep.snapshot.facts import Facts, map_look, remembered
from logkeep.sources.vpc_flow.described import flow_logs, interfaces
from logkeep.value import AccountId, Look, Region, Seen


@remembered
def coverage(facts: Facts, account: AccountId, region: Region) -> Look[Coverage]:
    """What captures each interface of an account's Region."""
    faces, logs = interfaces(facts, account, region), flow_logs(facts, account, region)
    if not isinstance(faces, Seen):
        return faces
    known = [Face(f.network_interface_id, f.vpc_id, f.subnet_id) for f in faces.value]
    return map_look(
        logs,
        lambda found: covered(
            known,
            (Log(e.flow_log_id, e.resource_id, e.traffic_type, e.is_active) for e in found),
        ),
    )
