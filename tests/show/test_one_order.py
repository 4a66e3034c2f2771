"""Accounts are told in one order everywhere: the fleet file's."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable

import pytest

from logkeep.diagnose.diagnosis import diagnose
from logkeep.diagnose.since import since
from logkeep.plan import plan
from logkeep.plan.costs import costs
from logkeep.show.across import across_text
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.listing import listing_text
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.show.silence import silence_text
from logkeep.show.since import since_text
from logkeep.show.who import access_text
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.inventory import inventory
from logkeep.sources.notices import notices
from logkeep.who import access, across, silence
from support.worlds import empty, fleet_of, known_more, well

NAMES = ("zulu", "alpha", "mike", "bravo")
IDS = ("222222222222", "444444444444", "111111111111", "333333333333")
FLEET = fleet_of(dict(zip(NAMES, IDS, strict=True)), readers=None)
PAINT = Paint(width=100_000)
NAME = re.compile(rf"(?<![\w/-])({'|'.join(NAMES)})(?![\w/-])")
AGE = datetime.timedelta(minutes=4)


def hidden() -> Snapshot:
    """Nobody's trails but the archive's account's could be listed."""
    found = well(FLEET)
    kept = {q: r for q, r in found.answers.items() if q.call != "cloudtrail:DescribeTrails"}
    return Snapshot(found.fleet, found.taken_at, kept)


SCENES: dict[str, Callable[[], Snapshot]] = {
    "nothing-yet": lambda: known_more(FLEET, empty(FLEET)),
    "all-well": lambda: well(FLEET),
    "hidden": hidden,
}


@functools.cache
def texts(name: str) -> dict[str, str]:
    facts = Facts(FLEET, SCENES[name]())
    found = diagnose(FLEET, facts.snapshot)
    made = plan(FLEET, facts.snapshot)
    noticed = notices(facts)
    return {
        "diagnose": diagnosis_text(FLEET, found, PAINT, Around(notices=noticed)),
        "since": since_text(FLEET, since(diagnose(FLEET, empty(FLEET)), found), PAINT),
        "list": listing_text(FLEET, inventory(facts), PAINT),
        "wide": listing_text(FLEET, inventory(facts), PAINT, wide=True),
        "plan": plan_text(FLEET, made, PAINT, noticed, costs=costs(facts, made.changes)),
        "who": access_text(FLEET, access(facts), PAINT, AGE),
        "across": across_text(FLEET, across(facts), PAINT, AGE),
        "silence": silence_text(FLEET, silence(facts), PAINT, AGE),
    }


def in_order(names: list[str]) -> bool:
    places = [NAMES.index(name) for name in dict.fromkeys(names)]
    return places == sorted(places)


@pytest.mark.parametrize("name", SCENES)
def test_a_list_of_accounts_is_in_the_fleets_order(name: str) -> None:
    for command, text in texts(name).items():
        for line in text.splitlines():
            for part in re.split(r"[:;(]| by | of | from ", line):
                assert in_order(NAME.findall(part)), (command, line)


@pytest.mark.parametrize("name", SCENES)
def test_lines_of_accounts_are_in_the_fleets_order(name: str) -> None:
    for command, text in texts(name).items():
        for block in re.split(r"\n(?=\S*\n)|\n\n|\n(?! )(?=\w+\[)", text):
            begins = re.findall(rf"(?m)^ *[✓✗?!]? ?({'|'.join(NAMES)})\b", block)
            assert in_order(begins), (command, block)
