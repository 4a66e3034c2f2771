"""What a command reads of what another left, for `make fuzz`: assigned values, the lab's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from logkeep.cli.assigned import FILE, earlier_values, keep_values
from logkeep.cli.place import Place
from logkeep.lab.breaking.act import Broken, remembered
from logkeep.lab.breaking.calls import CannotBreak
from logkeep.lab.credentials import Credentials
from logkeep.lab.statefile import NoLab, Running, read
from logkeep.plan import plan
from logkeep.snapshot.change import fill
from support import scenes
from support.places import nowhere

PLAN = plan(scenes.FLEET, scenes.before())


def place() -> Place:
    return Place(Path.cwd() / "logkeep.toml", scenes.FLEET)


@nowhere()
def values() -> bytes:
    """What AWS assigned in a plan that was killed."""
    keep_values(place(), PLAN, {"archive-key": "aaaaaaaa-2222-3333-4444-555555555555"})
    return (place().kept / FILE).read_bytes()


@nowhere()
def read_values(given: bytes) -> bool:
    """As the next `apply` puts them into the calls of the same plan."""
    place().kept.mkdir()
    (place().kept / FILE).write_bytes(given)
    found = earlier_values(place(), PLAN)
    return bool([fill(each.arguments, found) for each in PLAN.changes] if found else [])


def lab() -> bytes:
    """What a running lab leaves for other commands."""
    ada = Credentials("111111111111", "ada", "AKIAEXAMPLE", "secret")
    return msgspec.json.encode(
        Running("http://127.0.0.1:1", "token", 1, ("us-east-1",), {"111111111111": "security"},
                {"ada": ada})
    )  # fmt: skip


@nowhere()
def read_lab(given: bytes) -> bool:
    Path("lab.json").write_bytes(given)
    try:
        found = read(Path("lab.json"))
    except NoLab:
        return False
    return bool([found.environment(who) for who in found.credentials if found.regions])


def broken() -> bytes:
    """What `lab break` keeps for `lab mend`."""
    return msgspec.json.encode([BROKEN])


BROKEN = Broken(code="trail-off", account="111111111111", says="stopped", undo=())


@nowhere()
def read_broken(given: bytes) -> bool:
    Path("broken.json").write_bytes(given)
    try:
        return bool(remembered(Path("broken.json")))
    except CannotBreak:
        return False


READERS: dict[str, tuple[Callable[[], bytes], Callable[[bytes], bool]]] = {
    "assigned values": (values, read_values),
    "running lab": (lab, read_lab),
    "what is broken": (broken, read_broken),
}
"""A genuine file, and what reads a damaged one and says whether anything was taken of it."""
