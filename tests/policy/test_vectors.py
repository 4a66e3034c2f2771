"""Third-party authorization tests: every one, with what this project holds against none."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.policy import Case, agrees, decide, explain, read_case
from support.places import shared_rows, without

NAME = "cases/policy-vectors.jsonl"
VECTORS = shared_rows(NAME)
pytestmark = without(NAME)


def test_all_vectors_are_read():
    assert len(VECTORS) == 189


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["id"])
def test_vector(row: dict[str, Any]):
    case = read_case(row)
    assert isinstance(case, Case), case
    decision = decide(case.request, case.layers)
    assert agrees(decision.outcome, case.expected), decision
    assert explain(case.request, case.layers).decision == decision
