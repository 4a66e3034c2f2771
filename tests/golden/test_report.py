"""What `logkeep verify` prints."""

from __future__ import annotations

import datetime

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.archive.report import (
    ChainReport,
    Fault,
    FaultKind,
    Folder,
    FolderSummary,
    Report,
    Wanted,
)
from logkeep.archive.spans import Span
from logkeep.archive.standing import Stands, Where, by_place
from logkeep.cli.look import as_json
from logkeep.fleet import Accepted
from logkeep.show.paint import Paint
from logkeep.show.report import report_json, report_text
from support import scenes
from support.worlds import ACCOUNTS, NOW, fleet_of

HOUR = datetime.timedelta(hours=1)
DAY = 24 * HOUR
BUCKET = scenes.FLEET.archive.bucket
ACCEPTED = Accepted("gap", datetime.date(2027, 3, 31), "the trail was made anew", None)
LIVED_WITH = msgspec.structs.replace(scenes.FLEET, accepted=(ACCEPTED,))


def fault(kind: FaultKind, says: str, number: int = 0, **more: object) -> Fault:
    name = f"AWSLogs/{number:012}/CloudTrail/us-east-1/2026/11/23/file-{number}\x1b.json.gz"
    return msgspec.structs.replace(Fault(kind, BUCKET, name, says, NOW - 7 * HOUR), **more)


def folder(
    name: str, region: str, *faults: Fault, proven: tuple[tuple[int, int], ...] = ((24, 1),)
) -> FolderSummary:
    account = ACCOUNTS[name]
    spans = tuple(Span(NOW - first * HOUR, NOW - last * HOUR) for first, last in proven)
    failing = sum(each.fails for each in faults)
    chain = ChainReport(
        bucket=BUCKET,
        account=account,
        region=region,
        trail="logkeep",
        home_region="us-east-1",
        digests_valid=24,
        logs_valid=40,
        verified_from=NOW - DAY,
        verified_until=NOW - HOUR,
        proven=spans,
        faults=faults,
        faults_failing=failing,
        faults_unknown=len(faults) - failing,
    )
    return FolderSummary(
        folder=Folder(BUCKET, account, region),
        verified_at=NOW,
        oldest=NOW - DAY,
        newest=NOW - HOUR,
        chains=(chain,),
    )


def report(*folders: FolderSummary) -> Report:
    return Report(taken_at=NOW, start=None, end=NOW, folders=folders)


CHANGED = fault("log-changed", "its hash is not the one that its digest records")
MISSING = fault("log-missing", "its digest lists it", 1, found_at=NOW - 3 * DAY)
GAP = Fault(
    "gap",
    BUCKET,
    "",
    "no digest from 2026-11-22T22:10:00Z until 2026-11-23T02:10:00Z: "
    "the trail was stopped at 2026-11-22 21:40:00 UTC",
    NOW - HOUR,
    NOW - 5 * HOUR,
)
UNREAD = [fault("digest-unreadable", "AccessDenied: not authorized", n) for n in range(7)]
REPORTS = {
    "nothing": report(),
    "valid": report(folder("production", "us-east-1"), folder("staging", "us-east-1")),
    "tampered": report(
        folder("security", "us-east-1"),
        folder("production", "us-east-1", CHANGED, MISSING, proven=((24, 8), (7, 1))),
        folder("production", "eu-west-1"),
    ),
    "unreadable": report(folder("security", "eu-west-1", *UNREAD, proven=())),
    "stopped": report(folder("staging", "us-east-1", GAP, proven=((24, 5),))),
    "not-looked": report(folder("staging", "us-east-1", proven=((24, 20), (12, 7)))),
}


def stands(found: Report, fleet: object = scenes.FLEET) -> dict[Where, Stands]:
    return by_place(fleet, found, Wanted(), lambda _account, _region: NOW - 2 * HOUR)


def test_a_start_that_is_later_than_what_is_due_asks_of_its_own_hour() -> None:
    wanted = Wanted(start=NOW - HOUR)
    proven = report(folder("staging", "us-east-1", proven=((24, 0),)))
    (found,) = by_place(scenes.FLEET, proven, wanted, lambda *_: NOW - 2 * HOUR).values()
    assert (found.verdict, found.proven) == ("holds", (Span(NOW - HOUR, NOW),))
    behind = report(folder("staging", "us-east-1", proven=((24, 1),)))
    (found,) = by_place(scenes.FLEET, behind, wanted, lambda *_: NOW - 2 * HOUR).values()
    assert found.verdict == "unknown"
    assert found.holes, "a time that is unknown is named"


def test_accounts_that_stand_alike_share_a_line_where_they_fill_a_screen() -> None:
    fleet = fleet_of({f"a{i}": f"{i:012}" for i in range(1, 41)})
    one = folder("security", "us-east-1").chains[0]
    folders = [
        FolderSummary(
            folder=Folder(BUCKET, account, "us-east-1"),
            verified_at=NOW,
            oldest=NOW - DAY,
            newest=NOW - HOUR,
            chains=(msgspec.structs.replace(one, account=account),),
        )
        for account in fleet.accounts.values()
    ]
    found = report(*folders)
    text = report_text(fleet, found, stands(found, fleet), Paint(width=80))
    assert text.splitlines()[:2] == [
        "✓ a1 and 39 more  960 valid digests, 1,600 valid log files in 1 Region",
        "                  proven 2026-11-22 03:10 to 2026-11-23 02:10 UTC",
    ]


@pytest.mark.parametrize("name", REPORTS)
def test_the_text(name: str, golden: SnapshotAssertion) -> None:
    found = REPORTS[name]
    assert report_text(scenes.FLEET, found, stands(found), Paint(width=80)) == golden


def test_what_is_lived_with(golden: SnapshotAssertion) -> None:
    found = REPORTS["stopped"]
    assert report_text(LIVED_WITH, found, stands(found, LIVED_WITH), Paint(width=80)) == golden


@pytest.mark.parametrize("name", ["tampered", "stopped"])
def test_the_text_in_sixty_columns(name: str, golden: SnapshotAssertion) -> None:
    found = REPORTS[name]
    assert report_text(scenes.FLEET, found, stands(found), Paint(width=60)) == golden


def test_the_json(golden: SnapshotAssertion) -> None:
    found = REPORTS["tampered"]
    assert as_json(report_json(scenes.FLEET, found, stands(found))) == golden
