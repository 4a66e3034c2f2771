"""No conclusion is proven that an access point could undo (S3 User Guide, "Access points").

"Both the access point and the underlying bucket must permit the request" ("Configuring IAM
policies for using access points"). The page shows policies of the bucket and the access point;
whether the caller's own policies must name one of them or both it does not say.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from logkeep.access import access_points, bucket
from logkeep.access.access_points import points_of
from logkeep.diagnose.diagnosis import diagnose
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.wants import wants
from logkeep.value import Json
from logkeep.who import access
from support import scenes
from support.scenes import FLEET, healthy
from support.worlds import READER

ARCHIVE, STRANGER = "111111111111", "444444444444"
BUCKET = FLEET.bucket_arn
OBJECTS = f"{BUCKET}/*"
POINTS = f"arn:aws:s3:us-east-1:{ARCHIVE}:accesspoint"
EVE = f"arn:aws:iam::{ARCHIVE}:user/eve"


def statement(effect: str, on: Json, **more: Json) -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:*", "Resource": on, **more}


def opened(snapshot: Snapshot, *added: Json) -> Snapshot:
    """The archive with no Deny in its bucket policy, and these statements besides."""
    question = scenes.bucket_policy_ask()
    document = scenes.policy(question)
    kept = [each for each in document["Statement"] if each["Effect"] == "Allow"]
    return scenes.with_policy(snapshot, question, {**document, "Statement": [*kept, *added]})


def with_eve(*own: Json) -> Snapshot:
    """The archive's account with a user who may use every key, and has these policies."""
    question = ask(ARCHIVE, "us-east-1", "iam:GetAccountAuthorizationDetails")
    body = msgspec.json.decode(healthy().answers[question].body)
    document = {"Version": "2012-10-17", "Statement": list(own)}
    eve = {"UserName": "eve", "UserId": "AIDAEVE", "Path": "/", "Arn": EVE, "GroupList": [],
           "AttachedManagedPolicies": [],
           "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document}]}  # fmt: skip
    listed = [*body["UserDetailList"], eve]
    return healthy().with_answers({question: reply({**body, "UserDetailList": listed})})


def of_deletes(snapshot: Snapshot) -> str:
    found = access(Facts(FLEET, snapshot)).conclusions
    return next(c for c in found if c.name == "nobody-deletes").verdict


def about_eve(snapshot: Snapshot) -> tuple[bool, ...]:
    """For each way in which she is listed among who deletes, whether that is certain."""
    held = access(Facts(FLEET, snapshot)).held("delete")
    return tuple(each.certain for each in held.holders if each.principal == EVE)


REFUSED = Reply(error="AccessDenied", message="not authorized to list access points")


def listing(account: str = ARCHIVE) -> Ask:
    facts = Facts(FLEET, healthy())
    return access_points.listing(bucket.archives(facts), account)


def multi_listing(account: str = ARCHIVE) -> Ask:
    return access_points.multi_listing(account)


def unlisted(snapshot: Snapshot) -> Snapshot:
    """The same, where no access points could be listed."""
    return snapshot.with_answers({listing(): REFUSED, multi_listing(): REFUSED})


ALL = statement("Allow", "*")
NO_BUCKET = statement("Deny", [BUCKET, OBJECTS])
OPEN_TO_ALL = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}


def with_point(
    snapshot: Snapshot,
    *own: Json,
    name: str = "logs",
    account: str = ARCHIVE,
    origin: str = "Internet",
) -> Snapshot:
    """The same with an access point that has these statements; the listing of it alone is known."""
    found = {"Name": name, "NetworkOrigin": origin}

    def of(call: str) -> Ask:
        return ask(account, "us-east-1", call, AccountId=account, Name=name)

    flags = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    text = json.dumps({"Version": "2012-10-17", "Statement": list(own)})
    none = Reply(error="NoSuchAccessPointPolicy", message="no policy")
    return snapshot.with_answers({
        listing(account): reply({"AccessPointList": [found]}),
        of(access_points.GET): reply({"PublicAccessBlockConfiguration": flags}),
        of(access_points.POLICY): reply({"Policy": text}) if own else none,
        multi_listing(account): reply({"AccessPoints": []}),
    })  # fmt: skip


