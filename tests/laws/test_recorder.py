"""Any mix of trails gives the verdict of a naive recorder: is an event made here in the archive?"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.access.bucket import of_bucket
from logkeep.access.key import of_key
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.plan import Plan, plan
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.organization_trail import trusted_ask
from logkeep.sources.cloudtrail.recorders import GLOBAL, recorders
from logkeep.sources.cloudtrail.selectors import DATA_TYPES
from logkeep.sources.cloudtrail.trails import described_ask, selectors_ask, status_ask, trails
from logkeep.value import Seen
from support.examples import examples
from support.worlds import ACCOUNTS, KEY_ID, fleet_of, known_more, well, with_arrivals

REGIONS = ("us-east-1", "eu-west-1")
MANAGEMENT = ACCOUNTS["security"]
ARCHIVE = fleet_of().archive.bucket
LONG_AGO = "2026-01-01T00:00:00Z"
KINDS = ("management", "s3", "lambda")
WHOLE = {"s3": "arn:aws:s3", "lambda": "arn:aws:lambda"}


@dataclass(frozen=True)
class Made:
    """A trail as somebody made it, and whether the archive's policies let it write."""

    name: str
    owner: str
    home: str
    bucket: str
    everywhere: bool
    organization: bool
    on: bool
    takes: frozenset[str]
    global_events: bool
    allowed: bool
    denied: bool = False
    """Whether a foreign Deny stops it, which no plan removes."""

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudtrail:{self.home}:{self.owner}:trail/{self.name}"


def copies(made: list[Made], account: str, region: str, kind: str, *, any_policy: bool) -> int:
    """How often an event of a kind, made here now, would be in the archive (rules 1.1 to 1.12)."""
    number = 0
    for trail in made:
        mine = trail.organization or trail.owner == account
        here = trail.everywhere or trail.home == region
        taken = "management" if kind == GLOBAL else kind
        selected = taken in trail.takes and (kind != GLOBAL or trail.global_events)
        passes = trail.allowed and not trail.denied
        delivered = trail.bucket == ARCHIVE and (passes or any_policy)
        number += trail.on and mine and here and selected and delivered
    return number


def wanted(fleet: Fleet, made: list[Made], account: str, region: str) -> bool:
    """Whether every event that the fleet wants of an account and Region is there."""
    is_there = all(copies(made, account, region, kind, any_policy=False) for kind in KINDS)
    if not asks_global(fleet, region):
        return is_there
    here = [t for t in made if t.everywhere or t.home == region]
    return is_there and copies(here, account, "us-east-1", GLOBAL, any_policy=False) > 0


def asks_global(fleet: Fleet, region: str) -> bool:
    """Global events are asked about where they are recorded, or of every trail if nobody does."""
    return region == "us-east-1" or "us-east-1" not in (fleet.regions or ())


def doubled(fleet: Fleet, made: list[Made], account: str) -> bool:
    """Whether global events come more than once, and a trail can be told to leave them (1.11.3).

    Where their Region is not listed, nobody looks whether they come, and no trail is told so.
    """
    if "us-east-1" not in (fleet.regions or ()):
        return False
    takers = [t for t in made if copies([t], account, "us-east-1", GLOBAL, any_policy=False)]
    return len(takers) > 1 and any(not t.everywhere and not t.organization for t in takers)


def after(made: list[Made], planned: Plan) -> list[Made]:
    """The trails as the calls of a plan leave them; what one makes anew is not counted."""
    by_arn = {t.arn: t for t in made}
    granted = [c.arguments["Policy"] for c in planned.changes if c.call == "s3:PutBucketPolicy"]
    for change in planned.changes:
        arn = change.arguments.get("Name", "")
        if arn not in by_arn:
            continue
        if change.call == "cloudtrail:DeleteTrail":
            del by_arn[arn]
        elif change.call == "cloudtrail:UpdateTrail":
            by_arn[arn] = updated(by_arn[arn], change.arguments)
    return [replace(t, allowed=t.allowed or any(t.arn in g for g in granted))
            for t in by_arn.values()]  # fmt: skip


def updated(trail: Made, given: dict[str, Any]) -> Made:
    everywhere = given.get("IsMultiRegionTrail", trail.everywhere)
    return replace(
        trail,
        bucket=given.get("S3BucketName", trail.bucket),
        everywhere=everywhere,
        global_events=everywhere or given.get("IncludeGlobalServiceEvents", trail.global_events),
    )


