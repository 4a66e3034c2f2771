"""`make kind` writes a kind that works before a line of it is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.new_kind import write
from support.places import ROOT

NAME = "beach-sand"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program and of the tests' support, with the skeleton of one kind more."""
    copy = tmp_path_factory.mktemp("checkout")
    # What is compiled comes along: it is as good there, and takes seconds to make again.
    ignored = shutil.ignore_patterns("*.egg-info")
    for folder in ("src", "tests/support", "docs"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    for name in ("tests/conftest.py", "tests/test_house.py", "pyproject.toml", ".importlinter"):
        shutil.copy(ROOT / name, copy / name)
    write(copy, NAME)
    # A house rule asks what is tracked.
    for command in (("init", "--quiet"), ("add", "--all")):
        subprocess.run(["git", *command], cwd=copy, check=True, capture_output=True)
    return copy


def ran(checkout: Path, *command: str) -> str:
    """What a command of Python prints in the copy; the test fails where the command does."""
    paths = os.pathsep.join(str(checkout / each) for each in ("src", "tests"))
    done = subprocess.run(
        [sys.executable, *command],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_keeps_the_laws_and_the_house_rules(checkout: Path) -> None:
    tests = ("tests/kinds/beach_sand", "tests/test_house.py")
    of_git = "tests/test_house.py::test_nothing_lies_at_the_root_by_accident"  # a copy has none
    own = ("-p", "no:cacheprovider", "--deselect", of_git)
    said = ran(checkout, "-m", "pytest", "-q", *own, *tests)
    assert "passed" in said
    assert "failed" not in said


def test_lint_finds_nothing_in_it(checkout: Path) -> None:
    own = [str(p) for p in checkout.rglob("*.py") if "beach_sand" in str(p)]
    assert len(own) == 5
    ran(checkout, "-m", "ruff", "format", "--quiet", *own)
    ran(checkout, "-m", "ruff", "check", *own)


def test_the_fleet_file_takes_it_and_each_finding_has_its_page(checkout: Path) -> None:
    assert NAME in ran(checkout, "-c", "from logkeep.sources import kinds; print(*kinds())")
    called = "import sys; from logkeep.cli import main; sys.exit(main())"
    assert f"{NAME}-off" in ran(checkout, "-c", called, "help", f"{NAME}-off")


@pytest.mark.parametrize("name", ["", "Sand", "sand_2", "sand/../../x", "-sand"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no name for a kind"):
        write(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_never_written_over(checkout: Path) -> None:
    with pytest.raises(ValueError, match="is there already: nothing was written"):
        write(checkout, NAME)
