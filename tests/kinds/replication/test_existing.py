"""What was there before a rule, in the lab: a plan starts one job, which sends it or fails.

Every other need of these routes is one of the replication itself; what a job adds is here.
"""

from __future__ import annotations

import datetime
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from kinds.replication.test_lab_breaking import OF_JOBS
from kinds.replication.worlds import PRODUCTION, SECURITY, STAGING
from lab_demo.broom import Broom
from logkeep.aws.apply import apply
from logkeep.diagnose.diagnosis import Diagnosed, diagnose
from logkeep.fleet import Logs
from logkeep.lab.breaking import act
from logkeep.lab.kinds.replication.state import state_of
from logkeep.plan import plan
from logkeep.show.listing import listing_text
from logkeep.show.paint import Paint
from logkeep.snapshot.facts import Facts
from logkeep.sources.inventory import inventory
from logkeep.sources.replication.options import Pair, Replica
from support.aws_cli import Answered, aws
from support.labs import START, Bench, bench, route
from support.laws import first_code
from support.worlds import ACCOUNTS, fleet_of

NOTES = f"existing/{PRODUCTION}/notes/notes-copy"
ARCHIVES = f"existing/{SECURITY}/secprod-multiaccount-logs/acme-replica"
TODAY, TOMORROW = datetime.date(2026, 11, 23), datetime.date(2026, 11, 24)
OLD = ("a/1", "a/2", "b/1")
CREATED = "s3control:CreateJob"


def wanted(lab: Bench, day: datetime.date) -> None:
    """The fleet wants both buckets replicated, with what was there before that day."""
    (key,) = [each for each in lab.fleet.logs if each.source == "cloudtrail"]
    replica = Replica(account="staging", bucket="acme-replica", key=KEY["arn"], existing=day)
    pair = Pair(from_="notes", to="notes-copy", account=STAGING, existing=day)
    logs = tuple(Logs("replication", (), each) for each in (replica, pair))
    lab.fleet = msgspec.structs.replace(lab.fleet, logs=(key, *logs))


KEY: dict[str, str] = {}


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    """An archive with some hours of logs, and a bucket with objects, before anything is replicated.

    The archive was set up without a replica, so its policy lets nobody but the administrators in.
    """
    with bench(ACCOUNTS, fleet_of(regions=("us-east-1",))) as made:
        lab_key = made.client(STAGING, "kms").create_key()["KeyMetadata"]["Arn"]
        KEY["arn"] = lab_key
        made.mend()
        made.pass_hours(2)
        s3 = made.client(PRODUCTION, "s3")
        s3.create_bucket(Bucket="notes")
        for name in OLD:
            s3.put_object(Bucket="notes", Key=name, Body=b"some")
        yield made


def jobs(lab: Bench, account: str = PRODUCTION) -> list[dict[str, Any]]:
    return lab.client(account, "s3control").list_jobs(AccountId=account)["Jobs"]


def copies(lab: Bench) -> list[str]:
    found = lab.client(STAGING, "s3").list_objects_v2(Bucket="notes-copy")
    return [each["Key"] for each in found.get("Contents", ())]


def found_of(lab: Bench, name: str = NOTES) -> Diagnosed:
    return route(lab.diagnose(), name)


def test_a_plan_starts_one_job_for_each_bucket_and_all_comes(lab: Bench) -> None:
    wanted(lab, TODAY)
    before = found_of(lab)
    assert "existing-unreplicated" in {f.code for hop in before.hops for f in hop.findings}
    snapshot = lab.collect()
    made = plan(lab.fleet, snapshot)
    assert made.blocked == ()
    started = [each.account for each in made.changes if each.call == CREATED]
    assert sorted(started) == [SECURITY, PRODUCTION]
    apply(made.changes, lab.session, taken_at=snapshot.taken_at, sleep=lambda _: None)
    under_way = found_of(lab)
    assert (under_way.aspects["configured"], under_way.aspects["arriving"]) == ("holds", "unknown")
    assert lab.plan().changes == ()
    # Who was killed before he heard of it makes the same calls again, and no second job.
    apply(made.changes, lab.session, taken_at=snapshot.taken_at, sleep=lambda _: None)
    assert (len(jobs(lab)), len(jobs(lab, SECURITY))) == (1, 1)
    lab.pass_hours(3)
    assert copies(lab) == list(OLD)
    for name in (NOTES, ARCHIVES):
        found = found_of(lab, name)
        assert found.verdict == "holds", found.first
    assert lab.plan().changes == ()
    assert {each["Status"] for each in (*jobs(lab), *jobs(lab, SECURITY))} == {"Complete"}


