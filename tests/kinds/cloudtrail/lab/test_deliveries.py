"""Log files and digests arrive as CloudTrail writes them, or silently do not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kinds.cloudtrail.lab.small_world import (
    ARCHIVE,
    KEY,
    PRODUCTION,
    SECURITY,
    STAGING,
    Player,
    SmallWorld,
    user,
)

DATA = [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}]


def names(world: SmallWorld, account: str = PRODUCTION) -> list[str]:
    return [r["eventName"] for r in world.events(account)]


def status(play: Player, region: str = "us-east-1", account: str = PRODUCTION) -> dict[str, Any]:
    arn = f"arn:aws:cloudtrail:us-east-1:{account}:trail/logkeep"
    return play.call("GetTrailStatus", user(account), region=region, Name=arn).output


def test_file_names_and_places(world: SmallWorld, play: Player) -> None:
    """Rules 1.3, 1.3.1: the delivery minute, sixteen random characters."""
    play.trail(S3KeyPrefix="central")
    play.happens("ec2", "RunInstances", region="eu-west-1")
    world.advance(minutes=5)
    [at_home, away] = sorted(k for k, _ in world.logs())[::-1]
    pattern = (
        rf"central/AWSLogs/{PRODUCTION}/CloudTrail/(us-east-1|eu-west-1)/2026/11/23/"
        rf"{PRODUCTION}_CloudTrail_\1_20261123T1000Z_[A-Za-z0-9]{{16}}\.json\.gz"
    )
    assert re.fullmatch(pattern, at_home)
    assert re.fullmatch(pattern, away)


def test_exactly_the_calls_made_arrive_once(world: SmallWorld, play: Player) -> None:
    play.trail()
    made = ["StartLogging"]
    for n in range(30):
        world.advance(minutes=3)
        made.append("RunInstances" if n % 3 else "CreateUser")
        play.happens("ec2" if n % 3 else "iam", made[-1])
    world.advance(hours=2)
    assert names(world) == made
    assert len({r["eventID"] for r in world.events()}) == len(made)
    assert world.events(STAGING) == []


def test_event_waits_for_the_next_five_minutes(world: SmallWorld, play: Player) -> None:
    play.trail()
    world.advance(seconds=99)
    assert world.logs() == []
    world.advance(seconds=1)
    [(_, file)] = world.logs()
    assert file.at == world.time


def test_encryption_of_the_files(world: SmallWorld, play: Player) -> None:
    """Rules 1.5.2, 1.5.3: AES256 is sent explicitly without a key; 1.6.8: digests too."""
    play.trail(EnableLogFileValidation=True)
    arn = play.trail(user(STAGING), KmsKeyId=KEY, EnableLogFileValidation=True)
    world.advance(hours=1)
    for (_, key), file in world.objects.items():
        if f"/{STAGING}/" in key:
            assert (file.algorithm, file.kms_key_arn) == ("aws:kms", KEY)
            assert file.encryption_context == {
                "aws:cloudtrail:arn": arn,
                "aws:s3:arn": f"arn:aws:s3:::{ARCHIVE}/{key}",
            }
        else:
            assert (file.algorithm, file.kms_key_arn) == ("AES256", "")
    puts = [c for a, _, c in world.asked if a == "s3:PutObject" and c["aws:SourceArn"] != arn]
    assert {c["s3:x-amz-server-side-encryption"] for c in puts} == {"AES256"}


def test_bucket_key_shortens_the_context(world: SmallWorld, play: Player) -> None:
    """Rule 1.5.4."""
    world.buckets[ARCHIVE] = replace(world.buckets[ARCHIVE], bucket_key=True)
    play.trail(KmsKeyId=KEY)
    world.advance(minutes=5)
    asked = {a: c for a, _, c in world.asked if a.startswith("kms:") and a != "kms:DescribeKey"}
    assert set(asked) == {"kms:GenerateDataKey", "kms:Decrypt"}
    for context in asked.values():
        assert context["kms:EncryptionContext:aws:s3:arn"] == f"arn:aws:s3:::{ARCHIVE}"


def test_silence_and_mending(world: SmallWorld, play: Player) -> None:
    """Rules 1.7.2, 1.7.3: one account falls silent, keeps its events and delivers them late."""
    for account in (PRODUCTION, STAGING):
        play.trail(user(account), KmsKeyId=KEY)
    world.advance(minutes=5)
    world.refused.add(("kms:GenerateDataKey", STAGING))
    before = names(world, STAGING)
    for account in (PRODUCTION, STAGING):
        play.happens("ec2", "RunInstances", user(account))
        play.happens("ec2", "RunInstances", user(account), region="eu-west-1")
    world.advance(hours=3)
    assert names(world, STAGING) == before
    assert names(world).count("RunInstances") == 2
    for region in world.regions:
        silent = status(play, region, STAGING)
        assert (silent["IsLogging"], silent["LatestDeliveryError"]) == (True, "AccessDenied")
        assert "LatestDeliveryError" not in status(play, region)
    world.refused.clear()
    world.advance(minutes=5)
    late = [(k, o) for k, o in world.logs() if f"/{STAGING}/" in k and o.at == world_floor(world)]
    assert names(world, STAGING).count("RunInstances") == 2
    assert all("_20261123T13" in k for k, _ in late)
    assert "LatestDeliveryError" not in status(play, account=STAGING)


def world_floor(world: SmallWorld) -> Any:
    return world.time.replace(second=0, minute=world.time.minute // 5 * 5)


def test_delivery_is_given_up_after_thirty_days(world: SmallWorld, play: Player) -> None:
    """Rule 1.7.3."""
    play.trail()
    world.refused.add(("s3:PutObject", PRODUCTION))
    world.advance(days=29)
    play.happens("ec2", "RunInstances")
    world.advance(days=2)
    world.refused.clear()
    world.advance(minutes=5)
    assert names(world) == ["RunInstances"]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("bucket", "NoSuchBucket"),
        ("requester", "AccessDenied"),
        ("s3:GetBucketAcl", "AccessDenied"),
        ("s3:PutObject", "AccessDenied"),
        ("kms:GenerateDataKey", "AccessDenied"),
        ("disabled", "KMS.DisabledException"),
        ("gone", "KMS.NotFoundException"),
        ("moved", "KMS.NotFoundException"),
    ],
)
def test_error_of_each_fault(world: SmallWorld, play: Player, broken: str, code: str) -> None:
    """Rule 1.7.2, for log files and digests alike."""
    play.trail(KmsKeyId=KEY, EnableLogFileValidation=True)
    bucket = world.buckets[ARCHIVE]
    match broken:
        case "bucket":
            del world.buckets[ARCHIVE]
        case "requester":
            world.buckets[ARCHIVE] = replace(bucket, requester_pays=True)
        case "disabled":
            world.keys[KEY] = replace(world.keys[KEY], state="Disabled")
        case "gone":
            del world.keys[KEY]
        case "moved":
            world.buckets[ARCHIVE] = replace(bucket, region="eu-west-1")
        case action:
            world.refused.add((action, PRODUCTION))
    world.advance(hours=1)
    told = status(play)
    assert (told["LatestDeliveryError"], told["LatestDigestDeliveryError"]) == (code, code)
    assert not {"LatestDeliveryTime", "LatestDigestDeliveryTime"} & told.keys()
    assert world.objects == {}


def test_stopped_trail_delivers_what_was_before(world: SmallWorld, play: Player) -> None:
    """Rule 1.1.11."""
    play.trail()
    play.happens("ec2", "RunInstances")
    play.call("StopLogging", Name="logkeep")
    play.happens("ec2", "TerminateInstances")
    world.advance(minutes=5)
    assert names(world) == ["StartLogging", "RunInstances"]
    assert status(play)["StopLoggingTime"] == world.time - timedelta(minutes=5)


def test_single_region_trail_sees_its_region_only(world: SmallWorld, play: Player) -> None:
    play.trail(IsMultiRegionTrail=False)
    play.happens("ec2", "RunInstances", region="eu-west-1")
    play.happens("iam", "CreateUser", region="eu-west-1")
    world.advance(minutes=5)
    assert names(world) == ["StartLogging", "CreateUser"]


def test_global_events_need_the_right_trail(world: SmallWorld, play: Player) -> None:
    """Rule 1.11.1: a single-Region trail elsewhere gets none, flag or not."""
    made = {"Name": "logkeep", "S3BucketName": ARCHIVE}
    play.call("CreateTrail", region="eu-west-1", **made)
    play.call("StartLogging", region="eu-west-1", Name="logkeep")
    play.happens("iam", "CreateUser", region="eu-west-1")
    world.advance(minutes=5)
    assert names(world) == ["StartLogging"]


def test_global_events_can_be_switched_off(world: SmallWorld, play: Player) -> None:
    """Rule 1.11.1."""
    play.trail(IsMultiRegionTrail=False, IncludeGlobalServiceEvents=False)
    play.happens("iam", "CreateUser")
    play.happens("sts", "GetCallerIdentity")
    world.advance(minutes=5)
    assert names(world) == ["StartLogging", "GetCallerIdentity"]


def test_widened_trail_covers_the_other_regions(world: SmallWorld, play: Player) -> None:
    play.trail(IsMultiRegionTrail=False, EnableLogFileValidation=True)
    world.advance(hours=1)
    assert world.digests("eu-west-1") == []
    play.call("UpdateTrail", Name="logkeep", IsMultiRegionTrail=True)
    play.happens("ec2", "RunInstances", region="eu-west-1")
    world.advance(hours=2)
    assert len(world.digests("eu-west-1")) == 2
    play.call("UpdateTrail", Name="logkeep", IsMultiRegionTrail=False)
    play.happens("ec2", "TerminateInstances", region="eu-west-1")
    world.advance(hours=3)
    assert len(world.digests("eu-west-1")) == 3
    assert [n for n in names(world) if n.endswith("Instances")] == ["RunInstances"]


def test_moved_trail_keeps_its_chain(world: SmallWorld, play: Player) -> None:
    """The chain goes on across buckets; what was delivered before stays where it is."""
    play.trail(EnableLogFileValidation=True)
    world.advance(hours=1)
    world.buckets["elsewhere"] = replace(world.buckets[ARCHIVE], name="elsewhere")
    play.call("UpdateTrail", Name="logkeep", S3BucketName="elsewhere", S3KeyPrefix="new")
    world.advance(hours=1)
    before, after = (o.content for _, o in world.digests())
    assert after["digestS3Bucket"] == "elsewhere"
    assert after["digestS3Object"].startswith("new/AWSLogs/")
    assert after["previousDigestS3Bucket"] == ARCHIVE
    assert after["previousDigestS3Object"] == before["digestS3Object"]


def test_big_batches_become_several_files(
    world: SmallWorld, play: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 1.3.3."""
    monkeypatch.setattr("logkeep.lab.kinds.cloudtrail.deliver.FILE_LIMIT", 2000)
    play.trail()
    for _ in range(20):
        play.happens("ec2", "RunInstances")
    world.advance(minutes=5)
    assert len(world.logs()) > 5
    assert len(world.events()) == 21


