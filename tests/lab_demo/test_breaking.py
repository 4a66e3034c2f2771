"""Whatever the lab can break, diagnose finds by its very code, and the lab can undo."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from labs import Bench, bench
from logkeep.aws.collect import collect
from logkeep.aws.session import Session
from logkeep.cli.program import run
from logkeep.diagnose import Diagnosed, diagnose
from logkeep.facts import Facts
from logkeep.lab.breaking import act
from logkeep.lab.breaking.special import SPECIAL
from logkeep.lab.breaking.table import BREAKS, BY_CODE, Break
from logkeep.lab.breaking.underneath import WAYS
from logkeep.lab.fleet_text import fleet_text
from logkeep.lab.people import environment_of
from logkeep.lab.statefile import Running, running
from logkeep.plan import plan
from logkeep.show.words import all_words
from logkeep.snapshot import Snapshot
from logkeep.wants import wants
from worlds import ACCOUNTS, fleet_of

STAGING = "333333333333"
KEEPER = "111111111111"
OF_KEEPER = {"log-bucket-loop"}
"""What only the archive's account can have, whichever account is named."""
SHARED = re.compile(
    "bucket-(?!misspelt|refuses|denies)|key-(?!refuses|denies)"
    "|logs|policy|reader|requester|settings|transport|writer"
)
"""What all routes pass through; the rest is of one account."""
LATER = {"delivery-stale", "chain-broken", "loggroup-stale"}
OF_GROUPS = re.compile("trail-no-loggroup|loggroup-|role-")
"""What only trails that send to a log group too can have."""


class Broom:
    """A lab all well, in which one thing after the other is broken and mended."""

    def __init__(self, lab: Bench) -> None:
        self.lab = lab
        self.fleet = lab.fleet
        self.running: Running = running(lab.lab)
        self.session = Session(lab.fleet)
        self.well = Facts(self.fleet, self.collect())

    def collect(self) -> Snapshot:
        return collect(self.fleet, wants(self.fleet), self.session)

    def spoil(self, code: str) -> act.Broken:
        return act.spoil(self.running, self.well, code, STAGING, self.session.account_client)

    def mend(self, broken: act.Broken) -> None:
        if not act.mend(self.running, broken, self.session.account_client):
            self.lab.mend()


@pytest.fixture(scope="module")
def broom() -> Iterator[Broom]:
    """A lab set up and delivering; with a prefix, so that it can be a wrong one, and Insights."""
    fleet = fleet_of(prefix="logs")
    logs = tuple(msgspec.structs.replace(e, insights=("ApiCallRateInsight",)) for e in fleet.logs)
    with bench(ACCOUNTS, msgspec.structs.replace(fleet, logs=logs)) as lab:
        lab.mend()
        lab.pass_hours(2.2)
        yield Broom(lab)


@pytest.fixture(scope="module")
def grouped() -> Iterator[Broom]:
    """A lab whose trails send to a log group besides."""
    fleet = fleet_of()
    logs = tuple(msgspec.structs.replace(e, log_group="SecurityTrail") for e in fleet.logs)
    with bench(ACCOUNTS, msgspec.structs.replace(fleet, logs=logs)) as lab:
        lab.mend()
        lab.pass_hours(2.2)
        yield Broom(lab)


def first_code(route: Diagnosed) -> str:
    """The code of the first broken link; nothing is verified here, which is no break."""
    code = route.first[1].code if route.first else ""
    idle = code == "loggroup-stale" and route.verdict == "unknown"
    return "" if code == "chain-broken" or idle else code


def cases() -> list[object]:
    here = [each for each in BREAKS if not OF_GROUPS.match(each.code)]
    soon = [each for each in here if each.code not in LATER]
    return [pytest.param(each, id=each.code) for each in soon]


@pytest.mark.parametrize("each", cases())
def test_what_is_broken_is_found_by_its_code_and_undone(broom: Broom, each: Break) -> None:
    broken = broom.spoil(each.code)
    snapshot = broom.collect()
    broom.mend(broken)
    found = diagnose(broom.fleet, snapshot)
    whose = KEEPER if each.code in OF_KEEPER else STAGING
    spoilt = {first_code(route) for route in found.routes if route.account == whose}
    assert spoilt - {""} == {each.found_as}
    others = {first_code(route) for route in found.routes if route.account != whose}
    assert others == ({each.found_as} if SHARED.match(each.code) else {""})
    if each.first:  # the code itself comes behind, or keeps a plan from mending
        behind = {f.code for r in found.routes for h in r.hops for f in h.findings}
        blocked = {obstacle.code for obstacle in plan(broom.fleet, snapshot).blocked}
        assert each.code in behind | blocked


def group_cases() -> list[object]:
    found = [b for b in BREAKS if OF_GROUPS.match(b.code) and b.code not in LATER]
    return [pytest.param(each, id=each.code) for each in found]