def test_every_old_log_of_the_archive_is_in_the_replica(lab: Bench) -> None:
    at = {"Bucket": lab.fleet.archive.bucket}
    logs = lab.archive("s3").list_object_versions(**at)["Versions"]
    old = [v for v in logs if v["Size"] and v["LastModified"] < START + datetime.timedelta(hours=2)]
    kept = lab.client(STAGING, "s3").list_object_versions(Bucket="acme-replica")["Versions"]
    assert len(old) > 5
    assert {(v["Key"], v["VersionId"]) for v in old} <= {(v["Key"], v["VersionId"]) for v in kept}


def test_the_archives_settings_stay_closed_to_all_but_the_role_of_the_job(lab: Bench) -> None:
    trails = [each for each in lab.diagnose().routes if each.source == "cloudtrail"]
    assert {each.aspects["protected"] for each in trails} == {"holds"}
    text = lab.archive("s3").get_bucket_policy(Bucket=lab.fleet.archive.bucket)["Policy"]
    (closed,) = [s for s in json.loads(text)["Statement"] if s["Sid"] == "LogkeepKeepSettings"]
    (names,) = closed["Condition"].values()
    assert f"arn:aws:iam::{SECURITY}:role/logkeep-batch-secprod-multiaccount-logs" in str(names)


def test_a_list_tells_of_the_job(lab: Bench) -> None:
    facts = Facts(lab.fleet, lab.collect())
    said = " ".join(listing_text(lab.fleet, inventory(facts, ("replication",)), Paint()).split())
    assert "Complete, 3 of 3 objects sent job " in said


def test_what_could_not_be_sent_is_told_and_sent_again_by_a_later_day(lab: Bench) -> None:
    role = f"arn:aws:iam::{PRODUCTION}:role/logkeep-replication-notes"
    there = lab.client(STAGING, "s3")
    text = there.get_bucket_policy(Bucket="notes-copy")["Policy"]
    document = json.loads(text)
    deny = {"Effect": "Deny", "Principal": {"AWS": role}, "Action": "s3:ReplicateObject",
            "Resource": "arn:aws:s3:::notes-copy/late/*"}  # fmt: skip
    document["Statement"].append(deny)
    there.put_bucket_policy(Bucket="notes-copy", Policy=json.dumps(document))
    for name in ("late/1", "late/2"):
        lab.client(PRODUCTION, "s3").put_object(Bucket="notes", Key=name, Body=b"some")
    lab.pass_hours(22)  # they fail, and the next day begins
    wanted(lab, TOMORROW)
    lab.mend()
    lab.pass_hours(1)
    found = found_of(lab)
    assert first_code(found) == "existing-failed", found.first
    (why,) = [f.evidence["missing"] for hop in found.hops for f in hop.findings
              if f.code == "existing-failed"]  # fmt: skip
    assert [(each["key"], each["status"], each["refused_by"]) for each in why] == [
        (key, "FAILED", "DstPutObjectNotPermitted") for key in ("late/1", "late/2")
    ]
    facts = Facts(lab.fleet, lab.collect())
    said = " ".join(listing_text(lab.fleet, inventory(facts, ("replication",)), Paint()).split())
    assert "late/1: it would now fail with DstPutObjectNotPermitted" in said
    assert lab.plan().changes == ()  # the same is not tried again by itself
    there.put_bucket_policy(Bucket="notes-copy", Policy=text)
    lab.pass_hours(24)
    wanted(lab, TOMORROW + datetime.timedelta(days=1))
    assert [each.call for each in lab.mend().changes].count(CREATED) == 2
    lab.pass_hours(1)
    assert found_of(lab).verdict == "holds"
    assert copies(lab) == sorted((*OLD, "late/1", "late/2"))
    assert [each["ProgressSummary"]["NumberOfTasksFailed"] for each in jobs(lab)] == [0, 2, 0]


def test_a_job_that_failed_as_a_whole_is_followed_by_another(lab: Bench) -> None:
    job = next(each for each in state_of(lab.lab.world).jobs[::-1] if each.account == PRODUCTION)
    job.status = "Failed"
    job.failures = [{"FailureCode": "ManifestGenerationFailed", "FailureReason": "for a reason"}]
    found = found_of(lab)
    assert first_code(found) == "existing-unreplicated"
    evidence = found.first[1].evidence["job"] if found.first else {}
    assert (evidence["status"], evidence["reasons"]) == ("Failed", ["for a reason"])
    lab.mend()
    lab.pass_hours(1)
    assert found_of(lab).verdict == "holds"


