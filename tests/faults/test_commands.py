"""No command says better of a fleet than it is, or fails itself, whatever comes for an answer."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto.s3.models import s3_backends

from logkeep.aws import connection
from support import scenes
from support.command_line import Run
from support.faults import CHIEF, Faults, Page, faults
from support.labs import Bench, bench
from support.worlds import ACCOUNTS

WHOLE_ANSWER_S = 0.05
WHO = "sts:GetCallerIdentity"
ALL_UNKNOWN = {"holds": 0, "fails": 0, "unknown": 6, "accepted": 0}
LOOKING = ("diagnose", "verify", "plan", "apply --yes", "who --archive", "list")


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    """All well, and proven to be: see `test_the_truth`."""
    with bench(ACCOUNTS) as made:
        made.mend()
        made.pass_hours(6)
        yield made


@pytest.fixture
def spoilt(lab: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    (folder / "logkeep.toml").write_text(scenes.FLEET_TEXT, encoding="utf-8")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(name, value)
    with faults(lab.lab) as made:
        yield made


def but(fault: str, *names: str) -> Callable[[str], str | None]:
    """A fault of every call but these."""
    return lambda name: None if name in names else fault


def first(count: int, call: str, fault: str) -> Callable[[str], str | None]:
    """A fault of a call's first times."""
    left = [count]

    def spoilt(name: str) -> str | None:
        left[0] -= name == call
        return fault if name == call and left[0] >= 0 else None

    return spoilt


def test_the_truth(logkeep: Run, spoilt: Faults) -> None:
    assert logkeep("verify").code == 0
    assert logkeep("diagnose").code == 0
    assert "s3:GetObject" in spoilt.seen


@pytest.mark.parametrize("fault", CHIEF)
def test_where_nothing_is_answered_nothing_is_known(
    logkeep: Run, spoilt: Faults, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WHOLE_ANSWER_S", WHOLE_ANSWER_S)
    spoilt.spoilt = but(fault, WHO)
    said = logkeep("diagnose", "--json")
    assert json.loads(said.out)["summary"] == ALL_UNKNOWN
    assert said.code == 3
    assert logkeep("plan", "--json").code == 0
    spoilt.spoilt = but(fault)
    for command in LOOKING:
        assert logkeep(*command.split()).code in (2, 3), command


@pytest.mark.parametrize("fault", [*CHIEF, "gzip-with-headers"])
@pytest.mark.parametrize("call", ["s3:GetObject", "cloudtrail:ListPublicKeys", "sts:AssumeRole"])
def test_what_verify_cannot_read_is_unknown(
    logkeep: Run, spoilt: Faults, call: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WHOLE_ANSWER_S", WHOLE_ANSWER_S)
    spoilt.pages["gzip"] = Page(gzip.compress(b'{"Records": []}'), "application/x-gzip")
    spoilt.spoilt = {call: fault}.get
    said = logkeep("verify", "--json")
    assert call in spoilt.seen
    assert said.code == 3, said.out
    assert "-changed" not in said.out


@pytest.mark.usefixtures("spoilt")
def test_what_somebody_put_in_a_log_s_place_is_a_change(logkeep: Run, lab: Bench) -> None:
    """Which S3 sends with a checksum that fits it."""
    bucket = lab.fleet.archive.bucket
    with lab.lab.front.lock:
        keys = s3_backends[lab.fleet.archive.account]["aws"].get_bucket(bucket).keys
        log = next(keys[name] for name in keys if "/CloudTrail/" in name)
        before = log.value
        log.value = gzip.compress(b'{"Records": []}')
    try:
        said = logkeep("verify", "--again", "--json")
        assert (said.code, "log-changed" in said.out) == (1, True)
    finally:
        log.value = before


def test_one_reset_is_made_good(logkeep: Run, spoilt: Faults) -> None:
    spoilt.spoilt = first(2, "s3:GetObject", "cut")
    assert logkeep("verify").code == 0


JSON = "application/x-amz-json-1.1"
VERSIONING = b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">%s\
</VersioningConfiguration>'
MISTYPED = {
    "a time far off": ("GetTrailStatus", b'{"IsLogging":true,"LatestDeliveryTime":1e300}'),
    "a start far off": ("GetTrailStatus", b'{"IsLogging":true,"StartLoggingTime":1e300}'),
    "no list of trails": ("DescribeTrails", b'{"trailList":{}}'),
    "null for the trails": ("DescribeTrails", b'{"trailList":null}'),
    "no list of policies": ("ListPoliciesForTarget", b'{"Policies":{}}'),
    "no list of grants": ("ListGrants", b'{"Grants":{}}'),
    "lists in lists": ("DescribeTrails", b'{"trailList":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "a status with spaces": ("GetBucketVersioning", VERSIONING % b"<Status>  Enabled</Status>"),
}


@pytest.mark.parametrize(("call", "body"), MISTYPED.values(), ids=MISTYPED)
def test_what_is_of_another_type_is_unknown(
    logkeep: Run, spoilt: Faults, call: str, body: bytes
) -> None:
    spoilt.pages["mistyped"] = Page(body, "text/xml" if body.startswith(b"<") else JSON)
    spoilt.spoilt = lambda name: "mistyped" if name.endswith(f":{call}") else None
    assert logkeep("list").code in (0, 3)
    said = logkeep("diagnose", "--json")
    assert any(name.endswith(f":{call}") for name in spoilt.seen)
    summary = json.loads(said.out)["summary"]
    assert summary["fails"] == 0
    assert said.code == 3, summary
