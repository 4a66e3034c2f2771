"""In a shared VPC a participant sees its own interfaces alone: nobody seen is not nobody there.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html
"""

from __future__ import annotations

import pytest

from logkeep.network.walk import walk
from support.small import Row, changed, eni, flow_in, group, network_of, small, with_group

OWNER = "999999999999"
OWN: Row = {"OwnerId": OWNER}
OF_THE_OWNER = {"UserIdGroupPairs": [{"GroupId": "sg-theirs", "UserId": OWNER}]}
REFERENCE: Row = {"IpProtocol": "-1", **OF_THE_OWNER}


def shared() -> Row:
    return changed(small(), "vpcs", "VpcId", "vpc-a", **OWN)


def tried(document: Row, src: str, dst: str) -> tuple[str, str]:
    network = network_of(document)
    found = walk(network, flow_in(network, src, dst, "tcp", 443, 50000))
    code = found.stop.code if found.stop else "".join(each.code for each in found.doubts[-1:])
    return found.out.verdict, code


@pytest.mark.parametrize("dst", ["10.0.1.99", "10.0.77.7"])
def test_an_address_without_an_interface_may_be_somebody_elses(dst: str) -> None:
    assert tried(small(), "eni-app", dst)[0] == "blocked"
    assert tried(shared(), "eni-app", dst) == ("unknown", "shared-unseen")
    assert tried(shared(), "eni-app", "eni-too")[0] == "reaches"


def test_a_group_of_the_owner_may_hold_an_interface_nobody_saw() -> None:
    inbound = with_group(shared(), "sg-app", [REFERENCE], [])
    assert tried(inbound, "10.0.1.99", "eni-app") == ("unknown", "members-unseen")
    outbound = with_group(shared(), "sg-app", [], [REFERENCE])
    assert tried(outbound, "eni-app", "10.0.1.99") == ("unknown", "shared-unseen")
    # Who is known to be there is known not to be a member.
    assert tried(outbound, "eni-app", "eni-too") == ("blocked", "ENI_SG_RULES_MISMATCH")


def test_what_only_the_owner_can_have_described_tells_that_it_was_asked() -> None:
    theirs = eni("eni-theirs", "subnet-2", "10.0.1.50", "sg-app", **OWN)
    default = group("sg-own", [], []) | {"GroupName": "default", "VpcId": "vpc-a", **OWN}
    for list_, row in (("enis", theirs), ("security_groups", default)):
        document = shared() | {list_: [*shared()[list_], row]}
        assert tried(document, "eni-app", "10.0.1.99") == ("blocked", "no-interface")
    # A group that the owner shares is seen by participants too.
    lent = default | {"GroupName": "lent"}
    document = shared() | {"security_groups": [*shared()["security_groups"], lent]}
    assert tried(document, "eni-app", "10.0.1.99") == ("unknown", "shared-unseen")
