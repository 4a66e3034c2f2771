"""What the lab's packets do: a second walker, as naive as can be, that knows nothing of the first.

It is written from AWS's user guides on route tables, network ACLs, security groups, gateways,
peering and transit gateways, over the raw answers of EC2, and walks one packet at a time.
"""

from logkeep.lab.packets.packet import FlowOutcome, FlowRecord, Packet
from logkeep.lab.packets.walker import ping

__all__ = ["FlowOutcome", "FlowRecord", "Packet", "ping"]
