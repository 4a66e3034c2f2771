"""Whatever the lab can break, diagnose finds by its very code, and the lab can undo."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from lab_demo.broom import LATER, OF_GROUPS, STAGING, Broom, first_code
from logkeep.archive.copies import UNCOMPARED
from logkeep.archive.report import FAULT_KINDS
from logkeep.archive.standing import UNVERIFIED
from logkeep.cli.program import run
from logkeep.diagnose.diagnosis import diagnose
from logkeep.lab.breaking import act
from logkeep.lab.breaking.archive import ARCHIVE
from logkeep.lab.breaking.calls import CannotBreak
from logkeep.lab.breaking.gathered import breakings, breaks, instead_of
from logkeep.lab.breaking.table import Break
from logkeep.lab.fleet_text import fleet_text
from logkeep.lab.kinds import lab_kinds
from logkeep.lab.kinds.cloudtrail.breaking import BREAKING
from logkeep.lab.people import environment_of
from logkeep.plan import plan
from logkeep.show.words import all_words
from logkeep.sources import sources
from support.labs import bench
from support.worlds import ACCOUNTS, asking, fleet_of

KEEPER = "111111111111"
OF_KEEPER = {"log-bucket-loop"}
"""What only the archive's account can have, whichever account is named."""
SHARED = re.compile(
    "bucket-(?!misspelt|refuses|denies)|key-(?!refuses|denies)"
    "|logs|policy|reader|requester|settings|transport|writer|archive-open"
)
"""What all routes pass through; the rest is of one account."""


@pytest.fixture(scope="module")
def broom() -> Iterator[Broom]:
    """A lab set up and delivering; with a prefix, so that it can be a wrong one, and Insights."""
    fleet = fleet_of(prefix="logs")
    with bench(ACCOUNTS, asking(fleet, insights=("ApiCallRateInsight",))) as lab:
        lab.mend()
        lab.pass_hours(2.2)
        yield Broom(lab)


def cases() -> list[object]:
    here = [b for b in (*BREAKING.breaks, *ARCHIVE.breaks) if not OF_GROUPS.match(b.code)]
    soon = [
        each for each in here if each.code not in LATER and not (each.organization or each.asks)
    ]
    return [pytest.param(each, id=each.code) for each in soon]


@pytest.mark.parametrize("each", cases())
def test_what_is_broken_is_found_by_its_code_and_undone(broom: Broom, each: Break) -> None:
    broken = broom.spoil(each.code)
    snapshot = broom.collect()
    broom.mend(broken)
    found = diagnose(broom.fleet, snapshot)
    whose = KEEPER if each.code in OF_KEEPER else STAGING
    spoilt = {first_code(route) for route in found.routes if route.account == whose}
    assert {each.found_as} <= spoilt - {""} <= {each.found_as, each.code}
    others = {first_code(route) for route in found.routes if route.account != whose}
    assert others == ({each.found_as} if SHARED.match(each.code) else {""})
    if each.first:  # the code itself comes behind, or keeps a plan from mending
        behind = {f.code for r in found.routes for h in r.hops for f in h.findings}
        blocked = {obstacle.code for obstacle in plan(broom.fleet, snapshot).blocked}
        assert each.code in behind | blocked


@pytest.mark.parametrize(
    "each", [b for b in breaks().values() if b.organization], ids=lambda b: b.code
)
def test_own_trails_know_no_organization_to_break(broom: Broom, each: Break) -> None:
    with pytest.raises(CannotBreak, match="organization = true"):
        broom.spoil(each.code)


@pytest.mark.parametrize("each", [b for b in breaks().values() if b.asks], ids=lambda b: b.code)
def test_what_no_fleet_file_asks_for_is_no_fault(broom: Broom, each: Break) -> None:
    with pytest.raises(CannotBreak, match=re.escape(each.asks)):
        broom.spoil(each.code)


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
    assert run(["diagnose", "--json"]) == code
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
    capsys.readouterr()
    assert run(["verify"]) == 1  # as the administrator, who may list versions
    said = capsys.readouterr().out
    assert 0 < said.count("  file   ") == said.count("  undo   aws s3api delete-object ")
    failing = {name for name, codes in routes_of(capsys, 1).items() if codes == ["chain-broken"]}
    broom.mend(broken)
    assert failing
    assert failing <= {f"cloudtrail/{STAGING}/{region}" for region in broom.running.regions}
    assert verify_as_reader(broom, monkeypatch) == 0


def test_a_silence_is_found_when_the_heartbeat_stays_away(broom: Broom) -> None:
    broken = broom.spoil("delivery-stale")
    assert {first_code(r) for r in diagnose(broom.fleet, broom.collect()).routes} == {""}
    broom.lab.pass_hours(breaks()["delivery-stale"].hours)
    snapshot = broom.collect()
    broom.mend(broken)
    found = diagnose(broom.fleet, snapshot)
    assert {(r.account, first_code(r)) for r in found.routes if first_code(r)} == {
        (STAGING, "delivery-stale")
    }


def test_global_events_come_twice_once_the_first_trail_has_shown_that_it_delivers(
    broom: Broom,
) -> None:
    broken = broom.spoil("global-events-doubled")
    broom.lab.pass_hours(breaks()["global-events-doubled"].hours)
    snapshot = broom.collect()
    broom.mend(broken)
    found = diagnose(broom.fleet, snapshot)
    assert {(r.account, r.region, first_code(r)) for r in found.routes if first_code(r)} == {
        (STAGING, "us-east-1", "global-events-doubled")
    }


def test_every_code_of_the_table_can_be_broken_and_every_way_is_in_it() -> None:
    for breaking in breakings():
        underneath = {each.code for each in breaking.breaks if each.way == "underneath"}
        assert underneath == breaking.underneath.keys()
        assert breaking.by_calls.keys() <= {each.code for each in breaking.breaks} - underneath


def test_what_was_broken_is_remembered_as_it_was(tmp_path: Path) -> None:
    kept = [act.Broken("trail-off", STAGING, "stopped"), act.Broken("key-unfit", STAGING, "unfit")]
    act.remember(tmp_path / "breaks.json", kept)
    assert act.remembered(tmp_path / "breaks.json") == kept
    assert act.remembered(tmp_path / "nothing.json") == []
    assert msgspec.json.decode((tmp_path / "breaks.json").read_bytes())[0]["code"] == "trail-off"


def test_every_finding_there_is_can_be_broken() -> None:
    """A new finding is not done before the lab can bring it about.

    `chain-broken` stands for all that is found of single files: what is done to those, the tests of
    integrity do.
    """
    assert all_words().keys() - breaks().keys() == {*FAULT_KINDS, UNVERIFIED, UNCOMPARED}
    assert {code for each in breaks().values() for code in each.brings} < {*FAULT_KINDS}


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("log-changed", "run `logkeep lab break chain-broken`, which shows it too"),
        ("digest-missing", "run `logkeep lab break --list`"),
        ("key-refusse", "did you mean `key-refuses`?"),
        ("nothing-like-it", "run `logkeep lab break --list`"),
    ],
)
def test_what_cannot_be_broken_leads_to_what_can(code: str, hint: str) -> None:
    assert instead_of(code, all_words()) == hint


def test_every_kind_has_its_half_of_the_lab() -> None:
    assert {kind.name for kind in lab_kinds()} == sources().keys()
