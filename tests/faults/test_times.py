"""A time without a zone, or that no calendar holds, is an answer that is not AWS's."""

from __future__ import annotations

import gzip
import re
import socket
import time
from pathlib import Path

import pytest

import logkeep as program
from logkeep.access.bucket import of_bucket
from logkeep.aws import line
from logkeep.aws.files import write_snapshot
from logkeep.snapshot import reply
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.snapshot import Origin
from support import scenes
from support.command_line import Run

TIME = re.compile(r'"(\w+)":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)Z"')
ROOT = Path(program.__file__).parent


def healthy(folder: Path) -> str:
    write_snapshot(folder / "good.gz", scenes.healthy())
    return gzip.decompress((folder / "good.gz").read_bytes()).decode()


@pytest.mark.parametrize(
    "form",
    [r"\2", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z"],
)
def test_a_time_that_is_none_is_unknown_or_refused(logkeep: Run, fleet: Path, form: str) -> None:
    text = healthy(fleet.parent)
    names = sorted({name for name, _ in TIME.findall(text)})
    assert len(names) > 5
    for name in names:
        other = re.sub(rf'"({name})":"([^"]+)Z"', rf'"\1":"{form}"', text)
        assert other != text, name
        Path("bad.gz").write_bytes(gzip.compress(other.encode(), 1))
        said = logkeep("diagnose", "--snapshot", "bad.gz")
        assert said.code in (0, 1, 2, 3), (name, said.err)
        if form == r"\2":
            assert said.code in (2, 3), name


def test_every_time_of_a_value_says_its_zone() -> None:
    """`Time` has a decoder refuse one that does not, which no other time can be compared with."""
    bare = re.compile(r"^    \w+: datetime\.datetime( \| None)?( = \w+)?$", re.MULTILINE)
    found = [path for path in ROOT.rglob("*.py") if "lab" not in path.relative_to(ROOT).parts[:1]]
    assert len(found) > 100
    for path in found:
        assert not bare.findall(path.read_text("utf-8")), path


NUMBER = re.compile(r'"(\w+)":(-?\d+)(?=[,}])')


@pytest.mark.parametrize("number", [10**17, -(10**17), 2**63, 0])
def test_a_number_that_no_calendar_holds_is_no_fault_of_ours(
    logkeep: Run, fleet: Path, number: int
) -> None:
    fleet.write_text(f'{scenes.FLEET_TEXT}log-group = "SecurityTrail"\n', encoding="utf-8")
    _, snapshot = scenes.to_log_groups()
    facts = Facts(scenes.FLEET, snapshot)
    rule = {"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 30}}
    expiring = of_bucket(facts, "s3:GetBucketLifecycleConfiguration")
    snapshot = snapshot.with_answers({expiring: reply({"Rules": [rule]})})
    write_snapshot(fleet.parent / "good.gz", snapshot, Origin(ahead_s=1))
    text = gzip.decompress((fleet.parent / "good.gz").read_bytes()).decode()
    names = sorted({name for name, _ in NUMBER.findall(text)})
    assert {"lastEventTimestamp", "Days", "ahead_s"} <= set(names)
    for name in names:
        other = re.sub(rf'"({name})":-?\d+(?=[,}}])', rf'"\1":{number}', text)
        Path("bad.gz").write_bytes(gzip.compress(other.encode(), 1))
        said = logkeep("diagnose", "--snapshot", "bad.gz")
        assert said.code in (0, 1, 2, 3), (name, said.err)


@pytest.mark.parametrize("length", ["", "x", "-1", "9" * 5000, "1e3", "\u00b2"])
def test_a_length_that_is_none_is_no_whole_object(length: str) -> None:
    here, there = socket.socketpair()
    with here, there:
        head = f"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: {length}\r\n\r\n"
        there.sendall(head.encode("latin-1"))
        with pytest.raises(line.Odd):
            line._read(here, 10, time.monotonic() + 5)
