"""What AWS answers where a fleet file is made of what is there."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec

from logkeep.archive.founding.offer import Seed, provisional
from logkeep.archive.founding.seek import wanted
from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.sources.cloudtrail.founding import FOUNDING
from logkeep.sources.cloudtrail.options import TrailOptions
from support import changes

NOW = datetime.datetime(2026, 11, 23, 3, 10, tzinfo=datetime.UTC)
SOURCES = {"cloudtrail": TrailOptions}
CALLER, KEEPER, OTHER = "111111111111", "222222222222", "333333333333"
KEY = f"arn:aws:kms:eu-west-1:{KEEPER}:key/11111111-2222-3333-4444-555555555555"
READER = f"arn:aws:iam::{KEEPER}:role/LogReader"


class Found(msgspec.Struct):
    """An AWS that was never founded by Logkeep: what it answers, by call and account."""

    accounts: list[dict[str, Any]] = []
    trails: dict[str, list[dict[str, Any]]] = {}
    buckets: dict[str, list[str]] = {}
    location: str | None = None
    folders: list[str] = []
    key_policy: str = ""
    bucket_policy: str = ""
    encryption: list[dict[str, Any]] = []
    lock: dict[str, Any] = {}
    selectors: dict[str, Any] = {}
    refused: frozenset[tuple[str, str]] = frozenset()
    events: list[dict[str, Any]] = []
    roles: list[str] = []
    caller: str = f"arn:aws:sts::{KEEPER}:assumed-role/Audit/logkeep"

    def answer(self, question: Ask) -> Reply:
        """One answer."""
        if (question.account, question.call) in self.refused:
            return Reply(error="AccessDenied", message="not \x1b[31m authorized\nat all")
        if question.call == "cloudtrail:LookupEvents":
            return changes.history(question, self.events)
        return reply(self.body(question))

    def body(self, question: Ask) -> dict[str, Any]:
        """What it says where it is not refused."""
        arguments = dict(question.arguments)
        own = self.trails.get(question.account, [])
        return {
            "organizations:DescribeOrganization": {
                "Organization": {"Id": "o-exampleorg1", "MasterAccountId": CALLER}
            },
            "organizations:ListAccounts": {"Accounts": self.accounts},
            "ec2:DescribeRegions": {
                "Regions": [{"RegionName": "us-east-1"}, {"RegionName": "eu-west-1"}]
            },
            "cloudtrail:DescribeTrails": {
                "trailList": [
                    t for t in own if t["IsMultiRegionTrail"] or t["HomeRegion"] == question.region
                ]
            },
            "cloudtrail:GetEventSelectors": self.selectors,
            "s3:ListBuckets": {
                "Buckets": [{"Name": name} for name in self.buckets.get(question.account, [])]
            },
            "s3:GetBucketLocation": {"LocationConstraint": self.location},
            "s3:GetBucketPolicy": {"Policy": self.bucket_policy},
            "s3:GetBucketEncryption": {
                "ServerSideEncryptionConfiguration": {"Rules": self.encryption}
            },
            "s3:GetObjectLockConfiguration": {"ObjectLockConfiguration": self.lock},
            "s3:ListObjectsV2": {
                "CommonPrefixes": [
                    {"Prefix": f"{arguments.get('Prefix', '')}{name}/"} for name in self.folders
                ]
            },
            "kms:GetKeyPolicy": {"Policy": self.key_policy},
            "sts:GetCallerIdentity": {"Arn": self.caller, "Account": question.account},
            "iam:GetAccountAuthorizationDetails": {
                "RoleDetailList": [
                    {"RoleName": arn.rpartition("/")[2], "Arn": arn} for arn in self.roles
                ]
            },
        }[question.call]


def asked(aws: Found, seed: Seed) -> Snapshot:
    """Every answer that is wanted of an AWS."""
    fleet = provisional(seed)
    snapshot = Snapshot(fleet.name, NOW, {})
    for _ in range(12):
        new = {q: aws.answer(q) for q in wanted(seed)(snapshot) if q not in snapshot.answers}
        if not new:
            return snapshot
        snapshot = snapshot.with_answers(new)
    raise AssertionError("the questions never end")


def fleet_in(text: str) -> Fleet:
    """The fleet that a text describes without a mistake."""
    found = read_fleet(text, SOURCES)
    assert isinstance(found, Fleet), (found, text)
    return found


def seed_of(*, organization: bool = True, existing: bool = True, region: str = "eu-west-1") -> Seed:
    """The caller asks from his own Region."""
    return Seed(CALLER, region, "Audit", organization, existing, (FOUNDING,))


def member(id_: str, name: str, state: str = "ACTIVE") -> dict[str, Any]:
    """An account as the organization lists it."""
    return {"Id": id_, "Name": name, "State": state}


DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::acme-logs/*",
    "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
}
DEFAULT = [
    {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}
]
LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {
    "Mode": "COMPLIANCE", "Days": 400}}}  # fmt: skip


TOWER, GONE = (f"arn:aws:iam::{KEEPER}:role/{n}" for n in ("AWSControlTowerExecution", "Gone"))
LOGKEEP = f"arn:aws:iam::{KEEPER}:role/entered/Audit"
AT = NOW - datetime.timedelta(days=2)
