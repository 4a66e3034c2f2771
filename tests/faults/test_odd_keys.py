"""What somebody put into the archive under names of no day is told, and breaks no verification."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.s3.models import s3_backends

from support import scenes
from support.command_line import Run
from support.labs import Bench, bench
from support.worlds import ACCOUNTS

SECURITY = ACCOUNTS["security"]
ROOT = f"AWSLogs/{SECURITY}/CloudTrail-Digest/us-east-1"
LOGS = f"AWSLogs/{SECURITY}/CloudTrail/us-east-1"
DAYS = ("9999/12/31", "0001/01/01", "2026/02/30")


def names(day: str) -> list[str]:
    plain = day.replace("/", "")
    digest = f"{SECURITY}_CloudTrail-Digest_us-east-1_logkeep_us-east-1_{plain}T235959Z.json.gz"
    log = f"{SECURITY}_CloudTrail_us-east-1_{plain}T2359Z_abcdefghijklmnop.json.gz"
    return [f"{ROOT}/{day}/{digest}", f"{LOGS}/{day}/{log}", f"{ROOT}/2026/11/23/{digest}"]


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench({"security": SECURITY}) as made:
        made.mend()
        made.pass_hours(3)
        yield made


@pytest.mark.parametrize("day", DAYS)
def test_a_file_of_no_day(
    lab: Bench, folder: Path, logkeep: Run, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n".join(
        line for line in scenes.FLEET_TEXT.splitlines() if line[:5] not in ("produ", "stagi")
    )
    (folder / "logkeep.toml").write_text(text, encoding="utf-8")
    for name, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(name, value)
    backend: Any = s3_backends[SECURITY]["aws"]
    for key in names(day):
        backend.put_object(lab.fleet.archive.bucket, key, gzip.compress(b"{}"))
    try:
        for command in ("verify", "diagnose", "list"):
            said = logkeep(command)
            assert said.code in (0, 1, 3), (command, said.err)
    finally:
        for key in names(day):
            backend.get_bucket(lab.fleet.archive.bucket).keys.pop(key)