TO_OWN_POINTS = {"StringEquals": {"s3:DataAccessPointAccount": ARCHIVE}}
TO_THEIRS = {"StringEquals": {"s3:DataAccessPointAccount": STRANGER}}
TO_ANY_POINT = {"Null": {"s3:DataAccessPointArn": "false"}}
OF_A_VPC = {"StringEquals": {"s3:AccessPointNetworkOrigin": "VPC"}}
DELEGATIONS = [
    TO_OWN_POINTS,
    {"ArnLike": {"s3:DataAccessPointArn": f"{POINTS}/*"}},
    TO_ANY_POINT,
    OF_A_VPC,
]


def delegated(snapshot: Snapshot, condition: Json) -> Snapshot:
    """The bucket's policy leaves it to access points."""
    allow = statement("Allow", [BUCKET, OBJECTS], Principal="*", Condition=condition)
    return opened(snapshot, allow)


def about_everyone(snapshot: Snapshot) -> list[bool]:
    held = access(Facts(FLEET, snapshot)).held("delete")
    return [each.certain for each in held.holders if each.kind == "everyone"]


@pytest.mark.parametrize("condition", DELEGATIONS)
def test_what_is_left_to_access_points_that_nobody_could_list_is_unknown(condition: Json) -> None:
    """Her own account says nothing of her, and whose access points there are nobody knows."""
    assert about_eve(unlisted(delegated(with_eve(), condition))) == (False,)


def test_a_refused_listing_is_named_as_what_would_settle_it() -> None:
    snapshot = unlisted(delegated(with_eve(), TO_OWN_POINTS))
    doubts = doubts_of(snapshot, EVE)
    assert [each.partition("(")[0] for each in doubts] == [
        access_points.LIST,
        access_points.LIST_MULTI,
    ]


def doubts_of(snapshot: Snapshot, principal: str) -> tuple[str, ...]:
    """What decides whether somebody deletes."""
    held = access(Facts(FLEET, snapshot)).held("delete")
    return next(each.unknown for each in held.holders if each.principal == principal)


@pytest.mark.parametrize("condition", DELEGATIONS[:2])
def test_what_is_left_to_own_access_points_is_closed_where_there_are_none(condition: Json) -> None:
    snapshot = delegated(with_eve(), condition)
    assert (about_eve(snapshot), about_everyone(snapshot)) == ((), [])


@pytest.mark.parametrize("condition", [TO_ANY_POINT, OF_A_VPC])
def test_what_is_left_to_any_access_point_every_stranger_passes(condition: Json) -> None:
    """An account may have an access point of any bucket (S3 guide, "Creating access points")."""
    snapshot = delegated(with_eve(), condition)
    assert about_everyone(with_no_flags(snapshot)) == [True]


def test_what_is_left_to_a_strangers_access_points_stays_unknown() -> None:
    snapshot = delegated(with_eve(ALL, NO_BUCKET), TO_THEIRS)
    assert (about_eve(snapshot), about_everyone(snapshot)) == ((False,), [False])
    for who in (EVE, "*"):
        assert doubts_of(snapshot, who) == (f"which access points of the bucket {STRANGER} has",)


