"""A public report as a fleet and what AWS would answer about it: no lab, since nothing is done."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from logkeep.access.bucket import of_bucket
from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources import kinds
from logkeep.sources.cloudtrail.organization_trail import trusted_ask
from logkeep.sources.cloudtrail.trails import described_ask
from logkeep.value import account_of
from support.worlds import known_more, well, with_arrivals

LONG_AGO = "2026-01-01T00:00:00Z"
EVERYTHING = {"ReadWriteType": "All", "IncludeManagementEvents": True}


def fleet_of_report(config: dict[str, Any]) -> Fleet:
    """The fleet file of a report."""
    found = read_fleet(config["fleet"], kinds())
    assert isinstance(found, Fleet), found
    return found


def world_of_report(config: dict[str, Any], *, arrives: bool) -> Snapshot:
    """What there is when all is as the report has it, with logs that come or do not."""
    fleet = fleet_of_report(config)
    plain = msgspec.structs.replace(fleet.archive, key="alias/central", readers=())
    snapshot = well(msgspec.structs.replace(fleet, archive=plain))
    snapshot = with_bucket(fleet, snapshot, config)
    snapshot = with_trails(fleet, snapshot, config)
    for _ in range(3):  # what is known of trail and key says what else there is to be asked
        snapshot = known_more(fleet, with_status(with_key(snapshot, config), config))
    snapshot = with_status(with_key(snapshot, config), config)
    if not arrives:
        return snapshot
    return with_status(with_arrivals(fleet, snapshot), config)


def with_bucket(fleet: Fleet, snapshot: Snapshot, config: dict[str, Any]) -> Snapshot:
    """The bucket's policy, and how it encrypts by default."""
    facts = Facts(fleet, snapshot)
    answers = {of_bucket(facts, "s3:GetBucketPolicy"): policy(config["bucket_policy"])}
    key = config["bucket"]["default_key"]
    if key:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        rule = {
            "ApplyServerSideEncryptionByDefault": default,
            "BucketKeyEnabled": config["bucket"]["bucket_key"],
        }
        answers[of_bucket(facts, "s3:GetBucketEncryption")] = reply(
            {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}
        )
    return snapshot.with_answers(answers)


def policy(document: dict[str, Any]) -> Reply:
    return reply({"Policy": json.dumps(document)})


def with_key(snapshot: Snapshot, config: dict[str, Any]) -> Snapshot:
    """The archive's key, in whichever account its ARN says, with the report's policy."""
    answers: dict[Ask, Reply] = {}
    bodies = [r.body for q, r in snapshot.answers.items() if q.call == "kms:DescribeKey" and r.body]
    body = next(msgspec.json.decode(found) for found in bodies if b"KeyMetadata" in bytes(found))
    key = config["bucket"]["default_key"] or body["KeyMetadata"]["Arn"]
    told = {**body["KeyMetadata"], "Arn": key, "AWSAccountId": account_of(key)}
    for question in snapshot.answers:
        if question.call == "kms:DescribeKey":
            answers[question] = reply({"KeyMetadata": told})
        if question.call == "kms:GetKeyPolicy":
            answers[question] = policy(config["key_policy"])
    return snapshot.with_answers(answers)


def with_trails(fleet: Fleet, snapshot: Snapshot, config: dict[str, Any]) -> Snapshot:
    """The report's trails, and no others."""
    home = fleet.home_region
    trust = {"EnabledServicePrincipals": [{"ServicePrincipal": "cloudtrail.amazonaws.com"}]}
    answers = {trusted_ask(Facts(fleet, snapshot)): reply(trust)}
    for account in fleet.accounts.values():
        listed = [
            {
                **{k: v for k, v in told.items() if k not in NOT_DESCRIBED},
                "TrailARN": arn_of(told, home),
                "HomeRegion": home,
                "S3BucketName": fleet.archive.bucket,
                "IncludeGlobalServiceEvents": True,
                "RecursiveLogging": True,
                "LogFileValidationEnabled": told["EnableLogFileValidation"],
            }
            for told in config["trails"]
            if told["account"] == account or told.get("IsOrganizationTrail")
        ]
        answers[described_ask(account, home)] = reply({"trailList": listed})
    return snapshot.with_answers(answers)


NOT_DESCRIBED = ("account", "EnableLogFileValidation", "IsLogging")


def arn_of(told: dict[str, Any], home: str) -> str:
    return f"arn:aws:cloudtrail:{home}:{told['account']}:trail/{told['Name']}"


def with_status(snapshot: Snapshot, config: dict[str, Any]) -> Snapshot:
    """Every trail is on, and selects what the report's calls say, else all management events."""
    calls = {c["TrailName"]: c["EventSelectors"] for c in config.get("calls") or ()}
    answers: dict[Ask, Reply] = {}
    for question in snapshot.answers:
        name = dict(question.arguments).get("TrailName", "").rsplit("/", 1)[-1]
        if question.call == "cloudtrail:GetEventSelectors":
            answers[question] = reply({"EventSelectors": calls.get(name, [EVERYTHING])})
        if question.call == "cloudtrail:GetTrailStatus":
            answers[question] = reply({"IsLogging": True, "StartLoggingTime": LONG_AGO})
    return snapshot.with_answers(answers)
