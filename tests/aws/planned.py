"""A plan for one account's archive and another's trail, and how `apply` is run with it."""

from __future__ import annotations

import datetime
import json
from typing import Any

import msgspec

from aws.conftest import OWN, PRODUCTION
from aws.front import Front
from logkeep.aws.answer import answer
from logkeep.aws.apply import Applied, apply
from logkeep.aws.session import Session
from logkeep.snapshot import Ask, Reply, ask, reply
from logkeep.snapshot.change import Change, made

TAKEN = datetime.datetime(2026, 11, 23, 3, 10, tzinfo=datetime.UTC)
HOME = "us-east-1"
BUCKET = "arn:aws:s3:::archive-logs"
ALIAS = f"arn:aws:kms:{HOME}:{OWN}:alias/logkeep"
TRAIL = f"arn:aws:cloudtrail:{HOME}:{PRODUCTION}:trail/logkeep"
NOTHING = Reply(error="NoSuchBucket")

BY_ALIAS = ask(OWN, HOME, "kms:DescribeKey", KeyId="alias/logkeep")

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "TrailAclCheck",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:GetBucketAcl",
            "Resource": BUCKET,
            "Condition": {"StringEquals": {"aws:SourceArn": [TRAIL]}},
        }
    ],
}


def bucket(call: str) -> Ask:
    return ask(OWN, HOME, call, Bucket="archive-logs")


def trail(call: str, **named: str) -> Ask:
    return ask(PRODUCTION, HOME, call, **named)


STATUS = trail("cloudtrail:GetTrailStatus", Name=TRAIL)


def change(call: str, address: str, arguments: dict[str, Any], **more: Any) -> Change:
    account = PRODUCTION if address == TRAIL else OWN
    return Change(address, "+", account, HOME, call, arguments, **more)


KEY = change(
    "kms:CreateKey",
    ALIAS,
    {"Description": "archive"},
    before=(
        (
            ask(OWN, HOME, "kms:DescribeKey", KeyId="alias/logkeep"),
            Reply(error="NotFoundException"),
        ),
    ),
    after=(
        (
            ask(OWN, HOME, "kms:DescribeKey", KeyId="alias/logkeep"),
            reply({"KeyMetadata": {"KeyId": made("archive-key"), "Enabled": True}}),
        ),
    ),
    makes="archive-key",
)
NAMED = change(
    "kms:CreateAlias",
    ALIAS,
    {"AliasName": "alias/logkeep", "TargetKeyId": made("archive-key")},
    before=((ask(OWN, HOME, "kms:ListAliases"), reply({"Aliases": []})),),
    after=(
        (
            ask(OWN, HOME, "kms:ListAliases"),
            reply({"Aliases": [{"AliasArn": ALIAS, "TargetKeyId": made("archive-key")}]}),
        ),
    ),
)
MADE_BUCKET = change(
    "s3:CreateBucket",
    BUCKET,
    {"Bucket": "archive-logs"},
    before=((bucket("s3:HeadBucket"), Reply(error="404")),),
    after=((bucket("s3:HeadBucket"), reply({"BucketRegion": HOME})),),
)
ALLOWED = change(
    "s3:PutBucketPolicy",
    BUCKET,
    {"Bucket": "archive-logs", "Policy": json.dumps(POLICY)},
    before=((bucket("s3:GetBucketPolicy"), NOTHING),),
    after=((bucket("s3:GetBucketPolicy"), reply({"Policy": json.dumps(POLICY)})),),
)
VERSIONED = change(
    "s3:PutBucketVersioning",
    BUCKET,
    {"Bucket": "archive-logs", "VersioningConfiguration": {"Status": "Enabled"}},
    before=((bucket("s3:GetBucketVersioning"), NOTHING),),
    after=((bucket("s3:GetBucketVersioning"), reply({"Status": "Enabled"})),),
)
MADE_TRAIL = change(
    "cloudtrail:CreateTrail",
    TRAIL,
    {
        "Name": "logkeep",
        "S3BucketName": "archive-logs",
        "IsMultiRegionTrail": True,
        "KmsKeyId": f"arn:aws:kms:{HOME}:{OWN}:key/" + made("archive-key"),
    },
    before=((trail("cloudtrail:DescribeTrails"), reply({"trailList": []})),),
    after=(
        (
            trail("cloudtrail:DescribeTrails"),
            reply(
                {
                    "trailList": [
                        {
                            "TrailARN": TRAIL,
                            "IsMultiRegionTrail": True,
                            "KmsKeyId": f"arn:aws:kms:{HOME}:{OWN}:key/" + made("archive-key"),
                        }
                    ]
                }
            ),
        ),
    ),
)
STARTED = change(
    "cloudtrail:StartLogging",
    TRAIL,
    {"Name": "logkeep"},
    before=(
        (trail("cloudtrail:GetTrailStatus", Name=TRAIL), Reply(error="TrailNotFoundException")),
    ),
    after=((trail("cloudtrail:GetTrailStatus", Name=TRAIL), reply({"IsLogging": True})),),
)
PLAN = (KEY, NAMED, MADE_BUCKET, ALLOWED, VERSIONED, MADE_TRAIL, STARTED)

BORN = msgspec.structs.replace(
    MADE_BUCKET,
    before=(
        *MADE_BUCKET.before,
        (bucket("s3:GetBucketPolicy"), NOTHING),
        (bucket("s3:GetBucketVersioning"), NOTHING),
        (bucket("s3:GetPublicAccessBlock"), NOTHING),
    ),
    after=(
        (bucket("s3:HeadBucket"), reply({"BucketArn": ""})),
        (bucket("s3:GetBucketPolicy"), Reply(error="NoSuchBucketPolicy")),
        (bucket("s3:GetBucketVersioning"), reply({})),
    ),
)
TRAILED = msgspec.structs.replace(
    MADE_TRAIL, after=(*MADE_TRAIL.after, (STATUS, reply({"IsLogging": False})))
)
CHAINED = (
    KEY,
    NAMED,
    BORN,
    msgspec.structs.replace(ALLOWED, before=()),
    msgspec.structs.replace(VERSIONED, before=()),
    TRAILED,
    msgspec.structs.replace(STARTED, before=()),
)
"""The same plan where each change counts on what the one before it brings about."""


class Naps(list[float]):
    """Sleeps that were asked for, and not taken."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def run(session: Session, plan: tuple[Change, ...] = PLAN, **more: Any) -> Applied:
    return apply(plan, session, taken_at=TAKEN, **more)


def writes(front: Front) -> list[str]:
    """What was sent that changes something."""
    starts = ("Create", "Start", "PUT", "Put", "Update")
    return [name for name in front.seen if name.startswith(starts)]


def state(session: Session) -> dict[Ask, Any]:
    """What AWS answers to the plan's questions."""
    questions = {question for each in PLAN for question, _ in each.after}
    found = {each: answer(session, each) for each in sorted(questions)}
    return {each: (msgspec.json.decode(said.body), said.error) for each, said in found.items()}