TO_EVE = statement("Allow", [f"{POINTS}/logs", f"{POINTS}/logs/object/*"], Principal={"AWS": EVE})
HERS = f"{POINTS}/logs/object/AWSLogs/{ARCHIVE}/CloudTrail/eu-west-1/2019/*"
POINT_ROWS: list[tuple[str, Json, list[Json], list[Json], tuple[bool, ...]]] = [
    # what, what the bucket leaves, the access point's policy, her own, whether she deletes
    ("its policy names her", TO_OWN_POINTS, [TO_EVE], [], (True,)),
    ("it lets everybody pass", TO_OWN_POINTS, [OPEN_TO_ALL], [], (True,)),
    ("of one folder of one year", TO_OWN_POINTS,
     [statement("Allow", HERS, Principal={"AWS": EVE})], [], (True,)),
    ("its policy names another", TO_OWN_POINTS,
     [statement("Allow", "*", Principal={"AWS": f"arn:aws:iam::{ARCHIVE}:user/ada"})], [], ()),
    ("it denies her", TO_OWN_POINTS,
     [OPEN_TO_ALL, statement("Deny", "*", Principal={"AWS": EVE})], [], ()),
    ("it has no policy", TO_OWN_POINTS, [], [], ()),
    ("no policy, and her own names it", TO_OWN_POINTS, [], [statement("Allow", f"{POINTS}/*")],
     (True,)),
    ("the bucket wants a VPC's", OF_A_VPC, [OPEN_TO_ALL], [], ()),
    ("of what the bucket does not leave", TO_OWN_POINTS,
     [statement("Allow", f"{POINTS}/logs/object/elsewhere/*", Principal={"AWS": EVE})],
     [statement("Deny", f"{BUCKET}/elsewhere/*")], (False,)),
]  # fmt: skip


@pytest.mark.parametrize("row", POINT_ROWS, ids=[row[0] for row in POINT_ROWS])
def test_an_access_point_that_is_there_is_asked(
    row: tuple[str, Json, list[Json], list[Json], tuple[bool, ...]],
) -> None:
    _, condition, at_point, own, listed = row
    assert about_eve(with_point(delegated(with_eve(*own), condition), *at_point)) == listed


def test_the_access_point_is_told_as_the_reason() -> None:
    snapshot = with_point(delegated(with_eve(), TO_OWN_POINTS), TO_EVE)
    held = access(Facts(FLEET, snapshot)).held("delete")
    reasons = next(each.reasons for each in held.holders if each.principal == EVE)
    assert {each.policy for each in reasons} == {"policy of the access point logs"}


def test_a_stranger_whom_an_access_point_names_is_listed() -> None:
    stranger = f"arn:aws:iam::{STRANGER}:role/auditor"
    named = statement("Allow", "*", Principal={"AWS": stranger})
    snapshot = with_point(delegated(with_eve(), TO_OWN_POINTS), named)
    held = access(Facts(FLEET, with_no_flags(snapshot))).held("delete")
    assert stranger in [each.principal for each in held.holders if each.certain]


def test_an_access_point_of_another_account_of_the_fleet_is_asked_about() -> None:
    production = "222222222222"
    theirs = {"StringEquals": {"s3:DataAccessPointAccount": production}}
    snapshot = delegated(with_eve(), theirs)
    facts = Facts(FLEET, snapshot)
    assert listing(production) in set(wants(FLEET)(snapshot))
    assert points_of(facts, bucket.archives(facts)).there == ()
    point = statement("Allow", "*", Principal={"AWS": EVE})
    # Across accounts her own account has to let her too.
    assert about_eve(with_point(snapshot, point, account=production)) == ()
    her_own = with_point(delegated(with_eve(ALL), theirs), point, account=production)
    assert about_eve(her_own) == (True,)


def test_an_access_point_of_several_regions_is_asked() -> None:
    found = {"Name": "world", "Alias": "mabc.mrap", "Regions": [{"Bucket": FLEET.archive.bucket}]}
    snapshot = delegated(with_eve(), TO_OWN_POINTS)
    listed = snapshot.with_answers({multi_listing(): reply({"AccessPoints": [found]})})
    asked = ask(ARCHIVE, "us-west-2", access_points.MULTI_POLICY, AccountId=ARCHIVE, Name="world")
    assert asked in set(wants(FLEET)(listed))
    assert about_eve(listed) == (False,)
    arn = f"arn:aws:s3::{ARCHIVE}:accesspoint/mabc.mrap"
    allow = statement("Allow", [arn, f"{arn}/object/*"], Principal={"AWS": EVE})
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    told = {asked: reply({"Policy": {"Established": {"Policy": text}}})}
    assert about_eve(listed.with_answers(told)) == (True,)
    assert about_eve(listed.with_answers({asked: reply({"Policy": {}})})) == ()


