"""The commands that put files back: one for all, which does what one for each would do."""

from __future__ import annotations

import datetime
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.archive.report import Earlier, Fault
from logkeep.show.paint import Paint
from logkeep.show.restoring import can_undo_together, undo_lines, undo_together_lines

AT = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
ODD = ("a b", "$HOME", "`id`", "'x'", "\\n", "-", "ü", "END", "a\tb", " a", "%41", "a#b;c")
KEYS = st.lists(
    st.lists(st.sampled_from((*ODD, "AWSLogs", "1.json.gz")), min_size=1, max_size=3).map("/".join),
    min_size=2,
    max_size=6,
    unique=True,
)


def gone(key: str, marker: str = "m1", *, is_whole: bool | None = True) -> Fault:
    earlier = Earlier("v/1+2=", AT, AT, marker, is_whole=is_whole, above=marker)
    return Fault("log-missing", "logs", key, "", AT, earlier=earlier)


def made(lines: list[str], folder: Path) -> list[list[str]]:
    """The calls that a shell makes of these lines, by an `aws` that writes down what it is told."""
    aws = folder / "aws"
    aws.write_text('#!/bin/sh\nprintf "%s\\0" "$@" >> "$SAID"; printf "\\1" >> "$SAID"\n')
    aws.chmod(0o755)
    said = folder / "said"
    said.write_text("")
    path = f"{folder}:{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-c", "\n".join(lines)], env={"PATH": path, "SAID": str(said)}, check=True
    )
    return [call.split("\0")[:-1] for call in said.read_text().split("\1")[:-1]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shell")


@given(KEYS, st.sampled_from(("", "m1")))
def test_one_command_for_all_does_what_one_for_each_does(
    folder: Path, keys: list[str], marker: str
) -> None:
    faults = [gone(key, marker) for key in keys]
    together = can_undo_together(faults)
    # A key that a shell cannot read back from a line keeps a command of its own.
    plain = [key for key in keys if key.isprintable() and key == key.strip()]
    assert [each.key for each in together] == (plain if len(plain) > 1 else [])
    each = [
        line.removeprefix("  undo   ") for fault in together for line in undo_lines(fault, Paint())
    ]
    assert made(list(undo_together_lines(together, Paint()))[1:], folder) == made(each, folder)


def test_what_cannot_be_put_back_has_no_command() -> None:
    changed = gone("b", is_whole=False)
    assert can_undo_together([gone("a"), changed]) == []
    assert list(undo_lines(changed, Paint())) == []
    assert [f.key for f in can_undo_together([gone("a"), gone("b", ""), gone("c")])] == ["a", "c"]
