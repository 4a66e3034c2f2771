"""A time is taken as ISO 8601 writes it, with or without seconds."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from logkeep.cli.program import program


@pytest.mark.parametrize("text", ["T03:00", "T03:00Z", "T03:00:00", "T03:00:00Z", ""])
def test_a_time_is_taken(text: str) -> None:
    words = ["--fleet", "none.toml", "verify", "--start", f"2026-11-23{text}"]
    found = CliRunner().invoke(program, words)
    assert "is not a time" not in found.output
    assert "none.toml" in str(found.exception)


@pytest.mark.parametrize("text", ["2026-11-23T3", "23.11.2026", "2026-11-23T03:00+01:00"])
def test_what_is_none_is_said(text: str) -> None:
    found = CliRunner().invoke(program, ["verify", "--start", text])
    assert f"`{text}` is not a time" in found.output
    assert found.exit_code == 2
