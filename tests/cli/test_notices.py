"""Notices typed in the lab: named by `diagnose` and `plan`, and no reason to fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from support import scenes
from support.command_line import Run
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

UNLISTED = "222222222222"
FLEET = fleet_of({name: id_ for name, id_ in ACCOUNTS.items() if id_ != UNLISTED})
LEFT_OUT = ('production = "222222222222"', 'regions = ["us-east-1", "eu-west-1"]')
INSTEAD = ("", 'regions = ["us-east-1"]')


@pytest.fixture
def lab(folder: Path) -> Iterator[Bench]:
    """Two of three accounts and one of two Regions are listed, and all is well."""
    text = scenes.FLEET_TEXT
    for old, new in zip(LEFT_OUT, INSTEAD, strict=True):
        assert old in text
        text = text.replace(old, new)
    (folder / "logkeep.toml").write_text(text, encoding="utf-8")
    fleet = msgspec.structs.replace(FLEET, regions=("us-east-1",))
    with bench(ACCOUNTS, fleet) as made:
        made.mend()
        for account in fleet.accounts.values():
            made.client(account, "kms", "eu-west-1").create_key()
        made.pass_hours(2.2)
        yield made


def test_what_nobody_listed_is_named_and_breaks_nothing(logkeep: Run, lab: Bench) -> None:
    assert lab.fleet.name == "acme"
    assert logkeep("verify").code == 0
    said = logkeep("diagnose")
    assert said.code == 0
    assert "note[account-unlisted]: 1 account of the organization is not in the fleet" in said.out
    assert "production (222222222222)" in said.out
    told = json.loads(logkeep("diagnose", "--json").out)
    assert {n["code"] for n in told["notices"]} == {"account-unlisted", "region-unlisted"}
    regions = [n for n in told["notices"] if n["code"] == "region-unlisted"]
    assert {(n["account"], n["region"]) for n in regions} == {
        (ACCOUNTS["security"], "eu-west-1"),
        (ACCOUNTS["staging"], "eu-west-1"),
    }
    planned = logkeep("plan", "--check")
    assert planned.code == 0
    assert "note[account-unlisted]" in planned.out
    assert json.loads(logkeep("plan", "--json").out)["notices"] == told["notices"]
