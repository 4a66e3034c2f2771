"""Readers and writers are asked about the folder in which the logs really lie."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from logkeep.access.bucket import of_bucket
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from support.worlds import READER, fleet_of, well

FLEETS = {
    "AWSLogs/1": fleet_of(),
    "logs/AWSLogs/1": fleet_of(prefix="logs"),
    "AWSLogs/o-exampleorg1": fleet_of(organization=True),
}


def reading(fleet: Fleet, folder: str) -> Snapshot:
    """A fleet all well, but that the bucket's policy lets readers into one folder only."""
    snapshot = well(fleet)
    question = of_bucket(Facts(fleet, snapshot), "s3:GetBucketPolicy")
    document = json.loads(msgspec.json.decode(snapshot.answers[question].body)["Policy"])
    for statement in document["Statement"]:
        if statement["Sid"] == "LogkeepRead":
            statement["Resource"] = f"{fleet.bucket_arn}/{folder}*"
    return snapshot.with_answers({question: reply({"Policy": json.dumps(document)})})


def of_reader(fleet: Fleet, snapshot: Snapshot) -> set[str]:
    found: set[Any] = {
        finding.verdict
        for route in diagnose(fleet, snapshot).routes
        if route.account == "111111111111"
        for hop in route.hops
        for finding in hop.findings
        if hop.arn == READER and finding.code == "reader-cannot-read"
    }
    return found


@pytest.mark.parametrize("folder", FLEETS)
def test_who_may_read_where_the_logs_lie_reads(folder: str) -> None:
    fleet = FLEETS[folder]
    assert of_reader(fleet, reading(fleet, folder)) == {"holds"}


@pytest.mark.parametrize("folder", FLEETS)
def test_who_may_read_elsewhere_only_reads_nothing(folder: str) -> None:
    fleet = FLEETS[folder]
    others = [other for other in FLEETS if other != folder]
    for other in others:
        assert "fails" in of_reader(fleet, reading(fleet, other)), other
