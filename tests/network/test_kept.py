"""Addresses that AWS keeps for itself are not nobody's, and no gateway refuses them."""

from __future__ import annotations

import pytest

from logkeep.network.walk import walk
from logkeep.network.written import written
from support.small import flow_in, network_of, small


@pytest.mark.parametrize(
    "dst", ["10.0.1.1", "10.0.1.3", "169.254.170.23", "224.0.0.5", "fe80::1", "ff02::1"]
)
def test_what_becomes_of_a_packet_to_them_is_open_and_no_flow_log_shows_it(dst: str) -> None:
    network = network_of(small())
    found = walk(network, flow_in(network, "eni-app", dst, "udp", 999, 50000))
    assert found.out.verdict == "unknown"
    assert [each.code for each in found.doubts] == ["address-kept"]
    assert not list(written(found))


def test_the_next_address_is_anybodys() -> None:
    network = network_of(small())
    found = walk(network, flow_in(network, "eni-app", "10.0.1.4", "udp", 999, 50000))
    assert found.stop is not None
    assert found.stop.code == "no-interface"


def test_from_over_a_peering_the_router_is_open_too() -> None:
    network = network_of(small())
    found = walk(network, flow_in(network, "eni-db", "10.0.1.1"))
    assert found.out.verdict == "unknown"
    assert "address-kept" in [each.code for each in found.doubts]
