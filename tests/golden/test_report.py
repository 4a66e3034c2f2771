"""What `logkeep verify` prints."""

from __future__ import annotations

import datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.archive.report import ChainReport, Fault, FaultKind, Report
from logkeep.cli.look import as_json
from logkeep.show.paint import Paint
from logkeep.show.report import report_json, report_text
from support import scenes
from support.worlds import ACCOUNTS, NOW

DAY = datetime.timedelta(days=1)


def chain(name: str, region: str, *kinds: tuple[FaultKind, str]) -> ChainReport:
    account = ACCOUNTS[name]
    folder = f"AWSLogs/{account}/CloudTrail/{region}/2026/11/23"
    faults = tuple(
        Fault(kind, scenes.FLEET.archive.bucket, f"{folder}/file-{n}\x1b.json.gz", says, NOW)
        for n, (kind, says) in enumerate(kinds)
    )
    unknown = sum(1 for kind, _ in kinds if kind.endswith("unreadable"))
    return ChainReport(
        bucket=scenes.FLEET.archive.bucket,
        account=account,
        region=region,
        trail="logkeep",
        home_region="us-east-1",
        digests_valid=24,
        logs_valid=40,
        verified_from=NOW - DAY,
        verified_until=NOW,
        faults=faults,
        faults_failing=len(kinds) - unknown,
        faults_unknown=unknown,
    )


def report(*chains: ChainReport) -> Report:
    return Report(taken_at=NOW, start=NOW - DAY, end=NOW, chains=chains)


REPORTS = {
    "nothing": report(),
    "valid": report(chain("production", "us-east-1"), chain("staging", "us-east-1")),
    "tampered": report(
        chain("security", "us-east-1"),
        chain(
            "production",
            "us-east-1",
            ("log-changed", "its hash is not the one that its digest lists"),
            ("log-missing", "its digest lists it"),
        ),
    ),
    "unreadable": report(
        chain("security", "eu-west-1", *[("digest-unreadable", "AccessDenied: not authorized")] * 7)
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_the_text(name: str, golden: SnapshotAssertion) -> None:
    assert report_text(scenes.FLEET, REPORTS[name], Paint()) == golden


def test_the_json(golden: SnapshotAssertion) -> None:
    assert as_json(report_json(scenes.FLEET, REPORTS["tampered"])) == golden
