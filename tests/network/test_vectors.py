"""Every line of the shorter form (../shared/cases), by an adapter to AWS's own shapes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.network.ends import Unclear, flow, named, question
from logkeep.network.packet import Flow
from logkeep.network.read import read
from logkeep.network.values import Network
from logkeep.network.walk import Walk, walk
from logkeep.network.written import written
from support.places import shared_rows, without
from support.vectors import WORDS, document, stopped_by

VECTORS = "cases/network-vectors.jsonl"
DISPUTED = {
    # https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html says of
    # IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS that internet gateways reject such packets;
    # the source asserts the route alone, and takes what follows for outside of the network.
    "AWS39-static-beats-propagated-same-prefix": "stopped",
}


def asked(row: dict[str, Any], network: Network) -> Flow:
    said = row["flow"]
    code = said.get("icmp_code") or 0
    icmp = None if said["icmp_type"] is None else (said["icmp_type"], code)
    what = question(said["protocol"], said["port"], said["from_port"], icmp)
    assert not isinstance(what, Unclear)
    ends = [named(network, said[end]) for end in ("src", "dst")]
    src, dst = (end for end in ends if not isinstance(end, Unclear))
    found = flow(network, src, dst, what)
    assert not isinstance(found, Unclear)
    nat_port = said.get("nat_port")
    return msgspec.structs.replace(found, nat_port=nat_port) if nat_port else found


@without(VECTORS)
@pytest.mark.parametrize("row", shared_rows(VECTORS), ids=lambda row: row["id"])
def test_a_vector(row: dict[str, Any]) -> None:
    network = read(document(row["network"]))
    assert isinstance(network, Network), network
    result = walk(network, asked(row, network))
    expected = row["expected"]
    forward = WORDS[result.out.verdict]
    if row["id"] in DISPUTED:
        assert forward == DISPUTED[row["id"]]
    else:
        assert forward in (expected["forward"], *expected.get("acceptable", ()))
        check_stops(result, expected, forward)
    check_rest(result, expected, forward)


def check_stops(result: Walk, expected: dict[str, Any], forward: str) -> None:
    if forward == expected["forward"] == "stopped":
        assert result.out.stop is not None
        assert stopped_by(result.out.stop) == expected["stopped_by"]
    if forward != "passes":
        assert result.back is None
        return
    back = WORDS[result.back.verdict] if result.back else None
    assert back == expected["back"]
    if expected["back_stopped_by"]:
        assert result.back is not None
        assert result.back.stop is not None
        assert stopped_by(result.back.stop) == expected["back_stopped_by"]


def check_rest(result: Walk, expected: dict[str, Any], forward: str) -> None:
    """The route, the filters asked, the rules that matched, and the records."""
    if "route" in expected:
        assert any(getattr(hop.by, "target", "") == expected["route"] for hop in result.out.hops)
    if "matched" in expected:
        numbers = [hop.rule for hop in result.out.hops if hop.kind == "network-acl"]
        assert numbers == [int(expected["matched"]["forward"].split("#")[1])]
    if "filters" in expected:
        filters = [h for h in result.out.hops if h.kind in ("network-acl", "security-group")]
        stop = result.out.stop
        more = stop is not None and stop.kind in ("network-acl", "security-group")
        assert len(filters) + more == len(expected["filters"])
    if "records" in expected and forward == expected["forward"]:
        check_records(result, expected["records"])


def check_records(result: Walk, wanted: list[dict[str, Any]]) -> None:
    interfaces = {row["interface"] for row in wanted}
    found = [record for record in written(result) if record.interface in interfaces]
    left = [msgspec.to_builtins(record) for record in found]
    for row in wanted:
        at = next(each for each in left if matches(each, row))
        left.remove(at)
    assert not left


def matches(record: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether a record is the one stated; a connection's end is not in what we would write."""
    for key, value in row.items():
        got = record.get(key)
        if key == "tcp_flags":
            same = got & value == got
        elif key == "traffic_path":
            same = value is None or value in got
        elif key.endswith("aws_service"):
            continue
        elif key == "protocol":
            same = got == value
        else:
            same = str(got) == str(value)
        if not same:
            return False
    return True
