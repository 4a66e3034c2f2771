"""Policies as AWS's own pages have them, with requests that each page says to pass or to stop.

`data/aws-pages.jsonl` is in the format of `why --cases`; `page` names the guide and its page.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from logkeep.policy import Case, agrees, decide, explain, read_case
from support.places import ROOT

PAGES = ROOT / "tests/policy/data/aws-pages.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in PAGES.read_text("utf-8").splitlines()]


def test_each_case_has_its_name_and_its_page() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS) > 60
    assert all("Guide, " in row["page"] or "Reference, " in row["page"] for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_answer_is_the_pages(row: dict[str, Any]) -> None:
    case = read_case({name: value for name, value in row.items() if name != "page"})
    assert isinstance(case, Case), case
    decision = decide(case.request, case.layers)
    assert agrees(decision.outcome, case.expected), decision
    assert explain(case.request, case.layers).decision == decision
