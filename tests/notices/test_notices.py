"""What is named on every run: held to a naive count, and never claimed where it was not seen."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.access import key
from logkeep.access.bucket import of_bucket
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.plan import plan
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.notices import notices
from logkeep.sources.wants import wants
from logkeep.words.notice import Notice
from support.examples import examples
from support.worlds import ACCOUNTS, answered, asking, fleet_of, known_more, well

FLEET = fleet_of()
ARCHIVE = FLEET.archive.bucket
SECURITY, PRODUCTION, STAGING = ACCOUNTS.values()
ORGANIZATION = ask(SECURITY, "us-east-1", "organizations:ListAccounts")


def wanting(organization: bool | None, regions: tuple[str, ...] | None = FLEET.regions) -> Fleet:
    """The fleet with another wish for an organization trail."""
    fleet = msgspec.structs.replace(FLEET, regions=regions)
    return asking(fleet, organization=organization)


def trail(account: str, name: str = "main", **more: Any) -> dict[str, Any]:
    """A trail as AWS describes it, multi-Region and at home in us-east-1."""
    home = more.get("HomeRegion", "us-east-1")
    usual = {
        "Name": name,
        "HomeRegion": home,
        "TrailARN": f"arn:aws:cloudtrail:{home}:{account}:trail/{name}",
        "S3BucketName": ARCHIVE,
        "IsMultiRegionTrail": True,
        "IsOrganizationTrail": False,
    }
    return {**usual, **more}


def shows(found: dict[str, Any], account: str, region: str) -> bool:
    """Whether an account shows a trail in a Region (rules 1.1.7, 1.2.2)."""
    own = found["IsOrganizationTrail"] or f":{account}:" in found["TrailARN"]
    return own and (found["IsMultiRegionTrail"] or found["HomeRegion"] == region)


def world(
    trails: list[dict[str, Any]],
    fleet: Fleet = FLEET,
    *,
    delivering: tuple[str, ...] = (),
    opted: tuple[str, ...] = (),
    hidden: frozenset[Ask] = frozenset(),
    members: dict[str, str] | None = None,
) -> Snapshot:
    """All answers of a fleet that has these trails."""

    def said(question: Ask) -> Reply:
        arguments = dict(question.arguments)
        if question in hidden:
            return Reply(error="AccessDenied", message="no")
        match question.call:
            case "cloudtrail:DescribeTrails":
                listed = [t for t in trails if shows(t, question.account, question.region)]
                return reply({"trailList": listed})
            case "s3:ListBuckets":
                return reply({"Buckets": [{"Name": ARCHIVE}]})
            case "s3:ListObjectsV2" if arguments["Prefix"].endswith("/CloudTrail/"):
                folders = [{"Prefix": f"{arguments['Prefix']}{name}/"} for name in delivering]
                return reply({"CommonPrefixes": folders})
            case "ec2:DescribeRegions":
                usual = [{"RegionName": name} for name in FLEET.regions or ()]
                chosen = [{"RegionName": name, "OptInStatus": "opted-in"} for name in opted]
                return reply({"Regions": [*usual, *chosen]})
            case "organizations:ListAccounts" if members is not None:
                listed = [
                    {"Id": id_, "Name": id_, "State": state} for id_, state in members.items()
                ]
                return reply({"Accounts": listed})
            case _:
                return answered(fleet, question)

    snapshot = Snapshot(fleet.name, datetime.datetime(2026, 11, 23, 3, 10, tzinfo=datetime.UTC), {})
    for _ in range(20):
        new = {q: said(q) for q in wants(fleet)(snapshot) if q not in snapshot.answers}
        if not new:
            return snapshot
        snapshot = snapshot.with_answers(new)
    raise AssertionError("the questions never end")


def named(found: tuple[Notice, ...], code: str) -> list[tuple[str, str, str]]:
    """The things of a code that were seen: account, Region and ARN."""
    return [(n.account, n.region, n.arn) for n in found if n.code == code and n.known]


def test_a_fleet_as_logkeep_makes_it_needs_no_notice() -> None:
    assert notices(Facts(FLEET, known_more(FLEET, well(FLEET)))) == ()


def test_active_accounts_that_are_not_in_the_fleet_are_named() -> None:
    members = {
        **dict.fromkeys(ACCOUNTS.values(), "ACTIVE"),
        "444444444444": "ACTIVE",
        "555555555555": "SUSPENDED",
        "666666666666": "PENDING_CLOSURE",
    }
    found = notices(Facts(FLEET, world([trail(a) for a in ACCOUNTS.values()], members=members)))
    assert named(found, "account-unlisted") == [("444444444444", "", "")]


def test_a_refused_listing_of_accounts_is_said_with_its_call() -> None:
    found = notices(Facts(FLEET, world([], hidden=frozenset({ORGANIZATION}))))
    (told,) = [n for n in found if n.code == "account-unlisted"]
    assert not told.known
    assert told.settle.startswith("organizations:ListAccounts in 111111111111")


def test_the_archive_is_asked_where_the_fleet_has_no_management_account() -> None:
    fleet = msgspec.structs.replace(
        FLEET,
        accounts={name: id_ for name, id_ in ACCOUNTS.items() if name != "security"},
        archive=msgspec.structs.replace(FLEET.archive, account=PRODUCTION),
        logs=(msgspec.structs.replace(FLEET.logs[0], accounts=(PRODUCTION, STAGING)),),
    )
    base = world([], fleet)
    member = {"Id": "o-exampleorg1", "MasterAccountId": "999999999999", "FeatureSet": "ALL"}
    told = {
        q: reply({"Organization": member})
        for q in base.answers
        if q.call == "organizations:DescribeOrganization"
    }
    asked = {q for q in wants(fleet)(base.with_answers(told)) if q.call == ORGANIZATION.call}
    assert {q.account for q in asked} == {PRODUCTION}


def test_regions_with_logs_or_by_choice_are_named_where_they_are_not_listed() -> None:
    found = notices(
        Facts(
            FLEET,
            world(
                [trail(a) for a in ACCOUNTS.values()],
                delivering=("us-east-1", "ap-south-1", "not a Region"),
                opted=("eu-west-1", "af-south-1"),
            ),
        ),
    )
    regions = {(n.region, n.evidence["delivers"], n.evidence["opted_in"]) for n in found}
    assert regions == {("ap-south-1", True, False), ("af-south-1", False, True)}
    assert len(found) == 6
    everywhere = wanting(None, None)
    assert notices(Facts(everywhere, world([], everywhere, opted=("af-south-1",)))) == ()


def test_an_organization_trails_folder_is_the_one_listed() -> None:
    shared = trail(SECURITY, "org", IsOrganizationTrail=True, S3KeyPrefix="all")
    prefixes = {
        dict(q.arguments)["Prefix"]
        for q in world([shared]).answers
        if q.call == "s3:ListObjectsV2" and dict(q.arguments)["Prefix"].endswith("/CloudTrail/")
    }
    assert prefixes == {f"all/AWSLogs/o-exampleorg1/{a}/CloudTrail/" for a in ACCOUNTS.values()}


@pytest.mark.parametrize("accounts", [3, 40])
def test_the_questions_are_one_an_organization_and_one_an_account(accounts: int) -> None:
    many = {f"a{n}": f"{111111111111 + n}" for n in range(accounts)}
    fleet = fleet_of(many)
    calls = list(world([trail(a) for a in many.values()], fleet).answers)
    listings = [
        q
        for q in calls
        if q.call == "s3:ListObjectsV2" and dict(q.arguments)["Prefix"].endswith("/CloudTrail/")
    ]
    assert len(listings) == accounts
    assert len([q for q in calls if q.call == "organizations:ListAccounts"]) == 1


def test_a_home_elsewhere_is_named_and_what_an_opt_in_home_means() -> None:
    """Rules 1.1.3 and 1.2.3."""
    fleet = wanting(True)
    shared = trail(SECURITY, "org", IsOrganizationTrail=True, HomeRegion="af-south-1")
    found = notices(Facts(fleet, world([shared], fleet, opted=("af-south-1",))))
    homes = [n for n in found if n.code == "trail-home-elsewhere"]
    assert {n.account for n in homes} == set(ACCOUNTS.values())
    assert all(n.evidence["opt_in"] and n.evidence["organization"] for n in homes)
    own = notices(Facts(FLEET, world([trail(STAGING, HomeRegion="eu-west-1")])))
    assert named(own, "trail-home-elsewhere") == [
        (STAGING, "eu-west-1", f"arn:aws:cloudtrail:eu-west-1:{STAGING}:trail/main")
    ]


TRAILS = st.lists(
    st.builds(
        lambda account, name, home, bucket, multi, shared: trail(
            SECURITY if shared else account,
            f"org-{name}" if shared else name,
            HomeRegion=home,
            S3BucketName=bucket,
            IsMultiRegionTrail=multi,
            IsOrganizationTrail=shared,
        ),
        st.sampled_from([SECURITY, PRODUCTION]),
        st.sampled_from(["main", "logkeep", "old"]),
        st.sampled_from(["us-east-1", "eu-west-1"]),
        st.sampled_from([ARCHIVE, ARCHIVE, "other-bucket"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=5,
    unique_by=lambda found: found["TrailARN"],
)


def nobodys(trails: list[dict[str, Any]], account: str, organization: bool | None) -> set[str]:
    """The trails that no log asks for, as one would count them by hand."""
    visible = [
        t for t in trails if shows(t, account, "us-east-1") or shows(t, account, "eu-west-1")
    ]
    own = [t for t in visible if not t["IsOrganizationTrail"]]
    shared = [t for t in visible if t["IsOrganizationTrail"] and t["S3BucketName"] == ARCHIVE]
    at = [t for t in own if t["S3BucketName"] == ARCHIVE]
    at.sort(key=lambda t: (t["Name"] != "logkeep", t["TrailARN"]))  # the fleet's name first
    multi = [t["TrailARN"] for t in at if t["IsMultiRegionTrail"]]
    single = [(t["TrailARN"], t["HomeRegion"]) for t in at if not t["IsMultiRegionTrail"]]
    mine: set[str] = set()
    if multi:
        mine = {multi[0]}
    elif single:
        mine = {single[0][0], *(arn for arn, home in single if home != single[0][1])}
    else:
        mine = set(sorted(t["TrailARN"] for t in own if t["Name"] == "logkeep")[:1])
    served = sorted((not t["IsMultiRegionTrail"], t["TrailARN"]) for t in shared)
    if organization is not False and served:
        mine = {served[0][1]} | (set() if organization else mine)
    return {t["TrailARN"] for t in visible} - mine


@examples(50)
@given(TRAILS, st.sampled_from([None, True, False]))
def test_the_trails_nobody_asked_for_are_those_counted_by_hand(
    trails: list[dict[str, Any]], organization: bool | None
) -> None:
    fleet = wanting(organization)
    found = named(notices(Facts(fleet, world(trails, fleet))), "trail-unasked")
    for account in ACCOUNTS.values():
        told = {arn for owner, _, arn in found if owner == account}
        assert told == nobodys(trails, account, organization)


@examples(50)
@given(TRAILS, st.sampled_from([None, True, False]), st.data())
def test_hidden_facts_make_no_notice_that_was_not_there(
    trails: list[dict[str, Any]], organization: bool | None, data: st.DataObject
) -> None:
    fleet = wanting(organization)
    members = {**dict.fromkeys(ACCOUNTS.values(), "ACTIVE"), "444444444444": "ACTIVE"}
    more: dict[str, Any] = {"delivering": ("ap-south-1",), "opted": ("af-south-1",)}
    whole = world(trails, fleet, members=members, **more)
    gone = data.draw(st.frozensets(st.sampled_from(sorted(whole.answers)), min_size=1, max_size=4))
    partly = world(trails, fleet, members=members, hidden=gone, **more)
    before, after = notices(Facts(fleet, whole)), notices(Facts(fleet, partly))
    seen_before = {(n.code, n.account, n.region, n.arn) for n in before if n.known}
    seen_after = {(n.code, n.account, n.region, n.arn) for n in after if n.known}
    assert seen_after <= seen_before
    doubtful = {n.code for n in after if not n.known}
    for code, *_ in seen_before - seen_after:
        assert code in doubtful or (
            code == "trail-home-elsewhere" and "trail-unasked" in doubtful
        ), (code, gone)


def test_no_notice_changes_a_verdict() -> None:
    members = {**dict.fromkeys(ACCOUNTS.values(), "ACTIVE"), "444444444444": "ACTIVE"}
    snapshot = known_more(FLEET, well(FLEET))
    listed = [{"Id": id_, "Name": id_, "State": state} for id_, state in members.items()]
    noticed = snapshot.with_answers({ORGANIZATION: reply({"Accounts": listed})})
    assert len(notices(Facts(FLEET, noticed))) == 1
    assert diagnose(FLEET, noticed) == diagnose(FLEET, snapshot)


OTHER = "99999999-8888-4777-8666-555555555555"


def keys_world(tags: Reply, state: str = "Enabled") -> tuple[Snapshot, dict[str, Ask]]:
    """A healthy fleet, in whose archive's account there is another key with these tags."""
    healthy = known_more(FLEET, well(FLEET))
    facts = Facts(FLEET, healthy)
    arn = f"arn:aws:kms:us-east-1:{SECURITY}:key/{OTHER}"
    described = {"KeyMetadata": {"Arn": arn, "KeyId": OTHER, "KeyState": state}}
    own = seen(key.described(facts))
    assert own
    asked = {
        "listed": ask(SECURITY, "us-east-1", "kms:ListKeys"),
        "tags": key.of_key(facts, "kms:ListResourceTags", OTHER),
        "told": key.of_key(facts, "kms:DescribeKey", OTHER),
    }
    answers = {
        asked["listed"]: reply({"Keys": [{"KeyId": own.key_id}, {"KeyId": OTHER}]}),
        asked["tags"]: tags,
        asked["told"]: reply(described),
    }
    return healthy.with_answers(answers), asked


