"""`logkeep lab`: a whole AWS organization on this machine, to try things on and to break."""

from __future__ import annotations

import datetime
import importlib.util
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logkeep.cli.answer import answer, say
from logkeep.cli.place import FILENAME
from logkeep.cli.problem import NO, YES, Problem
from logkeep.cli.settings import Settings, common, settings_of

if TYPE_CHECKING:
    from logkeep.lab.statefile import Running

STEPS_PER_DAY = 24


@click.group("lab", short_help="Run a whole AWS organization on this machine.")
@common
def lab() -> None:
    """Run a whole AWS organization on this machine, try Logkeep on it, and break it.

    \b
    Examples:
      logkeep lab demo                  the main job from beginning to end, in a minute
      logkeep lab up                    keep a lab running for your own commands
      logkeep lab break key-refuses     spoil it; then ask `logkeep diagnose`
    """


@lab.command("up", short_help="Run the lab until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Else any free one.")
@click.option(
    "--accounts",
    metavar="NAME,NAME,…",
    default="",
    help="The accounts' names, the management account's first; else three.",
)
@common
def up(port: int, accounts: str) -> int:
    """Run an AWS organization on 127.0.0.1 until Ctrl-C.

    Standard output has the variables that lead any AWS program to it; the lab's own file, with
    every key of it, is .logkeep/lab.json. A logkeep.toml is written where there is none.
    """
    _needs_lab_parts()
    from logkeep.lab.foreground import numbered, serve
    from logkeep.lab.statefile import find

    try:
        named = numbered(_names(accounts))
        serve(named, port, find(), _greet)
    except ValueError as error:
        raise Problem(str(error)) from error
    except OSError as error:
        raise Problem(f"port {port}: {error.strerror or error}".lower()) from error
    say("the lab is gone, with all that was in it")
    return YES


def _names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    bad = [name for name in names if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name)]
    if bad:
        raise Problem(*(f"`{name}` is no name for an account" for name in bad),
                      hint="use small letters, digits and hyphens")  # fmt: skip
    if len(set(names)) < len(names):
        raise Problem("two accounts have the same name")
    return names


def _greet(running: Running) -> None:
    """Say how to use a lab that has just begun."""
    from logkeep.lab.statefile import find

    answer(_exports(running.environment("ada")))
    written = _write_fleet(running)
    names = ", ".join(f"{name} {id_}" for id_, name in running.accounts.items())
    say(f"\nthe lab runs at {running.url}, on this machine only: {names}")
    say(f"its state file is {find()}; it holds every key, and only you may read it")
    if written:
        say(f"{FILENAME} is written for it")
    say("\nin another terminal, in this folder:")
    for command, meaning in _HINTS:
        say(f"  {command:<34} {meaning}")
    say("\nCtrl-C ends it")


_HINTS = (
    ('eval "$(logkeep lab env ada)"', "be the administrator; any AWS program works then"),
    ("logkeep diagnose", "what is wrong; then `plan` and `apply --yes`"),
    ("logkeep lab work", "ordinary work in all accounts"),
    ("logkeep lab advance 2h", "let the time go by"),
    ("logkeep lab break --list", "everything that can be broken"),
    ("logkeep lab who", "the people and roles who live there"),
)


def _write_fleet(running: Running) -> bool:
    """Write a fleet file for the lab; one that is there is never written over."""
    from logkeep.lab.fleet_text import fleet_text

    try:
        with Path(FILENAME).open("x", encoding="utf-8") as file:
            file.write(fleet_text(running.accounts, running.regions))
    except FileExistsError:
        return False
    return True


def _exports(variables: dict[str, str]) -> str:
    """Variables as a shell takes them; those of another AWS account are taken away."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    gone = [n for n in ("AWS_PROFILE", "AWS_SESSION_TOKEN") if n not in variables]
    return "\n".join([*lines, f"unset {' '.join(gone)}"]) + "\n"


def _needs_lab_parts() -> None:
    """The lab's own parts are an extra of the package."""
    if importlib.util.find_spec("moto") is None:
        raise Problem("the lab's parts are not installed", hint="install `logkeep[lab]`")


def _running() -> Running:
    """The lab that runs, by its state file."""
    _needs_lab_parts()
    from logkeep.lab.statefile import NoLab, read

    try:
        return read()
    except NoLab as error:
        raise Problem(str(error), hint="run `logkeep lab up` in another terminal") from error


@lab.command("demo", short_help="Tell the main job as a story, with real commands.")
@click.argument("story", required=False, default="main", type=click.Choice(["main", "by-hand"]))
@common
def demo(story: str) -> int:
    """Tell a story by running it in a lab of its own, each command shown with its answer.

    The main story sets up the logs of three accounts, proves them, and mends a silence. `by-hand`
    tells how such archives grow in practice, with the `aws` command alone.
    """
    _needs_lab_parts()
    from logkeep.lab.demo import by_hand, central
    from logkeep.lab.demo.stage import StoryBroken

    told = {"main": central.tell, "by-hand": by_hand.tell}[story]
    try:
        told(_out)
    except StoryBroken as broken:
        raise Problem(f"the story did not come out as told: {broken}", code=NO) from broken
    return YES


def _out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
