"""docs/commands.md says just what `--help` says; `make golden` writes it anew."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from logkeep.cli.program import program
from logkeep.cli.settings import Settings
from logkeep.cli.topics import TOPICS
from logkeep.cli.try_ import LINES as TRIED
from logkeep.cli.verbs import VERBS, is_there
from support.places import ROOT

PAGE = ROOT / "docs" / "commands.md"
HEAD = """\
# Commands

What each command says of itself; `make golden` rewrites this page. What it answers with `--json`
is on [a page of its own](json.md), key by key.
"""


def helped(*arguments: str) -> str:
    found = CliRunner().invoke(
        program, [*arguments, "--help"], obj=Settings(), prog_name="logkeep", terminal_width=90
    )
    assert found.exit_code == 0
    return found.output


def page() -> str:
    verbs = [name for name in VERBS if is_there(name)]
    parts = [HEAD, f"## logkeep\n\n```text\n{helped()}```\n"]
    for name in verbs:
        parts.append(f"## logkeep {name}\n\n```text\n{helped(name)}```\n")
        within = TRIED if name == "try" else ()
        parts += [
            f"## logkeep {name} {each}\n\n```text\n{helped(name, each)}```\n" for each in within
        ]
    parts += [f"## logkeep help {name}\n\n```text\n{text}```\n" for name, text in TOPICS.items()]
    return "\n".join(parts)


def test_the_page_of_commands_is_up_to_date(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("update_snapshots"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_verb_has_help_in_lines_that_fit() -> None:
    for name in VERBS:
        if is_there(name):
            lines = helped(name).splitlines()
            assert lines[0].startswith(f"Usage: logkeep {name}")
            assert max(map(len, lines)) <= 90
            assert len(VERBS[name]) <= 80
            assert VERBS[name].endswith(".")
