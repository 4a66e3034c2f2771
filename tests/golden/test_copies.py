"""What `logkeep verify` prints of replicas, and `logkeep diagnose` of what it found."""

from __future__ import annotations

import datetime

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion

from kinds.replication.worlds import alike, planned, shapes
from logkeep.archive.copies import (
    DIFFERS,
    LOST,
    UNCOMPARED,
    Copies,
    CopyFault,
    CopyFaultKind,
    CopySummary,
    Counts,
    standing,
)
from logkeep.archive.report import Report
from logkeep.cli.look import as_json
from logkeep.diagnose.diagnosis import diagnose
from logkeep.route import Bucket
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.paint import Paint
from logkeep.show.report import report_json, report_text
from support import scenes
from support.worlds import NOW

FROM = Bucket("app-logs", "222222222222", "us-east-1")
TO = Bucket("app-logs-copy", "333333333333", "eu-west-1")
NOTHING = Report(taken_at=NOW, start=None, end=NOW)
UNDO = "aws s3api delete-object --bucket app-logs-copy --key 'a b.json' --version-id 9xyz"


def fault(kind: CopyFaultKind, says: str, number: int = 0, undo: str = "") -> CopyFault:
    key = f"AWSLogs/2026/11/23/file-{number}\x1b.json.gz"
    return CopyFault(kind, key, f"v{number}", says, NOW - datetime.timedelta(days=1), undo)


GONE = "S3 had replicated it (COMPLETED), and `app-logs-copy` has no such version"
OVER = "another object was put over it at 2026-11-23 02:10 UTC, which is no replica"
UNREAD = fault(UNCOMPARED, "s3:HeadObject of `app-logs`: 403: Forbidden")
FINE = CopySummary(route="r", compared_at=NOW, counts=Counts(alike=120, pending=2, unselected=40))
TOLD = {
    "alike": msgspec.structs.replace(FINE, sampled=False, whole_at=NOW),
    "sampled": FINE,
    "wrong": msgspec.structs.replace(
        FINE,
        faults=(*(fault(LOST, GONE, n) for n in range(7)), fault(DIFFERS, OVER, 9, UNDO), UNREAD),
    ),
    "unread": CopySummary(route="r", faults=(UNREAD,)),
}


def copies(name: str) -> Copies:
    told = TOLD[name]
    return Copies(FROM, TO, told, standing(told, NOW, frozenset()))


@pytest.mark.parametrize("name", TOLD)
def test_the_text(name: str, golden: SnapshotAssertion) -> None:
    text = report_text(scenes.FLEET, NOTHING, {}, Paint(width=80), [copies(name)])
    assert text == golden


def test_the_json(golden: SnapshotAssertion) -> None:
    assert as_json(report_json(scenes.FLEET, NOTHING, {}, [copies("wrong")])) == golden


@pytest.mark.parametrize("name", ["sampled", "wrong", "unread"])
def test_diagnose_tells_of_it(name: str, golden: SnapshotAssertion) -> None:
    fleet, before = shapes()["same account"]
    told = {k: v for k, v in msgspec.structs.asdict(TOLD[name]).items() if k != "route"}
    snapshot = alike(fleet, planned(fleet, before), **told)
    found = diagnose(fleet, snapshot)
    assert diagnosis_text(fleet, found, Paint(width=80), Around()) == golden
