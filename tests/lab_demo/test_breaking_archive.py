"""What can be broken of an archive only where the fleet file asks for it: encryption, a lock.

Nobody is declared to read here, and somebody does: the key names a role of the lab by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest

from lab_demo.broom import Broom, first_code
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.fleet.retention import Retention
from logkeep.lab.breaking.gathered import breaks
from logkeep.lab.breaking.table import Break
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, READER, fleet_of


def asking_for_all() -> Fleet:
    fleet = fleet_of(regions=("us-east-1",), readers=None)
    lock = Retention("compliance", 400, "d")
    archive = msgspec.structs.replace(fleet.archive, encryption="default", lock=lock)
    return msgspec.structs.replace(fleet, archive=archive)


def let_read(lab: Bench) -> None:
    """The key's policy lets the lab's reader decrypt."""
    kms = lab.archive("kms")
    (key,) = kms.list_keys()["Keys"]
    named = {"KeyId": key["KeyId"], "PolicyName": "default"}
    policy = json.loads(kms.get_key_policy(**named)["Policy"])
    own = {"Effect": "Allow", "Principal": {"AWS": READER}, "Action": "kms:Decrypt"}
    policy["Statement"].append({"Sid": "ByHand", "Resource": "*", **own})
    kms.put_key_policy(**named, Policy=json.dumps(policy))


@pytest.fixture(scope="module")
def broom() -> Iterator[Broom]:
    with bench(ACCOUNTS, asking_for_all()) as lab:
        lab.mend()
        let_read(lab)
        lab.pass_hours(2.2)
        yield Broom(lab)


def codes(broom: Broom) -> set[str]:
    return {first_code(route) for route in diagnose(broom.fleet, broom.collect()).routes}


@pytest.mark.parametrize("each", [b for b in breaks().values() if b.asks], ids=lambda b: b.code)
def test_what_is_broken_is_found_by_its_code_and_undone(broom: Broom, each: Break) -> None:
    assert codes(broom) == {""}
    broken = broom.spoil(each.code)
    assert codes(broom) == {each.code}
    broom.mend(broken)
    assert codes(broom) == {""}