def with_no_flags(snapshot: Snapshot) -> Snapshot:
    """The same without Block Public Access on the bucket."""
    facts = Facts(FLEET, healthy())
    off = Reply(error="NoSuchPublicAccessBlockConfiguration", message="none")
    return snapshot.with_answers({bucket.of_bucket(facts, "s3:GetPublicAccessBlock"): off})


def test_a_deny_that_spares_access_points_is_passed_by_one() -> None:
    spares = {"Null": {"s3:DataAccessPointArn": "true"}}
    deny = statement("Deny", [BUCKET, OBJECTS], Principal={"AWS": EVE}, Condition=spares)
    snapshot = opened(with_eve(statement("Allow", "*")), deny)
    assert about_eve(unlisted(snapshot)) == (False,)
    assert about_eve(snapshot) == ()
    assert about_eve(with_point(snapshot)) == (True,)
    assert "s3:CreateAccessPoint" in steps_of_eve(snapshot)


def steps_of_eve(snapshot: Snapshot) -> dict[str, bool]:
    """By what she would come to delete, and whether that is certain."""
    found = access(Facts(FLEET, snapshot)).deleting
    return {each.by: each.certain for each in found if each.principal == EVE}


@pytest.mark.parametrize(
    ("own", "steps"),
    [
        (["s3:CreateAccessPoint"], {"s3:CreateAccessPoint": True}),
        (["s3:CreateMultiRegionAccessPoint"], {"s3:CreateMultiRegionAccessPoint": True}),
        (["s3:PutAccessPointPolicy"], {"s3:PutAccessPointPolicy": True}),
        (["s3:DeleteAccessPointPolicy", "s3:ListAccessPoints"], {}),
    ],
)
def test_whoever_makes_or_opens_an_access_point_is_one_step_from_deleting(
    own: list[str], steps: dict[str, bool]
) -> None:
    may = {**statement("Allow", "*"), "Action": own}
    snapshot = with_point(delegated(with_eve(may), TO_OWN_POINTS))
    assert (about_eve(snapshot), steps_of_eve(snapshot)) == ((), steps)


def test_where_the_bucket_denies_no_new_access_point_is_a_step() -> None:
    assert "s3:CreateAccessPoint" not in steps_of_eve(with_eve(ALL))


@pytest.mark.parametrize(
    ("own", "unlisted_", "none"),
    [
        ([ALL], (True,), (True,)),
        ([ALL, NO_BUCKET], (False,), ()),
        # what lies beside these
        ([ALL, statement("Deny", f"{BUCKET}/AWSLogs/*")], (True,), (True,)),
        ([ALL, statement("Deny", "arn:aws:s3:::*")], (False,), ()),
        ([ALL, statement("Deny", "*")], (), ()),
        ([ALL, statement("Deny", ["arn:aws:s3:::*", "arn:aws:s3:*:*:accesspoint/*"])], (), ()),
        ([{"Effect": "Allow", "Action": "s3:*", "NotResource": [BUCKET, OBJECTS]}], (False,), ()),
        ([statement("Allow", f"{POINTS}/logs/object/*")], (False,), ()),
        ([statement("Allow", "arn:aws:s3:::another-bucket/*")], (), ()),
        ([], (), ()),
    ],
)
def test_a_policy_that_names_only_the_bucket_or_the_access_point(
    own: list[Json], unlisted_: tuple[bool, ...], none: tuple[bool, ...]
) -> None:
    """It leaves her unknown by an access point that might be, and stops her where there is none."""
    snapshot = opened(with_eve(*own))
    assert (about_eve(unlisted(snapshot)), about_eve(snapshot)) == (unlisted_, none)


