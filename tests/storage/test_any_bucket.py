"""`try put` and `try replicate` of any bucket of the fleet, asked of AWS when they are asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import scenes
from support.command_line import Run
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

PRODUCTION, STAGING = ACCOUNTS["production"], ACCOUNTS["staging"]
SOURCE, REPLICA = "app-uploads", "app-uploads-copy"
ROLE = f"arn:aws:iam::{PRODUCTION}:role/copy"
SSE = "s3:x-amz-server-side-encryption"


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS, fleet_of()) as made:
        set_up(made)
        yield made


def set_up(lab: Bench) -> None:
    """A bucket under a forced policy that replicates into another account."""
    source, replica = lab.client(PRODUCTION, "s3"), lab.client(STAGING, "s3", "eu-west-1")
    source.create_bucket(Bucket=SOURCE)
    replica.create_bucket(
        Bucket=REPLICA, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    for client, name in ((source, SOURCE), (replica, REPLICA)):
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    forced = {"Sid": "Force", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
              "Resource": f"arn:aws:s3:::{SOURCE}/*",
              "Condition": {"Null": {SSE: "true"}}}  # fmt: skip
    source.put_bucket_policy(Bucket=SOURCE, Policy=document(forced))
    writes = {"Sid": "Copy", "Effect": "Allow", "Principal": {"AWS": ROLE},
              "Action": ["s3:ReplicateObject", "s3:ReplicateTags"],
              "Resource": f"arn:aws:s3:::{REPLICA}/*"}  # fmt: skip
    iam = lab.client(PRODUCTION, "iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
             "Action": "sts:AssumeRole"}  # fmt: skip
    iam.create_role(RoleName="copy", AssumeRolePolicyDocument=document(trust))
    own = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    iam.put_role_policy(RoleName="copy", PolicyName="copy", PolicyDocument=document(own))
    replica.put_bucket_policy(Bucket=REPLICA, Policy=document(writes))
    rule = {"ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": f"arn:aws:s3:::{REPLICA}"}}  # fmt: skip
    source.put_bucket_replication(
        Bucket=SOURCE, ReplicationConfiguration={"Role": ROLE, "Rules": [rule]}
    )
    source.put_object(Bucket=SOURCE, Key="a", Body=b"x", ServerSideEncryption="AES256")


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def asked(lab: Bench, logkeep: Run, tmp_path: Path) -> Run:
    assert lab.fleet
    (tmp_path / "logkeep.toml").write_text(scenes.FLEET_TEXT)
    return logkeep


def test_an_upload_is_judged_by_what_aws_says_of_the_bucket(asked: Run) -> None:
    said = asked("try", "put", f"s3://{SOURCE}/b", "--json")
    found = json.loads(said.out)
    assert (said.code, found["statement"]["sid"]) == (1, "Force"), said.err
    assert found["passes"] == f"aws s3 cp b s3://{SOURCE}/b --sse AES256"
    said = asked("try", "put", f"s3://{SOURCE}/b", "--sse", "AES256", "--json")
    assert json.loads(said.out)["stored"]["owner"] == PRODUCTION


def test_no_more_is_asked_than_the_answer_hangs_on(asked: Run, tmp_path: Path) -> None:
    said = asked("try", "put", f"s3://{SOURCE}/b", "--sse", "AES256")
    number = int(said.err.split(" API call")[0].split()[-1])
    assert number < 40
    assert not (tmp_path / ".logkeep" / "snapshot.gz").exists()


def test_every_buckets_encryption_is_listed_when_it_is_asked(asked: Run) -> None:
    said = asked("list", "encryption", "--json")
    found = {each["name"]: each for each in json.loads(said.out)["encryption"]}
    assert (said.code, found[SOURCE]["enforces"]) == (0, "header"), said.err
    assert "S3 server access logs" in found[SOURCE]["silences"]
    assert found[REPLICA]["enforces"] == "nothing"


def test_an_object_that_is_there_is_looked_at(asked: Run) -> None:
    said = asked("try", "replicate", f"s3://{SOURCE}/a", "--created", "after", "--json")
    found = json.loads(said.out)
    assert (said.code, found["status_header"]) == (0, "PENDING"), said.err
    (copy,) = found["replicated"]
    assert (copy["destination"], copy["owner"], copy["acl"]) == (REPLICA, STAGING, "off")
    said = asked("try", "replicate", f"s3://{SOURCE}/a", "--json")
    # What S3 marked is not older than the rule: its own status tells.
    assert json.loads(said.out)["why"] is None
    assert json.loads(said.out)["replicated"] == found["replicated"]


def test_an_object_that_is_described_is_not_looked_for(asked: Run) -> None:
    said = asked("try", "replicate", f"s3://{SOURCE}/none", "--sse", "aws:kms",
                 "--created", "after", "--json")  # fmt: skip
    found = json.loads(said.out)
    assert (said.code, found["why"]) == (1, "SseKmsEncryptedObjects not selected")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["put", "s3://app-upload/a"], "did you mean `app-uploads`?"),
        (["put", "s3://somebody-elses/a"], "is no bucket of an account of this fleet"),
        (["replicate", "s3://app-upload/a"], "did you mean `app-uploads`?"),
        (["replicate", f"s3://{SOURCE}/none"], f"there is no object `none` in `{SOURCE}`"),
    ],
    ids=lambda each: str(each),
)
def test_what_is_not_there_is_said(asked: Run, arguments: list[str], says: str) -> None:
    said = asked("try", *arguments)
    assert said.code == 2
    assert says in said.err


def test_a_cycle_is_named_and_does_no_harm(lab: Bench, asked: Run) -> None:
    replica = lab.client(STAGING, "s3", "eu-west-1")
    back = {"ID": "back", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": f"arn:aws:s3:::{SOURCE}"}}  # fmt: skip
    replica.put_bucket_replication(
        Bucket=REPLICA,
        ReplicationConfiguration={"Role": ROLE.replace(PRODUCTION, STAGING), "Rules": [back]},
    )
    said = asked("try", "replicate", f"s3://{SOURCE}/a", "--created", "after")
    assert f"`{SOURCE}` and `{REPLICA}` replicate to each other" in said.err
    assert said.code == 0


def test_a_bucket_whose_policy_is_hidden_is_unknown(lab: Bench, asked: Run) -> None:
    """Never fine for want of a look: the role may not read the destination's policy."""
    replica = lab.client(STAGING, "s3", "eu-west-1")
    before = replica.get_bucket_policy(Bucket=REPLICA)["Policy"]
    hidden = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetBucketPolicy",
              "Resource": f"arn:aws:s3:::{REPLICA}"}  # fmt: skip
    statements = [*json.loads(before)["Statement"], hidden]
    replica.put_bucket_policy(Bucket=REPLICA, Policy=document(*statements))
    try:
        said = asked("try", "replicate", f"s3://{SOURCE}/a", "--created", "after", "--json")
    finally:
        replica.put_bucket_policy(Bucket=REPLICA, Policy=before)
    assert (said.code, json.loads(said.out)["replicated"]) == (3, [])
