"""What the commands print at 80 and 60 columns, of one fleet whose key refuses one account."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.diagnose.diagnosis import diagnose
from logkeep.diagnose.since import since
from logkeep.plan import plan
from logkeep.plan.costs import costs
from logkeep.plan.fix import fix
from logkeep.show.across import across_text
from logkeep.show.costs import cost_lines
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.listing import listing_text
from logkeep.show.paint import Paint, seen_length
from logkeep.show.silence import silence_text
from logkeep.show.since import since_text
from logkeep.show.steps import beside, steps_text
from logkeep.show.why import why_text
from logkeep.snapshot.facts import Facts
from logkeep.sources.inventory import inventory
from logkeep.sources.notices import notices
from logkeep.who import across, silence
from logkeep.who.why import Question, question, why
from support import grown, scenes

FLEET = scenes.FLEET
AGE = datetime.timedelta(minutes=4)
LOG = "arn:aws:s3:::secprod-multiaccount-logs/AWSLogs/222222222222/CloudTrail/us-east-1/a.json.gz"


def _steps(paint: Paint) -> str:
    facts = Facts(FLEET, scenes.key_drops_production())
    found = diagnose(FLEET, facts.snapshot)
    routes = found.routes[2:3]
    one = msgspec.structs.replace(found, routes=routes)
    return steps_text(FLEET, one, paint, beside(facts, routes, routes))


def _since(paint: Paint) -> str:
    before, now = (diagnose(FLEET, s()) for s in (scenes.healthy, scenes.key_drops_production))
    return since_text(FLEET, since(before, now), paint)


def _notices(paint: Paint) -> str:
    facts = Facts(FLEET, grown.grown())
    around = Around(age=AGE, notices=notices(facts))
    return diagnosis_text(FLEET, diagnose(FLEET, facts.snapshot), paint, around)


def _costs(paint: Paint) -> str:
    facts = Facts(FLEET, scenes.before())
    return paint.page(cost_lines(FLEET, costs(facts, plan(FLEET, facts.snapshot).changes), paint))


def _why(paint: Paint) -> str:
    facts = Facts(FLEET, scenes.key_drops_production())
    asked = question(facts, "cloudtrail.amazonaws.com", "s3:PutObject", LOG, {})
    assert isinstance(asked, Question)
    found = why(facts, asked)
    return why_text(found, paint, fix(facts, found))


PRINTED: dict[str, Callable[[Paint], str]] = {
    "steps": _steps,
    "since": _since,
    "notices": _notices,
    "costs": _costs,
    "why": _why,
    "across": lambda paint: across_text(FLEET, across(Facts(FLEET, scenes.healthy())), paint, AGE),
    "silence": lambda paint: silence_text(
        FLEET, silence(Facts(FLEET, scenes.healthy())), paint, AGE
    ),
    "list-wide": lambda paint: listing_text(
        FLEET, inventory(Facts(FLEET, scenes.healthy())), paint, wide=True
    ),
}


@pytest.mark.parametrize("width", [80, 60])
@pytest.mark.parametrize("name", PRINTED)
def test_the_text(name: str, width: int, golden: SnapshotAssertion) -> None:
    text = PRINTED[name](Paint(width=width, folds=True))
    assert text == golden
    # One ARN may be longer than a line, and what is to be copied stays in one piece.
    prose = [line for line in text.splitlines() if "arn:" not in line and '"' not in line]
    assert [line for line in prose if seen_length(line) > width] == []