def test_organization_trail_takes_every_account(world: SmallWorld, play: Player) -> None:
    """Rules 1.2.2, 1.3.1, 1.4.3: under the organization's id, by the management account's trail."""
    arn = play.trail(user(SECURITY), IsOrganizationTrail=True)
    play.happens("ec2", "RunInstances", user(STAGING))
    world.advance(minutes=5)
    [key] = [k for k, _ in world.logs() if STAGING in k]
    assert key.startswith(f"AWSLogs/o-exampleorg1/{STAGING}/CloudTrail/us-east-1/")
    assert {c["aws:SourceArn"] for _, _, c in world.asked} == {arn}
    seen = play.call("DescribeTrails", user(STAGING)).output["trailList"]
    assert [t["TrailARN"] for t in seen] == [arn]
    for operation in ("StopLogging", "DeleteTrail", "UpdateTrail"):
        refused = play.call(operation, user(STAGING), Name=arn)
        assert refused.error_code == "NotOrganizationMasterAccountException"


def own_writes(world: SmallWorld) -> list[dict[str, Any]]:
    return [r for r in world.events(SECURITY) if r["userIdentity"]["type"] == "AWSService"]


def test_own_writes_are_data_events_once(world: SmallWorld, play: Player) -> None:
    """Rule 1.12.4, and the lab falls silent after one turn."""
    play.trail(user(SECURITY), EnableLogFileValidation=True)
    play.call("PutEventSelectors", user(SECURITY), TrailName="logkeep", EventSelectors=DATA)
    play.trail(user(STAGING), EnableLogFileValidation=True)
    world.advance(minutes=2)
    written = {k for k, _ in world.logs()}
    assert own_writes(world) == []
    world.advance(days=3)
    put = own_writes(world)
    assert {r["requestParameters"]["key"] for r in put} >= written
    assert {r["userIdentity"]["invokedBy"] for r in put} == {"cloudtrail.amazonaws.com"}
    assert max(o.at for _, o in world.logs()) < world.time - timedelta(days=2)


