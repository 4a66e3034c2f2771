"""An organization trail is one trail: however many members, it is looked at where it is made."""

from __future__ import annotations

from logkeep.aws.apply import asked_where_it_is_made
from logkeep.plan import plan
from support.worlds import ACCOUNTS, fleet_of, known_more, well

NUMBERED = {**ACCOUNTS, **{f"team-{n}": f"{500000000000 + n}" for n in range(6)}}


def looks(accounts: dict[str, str]) -> dict[str, int]:
    """How many answers are looked at before and after each call about the organization's trail."""
    own, shared = fleet_of(accounts), fleet_of(accounts, organization=True)
    changes = plan(shared, known_more(shared, well(own))).changes
    asked = [asked_where_it_is_made(c) for c in changes if c.call.startswith("cloudtrail:")]
    for change in asked:
        listed = [question for question, _ in (*change.before, *change.after)]
        assert {question.account for question in listed} == {change.account}, change.call
    return {change.call: len(change.before) + len(change.after) for change in asked}


def test_members_add_no_looks() -> None:
    few, many = looks(ACCOUNTS), looks(NUMBERED)
    assert "cloudtrail:StartLogging" in few
    assert few == many