def shown(fleet: Fleet, made: list[Made], account: str, region: str) -> list[dict[str, Any]]:
    """What DescribeTrails answers there, shadows included (rules 1.1.7, 1.2.2)."""
    return [
        {
            "Name": t.name,
            "HomeRegion": t.home,
            "TrailARN": t.arn,
            "S3BucketName": t.bucket,
            "KmsKeyId": f"arn:aws:kms:{fleet.home_region}:{MANAGEMENT}:key/{KEY_ID}",
            "IsMultiRegionTrail": t.everywhere,
            "IsOrganizationTrail": t.organization,
            "IncludeGlobalServiceEvents": t.global_events,
            "LogFileValidationEnabled": True,
            "RecursiveLogging": False,
        }
        for t in made
        if (t.organization or t.owner == account) and (t.everywhere or t.home == region)
    ]


def selected(trail: Made) -> dict[str, Any]:
    data = [{"Type": DATA_TYPES[k], "Values": [v]} for k, v in WHOLE.items() if k in trail.takes]
    management = "management" in trail.takes
    return {
        "EventSelectors": [
            {
                "ReadWriteType": "All",
                "IncludeManagementEvents": management,
                "DataResources": data,
            }
        ]
    }


def letting(made: list[Made], *actions: str, resource: Any) -> dict[str, Any]:
    """A statement that lets CloudTrail do something for the trails that are allowed."""
    return {
        "Sid": "Theirs" + actions[0][3:6],
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": list(actions),
        "Resource": resource,
        "Condition": {
            "StringEquals": {"aws:SourceArn": [t.arn for t in made if t.allowed] or [""]}
        },
    }


