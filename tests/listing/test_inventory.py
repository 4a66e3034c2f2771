"""`logkeep list` tells of everything that shows, once, and never hides what it could not read."""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from logkeep.snapshot import Ask, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.sources.inventory import FleetInventory, inventory, kinds
from logkeep.sources.wants import wants
from logkeep.value import Json
from logkeep.words.listed import Item
from support import grown, scenes
from support.examples import examples
from support.worlds import ACCOUNTS

FLEET = scenes.FLEET


def items(listed: FleetInventory) -> dict[tuple[str, str, str], Item]:
    return {(s.kind, i.account, i.arn): i for s in listed.sections for i in s.items}


GROWN = grown.grown()
WHOLE = inventory(Facts(FLEET, GROWN))
CALLS = ("cloudtrail:", "s3:", "kms:DescribeKey")
QUESTIONS = sorted(q for q in GROWN.answers if q.call.startswith(CALLS))


@examples(60)
@given(st.sets(st.sampled_from(QUESTIONS), min_size=1, max_size=8))
def test_what_is_hidden_is_either_still_told_or_said_to_be_unknown(hidden: set[Ask]) -> None:
    found = inventory(Facts(FLEET, GROWN.without(hidden)))
    known = items(found)
    blind = {place.account for s in found.sections for place in s.unlisted}
    for place, before in items(WHOLE).items():
        now = known.get(place)
        if now is None:
            assert before.account in blind
            continue
        said = {each.name: each for each in now.said}
        for each in before.said:
            told = said.get(each.name)
            if each.name.startswith("newest"):
                assert told is None or told.unread or told.value is not None
            else:
                assert told is not None
                assert told.unread or told.value == each.value


HOMES = ("us-east-1", "eu-west-1")
TRAILS = st.builds(
    lambda own, name, home, whole: grown.trail(
        ACCOUNTS["staging"] if own else grown.MANAGEMENT,
        name,
        home,
        IsMultiRegionTrail=whole or not own,
        IsOrganizationTrail=not own,
    ),
    st.booleans(),
    st.sampled_from(["one", "two", "three"]),
    st.sampled_from(HOMES),
    st.booleans(),
)


def of_arn(trail: dict[str, Json]) -> str:
    return trail["TrailARN"]


@examples(40)
@given(st.lists(TRAILS, max_size=5, unique_by=of_arn))
def test_every_trail_that_shows_is_told_once_an_account(trails: list[dict[str, Json]]) -> None:
    account = ACCOUNTS["staging"]
    snapshot = grown.shown(scenes.healthy(), account, *trails)
    found = inventory(Facts(FLEET, snapshot), ["trails"]).sections[0].items
    told = Counter(item.arn for item in found if item.account == account)
    own = f"arn:aws:cloudtrail:us-east-1:{account}:trail/logkeep"
    assert told == Counter([own, *map(of_arn, trails)])
    fleets = {item.arn for item in found if item.whose == "fleet" and item.account == account}
    assert fleets == {own}


@examples(40)
@given(st.lists(TRAILS, max_size=5, unique_by=of_arn))
def test_a_trail_costs_two_calls_in_its_home_and_a_strange_bucket_one(
    trails: list[dict[str, Json]],
) -> None:
    account = ACCOUNTS["staging"]
    before = set(wants(FLEET)(scenes.healthy()))
    after = set(wants(FLEET)(grown.shown(scenes.healthy(), account, *trails)))
    expected: set[Ask] = set()
    for trail in trails:
        keeper, region, bucket = FLEET.archive.account, FLEET.archive_region, trail["S3BucketName"]
        expected.add(ask(keeper, region, "s3:HeadBucket", Bucket=bucket))
        if not trail["IsOrganizationTrail"]:
            arn, home = of_arn(trail), trail["HomeRegion"]
            expected.add(ask(account, home, "cloudtrail:GetEventSelectors", TrailName=arn))
            expected.add(ask(account, home, "cloudtrail:GetTrailStatus", Name=arn))
    assert after - before == expected


def test_an_organizations_trail_is_told_of_in_a_member_as_its_owner_says() -> None:
    member, management = ACCOUNTS["staging"], ACCOUNTS["production"]
    whole = grown.trail(management, "org", IsMultiRegionTrail=True, IsOrganizationTrail=True)
    snapshot = grown.shown(scenes.healthy(), member, whole)
    snapshot = grown.told(snapshot, whole, {"EventSelectors": [{}]}, grown.STATUS)
    found = items(inventory(Facts(FLEET, snapshot)))[("trails", member, of_arn(whole))]
    said = {each.name: each for each in found.said}
    assert said["logging"].value is True
    assert said["delivered"].value == "2026-11-23T03:01:00Z"
    assert said["selectors"].words == ("management events: all",)
    assert said["owner"].value == management


def test_only_what_is_wanted_is_told() -> None:
    assert [s.kind for s in inventory(Facts(FLEET, GROWN), ["archive"]).sections] == ["archive"]
    kinds_of_log = sources().values()
    none = {
        name for each in kinds_of_log if not FLEET.logs_of(each.name) for name in each.inventory
    }
    assert "flow-logs" in none, "the fleet wants no such logs"
    asked = [name for name in kinds() if name not in none]
    assert [s.kind for s in inventory(Facts(FLEET, GROWN)).sections] == asked


def test_the_bucket_of_another_account_is_told_as_such() -> None:
    answers = dict(scenes.before().answers)
    head = next(q for q in answers if q.call == "s3:HeadBucket")
    answers[head] = msgspec.structs.replace(answers[head], error="403", message="Forbidden")
    snapshot = msgspec.structs.replace(scenes.before(), answers=answers)
    (item,) = inventory(Facts(FLEET, snapshot), ["archive"]).sections[0].items
    said = {each.name: each for each in item.said}
    assert said["owner"].value == "another account"
    assert said["region"].unread
    assert said["key"].words == ("none yet of the name alias/logkeep",)


def without_logs(snapshot: Snapshot) -> Snapshot:
    """An idle fleet: digests come, and no log of late; what is older is not asked about."""
    empty = {
        question: reply({})
        for question in snapshot.answers
        if question.call == "s3:ListObjectsV2" and "/CloudTrail/" in str(question.arguments)
    }
    return snapshot.with_answers(empty)


def test_an_idle_region_is_no_doubt() -> None:
    listed = inventory(Facts(FLEET, without_logs(scenes.healthy())), ["trails"])
    assert listed.complete
    for item in listed.sections[0].items:
        said = {each.name: each for each in item.said}
        assert said["newest_log"].value is None
        assert said["newest_log"].words == (
            "none since 2026-11-23 00:10 UTC; what is older was not looked for",
        )
        assert said["newest_digest"].value == "2026-11-23T03:00:00Z"