def tagged(**tags: str) -> Reply:
    found = [{"TagKey": f"logkeep:{k}", "TagValue": v} for k, v in tags.items()]
    return reply({"Tags": found})


def of_keys(snapshot: Snapshot) -> list[Notice]:
    return [each for each in notices(Facts(FLEET, snapshot)) if each.code == "key-unused"]


def test_a_second_key_of_the_fleet_is_named_and_changes_no_verdict() -> None:
    snapshot, asked = keys_world(tagged(fleet="acme", alias="alias/logkeep"))
    (notice,) = of_keys(snapshot)
    assert notice.known
    assert notice.evidence == {"key": OTHER, "state": "Enabled"}
    assert set(asked.values()) <= set(snapshot.answers) | set(wants(FLEET)(snapshot))
    assert diagnose(FLEET, snapshot).routes == diagnose(FLEET, well(FLEET)).routes
    assert plan(FLEET, snapshot).changes == ()


@pytest.mark.parametrize(
    ("tags", "state"),
    [
        (tagged(fleet="acme", alias="alias/logkeep"), "PendingDeletion"),
        (tagged(fleet="acme", alias="alias/replica"), "Enabled"),
        (tagged(fleet="umbrella", alias="alias/logkeep"), "Enabled"),
        (tagged(), "Enabled"),
    ],
)
def test_a_key_of_another_or_one_that_goes_is_not_named(tags: Reply, state: str) -> None:
    assert of_keys(keys_world(tags, state)[0]) == []


