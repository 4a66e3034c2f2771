"""What EC2 keeps of one world's flow logs: each as it was made, and what passed the interfaces."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final, TypeAlias

from moto.ec2.models import ec2_backends

from logkeep.lab.call import Passage
from logkeep.lab.kinds.vpc_flow import images
from logkeep.lab.per_world import PerWorld

images.put_off()

Json: TypeAlias = dict[str, Any]
AccountRegion: TypeAlias = tuple[str, str]
"""An account and a Region."""


@dataclass
class LabFlowLog:
    """A flow log; its row is what DescribeFlowLogs shows, its status with it."""

    id: str
    row: Json
    owner: str = ""
    """Who owned the bucket at the first delivery (rule 6.3.6)."""
    error: str = ""
    """What the service meets at each delivery, whatever the policies say."""
    begun: set[str] = field(default_factory=set[str])
    """The interfaces of which records came already: only those have NODATA (rule 6.3.1)."""


@dataclass
class FlowState:
    """Everything that the lab remembers of flow logs; its front lets one call in at a time."""

    processed: datetime
    logs: dict[AccountRegion, list[LabFlowLog]] = field(
        default_factory=dict[AccountRegion, list[LabFlowLog]]
    )
    passages: list[Passage] = field(default_factory=list[Passage])
    idle: bool = False
    """Whether interfaces ask nothing of themselves."""
    silent: set[str] = field(default_factory=set[str])
    """Accounts of which no record comes, and nothing says so."""
    random: Random = field(default_factory=lambda: Random("vpc-flow"))


state_of: Final = PerWorld(FlowState).of
"""The world's flow logs, none when first asked for."""


def network_of(place: AccountRegion) -> Any:
    """The store's network of an account's Region."""
    account, region = place
    return ec2_backends[account][region]


def captured(place: AccountRegion, resource: str) -> list[Any]:
    """The interfaces in use that a flow log of a resource takes (rule 6.1.1)."""
    faces: list[Any] = list(network_of(place).enis.values())
    return sorted(
        (
            face
            for face in faces
            if face.status == "in-use" and resource in (face.id, face.subnet.id, face.subnet.vpc_id)
        ),
        key=lambda face: str(face.id),
    )


def exists(place: AccountRegion, resource: str) -> bool:
    """Whether there is such a VPC, subnet or interface."""
    network = network_of(place)
    subnets = {id_ for zone in network.subnets.values() for id_ in zone}
    return resource in network.vpcs or resource in subnets or resource in network.enis
