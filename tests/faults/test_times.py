"""A time without a zone, or at the edge of the calendar, is an answer that is not AWS's."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

import logkeep as program
from logkeep.aws.files import write_snapshot
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
