"""No line is wider than the terminal, but for one word that alone is."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest

from logkeep.diagnose.diagnosis import diagnose
from logkeep.diagnose.since import since
from logkeep.plan import plan
from logkeep.plan.costs import costs
from logkeep.show.across import across_text
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.listing import listing_text
from logkeep.show.paint import Paint, seen_length
from logkeep.show.plan import plan_text
from logkeep.show.silence import silence_text
from logkeep.show.since import since_text
from logkeep.show.steps import beside, steps_text
from logkeep.show.who import access_text
from logkeep.show.why import why_text
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.inventory import inventory
from logkeep.sources.notices import notices
from logkeep.who import access, across, silence
from logkeep.who.why import Question, question, why
from support import grown, scenes
from support.worlds import ADMIN

FLEET = scenes.FLEET
AGE = datetime.timedelta(minutes=4)
SCENES: dict[str, Callable[[], Snapshot]] = {
    "nothing-yet": scenes.before,
    "all-well": scenes.healthy,
    "key-drops-production": scenes.key_drops_production,
    "header-forced": scenes.header_forced,
    "staging-unassumable": scenes.staging_unassumable,
    "bucket-misspelt": scenes.misspelt,
    "chain-broken": scenes.tampered,
    "reader-can-write": scenes.reader_changes_key,
    "hostile-text": scenes.hostile,
    "grown": grown.grown,
    "grown-hostile": grown.hostile,
}
LOG = "arn:aws:s3:::secprod-multiaccount-logs/AWSLogs/222222222222/CloudTrail/us-east-1/a.json.gz"
PLANNED = ("nothing-yet", "key-drops-production", "staging-unassumable", "hostile-text")


def texts(name: str, paint: Paint) -> dict[str, str]:
    """What the commands print of a scene."""
    facts = Facts(FLEET, SCENES[name]())
    found = diagnose(FLEET, facts.snapshot)
    around = Around(age=AGE, notices=notices(facts))
    between = beside(facts, found.routes, found.routes)
    told = {
        "diagnose": diagnosis_text(FLEET, found, paint, around),
        "steps": steps_text(FLEET, found, paint, between),
        "since": since_text(FLEET, since(diagnose(FLEET, scenes.healthy()), found), paint),
        "list": listing_text(FLEET, inventory(facts), paint),
    }
    if name in PLANNED:
        made = plan(FLEET, facts.snapshot)
        told["plan"] = plan_text(
            FLEET, made, paint, notices(facts), costs=costs(facts, made.changes)
        )
        told["who"] = access_text(FLEET, access(facts), paint, AGE)
        told["across"] = across_text(FLEET, across(facts), paint, AGE)
        told["silence"] = silence_text(FLEET, silence(facts), paint, AGE)
        asked = question(facts, ADMIN, "s3:GetObject", LOG, {})
        assert isinstance(asked, Question)
        told["why"] = why_text(why(facts, asked), paint)
    return told


def too_wide(text: str, width: int) -> list[str]:
    """The lines that could have been broken, or begun further left."""
    return [
        line
        for line in text.splitlines()
        if seen_length(line) > width and max(map(seen_length, line.split())) < width - 12
    ]


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("name", SCENES)
def test_every_line_fits(name: str, width: int) -> None:
    for paint in (Paint(width=width, folds=True), Paint(unicode=False, width=width, folds=True)):
        for command, text in texts(name, paint).items():
            assert not too_wide(text, width), command