@pytest.mark.parametrize("own", [[ALL, NO_BUCKET], [statement("Allow", f"{POINTS}/logs/*")]])
def test_by_an_access_point_that_is_there_one_arn_may_suffice(own: list[Json]) -> None:
    """The guide shows no policy of the caller's: whether it is held to both ARNs is not said."""
    assert about_eve(with_point(opened(with_eve(*own)))) == (False,)


@pytest.mark.parametrize("own", [[ALL], [ALL, NO_BUCKET], [statement("Allow", f"{POINTS}/*")]])
def test_what_the_bucket_policy_denies_no_access_point_lets_pass(own: list[Json]) -> None:
    """The bucket must permit the request too, and it does not delegate."""
    assert of_deletes(with_eve(*own)) == "holds"
    assert of_deletes(with_point(with_eve(*own), OPEN_TO_ALL)) == "holds"


def of_reader(snapshot: Snapshot) -> set[str]:
    """What `diagnose` says of whether the fleet's reader writes."""
    hops = (hop for route in diagnose(FLEET, snapshot).routes for hop in route.hops)
    every = (each for hop in hops for each in hop.findings)
    return {each.verdict for each in every if each.code == "reader-can-write"}


def test_diagnose_asks_whether_a_reader_writes_by_an_access_point() -> None:
    snapshot = delegated(healthy(), TO_OWN_POINTS)
    assert of_reader(snapshot) == {"holds"}
    assert of_reader(unlisted(snapshot)) == {"holds", "unknown"}
    reader = statement("Allow", "*", Principal={"AWS": READER})
    assert of_reader(with_point(snapshot, reader)) == {"holds", "fails"}
    gets = {**reader, "Action": "s3:GetObject"}
    assert of_reader(with_point(snapshot, gets)) == {"holds"}


def test_a_reader_whom_only_an_access_point_would_let_in_cannot_read_by_the_name() -> None:
    """`verify` and every example of AWS's read by the bucket's name."""
    names = [BUCKET, OBJECTS]
    deny = statement(
        "Deny",
        names,
        Principal={"AWS": READER},
        Condition={"StringNotEquals": {"s3:DataAccessPointAccount": ARCHIVE}},
    )
    question = scenes.bucket_policy_ask()
    document = scenes.policy(question)
    denied = {**document, "Statement": [*document["Statement"], deny]}
    snapshot = scenes.with_policy(healthy(), question, denied)
    hops = (hop for route in diagnose(FLEET, snapshot).routes for hop in route.hops)
    codes = {f.code for hop in hops for f in hop.findings if f.verdict == "fails"}
    assert "reader-cannot-read" in codes


def test_a_listing_goes_on_to_its_last_page_and_no_further() -> None:
    """A page that names another is followed; one that names itself for ever leaves it unknown."""
    snapshot = delegated(with_eve(), TO_OWN_POINTS)
    first = {"Name": "other", "NetworkOrigin": "VPC"}
    more = snapshot.with_answers({listing(): reply({"AccessPointList": [first], "NextToken": "b"})})
    asked = next(q for q in wants(FLEET)(more) if ("NextToken", "b") in q.arguments)
    last = {"Name": "logs", "NetworkOrigin": "Internet"}
    whole = with_point(snapshot, TO_EVE).with_answers(
        {
            listing(): reply({"AccessPointList": [first], "NextToken": "b"}),
            asked: reply({"AccessPointList": [last]}),
        }
    )
    assert about_eve(whole) == (True,)
    endless = {asked: reply({"AccessPointList": [], "NextToken": "b"})}
    assert about_eve(more.with_answers(endless)) == (False,)


@pytest.mark.parametrize("name", ["", "a:b:c", "x/object/y", "*", "\x1b[31m", "é" * 300])
def test_an_odd_name_of_an_access_point_breaks_nothing(name: str) -> None:
    found = with_point(delegated(with_eve(), TO_OWN_POINTS), OPEN_TO_ALL, name=name)
    assert about_eve(found) == (True,)
