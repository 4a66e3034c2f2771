"""No conclusion is proven that an access point could undo (S3 User Guide, "Access points").

"Both the access point and the underlying bucket must permit the request" ("Configuring IAM
policies for using access points"). The page shows policies of the bucket and the access point;
whether the caller's own policies must name one of them or both it does not say.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.value import Json
from logkeep.who import access
from support import scenes
from support.scenes import FLEET, healthy

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


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"s3:DataAccessPointAccount": ARCHIVE}},
        {"StringEquals": {"s3:DataAccessPointAccount": STRANGER}},
        {"ArnLike": {"s3:DataAccessPointArn": f"{POINTS}/*"}},
        {"StringEquals": {"s3:AccessPointNetworkOrigin": "VPC"}},
        {"Null": {"s3:DataAccessPointArn": "false"}},
    ],
)
def test_a_bucket_policy_that_delegates_to_access_points_leaves_it_unknown(condition: Json) -> None:
    """Her own account says nothing of her, and a stranger's is not ours to see."""
    delegates = statement("Allow", [BUCKET, OBJECTS], Principal="*", Condition=condition)
    snapshot = opened(with_eve(), delegates)
    assert about_eve(snapshot) == (False,)
    held = access(Facts(FLEET, snapshot)).held("delete")
    assert [each.certain for each in held.holders if each.kind == "everyone"] == [False]


def test_a_deny_that_spares_access_points_leaves_it_unknown() -> None:
    spares = {"Null": {"s3:DataAccessPointArn": "true"}}
    deny = statement("Deny", [BUCKET, OBJECTS], Principal={"AWS": EVE}, Condition=spares)
    assert about_eve(opened(with_eve(statement("Allow", "*")), deny)) == (False,)


ALL = statement("Allow", "*")
NO_BUCKET = statement("Deny", [BUCKET, OBJECTS])


@pytest.mark.parametrize(
    ("own", "listed"),
    [
        ([ALL], (True,)),
        ([ALL, NO_BUCKET], (False,)),
        ([ALL, statement("Deny", f"{BUCKET}/AWSLogs/*")], (True,)),  # what lies beside these
        ([ALL, statement("Deny", "arn:aws:s3:::*")], (False,)),
        ([ALL, statement("Deny", "*")], ()),
        ([ALL, statement("Deny", ["arn:aws:s3:::*", "arn:aws:s3:*:*:accesspoint/*"])], ()),
        ([{"Effect": "Allow", "Action": "s3:*", "NotResource": [BUCKET, OBJECTS]}], (False,)),
        ([statement("Allow", f"{POINTS}/logs/object/*")], (False,)),
        ([statement("Allow", "arn:aws:s3:::another-bucket/*")], ()),
        ([], ()),
    ],
)
def test_a_policy_that_names_only_the_bucket_or_the_access_point_leaves_it_unknown(
    own: list[Json], listed: tuple[bool, ...]
) -> None:
    """An access point in the bucket's own account, with a policy that lets everybody pass."""
    assert about_eve(opened(with_eve(*own))) == listed


@pytest.mark.parametrize("own", [[ALL], [ALL, NO_BUCKET], [statement("Allow", f"{POINTS}/*")]])
def test_what_the_bucket_policy_denies_no_access_point_lets_pass(own: list[Json]) -> None:
    """The bucket must permit the request too, and it does not delegate."""
    assert of_deletes(with_eve(*own)) == "holds"
