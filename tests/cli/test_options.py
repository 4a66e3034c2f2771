"""A command takes the shared options that mean something to it, before and after its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import click
import pytest

from logkeep.cli.lab import lab
from logkeep.cli.settings import OPTIONS
from logkeep.cli.try_ import LINES as TRIED
from logkeep.cli.verbs import VERBS, load
from support.command_line import Run

ASKING = "fleet snapshot recent json"
TAKEN = {
    "init": "fleet json",
    "diagnose": ASKING,
    "plan": ASKING,
    "apply": "fleet snapshot json",
    "verify": ASKING,
    "collect": "fleet json",
    "list": ASKING,
    "who": ASKING,
    "why": ASKING,
    "try ping": ASKING,
    "try put": ASKING,
    "try replicate": ASKING,
    "permissions": "fleet snapshot json",
    "lab up": "",
    "lab demo": "",
    "lab advance": "",
    "lab work": "",
    "lab ping": "",
    "lab who": "json",
    "lab env": "",
    "lab break": "fleet json",
    "lab mend": "fleet",
    "help": "",
}
"""What `apply` asks has to be as it is now; what a lab has to say is not of a fleet."""
VALUES = {"fleet": ["other.toml"], "snapshot": ["fleet.gz"], "recent": ["10m"], "json": []}


def commands() -> Iterator[tuple[str, click.Command]]:
    for name in VERBS:
        found = load(name)
        if isinstance(found, click.Group):
            for within in lab.commands if name == "lab" else TRIED:
                command = found.get_command(click.Context(found), within)
                assert command is not None
                yield f"{name} {within}", command
        else:
            yield name, found


def test_every_command_is_judged() -> None:
    assert {name for name, _ in commands()} == set(TAKEN)
    assert set(VALUES) == set(OPTIONS)


def test_a_command_names_what_means_something_to_it_and_no_more() -> None:
    for name, command in commands():
        shown = {each.name for each in command.params if not getattr(each, "hidden", False)}
        assert shown & set(OPTIONS) == set(TAKEN[name].split()), name
        assert shown >= {"color", "debug"}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("command", "option"),
    [each for each in product(TAKEN, OPTIONS) if each[1] not in TAKEN[each[0]].split()],
    ids=str,
)
def test_what_means_nothing_is_refused_wherever_it_stands(
    logkeep: Run, command: str, option: str
) -> None:
    given = [f"--{option}", *VALUES[option]]
    after = logkeep(*command.split(), *given)
    assert (after.code, after.out) == (2, "")
    assert f"no such option `--{option}`" in after.err
    before = logkeep(*given, *command.split())
    assert (before.code, before.out) == (2, "")
    assert re.match(rf"error: `logkeep {command.split()[0]}.*` takes no --{option}\n", before.err)


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("command", "beside", "options"),
    [
        ("try put s3://b/k --bucket b.json", "--bucket", "fleet snapshot recent"),
        ("try replicate s3://b/k --bucket b.json", "--bucket", "fleet snapshot recent"),
        ("try ping a b --network n.json", "--network", "fleet snapshot recent"),
        ("try ping --record x", "--record", "fleet snapshot recent"),
        ("verify --from-folder .", "--from-folder", "snapshot recent"),
    ],
)
def test_what_means_nothing_beside_another_is_refused(
    logkeep: Run, command: str, beside: str, options: str
) -> None:
    for option in options.split():
        said = logkeep(*command.split(), f"--{option}", *VALUES[option])
        assert (said.code, said.out) == (2, "")
        assert f"error: --{option} means nothing beside {beside}\n" in said.err


CASES = [name for name, command in commands() if any(p.name == "cases" for p in command.params)]
SAID = {
    "created": "before",
    "sse": "AES256",
    "size": "1",
    "port": "1",
    "from_port": "1",
    "expect": "deny",
}


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("name", CASES)
def test_a_file_of_cases_takes_nothing_that_it_would_not_look_at(logkeep: Run, name: str) -> None:
    command = dict(commands())[name]
    for param in command.params:
        if param.name in ("cases", "json", "color", "debug", "fresh"):
            continue
        told = VALUES.get(param.name or "", [SAID.get(param.name or "", "x")])
        if isinstance(param, click.Option):
            told = [param.opts[0], *([] if param.is_flag else told)]
        said = logkeep(*name.split(), "--cases", "f.jsonl", *told)
        assert (said.code, said.out) == (2, ""), param.name
        assert "--cases brings its own questions and takes no other: leave out " in said.err, told
    before = logkeep("--snapshot", "s.gz", *name.split(), "--cases", "f.jsonl")
    assert "leave out --snapshot\n" in before.err


@pytest.mark.usefixtures("fleet")
def test_all_checks_go_with_json(logkeep: Run) -> None:
    said = logkeep("diagnose", "--all")
    assert (said.code, said.out) == (2, "")
    assert "error: --all goes with --json\n" in said.err
