"""Whoever reads what is open reads sentences; the raw names stay beside them in JSON."""

from __future__ import annotations

import pytest

from logkeep.network.trip import Doubt
from logkeep.show.ping_words import settle_words
from logkeep.show.who_json import who_json
from logkeep.who import Held, Holder

EVE = "arn:aws:iam::111111111111:user/eve"


def test_who_says_what_decides_a_doubt_and_keeps_its_names() -> None:
    sure = Holder(EVE, "user")
    doubted = Holder(EVE, "user", certain=False, unknown=("aws:userid", "aws:sourceip"))
    found = who_json({"schema": 1, "held": Held("read", (), (sure, doubted))})
    first, second = found["held"]["holders"]
    assert "says" not in first
    assert second["unknown"] == ["aws:userid", "aws:sourceip"]
    says = "it depends on what the request carries in `aws:userid` and `aws:sourceip`"
    assert second["says"] == says


@pytest.mark.parametrize(
    ("settle", "says"),
    [
        (
            "ec2:DescribeNetworkAcls",
            "have AWS answer ec2:DescribeNetworkAcls; then run `logkeep try ping` again",
        ),
        ("--from-port", "give it with `--from-port`"),
        ("a test of NAT64", "make a test of NAT64"),
        ("the appliance's own configuration", "look at the appliance's own configuration"),
    ],
)
def test_ping_says_what_to_do(settle: str, says: str) -> None:
    assert settle_words(Doubt("subnet", "subnet-1", "unseen", settle)) == says
