"""The first finding told is the first broken link, in the order of the way's hops."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

from logkeep.diagnose.diagnosis import diagnose
from logkeep.show.accounts import account_lines
from logkeep.show.causes import WORST, causes
from logkeep.show.paint import Paint
from logkeep.snapshot import Snapshot, reply
from support import scenes


def key_disabled(snapshot: Snapshot) -> Snapshot:
    """The archive's key switched off besides."""
    asked = [q for q in snapshot.answers if q.call == "kms:DescribeKey"]
    assert asked
    told = {}
    for each in asked:
        body = msgspec.json.decode(snapshot.answers[each].body)
        body["KeyMetadata"] |= {"Enabled": False, "KeyState": "Disabled"}
        told[each] = reply(body)
    return snapshot.with_answers(told)


def bucket_and_key() -> Snapshot:
    """A bucket that refuses two accounts, and behind it a key that is switched off."""
    return key_disabled(scenes.bucket_drops_two())


def trail_and_bucket() -> Snapshot:
    """A trail that is not validated, and behind it a bucket that refuses its account."""
    asked = scenes.bucket_policy_ask()
    document = scenes.without_account(scenes.policy(asked), "333333333333")
    return scenes.with_policy(
        scenes.trail_of("staging", LogFileValidationEnabled=False), asked, json.dumps(document)
    )


SCENES: dict[str, Callable[[], Snapshot]] = {
    "bucket-and-key": bucket_and_key,
    "trail-and-bucket": trail_and_bucket,
    "nothing-yet": scenes.before,
    "misspelt": scenes.misspelt,
    "reader-changes-key": scenes.reader_changes_key,
    "tampered": scenes.tampered,
}


@pytest.mark.parametrize("name", SCENES)
def test_the_first_told_is_the_first_link_of_a_broken_route(name: str) -> None:
    found = diagnose(scenes.FLEET, SCENES[name]())
    first = causes(found.routes)[0]
    broken = [route.first for route in found.routes if route.verdict == "fails"]
    assert any(link is not None and link[1] is first.first.finding for link in broken) or (
        first.first.finding.code in WORST
    )


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("bucket-and-key", ["bucket-refuses", "key-disabled"]),
        ("trail-and-bucket", ["trail-no-validation", "bucket-refuses"]),
    ],
)
def test_codes_come_in_the_order_of_the_hops(name: str, codes: list[str]) -> None:
    found = causes(diagnose(scenes.FLEET, SCENES[name]()).routes)
    told = [c.first.finding.code for c in found if c.verdict == "fails"]
    assert [code for code in dict.fromkeys(told) if code in codes] == codes


def test_a_deleted_trail_says_nothing_of_the_logs_that_it_wrote() -> None:
    asked = [
        q
        for q in scenes.healthy().answers
        if q.call == "cloudtrail:DescribeTrails" and q.account == "333333333333"
    ]
    gone = scenes.healthy().with_answers({q: reply({"trailList": []}) for q in asked})
    rows = [
        line
        for line in account_lines(scenes.FLEET, diagnose(scenes.FLEET, gone), Paint())
        if line.startswith("staging")
    ]
    assert len(rows) == 1
    assert rows[0].endswith(" no trail")