def test_recursive_logging_off_drops_own_writes(world: SmallWorld, play: Player) -> None:
    """Rule 1.1.6."""
    play.trail(user(SECURITY), RecursiveLogging=False)
    play.call("PutEventSelectors", user(SECURITY), TrailName="logkeep", EventSelectors=DATA)
    play.trail(user(STAGING))
    play.happens("s3", "GetObject", user(SECURITY), Bucket="data", Key="a", owner=SECURITY)
    world.advance(hours=1)
    assert own_writes(world) == []
    assert "GetObject" in names(world, SECURITY)


def test_idle_month_is_quick_and_quiet(world: SmallWorld, play: Player) -> None:
    for account in (PRODUCTION, STAGING, SECURITY):
        play.trail(user(account), EnableLogFileValidation=True, KmsKeyId=KEY)
    world.advance(minutes=5)
    asked = len(world.asked)
    world.advance(days=2)
    assert len(world.logs()) == 3
    # Three requests a digest: the bucket's ACL, the object, the data key.
    assert len(world.asked) - asked == 3 * len(world.digests() + world.digests("eu-west-1")) - 18


def test_second_world_starts_clean(play: Player) -> None:
    play.trail()
    assert Player(SmallWorld()).call("DescribeTrails").output["trailList"] == []