def denying(bucket: str, made: list[Made]) -> list[dict[str, Any]]:
    """A foreign statement that stops some trails, if any."""
    stopped = [t.arn for t in made if t.denied]
    deny = {
        "Sid": "TheirsDeny",
        "Effect": "Deny",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket}/*",
        "Condition": {"StringEquals": {"aws:SourceArn": stopped}},
    }
    return [deny] if stopped else []


@functools.cache
def archive(regions: tuple[str, ...]) -> tuple[Snapshot, list[Any], list[Any]]:
    """An archive all well, and the statements of its policies that are not about CloudTrail."""
    fleet = fleet_of(regions=regions)
    snapshot = well(fleet)
    facts = Facts(fleet, snapshot)
    texts = (
        snapshot.answers[question].body
        for question in (
            of_bucket(facts, "s3:GetBucketPolicy"),
            of_key(facts, "kms:GetKeyPolicy", KEY_ID),
        )
    )
    kept = [
        [
            statement
            for statement in json.loads(msgspec.json.decode(text)["Policy"])["Statement"]
            if "LogkeepCloudTrail" not in statement["Sid"]
        ]
        for text in texts
    ]
    return snapshot, kept[0], kept[1]


def world(fleet: Fleet, made: list[Made]) -> Snapshot:
    """The archive with these trails and no others, and all delivered that would be."""
    snapshot, of_the_bucket, of_the_key = archive(fleet.regions or ())
    facts = Facts(fleet, snapshot)
    name = fleet.bucket_arn
    bucket = [
        *of_the_bucket,
        *denying(name, made),
        letting(made, "s3:GetBucketAcl", resource=name),
        letting(made, "s3:PutObject", resource=f"{name}/*"),
    ]
    key = [*of_the_key, letting(made, "kms:GenerateDataKey*", "kms:DescribeKey", resource="*")]
    answers = {
        of_bucket(facts, "s3:GetBucketPolicy"): document(bucket),
        of_key(facts, "kms:GetKeyPolicy", KEY_ID): document(key),
        trusted_ask(facts): reply(
            {"EnabledServicePrincipals": [{"ServicePrincipal": "cloudtrail.amazonaws.com"}]}
        ),
    }
    for account in fleet.accounts.values():
        for region in REGIONS:
            listed = shown(fleet, made, account, region)
            answers[described_ask(account, region)] = reply({"trailList": listed})
    facts = Facts(fleet, snapshot.with_answers(answers))
    answers |= dict(of_trails(facts, made))
    delivered = with_arrivals(fleet, known_more(fleet, snapshot.with_answers(answers)))
    return delivered.with_answers(dict(of_trails(facts, made)))


def document(statements: list[Any]) -> Any:
    return reply({"Policy": json.dumps({"Version": "2012-10-17", "Statement": statements})})


def of_trails(facts: Facts, made: list[Made]) -> Iterator[tuple[Any, Any]]:
    by_arn = {t.arn: t for t in made}
    for account in facts.fleet.accounts.values():
        look = trails(facts, account)
        for trail in look.value if isinstance(look, Seen) else ():
            for region in REGIONS:
                on = {"IsLogging": by_arn[trail.arn].on, "StartLoggingTime": LONG_AGO}
                yield status_ask(trail.arn, account, region), reply(on)
            yield selectors_ask(trail, account), reply(selected(by_arn[trail.arn]))


NAMES = st.sampled_from(["logkeep", "audit", "old", "theirs"])
TRAILS = st.builds(
    Made,
    name=NAMES,
    owner=st.sampled_from(list(ACCOUNTS.values())),
    home=st.sampled_from(REGIONS),
    bucket=st.sampled_from([ARCHIVE, ARCHIVE, ARCHIVE, "somebody-elses-logs"]),
    everywhere=st.booleans(),
    organization=st.booleans(),
    on=st.sampled_from([True, True, True, False]),
    takes=st.frozensets(st.sampled_from(KINDS)) | st.just(frozenset(KINDS)),
    global_events=st.booleans(),
    allowed=st.sampled_from([True, True, True, False]),
    denied=st.sampled_from([False, False, False, True]),
)


def as_aws_has_it(trail: Made) -> Made:
    """The management account owns organization trails; multi-Region ones take global events."""
    owner = MANAGEMENT if trail.organization else trail.owner
    return replace(trail, owner=owner, global_events=trail.global_events or trail.everywhere)


def no_name_twice(made: list[Made]) -> list[Made]:
    """A name is an account's in a Region; an organization's is everybody's."""
    kept: dict[str, Made] = {}
    for number, trail in enumerate(made):
        kept[f"{trail.name}{number}"] = replace(trail, name=f"{trail.name}{number}")
    return list(kept.values())


MIXES = st.lists(TRAILS.map(as_aws_has_it), max_size=6).map(no_name_twice)


@pytest.mark.parametrize("regions", [REGIONS, REGIONS[1:]], ids="+".join)
@pytest.mark.parametrize("organization", [None, True, False])
@given(made=MIXES)
@examples(20)
def test_the_verdict_is_a_naive_recorders(
    organization: bool | None, regions: tuple[str, ...], made: list[Made]
) -> None:
    fleet = fleet_of(regions=regions, organization=organization)
    snapshot = world(fleet, made)
    for route in diagnose(fleet, snapshot).routes:
        is_there = wanted(fleet, made, route.account, route.region)
        twice = asks_global(fleet, route.region) and doubled(fleet, made, route.account)
        expected = "holds" if is_there and not twice else "fails"
        assert route.verdict == expected, (route.name, route.first)


@given(made=MIXES)
@examples(25)
def test_as_many_trails_record_as_a_naive_recorder_counts(made: list[Made]) -> None:
    fleet = fleet_of(regions=REGIONS)
    facts = Facts(fleet, world(fleet, made))
    for account in fleet.accounts.values():
        for region in REGIONS:
            for kind in (*KINDS, *((GLOBAL,) if region == "us-east-1" else ())):
                look = recorders(facts, account, region, kind)
                assert isinstance(look, Seen)
                assert len(look.value) == copies(made, account, region, kind, any_policy=True)


@pytest.mark.parametrize("organization", [None, True, False])
@given(made=MIXES)
@examples(20)
def test_no_plan_leaves_an_event_unrecorded_that_was_recorded(
    organization: bool | None, made: list[Made]
) -> None:
    fleet = fleet_of(regions=REGIONS, organization=organization)
    left = after(made, plan(fleet, world(fleet, made)))
    for account in fleet.accounts.values():
        for region in REGIONS:
            for kind in (*KINDS, *((GLOBAL,) if region == "us-east-1" else ())):
                place = (account, region, kind)
                if copies(made, *place, any_policy=False):
                    assert copies(left, *place, any_policy=False), place