@pytest.mark.parametrize("each", group_cases())
def test_a_broken_log_group_is_found_by_its_code_and_undone(grouped: Broom, each: Break) -> None:
    broken = grouped.spoil(each.code)
    snapshot = grouped.collect()
    grouped.mend(broken)
    found = diagnose(grouped.fleet, snapshot)
    told = {(route.name, first_code(route)) for route in found.routes if first_code(route)}
    assert told == {(f"cloudwatch/{STAGING}/us-east-1", each.code)}
    after = diagnose(grouped.fleet, grouped.collect())
    assert {first_code(route) for route in after.routes} == {""}


def test_a_silent_log_group_is_found_while_the_account_is_active(grouped: Broom) -> None:
    grouped.lab.pass_hours(1.2)  # a group that was made just now may be empty
    grouped.collect()  # which asks, and so is activity
    grouped.lab.pass_hours(0.3)
    assert {first_code(r) for r in diagnose(grouped.fleet, grouped.collect()).routes} == {""}
    broken = grouped.spoil("loggroup-stale")
    snapshot = grouped.collect()
    grouped.mend(broken)
    found = diagnose(grouped.fleet, snapshot)
    assert {(r.account, first_code(r)) for r in found.routes if first_code(r)} == {
        (STAGING, "loggroup-stale")
    }


def test_all_is_well_after_all_was_broken_and_undone(broom: Broom) -> None:
    found = diagnose(broom.fleet, broom.collect())
    assert {first_code(route) for route in found.routes} == {""}


@pytest.fixture
def in_folder(broom: Broom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder to type commands in."""
    text = fleet_text(broom.running.accounts, broom.running.regions)
    prefixed = text.replace("readers =", 'prefix = "logs"\nreaders =')
    (tmp_path / "logkeep.toml").write_text(prefixed)
    monkeypatch.chdir(tmp_path)


def routes_of(capsys: pytest.CaptureFixture[str], code: int) -> dict[str, list[str]]:
    """What `logkeep diagnose` says now: the codes that fail, by route."""
    capsys.readouterr()
    assert run(["diagnose", "--fresh", "--json"]) == code
    told = json.loads(capsys.readouterr().out)
    return {
        route["name"]: [
            finding["code"]
            for hop in route["hops"]
            for finding in hop["findings"]
            if finding["verdict"] == "fails"
        ]
        for route in told["routes"]
    }


def verify_as_reader(broom: Broom, monkeypatch: pytest.MonkeyPatch) -> int:
    with monkeypatch.context() as patched:
        for name, value in environment_of(broom.running, "LogReader@security").items():
            patched.setenv(name, value)
        return run(["verify"])


@pytest.mark.usefixtures("in_folder")
def test_a_broken_chain_is_found_once_it_was_verified(
    broom: Broom,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "chain-broken" not in str(routes_of(capsys, 3))
    broken = broom.spoil("chain-broken")
    assert verify_as_reader(broom, monkeypatch) == 1
    failing = {name for name, codes in routes_of(capsys, 1).items() if codes == ["chain-broken"]}
    broom.mend(broken)
    assert failing
    assert failing <= {f"cloudtrail/{STAGING}/{region}" for region in broom.running.regions}
    assert verify_as_reader(broom, monkeypatch) == 0


def test_a_silence_is_found_when_the_heartbeat_stays_away(broom: Broom) -> None:
    broken = broom.spoil("delivery-stale")
    assert {first_code(r) for r in diagnose(broom.fleet, broom.collect()).routes} == {""}
    broom.lab.pass_hours(BY_CODE["delivery-stale"].hours)
    snapshot = broom.collect()
    broom.mend(broken)
    found = diagnose(broom.fleet, snapshot)
    assert {(r.account, first_code(r)) for r in found.routes if first_code(r)} == {
        (STAGING, "delivery-stale")
    }


def test_every_code_of_the_table_can_be_broken_and_every_way_is_in_it() -> None:
    underneath = {each.code for each in BREAKS if each.way == "underneath"}
    assert underneath == set(WAYS)
    assert SPECIAL.keys() <= BY_CODE.keys() - underneath
    assert len(BY_CODE) == len(BREAKS)


def test_what_was_broken_is_remembered_as_it_was(tmp_path: Path) -> None:
    kept = [act.Broken("trail-off", STAGING, "stopped"), act.Broken("key-unfit", STAGING, "unfit")]
    act.remember(tmp_path / "breaks.json", kept)
    assert act.remembered(tmp_path / "breaks.json") == kept
    assert act.remembered(tmp_path / "nothing.json") == []
    assert msgspec.json.decode((tmp_path / "breaks.json").read_bytes())[0]["code"] == "trail-off"


def test_every_finding_there_is_can_be_broken() -> None:
    """A new kind of finding is not done before the lab can bring it about."""
    assert all_words().keys() - BY_CODE.keys() == set()
