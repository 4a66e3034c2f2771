"""How `logkeep plan` names what may cost money."""

from __future__ import annotations

from syrupy.assertion import SnapshotAssertion

from logkeep.cli.look import as_json
from logkeep.plan import plan
from logkeep.plan.costs import costs
from logkeep.show.costs import cost_lines, costs_json
from logkeep.show.paint import Paint
from logkeep.snapshot.facts import Facts
from logkeep.words.cost import Cost
from support import grown, scenes
from support.worlds import ACCOUNTS

FLEET = scenes.FLEET


def beside_others() -> tuple[Cost, ...]:
    """The first plan of a fleet in which production has a trail that records, staging perhaps."""
    theirs = grown.trail(ACCOUNTS["production"], "audit", IsMultiRegionTrail=True)
    unread = grown.trail(ACCOUNTS["staging"], "audit", "eu-west-1")
    snapshot = grown.shown(scenes.before(), ACCOUNTS["production"], theirs)
    snapshot = grown.told(snapshot, theirs, {"EventSelectors": [{}]}, grown.STATUS)
    snapshot = grown.shown(snapshot, ACCOUNTS["staging"], unread)
    return costs(Facts(FLEET, snapshot), plan(FLEET, snapshot).changes)


def test_the_text(golden: SnapshotAssertion) -> None:
    assert Paint().page(cost_lines(FLEET, beside_others(), Paint())) == golden


def test_the_json(golden: SnapshotAssertion) -> None:
    assert as_json(costs_json(FLEET, beside_others())) == golden
