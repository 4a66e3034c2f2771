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

NAME, GROUPED = "beach-sand", "sea-level"
"""One that ends in the archive, and one in a log group."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program and of the tests' support, with a skeleton of each shape."""
    copy = tmp_path_factory.mktemp("checkout")
    # What is compiled comes along: it is as good there, and takes seconds to make again.
    ignored = shutil.ignore_patterns("*.egg-info")
    for folder in ("src", "tests/support", "docs"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    for name in ("tests/conftest.py", "tests/test_house.py", "pyproject.toml", ".importlinter"):
        shutil.copy(ROOT / name, copy / name)
    write(copy, NAME)
    write(copy, GROUPED, "group")
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
    tests = ("tests/kinds/beach_sand", "tests/kinds/sea_level", "tests/test_house.py")
    said = ran(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert "passed" in said
    assert "failed" not in said


def test_lint_finds_nothing_in_it(checkout: Path) -> None:
    own = [str(p) for p in checkout.rglob("*.py") if {"beach_sand", "sea_level"} & set(p.parts)]
    assert len(own) == 2 * 5
    ran(checkout, "-m", "ruff", "format", "--check", "--quiet", *own)
    ran(checkout, "-m", "ruff", "check", *own)


def test_no_permission_of_it_is_made_up(checkout: Path) -> None:
    """Its service may be one of AWS's by name, and has no such calls."""
    said = ran(checkout, "-c", "from logkeep.aws import permissions; print(permissions.as_text())")
    assert [kind for kind in (NAME, GROUPED) if f'"{kind}:' in said] == []
    assert '"logs:PutResourcePolicy"' in said, "what a log group of its wants is real"


def test_the_fleet_file_takes_it_and_each_finding_has_its_page(checkout: Path) -> None:
    known = ran(checkout, "-c", "from logkeep.sources import kinds; print(*kinds())").split()
    assert {NAME, GROUPED} <= set(known)
    called = "import sys; from logkeep.cli import main; sys.exit(main())"
    for code in (f"{NAME}-off", f"{GROUPED}-group-missing"):
        assert code in ran(checkout, "-c", called, "help", code)


@pytest.mark.parametrize("name", ["", "Sand", "sand_2", "sand/../../x", "-sand"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no name for a kind"):
        write(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_never_written_over(checkout: Path) -> None:
    with pytest.raises(ValueError, match="is there already: nothing was written"):
        write(checkout, NAME)


def test_a_shape_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="use one of archive, group"):
        write(tmp_path, NAME, "bucket")
    assert list(tmp_path.iterdir()) == []
