"""What people do to logs and archives in the cases, and what is found of it."""

from __future__ import annotations

import gzip
import json
from typing import Any

from logkeep.diagnose.check.finding import Finding
from logkeep.lab.documents import bucket_of
from support.labs import Bench, broken, route
from support.places import shared_lines

ACCOUNTS = {
    "master": "111111111111",
    "archive": "222222222222",
    "production": "333333333333",
    "staging": "444444444444",
}
PRODUCTION = "cloudtrail/333333333333/us-east-1"
BUCKET = "secprod-multiaccount-logs"


def case(name: str) -> dict[str, Any]:
    found = shared_lines("cases/failures.jsonl")
    return next(each for each in found if each["id"].startswith(name))


def put_bucket_policy(well: Bench, document: dict[str, Any]) -> None:
    well.archive("s3").put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))


def nearest(finding: Finding) -> dict[str, Any]:
    return finding.evidence["nearest"][0]


def first_broken(well: Bench, name: str = PRODUCTION) -> Finding:
    found = broken(route(well.diagnose(), name))
    return next(f for f in found if f.aspect in ("configured", "permitted"))


def make_reader(made: Bench, key_arn: str) -> None:
    """The role of the case, with the identity policy its fix asks for."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    may = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key_arn},
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
            },
        ],
    }
    iam = made.client("222222222222", "iam")
    existing = {role["RoleName"] for role in iam.list_roles()["Roles"]}
    if "LogReader" not in existing:
        iam.create_role(RoleName="LogReader", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName="LogReader", PolicyName="read", PolicyDocument=json.dumps(may))


def act_for_hours(made: Bench, hours: int) -> None:
    """Somebody does something in every account, every half an hour and at the end."""
    for _ in range(2 * hours):
        for account in ACCOUNTS.values():
            made.client(account, "ec2").describe_regions()
        made.pass_hours(0.5)


BOTH = ("us-east-1", "eu-west-1")


def opened(document: dict[str, Any], actions: list[str]) -> dict[str, Any]:
    """A policy that lets CloudTrail do this for all of production."""
    names = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    statement = {
        "Sid": "AnyTrailOfProduction",
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": actions,
        "Resource": names if actions[0].startswith("s3:") else "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": "333333333333"}},
    }
    return {**document, "Statement": [*document["Statement"], statement]}


def add_trail(made: Bench, name: str, home: str, **settings: Any) -> None:
    """Another trail of production into the archive, which takes all that the fleet wants."""
    trails = made.client("333333333333", "cloudtrail", home)
    key = made.archive("kms").describe_key(KeyId="alias/logkeep")["KeyMetadata"]["Arn"]
    given = {"S3BucketName": BUCKET, "KmsKeyId": key, "EnableLogFileValidation": True}
    trails.create_trail(Name=name, **given, **settings)
    kinds = {"AWS::S3::Object": "arn:aws:s3", "AWS::Lambda::Function": "arn:aws:lambda"}
    data = [{"Type": kind, "Values": [value]} for kind, value in kinds.items()]
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": data}
    trails.put_event_selectors(TrailName=name, EventSelectors=[selector])
    trails.start_logging(Name=name)


def of_production(made: Bench) -> set[str]:
    """The codes that fail of production's routes, but for what takes time."""
    routes = [each for each in made.diagnose().routes if each.account == "333333333333"]
    return {f.code for each in routes for f in broken(each) if f.aspect != "arriving"}


def copies(made: Bench, marked: str) -> int:
    """How often an IAM user's making is in the archive once all has been delivered."""
    made.client("333333333333", "iam").create_user(UserName=marked)
    made.pass_hours(0.3)
    bucket: Any = bucket_of(BUCKET)
    files = [gzip.decompress(o.value) for name, o in bucket.keys.items() if "/CloudTrail/" in name]
    records = [record for text in files for record in json.loads(text)["Records"]]
    named = [r for r in records if r["eventName"] == "CreateUser"]
    return sum(r["requestParameters"]["userName"] == marked for r in named)