@pytest.mark.parametrize("code", sorted(OF_JOBS))
def test_what_is_broken_is_found_by_its_code_and_undone(lab: Bench, code: str) -> None:
    broom = Broom(lab)
    account, name = (SECURITY, ARCHIVES) if "shut" in code else (PRODUCTION, NOTES)
    broken = act.spoil(broom.running, broom.well, code, account, broom.session.account_client)
    found = {each.name: each for each in diagnose(lab.fleet, broom.collect()).routes}
    broom.mend(broken)
    assert first_code(found.pop(name)) == code
    others = [each for each in found.values() if each.source == "replication"]
    assert "fails" not in {each.verdict for each in others}


@pytest.fixture
def control(lab: Bench, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answered]:
    """`aws s3control`, which puts the account before the host: every such name is this machine."""
    real = socket.getaddrinfo

    def here(host: Any, *more: Any, **named: Any) -> Any:
        return real("127.0.0.1" if str(host).endswith(".localhost") else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    endpoint = lab.lab.endpoint_url.replace("127.0.0.1", "localhost")

    def run(*words: str, who: str = "admin@production") -> Answered:
        more = ("--account-id", PRODUCTION, "--endpoint-url", endpoint)
        return aws(lab.lab, "s3control", *words, *more, who=who)

    return run


def test_the_api_answers_as_awss(control: Callable[..., Answered]) -> None:
    listed = control("list-jobs").json()["Jobs"]
    assert [each["Status"] for each in listed][:2] == ["Complete", "Failed"]  # the newest first
    of = ("--job-id", listed[-1]["JobId"])
    told = control("describe-job", *of).json()["Job"]
    assert told["RoleArn"].endswith("role/logkeep-batch-notes")
    assert told["ProgressSummary"]["NumberOfTasksSucceeded"] == 3
    cancelled = control("update-job-status", *of, "--requested-job-status", "Cancelled")
    assert "JobStatusException" in cancelled.err
    assert "NoSuchJob" in control("describe-job", "--job-id", "job-0").err
    assert "AccessDenied" in control("list-jobs", who="admin@staging").err


SPEC = {
    "Operation": {"S3ReplicateObject": {}},
    "Report": {"Enabled": False},
    "Priority": 1,
    "RoleArn": f"arn:aws:iam::{PRODUCTION}:role/logkeep-batch-notes",
    "ManifestGenerator": {
        "S3JobManifestGenerator": {
            "SourceBucket": "arn:aws:s3:::notes",
            "EnableManifestOutput": False,
            "Filter": {"EligibleForReplication": True},
        }
    },
}


def test_a_token_makes_one_job_and_a_job_may_wait_for_somebody(lab: Bench) -> None:
    control = lab.client(PRODUCTION, "s3control")
    asked = {"AccountId": PRODUCTION, "ClientRequestToken": "one", "ConfirmationRequired": True}
    (id_,) = {control.create_job(**asked, **SPEC)["JobId"] for _ in range(2)}
    with pytest.raises(control.exceptions.ClientError, match="IdempotencyException"):
        control.create_job(**asked, **{**SPEC, "Priority": 2})
    of = {"AccountId": PRODUCTION, "JobId": id_}
    lab.pass_hours(1)
    assert control.describe_job(**of)["Job"]["Status"] == "Suspended"
    control.update_job_status(**of, RequestedJobStatus="Ready")
    lab.pass_hours(1)
    assert control.describe_job(**of)["Job"]["Status"] == "Complete"


def test_a_job_is_found_behind_pages_of_others(lab: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that was overlooked would be started again, and paid for again."""
    control = lab.client(PRODUCTION, "s3control")
    for token in ("two", "three"):
        control.create_job(AccountId=PRODUCTION, ClientRequestToken=token, **SPEC)
    before, due = found_of(lab), lab.plan().changes
    monkeypatch.setattr("logkeep.lab.kinds.replication.jobs.PAGE_MAX", 1)
    assert control.list_jobs(AccountId=PRODUCTION)["NextToken"]
    found = found_of(lab)
    assert found.aspects == before.aspects
    assert before.aspects["configured"] == "holds"
    assert lab.plan().changes == due
