"""A plan as a file: exactly what apply will make, refused where another version wrote it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from logkeep.aws.disk import read_bytes, write_whole
from logkeep.cli.problem import Problem
from logkeep.plan import Plan
from logkeep.plan.plan import VERSION
from logkeep.value import UNREADABLE

MIB_MAX = 512


def write_plan(path: Path, plan: Plan) -> None:
    """Write a plan whole or not at all."""
    write_whole(path, msgspec.json.encode(plan) + b"\n")


def read_plan(path: Path) -> Plan:
    """The plan of a file, or the problem with it."""
    text = read_bytes(path, MIB_MAX)
    hint = "make it with `logkeep plan -o FILE`"
    try:
        head = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        version = msgspec.json.decode(head.get("plan", b"null"))
    except UNREADABLE as error:
        raise Problem(f"{path}: not a plan, or damaged", hint=hint) from error
    if version is None:
        raise Problem(f"{path}: not a plan", hint=hint)
    if version != VERSION:
        says = f"a plan of version {version}, and this Logkeep makes those of version {VERSION}"
        raise Problem(f"{path}: {says}", hint="make it anew with `logkeep plan -o FILE`")
    try:
        return msgspec.json.decode(text, type=Plan)
    except UNREADABLE as error:
        raise Problem(f"{path}: a plan that is damaged: {error}", hint=hint) from error