@pytest.mark.parametrize("hidden", ["listed", "tags", "told"])
def test_whether_there_is_a_second_key_that_could_not_be_seen(hidden: str) -> None:
    snapshot, asked = keys_world(tagged(fleet="acme", alias="alias/logkeep"))
    refused = Reply(error="AccessDeniedException", message="")
    (notice,) = of_keys(snapshot.with_answers({asked[hidden]: refused}))
    assert not notice.known
    assert asked[hidden].call in notice.settle


@pytest.mark.parametrize(
    ("transition", "status", "named"),
    [
        ({"Days": 0, "StorageClass": "DEEP_ARCHIVE"}, "Enabled", ("DEEP_ARCHIVE", "after 0 days")),
        ({"Days": 90, "StorageClass": "GLACIER"}, "Enabled", ("GLACIER", "after 90 days")),
        ({"Days": 0, "StorageClass": "GLACIER_IR"}, "Enabled", None),
        ({"Days": 30, "StorageClass": "STANDARD_IA"}, "Enabled", None),
        ({"Days": 0, "StorageClass": "GLACIER"}, "Disabled", None),
    ],
)
def test_a_lifecycle_that_moves_logs_where_nobody_reads_them_is_named(
    transition: Any, status: str, named: tuple[str, str] | None
) -> None:
    """S3 API Reference, GetObject: InvalidObjectState for GLACIER and DEEP_ARCHIVE alone."""
    whole = {"Prefix": "AWSLogs/", "ObjectSizeGreaterThan": 131072}
    rule = {"Status": status, "Filter": {"And": whole}, "Transitions": [transition]}
    asked = of_bucket(Facts(FLEET, well(FLEET)), "s3:GetBucketLifecycleConfiguration")
    snapshot = well(FLEET).with_answers({asked: reply({"Rules": [rule]})})
    found = [n for n in notices(Facts(FLEET, snapshot)) if n.code == "bucket-archives"]
    assert [(n.evidence["class"], n.evidence["when"]) for n in found] == ([named] if named else [])
    assert all(n.evidence["prefix"] == "AWSLogs/" for n in found)
    assert diagnose(FLEET, snapshot).routes == diagnose(FLEET, well(FLEET)).routes
