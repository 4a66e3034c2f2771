"""What does a packet cost: one flow, all pairs of 300 interfaces, and the coverage of 5,000?

Prints one JSON line a workload, for 500 subnets and 5,000 interfaces of 50 VPCs, and for twice as
many. A flow is walked out and back, and its records are written. Time is the processor's. The
floors, measured in the same run: decoding the document from JSON for reading it, and a dict look-up
for each pair and each interface.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from logkeep.network.coverage import coverage
from logkeep.network.mend import mend
from logkeep.network.packet import End, Flow
from logkeep.network.read import read
from logkeep.network.values import Network
from logkeep.network.walk import walk
from logkeep.network.written import written

VPCS = 50
SUBNETS = 10
INTERFACES = 10
PAIRED = 300
REPEATS = 3
PORT = 443
Row = dict[str, Any]
Result = TypeVar("Result")


def vpc(number: int) -> Row:
    high, low = divmod(number, 250)
    return {"VpcId": f"vpc-{number}", "CidrBlock": f"10.{low}.{high * 16}.0/20"}


def block(number: int, subnet: int) -> str:
    high, low = divmod(number, 250)
    return f"10.{low}.{high * 16 + subnet}"


def rules(number: int, other: int) -> list[Row]:
    """A dozen rules: ports for blocks, a reference, and what lets the measured flow by."""
    found: list[Row] = [
        {
            "IpProtocol": "tcp",
            "FromPort": 8000 + each,
            "ToPort": 8000 + each,
            "IpRanges": [{"CidrIp": f"192.168.{each}.0/24"}],
        }
        for each in range(10)
    ]
    mine = [{"GroupId": f"sg-{number}-{other}"}]
    found.append({"IpProtocol": "-1", "UserIdGroupPairs": mine})
    if other < 3:
        allowed = {"FromPort": PORT, "ToPort": PORT, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        found.append({"IpProtocol": "tcp", **allowed})
    return found


def acl(number: int) -> Row:
    entries: list[Row] = []
    for egress in (False, True):
        fixed = {"Egress": egress, "CidrBlock": "0.0.0.0/0"}
        for each in range(10):
            ports = {"PortRange": {"From": 20 + each, "To": 20 + each}}
            deny = {"Protocol": "6", "RuleAction": "deny", "RuleNumber": 10 + each}
            entries.append({**fixed, **deny, **ports})
        entries.append({**fixed, "Protocol": "-1", "RuleAction": "allow", "RuleNumber": 100})
    return {"NetworkAclId": f"acl-{number}", "VpcId": f"vpc-{number}", "Entries": entries}


def document(vpcs: int) -> Row:
    """A chain of VPCs, each peered with the next, with ten subnets of ten interfaces."""
    found: Row = {
        "vpcs": [vpc(number) for number in range(vpcs)],
        "subnets": [],
        "route_tables": [],
        "nacls": [],
        "security_groups": [],
        "enis": [],
        "vpc_peerings": [],
        "internet_gateways": [],
        "flow_logs": [],
    }
    for number in range(vpcs):
        _fill(found, number, vpcs)
    return found


def _fill(found: Row, number: int, vpcs: int) -> None:
    id_ = f"vpc-{number}"
    subnets = [f"subnet-{number}-{each}" for each in range(SUBNETS)]
    found["subnets"] += [
        {"SubnetId": each, "VpcId": id_, "CidrBlock": f"{block(number, index)}.0/24"}
        for index, each in enumerate(subnets)
    ]
    used = [{"SubnetId": each} for each in subnets]
    found["nacls"].append(acl(number) | {"Associations": used})
    following = (number + 1) % vpcs
    before = (number - 1) % vpcs
    routes: list[Row] = [
        {"DestinationCidrBlock": vpc(number)["CidrBlock"], "GatewayId": "local"},
        {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": f"igw-{number}"},
    ]
    for other, pair in ((following, number), (before, before)):
        to = {"VpcPeeringConnectionId": f"pcx-{pair}"}
        routes.append({"DestinationCidrBlock": vpc(other)["CidrBlock"], **to})
    table = {"RouteTableId": f"rtb-{number}", "VpcId": id_, "Routes": routes}
    found["route_tables"].append(table | {"Associations": [{"Main": True}]})
    found["security_groups"] += [
        {
            "GroupId": f"sg-{number}-{each}",
            "IpPermissions": rules(number, each),
            "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        }
        for each in range(5)
    ]
    found["vpc_peerings"].append(
        {
            "VpcPeeringConnectionId": f"pcx-{number}",
            "Status": {"Code": "active"},
            "RequesterVpcInfo": {"VpcId": id_, "Region": "us-east-1"},
            "AccepterVpcInfo": {"VpcId": f"vpc-{following}", "Region": "us-east-1"},
        }
    )
    attached = [{"VpcId": id_, "State": "available"}]
    gateway = {"InternetGatewayId": f"igw-{number}", "Attachments": attached}
    found["internet_gateways"].append(gateway)
    found["flow_logs"].append({"FlowLogId": f"fl-{number}", "ResourceId": id_})
    for index, subnet in enumerate(subnets):
        found["enis"] += [_interface(number, index, subnet, host) for host in range(INTERFACES)]


def _interface(number: int, index: int, subnet: str, host: int) -> Row:
    return {
        "NetworkInterfaceId": f"eni-{number}-{index}-{host}",
        "SubnetId": subnet,
        "VpcId": f"vpc-{number}",
        "PrivateIpAddress": f"{block(number, index)}.{10 + host}",
        "Groups": [{"GroupId": f"sg-{number}-{host % 5}"}],
        "InterfaceType": "interface",
    }


def best_of(run: Callable[[], Result]) -> tuple[float, Result]:
    times: list[float] = []
    result: Result | None = None
    for _ in range(REPEATS):
        start = time.process_time()
        result = run()
        times.append(time.process_time() - start)
    assert result is not None
    return min(times), result


def flows(network: Network) -> list[Flow]:
    """All pairs of 300 interfaces of three VPCs that are peered in a row."""
    faces = [
        face for face in network.interfaces.values() if face.vpc in ("vpc-0", "vpc-1", "vpc-2")
    ]
    ends = [End(face.primary, face) for face in faces[:PAIRED]]
    return [Flow(one, other, 6, 50000, PORT) for one in ends for other in ends]


def pairs(network: Network) -> int:
    return sum(walk(network, flow).out.verdict == "reaches" for flow in flows(network))


def looked_up(network: Network) -> int:
    known = {(flow.src.address, flow.dst.address): True for flow in flows(network)}
    return sum(known[flow.src.address, flow.dst.address] for flow in flows(network))


def one_flow(network: Network) -> bool:
    faces = network.interfaces
    start, end = faces["eni-0-0-0"], faces["eni-1-9-4"]
    found = walk(network, Flow(End(start.primary, start), End(end.primary, end), 6, 50000, PORT))
    assert found.stop is not None
    written(found)
    mended = mend(network, found)
    return mended is not None and mended.passes


def measure(vpcs: int) -> dict[str, dict[str, object]]:
    text = json.dumps(document(vpcs))
    decode_s, raw = best_of(lambda: json.loads(text))
    read_s, network = best_of(lambda: read(raw))
    assert isinstance(network, Network)
    one_s, mended = best_of(lambda: one_flow(network))
    pairs_s, reached = best_of(lambda: pairs(network))
    floor_s, count = best_of(lambda: looked_up(network))
    coverage_s, covered = best_of(lambda: coverage(network))
    assert covered is not None
    assert not covered.uncaptured
    loop_s, _ = best_of(lambda: {id_: face.vpc for id_, face in network.interfaces.items()})
    size = {"vpcs": vpcs, "subnets": len(network.subnets), "interfaces": len(network.interfaces)}
    return {
        "read": {
            **size,
            "ms": round(read_s * 1e3),
            "floor_decode_ms": round(decode_s * 1e3),
            "times_floor": round(read_s / decode_s, 1),
        },
        "one-flow": {**size, "ms": round(one_s * 1e3, 2), "mended": mended},
        "all-pairs": {
            **size,
            "flows": count,
            "reached": reached,
            "s": round(pairs_s, 2),
            "flow_us": round(pairs_s / count * 1e6, 1),
            "floor_look_up_us": round(floor_s / count * 1e6, 2),
            "times_floor": round(pairs_s / floor_s, 1),
        },
        "coverage": {
            **size,
            "ms": round(coverage_s * 1e3, 1),
            "floor_loop_ms": round(loop_s * 1e3, 2),
            "times_floor": round(coverage_s / loop_s, 1),
        },
    }


def main() -> None:
    once, twice = measure(VPCS), measure(2 * VPCS)
    for name, figures in once.items():
        print(json.dumps({"workload": name, **figures}), flush=True)
        print(json.dumps({"workload": f"{name}, doubled", **twice[name]}), flush=True)


if __name__ == "__main__":
    main()
