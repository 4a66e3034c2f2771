"""Of an interface that nobody judged, or that is changing, nobody says what becomes of a packet."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.network.trip import Stop
from logkeep.network.walk import walk
from logkeep.show.ping_words import stop_words
from support.small import flow_in, network_of, small


def with_interface(id_: str, **said: Any) -> dict[str, Any]:
    data = small()
    for row in data["enis"]:
        if row["NetworkInterfaceId"] == id_:
            row.update(said)
    return data


SAID: list[dict[str, Any]] = [
    {"InterfaceType": "weird_new_kind"},
    {"InterfaceType": "gateway_load_balancer_endpoint"},
    {"InterfaceType": "quicksight"},
    {"Attachment": {"Status": "attaching"}},
    {"Attachment": {"Status": "detaching"}, "Status": "in-use"},
    {"Status": "attaching"},
]


@pytest.mark.parametrize("said", SAID, ids=str)
@pytest.mark.parametrize("end", ["eni-app", "eni-web"])
def test_what_it_does_is_open(end: str, said: dict[str, Any]) -> None:
    whole, odd = network_of(small()), network_of(with_interface(end, **said))
    assert walk(whole, flow_in(whole, "eni-app", "eni-web")).out.verdict == "reaches"
    found = walk(odd, flow_in(odd, "eni-app", "eni-web"))
    assert found.out.verdict == "unknown"
    assert {each.code for each in found.doubts} <= {"kind-unjudged", "attachment-changes"}


def test_a_functions_interface_opens_connections_and_nobody_says_that_it_takes_them() -> None:
    sends = network_of(with_interface("eni-app", InterfaceType="lambda"))
    assert walk(sends, flow_in(sends, "eni-app", "eni-web")).out.verdict == "reaches"
    takes = network_of(with_interface("eni-web", InterfaceType="lambda"))
    assert walk(takes, flow_in(takes, "eni-app", "eni-web")).out.verdict == "unknown"


def test_a_vpc_without_a_gateway_is_not_said_to_be_attached_to_itself() -> None:
    stop = Stop("internet-gateway", "vpc-1", "BAD_STATE_ATTACHMENT", "inbound", at="eni-1")
    assert stop_words(stop) == "no internet gateway is attached to vpc-1"
    gone = Stop("internet-gateway", "igw-1", "BAD_STATE_ATTACHMENT", "outbound")
    assert stop_words(gone) == "igw-1 is not attached to the VPC"
