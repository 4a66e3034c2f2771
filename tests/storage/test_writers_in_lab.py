"""Which of AWS's services a forced encryption silences: rule 2.2.12, by what comes in the lab."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from logkeep.lab.work import IMAGE
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

Json = dict[str, Any]
OWNER = ACCOUNTS["security"]
BUCKET, DATA = "forced", "data"
SSE = "s3:x-amz-server-side-encryption"
DENIES: dict[str, Json] = {
    "Null": {"Null": {SSE: "true"}},
    "aws:kms": {"StringNotEquals": {SSE: "aws:kms"}},
    "AES256": {"StringNotEquals": {SSE: "AES256"}},
}
TABLE = """
             Null  aws:kms AES256
trail        ok    FAILS   ok
keyed-trail  ok    ok      FAILS
flows        FAILS FAILS   FAILS
access       FAILS FAILS   FAILS
replicas     ok    ok      ok
"""
"""As the rule has it, each writer by the folder that it writes into; exports the lab has none."""


def document(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    """A bucket into which five writers write, each into a folder of its own."""
    with bench(ACCOUNTS, fleet_of(regions=("us-east-1",)), regions=("us-east-1",)) as made:
        s3 = made.client(OWNER, "s3")
        for name in (BUCKET, DATA):
            s3.create_bucket(Bucket=name)
            on = {"Status": "Enabled"}
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=on)
        forced(made, None)
        trails(made)
        network(made)
        into = {"TargetBucket": BUCKET, "TargetPrefix": "access/"}
        s3.put_bucket_logging(Bucket=DATA, BucketLoggingStatus={"LoggingEnabled": into})
        replication(made)
        yield made


def forced(lab: Bench, condition: Json | None) -> None:
    """All may write, but for what has not the encryption that is asked for."""
    services = ["cloudtrail", "delivery.logs", "logging.s3"]
    whom = {"Principal": {"Service": [f"{each}.amazonaws.com" for each in services]}}
    actions = {"Action": ["s3:PutObject", "s3:GetBucketAcl"]}
    both = {"Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}
    deny: Json = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Condition": condition,
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }  # fmt: skip
    own = [{"Effect": "Allow", **whom, **actions, **both}, *([deny] if condition else [])]
    lab.client(OWNER, "s3").put_bucket_policy(Bucket=BUCKET, Policy=document(*own))


def trails(lab: Bench) -> None:
    root = {"AWS": f"arn:aws:iam::{OWNER}:root"}
    every = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    uses = {**every, "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    policy = document({**every, "Principal": root}, uses)
    key = lab.client(OWNER, "kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    trail = lab.client(OWNER, "cloudtrail")
    for name, more in (("trail", {}), ("keyed-trail", {"KmsKeyId": key})):
        trail.create_trail(Name=name, S3BucketName=BUCKET, S3KeyPrefix=name, **more)
        trail.start_logging(Name=name)


def network(lab: Bench) -> None:
    """A machine in the account's own network, and a flow log of it."""
    ec2 = lab.client(OWNER, "ec2")
    machine = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)["Instances"][0]
    made = ec2.create_flow_logs(
        ResourceType="VPC", ResourceIds=[machine["VpcId"]], TrafficType="ALL",
        LogDestinationType="s3", LogDestination=f"arn:aws:s3:::{BUCKET}/flows",
    )  # fmt: skip
    assert not made["Unsuccessful"]


def replication(lab: Bench) -> None:
    trust = {"Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = lab.client(OWNER, "iam")
    iam.create_role(
        RoleName="repl", AssumeRolePolicyDocument=document({"Effect": "Allow", **trust})
    )
    every = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    iam.put_role_policy(RoleName="repl", PolicyName="own", PolicyDocument=every)
    rule = {
        "ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": "replicas/"},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{BUCKET}"},
    }  # fmt: skip
    asked = {"Role": f"arn:aws:iam::{OWNER}:role/repl", "Rules": [rule]}
    lab.client(OWNER, "s3").put_bucket_replication(Bucket=DATA, ReplicationConfiguration=asked)


def came(lab: Bench, name: str) -> set[str]:
    """The folders into which something new came after somebody used the other bucket."""
    s3 = lab.client(OWNER, "s3")
    before = keys(s3)
    s3.put_object(Bucket=DATA, Key=f"replicas/{name}", Body=b"some")
    s3.get_bucket_location(Bucket=DATA)  # which a trail records
    lab.pass_hours(4)
    return {key.partition("/")[0] for key in keys(s3) - before}


def keys(s3: Any) -> set[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return {str(each["Key"]) for page in pages for each in page.get("Contents", [])}


def test_every_row_of_the_table(lab: Bench) -> None:
    head, *lines = [line.split() for line in TABLE.strip().splitlines()]
    cells = {
        (row, name): cell for row, *more in lines for name, cell in zip(head, more, strict=True)
    }
    assert came(lab, "unforced") == {row for row, *_ in lines}
    for name, condition in DENIES.items():
        forced(lab, condition)
        lab.pass_hours(4)  # what was under way before
        assert came(lab, name) == {row for row, *_ in lines if cells[row, name] == "ok"}, name
