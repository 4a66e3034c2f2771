"""What a verification tells of an archive in the lab, by what the trails say of themselves too."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest

from logkeep.archive.report import Report
from logkeep.archive.standing import Stands, Where
from logkeep.aws.session import Session
from logkeep.lab.documents import bucket_of
from support.labs import Bench, bench
from support.verified import Known, verified
from support.worlds import ACCOUNTS, fleet_of

TWO = dict(list(ACCOUNTS.items())[:2])
HERE = ("us-east-1",)
SECURITY, PRODUCTION = TWO.values()
PLACE: Where = (PRODUCTION, "us-east-1")


class Scene:
    """A fleet whose logs came for some hours, and somebody who verifies them."""

    def __init__(self, lab: Bench) -> None:
        self.lab = lab
        self.known = Known()
        self.bucket = lab.fleet.archive.bucket

    def verify(self) -> tuple[Report, dict[Where, Stands]]:
        snapshot = self.lab.collect()
        report, stands, _ = verified(self.lab.fleet, Session(self.lab.fleet), snapshot, self.known)
        return report, stands

    def kinds(self, where: Where = PLACE) -> set[str]:
        report, _ = self.verify()
        chains = [c for c in report.chains if (c.account, c.region) == where]
        return {fault.kind for chain in chains for fault in chain.faults}

    def works(self, hours: int, account: str = PRODUCTION) -> None:
        """Something is done in every hour, so that every hour has a log file."""
        for _ in range(hours):
            self.lab.client(account, "ec2").describe_vpcs()
            self.lab.pass_hours(1)

    def says(self, statement: dict[str, Any], *within: str) -> str:
        """Have the bucket's policy say more of CloudTrail's requests; gives what it said before."""
        s3 = self.lab.archive("s3")
        before = s3.get_bucket_policy(Bucket=self.bucket)["Policy"]
        service = {"Principal": {"Service": "cloudtrail.amazonaws.com"}}
        names = [f"arn:aws:s3:::{self.bucket}{part}" for part in within]
        document = json.loads(before)
        document["Statement"].append({**statement, **service, "Resource": names})
        s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(document))
        return before

    def store(self) -> dict[str, Any]:
        """What lies in the bucket, for somebody who is above every policy."""
        return bucket_of(self.bucket).keys

    def files(self, folder: str, account: str = PRODUCTION) -> list[str]:
        return sorted(k for k in self.store() if f"/{account}/{folder}/" in k)

    def delete(self, *keys: str) -> None:
        with self.lab.lab.front.lock:
            for key in keys:
                self.store().pop(key)


@pytest.fixture
def scene() -> Iterator[Scene]:
    fleet = fleet_of(TWO, HERE)
    with bench(TWO, fleet, regions=HERE) as lab:
        lab.mend()
        made = Scene(lab)
        made.works(5)
        lab.pass_hours(0.5)
        yield made


def test_what_came_is_intact(scene: Scene) -> None:
    _, stands = scene.verify()
    assert {each.verdict for each in stands.values()} == {"holds"}


def test_the_newest_digests_are_missing_and_not_a_gap(scene: Scene) -> None:
    digests = scene.files("CloudTrail-Digest")
    scene.delete(*digests[-2:])
    report, stands = scene.verify()
    found = {f.key: f.kind for c in report.chains for f in c.faults}
    assert {found.get(key) for key in digests[-2:]} == {"digest-missing"}
    assert "log-unlisted" in found.values()
    assert stands[PLACE].verdict == "fails"


def test_the_newest_digest_and_its_logs_are_not_proven_to_the_end(scene: Scene) -> None:
    newest = scene.files("CloudTrail-Digest")[-1]
    last = scene.files("CloudTrail")[-1]
    scene.delete(newest, last)
    report, stands = scene.verify()
    assert stands[PLACE].verdict == "fails"
    (chain,) = [c for c in report.chains if c.account == PRODUCTION]
    assert chain.verified_until is not None
    assert chain.verified_until < report.taken_at - datetime.timedelta(hours=1)


def test_a_regions_whole_folder_of_digests_is_a_fault_and_its_logs_are_named(scene: Scene) -> None:
    logs = scene.files("CloudTrail")
    scene.delete(*scene.files("CloudTrail-Digest"))
    report, stands = scene.verify()
    assert stands[PLACE].verdict == "fails"
    named = {f.key for c in report.chains for f in c.faults if f.kind == "log-unlisted"}
    assert named & set(logs)


def test_all_of_an_account_gone_after_it_was_proven_is_a_fault(scene: Scene) -> None:
    scene.verify()
    scene.delete(*scene.files("CloudTrail-Digest"), *scene.files("CloudTrail"))
    _, stands = scene.verify()
    assert stands[PLACE].verdict == "fails"
    assert dict(stands[PLACE].failing)["digest-missing"] >= 4


def test_digests_that_were_refused_are_no_intruder(scene: Scene) -> None:
    refusing = {"Effect": "Deny", "Action": "s3:PutObject"}
    before = scene.says(refusing, "/AWSLogs/*/CloudTrail-Digest/*")
    scene.works(5)
    assert scene.kinds() == {"gap", "log-unproven"}
    scene.lab.archive("s3").put_bucket_policy(Bucket=scene.bucket, Policy=before)
    scene.works(2)
    _, stands = scene.verify()
    assert stands[PLACE].verdict == "holds"


def test_a_stopped_trail_is_the_reason_of_its_gap(scene: Scene) -> None:
    trails = scene.lab.client(PRODUCTION, "cloudtrail")
    trails.stop_logging(Name="logkeep")
    scene.lab.pass_hours(5)
    report, stands = scene.verify()
    assert stands[PLACE].verdict == "unknown"
    (hole,) = stands[PLACE].holes
    assert "the trail was stopped at" in hole.says
    trails.start_logging(Name="logkeep")
    scene.works(3)
    report, stands = scene.verify()
    assert {f.kind for c in report.chains for f in c.faults} <= {"gap", "log-unproven"}
    assert stands[PLACE].verdict == "unknown"
    assert "started again at" in stands[PLACE].holes[0].says


def test_a_deleted_trail_is_judged_no_more_mildly_than_a_stopped_one(scene: Scene) -> None:
    trails = scene.lab.client(PRODUCTION, "cloudtrail")
    trails.delete_trail(Name="logkeep")
    _, stands = scene.verify()
    assert stands[PLACE].verdict == "holds", "no digest is due yet"
    scene.lab.pass_hours(5)
    _, stands = scene.verify()
    assert stands[PLACE].verdict == "unknown"
    (hole,) = stands[PLACE].holes
    assert hole.code == "gap"
    assert "the trail was deleted by" in hole.says


def test_the_digests_of_a_trail_that_is_gone_are_walked_too(scene: Scene) -> None:
    before = scene.files("CloudTrail")
    scene.says({"Effect": "Allow", "Action": ["s3:GetBucketAcl", "s3:PutObject"]}, "", "/*")
    trails = scene.lab.client(PRODUCTION, "cloudtrail")
    trails.delete_trail(Name="logkeep")
    trails.create_trail(
        Name="renamed",
        S3BucketName=scene.bucket,
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
    )
    trails.start_logging(Name="renamed")
    scene.works(4)
    report, stands = scene.verify()
    assert [c.trail for c in report.chains if c.account == PRODUCTION] == ["logkeep", "renamed"]
    assert {f.kind for c in report.chains for f in c.faults if f.fails} == set()
    scene.delete(before[1])
    report, stands = scene.verify()
    assert {f.key for c in report.chains for f in c.faults if f.fails} == {before[1]}
    assert stands[PLACE].verdict == "fails"


def test_all_of_an_account_gone_before_anybody_verified_is_a_fault(scene: Scene) -> None:
    """GetTrailStatus tells of a digest, and the event history that the trail always came here."""
    scene.delete(*scene.files("CloudTrail-Digest"), *scene.files("CloudTrail"))
    report, stands = scene.verify()
    (fault,) = [f for c in report.chains for f in c.faults if c.account == PRODUCTION]
    assert fault.kind == "digest-missing"
    assert "CloudTrail says that it delivered a digest" in fault.says
    assert stands[PLACE].verdict == "fails"


def test_validation_switched_off_for_some_hours_is_no_intruder(scene: Scene) -> None:
    trails = scene.lab.client(PRODUCTION, "cloudtrail")
    trails.update_trail(Name="logkeep", EnableLogFileValidation=False)
    scene.works(4)
    trails.update_trail(Name="logkeep", EnableLogFileValidation=True)
    scene.works(3)
    report, stands = scene.verify()
    assert {f.kind for c in report.chains for f in c.faults} == {"gap", "log-unproven"}
    assert "log file validation was switched off by" in stands[PLACE].holes[0].says


def test_an_invented_log_of_the_day_before_is_named(scene: Scene) -> None:
    genuine = scene.files("CloudTrail")[0]
    invented = genuine.replace("2026/11/23", "2026/11/22").replace("_20261123T", "_20261122T")
    scene.lab.lab.world.store_object(
        scene.bucket, invented, b"x", at=scene.lab.lab.world.now(), algorithm="AES256"
    )
    report, stands = scene.verify()
    assert {f.key for c in report.chains for f in c.faults} == {invented}
    assert stands[PLACE].verdict == "unknown"


def test_tampering_before_a_move_to_the_organizations_trail_is_found_after(scene: Scene) -> None:
    changed, gone = scene.files("CloudTrail")[1:3]
    scene.lab.fleet = fleet_of(TWO, HERE, organization=True)
    scene.lab.mend()
    scene.works(3)
    scene.lab.mend()
    scene.works(3)
    report, stands = scene.verify()
    assert {each.verdict for each in stands.values()} == {"holds"}, report.chains
    assert {c.root for c in report.chains} == {"AWSLogs/", "AWSLogs/o-exampleorg1/"}
    scene.delete(gone)
    scene.lab.lab.world.store_object(
        scene.bucket, changed, b"x", at=scene.lab.lab.world.now(), algorithm="AES256"
    )
    report, stands = scene.verify()
    found = {f.key: f.kind for c in report.chains for f in c.faults}
    assert found == {changed: "log-changed", gone: "log-missing"}
    assert stands[PLACE].verdict == "fails"
