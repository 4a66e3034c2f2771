"""A fleet that grew: beside its own trails those of teams, of the organization and of strangers."""

from __future__ import annotations

import msgspec

from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.value import Json
from support import scenes
from support.worlds import ACCOUNTS

FLEET_REGIONS = scenes.FLEET.regions or ()

MANAGEMENT = "999999999999"
BASIC: Json = {
    "EventSelectors": [
        {
            "ReadWriteType": "WriteOnly",
            "IncludeManagementEvents": True,
            "ExcludeManagementEventSources": ["kms.amazonaws.com"],
            "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::payroll/"]}],
        }
    ]
}
STATUS: Json = {
    "IsLogging": True,
    "LatestDeliveryTime": "2026-11-23T03:01:00Z",
    "LatestCloudWatchLogsDeliveryTime": "2026-11-23T03:02:00Z",
}


def trail(account: str, name: str, home: str = "us-east-1", **more: Json) -> dict[str, Json]:
    """A trail as cloudtrail:DescribeTrails shows it."""
    return {
        "Name": name,
        "TrailARN": f"arn:aws:cloudtrail:{home}:{account}:trail/{name}",
        "HomeRegion": home,
        "S3BucketName": "somebody-elses-logs",
        "HasInsightSelectors": False,
        **more,
    }


def shown(snapshot: Snapshot, account: str, *trails: dict[str, Json]) -> Snapshot:
    """The snapshot in which an account shows these trails too, shadows in every Region."""
    answers: dict[Ask, Reply] = {}
    for region in FLEET_REGIONS:
        question = ask(account, region, "cloudtrail:DescribeTrails")
        listed = msgspec.json.decode(snapshot.answers[question].body)["trailList"]
        there = [t for t in trails if t.get("IsMultiRegionTrail") or t["HomeRegion"] == region]
        answers[question] = reply({"trailList": [*listed, *there]})
    return snapshot.with_answers(answers)


def told(snapshot: Snapshot, trail: dict[str, Json], selectors: Json, status: Json) -> Snapshot:
    """The snapshot in which a trail's owner says what it selects and how it does."""
    arn, home = trail["TrailARN"], trail["HomeRegion"]
    owner = arn.split(":")[4]
    return snapshot.with_answers(
        {
            ask(owner, home, "cloudtrail:GetEventSelectors", TrailName=arn): reply(selectors),
            ask(owner, home, "cloudtrail:GetTrailStatus", Name=arn): reply(status),
        }
    )


def grown() -> Snapshot:
    """Production's team keeps a trail of its own, and an organization's trail is seen by all."""
    team = trail(
        ACCOUNTS["production"],
        "payroll-audit",
        "eu-west-1",
        S3KeyPrefix="payroll",
        CloudWatchLogsLogGroupArn="arn:aws:logs:eu-west-1:222222222222:log-group:audit:*",
        CloudWatchLogsRoleArn="arn:aws:iam::222222222222:role/CloudTrail_CloudWatchLogs_Role",
    )
    whole = trail(MANAGEMENT, "org", IsMultiRegionTrail=True, IsOrganizationTrail=True)
    snapshot = told(shown(scenes.healthy(), ACCOUNTS["production"], team), team, BASIC, STATUS)
    for account in ACCOUNTS.values():
        snapshot = shown(snapshot, account, whole)
    return snapshot


def hostile() -> Snapshot:
    """A trail whose prefix and selectors would steer a terminal."""
    evil = "\x1b]8;;http://example.com\x07click\x1b[2J"
    strange = trail(ACCOUNTS["staging"], "strange", S3KeyPrefix=evil)
    data: Json = {"Type": "AWS::S3::Object", "Values": [evil]}
    chosen: Json = {"EventSelectors": [{"DataResources": [data]}]}
    return told(shown(scenes.healthy(), ACCOUNTS["staging"], strange), strange, chosen, STATUS)
