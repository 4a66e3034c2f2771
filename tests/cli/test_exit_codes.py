"""What a command exits with, and where what it says goes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from logkeep.cli.plan_file import read_plan
from logkeep.snapshot import Snapshot
from support import scenes
from support.command_line import Kept, Run

VERDICTS = [
    (scenes.healthy, 0),
    (scenes.key_drops_production, 1),
    (scenes.staging_unassumable, 3),
    (scenes.before, 1),
]


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(("scene", "code"), VERDICTS, ids=lambda v: getattr(v, "__name__", v))
def test_diagnose_says_yes_no_or_cannot_tell(
    logkeep: Run, kept: Kept, scene: Callable[[], Snapshot], code: int
) -> None:
    path = kept(scene())
    assert logkeep("diagnose", "--snapshot", path).code == code
    assert logkeep("--snapshot", path, "diagnose", "--json").code == code


@pytest.mark.usefixtures("fleet")
def test_json_is_alone_on_stdout(logkeep: Run, kept: Kept) -> None:
    said = logkeep("diagnose", "--snapshot", kept(scenes.before()), "--json")
    found = json.loads(said.out)
    assert found["schema"] == 1
    assert found["summary"] == {"holds": 0, "fails": 6, "unknown": 0, "accepted": 0}
    assert "4 minutes old" in said.err


@pytest.mark.usefixtures("fleet")
def test_holding_findings_need_all(logkeep: Run, kept: Kept) -> None:
    path = kept(scenes.healthy())

    def findings(*options: str) -> int:
        found = json.loads(logkeep("diagnose", "--snapshot", path, "--json", *options).out)
        return sum(len(hop["findings"]) for route in found["routes"] for hop in route["hops"])

    assert findings() == 0
    assert findings("--all") > 100


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (["production"], 2),
        (["222222222222"], 2),
        (["us-east-1"], 3),
        (["production/us-east-1"], 1),
        (["cloudtrail/222222222222/eu-west-1"], 1),
        (["cloudtrail/*/eu-*"], 3),
        (["production", "staging"], 4),
    ],
)
def test_routes_are_chosen_by_their_parts(
    logkeep: Run, kept: Kept, wanted: list[str], count: int
) -> None:
    said = logkeep("diagnose", "--snapshot", kept(scenes.healthy()), "--json", *wanted)
    assert len(json.loads(said.out)["routes"]) == count


@pytest.mark.usefixtures("fleet")
def test_an_unknown_route_is_a_bad_question(logkeep: Run, kept: Kept) -> None:
    said = logkeep("diagnose", "--snapshot", kept(scenes.healthy()), "prod", "stage")
    assert said.code == 2
    assert "`prod`" in said.err
    assert "`stage`" in said.err


@pytest.mark.usefixtures("fleet")
def test_plan_check_says_whether_anything_is_pending(logkeep: Run, kept: Kept) -> None:
    for scene, code in ((scenes.healthy, 0), (scenes.before, 1), (scenes.header_forced, 1)):
        path = kept(scene())
        assert logkeep("plan", "--snapshot", path, "--check").code == code
        assert logkeep("plan", "--snapshot", path).code == 0


@pytest.mark.usefixtures("fleet")
def test_plan_check_cannot_tell_where_nothing_is_broken_but_something_unseen(
    logkeep: Run, kept: Kept
) -> None:
    unseen = scenes.healthy().without([scenes.bucket_policy_ask()])
    said = logkeep("plan", "--snapshot", kept(unseen), "--check")
    assert said.code == 3
    assert "stay broken" not in said.out


@pytest.mark.usefixtures("fleet")
def test_apply_that_mends_nothing_while_routes_stay_broken_says_no(
    logkeep: Run, kept: Kept, folder: Path
) -> None:
    path = kept(scenes.header_forced())
    logkeep("plan", "--snapshot", path, "-o", folder / "plan.json")
    said = logkeep("apply", folder / "plan.json", "--yes")
    assert said.code == 1
    assert "6 of 6 routes stay broken" in said.out


@pytest.mark.usefixtures("fleet")
def test_apply_never_asks_where_nobody_answers(logkeep: Run, kept: Kept) -> None:
    said = logkeep("apply", "--snapshot", kept(scenes.before()))
    assert said.code == 2
    assert "--yes" in said.err


@pytest.mark.usefixtures("fleet")
def test_apply_with_nothing_to_do_needs_no_aws(logkeep: Run, kept: Kept, folder: Path) -> None:
    path = kept(scenes.healthy())
    assert logkeep("plan", "--snapshot", path, "-o", folder / "plan.json").code == 0
    said = logkeep("apply", folder / "plan.json", "--yes")
    assert said.code == 0
    assert said.out.startswith("No changes.")


def test_init_writes_once(logkeep: Run, folder: Path) -> None:
    assert logkeep("init").code == 0
    before = (folder / "logkeep.toml").read_bytes()
    said = logkeep("init")
    assert said.code == 2
    assert "is there already" in said.err
    assert (folder / "logkeep.toml").read_bytes() == before


def test_what_init_writes_is_a_fleet_file(logkeep: Run, kept: Kept) -> None:
    logkeep("init")
    said = logkeep("diagnose", "--snapshot", kept(scenes.before()))
    assert said.code in (1, 3)


def test_the_fleet_file_is_found_above(
    logkeep: Run, kept: Kept, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kept(scenes.healthy())
    below = fleet.parent / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert logkeep("diagnose", "--snapshot", path).code == 0


def test_flag_goes_before_environment_before_folder(
    logkeep: Run, kept: Kept, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kept(scenes.healthy())
    other = fleet.parent / "other.toml"
    other.write_text(scenes.FLEET_TEXT.replace('"acme"', '"other"'), encoding="utf-8")
    monkeypatch.setenv("LOGKEEP_FLEET", str(other))
    said = logkeep("diagnose", "--snapshot", path)
    assert said.code == 2
    assert "fleet `acme`" in said.err
    assert logkeep("diagnose", "--snapshot", path, "--fleet", fleet).code == 0


def test_a_broken_pipe_is_quiet(
    logkeep: Run, kept: Kept, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone:
        encoding = "utf-8"

        def isatty(self) -> bool:
            return False

        def write(self, _: str) -> int:
            raise BrokenPipeError

    assert fleet.exists()
    path = kept(scenes.key_drops_production())
    monkeypatch.setattr("sys.stdout", Gone())
    said = logkeep("diagnose", "--snapshot", path)
    assert said.code == 1
    assert "error" not in said.err


class Terminal(io.StringIO):
    """Somebody who sits there and types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(("typed", "code"), [("n\n", 1), ("\n", 1), ("", 130)])
def test_apply_asks_and_takes_no_for_an_answer(
    logkeep: Run, kept: Kept, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    said = logkeep("apply", "--snapshot", kept(scenes.before()))
    assert said.code == code
    assert said.out.splitlines()[-1].startswith("Plan: ")
    assert "Make these changes?" in said.err


@pytest.mark.usefixtures("fleet")
def test_a_plan_file_keeps_what_the_plan_may_cost(logkeep: Run, kept: Kept, folder: Path) -> None:
    logkeep("plan", "--snapshot", kept(scenes.before()), "-o", folder / "plan.json")
    codes = {cost.code for cost in read_plan(folder / "plan.json").costs}
    assert codes == {"key", "storage", "key-requests", "data-events"}
