"""Of an interface that nobody judged, or that is changing, nobody says what becomes of a packet."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.network.walk import walk
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
