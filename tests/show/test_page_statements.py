"""The statements that pages show are the ones Logkeep writes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from msgspec.structs import replace

from logkeep.access.policies.compose import DENY_SIDS, denial
from logkeep.archive.hops import protection_hop
from logkeep.archive.key_end import key_keeping_hop
from logkeep.cli.pages import page_of
from logkeep.route import Denies
from logkeep.snapshot.facts import Facts
from support.worlds import fleet_of, well


def written() -> dict[str, Any]:
    fleet = fleet_of()
    asking = replace(fleet.archive, encryption="default")
    fleet = replace(fleet, archive=asking)
    facts = Facts(fleet, well(fleet))
    needs = protection_hop(facts, ("AWSLogs/",), ()).needs + key_keeping_hop(facts).needs
    ours = [denial(n) for n in needs if isinstance(n, Denies) and n.closes]
    return {statement["Sid"]: statement for statement in ours}


@pytest.mark.parametrize("code", sorted(DENY_SIDS))
def test_a_page_shows_the_statement_that_is_written(code: str) -> None:
    blocks = re.findall(r"```json\n(.*?)```", page_of(code) or "", re.DOTALL)
    shown = next(s for s in map(json.loads, blocks) if s.get("Sid") == DENY_SIDS[code])
    real = written()[DENY_SIDS[code]]
    for element in ("Effect", "Principal", "Action", "Resource"):
        assert values(shown[element]) == values(real[element])
    assert set(shown.get("Condition", {})) == set(real.get("Condition", {}))


def values(value: Any) -> set[str]:
    return set(value if isinstance(value, list) else [value])
