"""A plan as a file: exactly what apply will make, refused where another version wrote it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from logkeep.cli.problem import Problem
from logkeep.plan import Plan
from logkeep.plan.plan import VERSION


def write_plan(path: Path, plan: Plan) -> None:
    """Write a plan whole or not at all."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.write_bytes(msgspec.json.encode(plan) + b"\n")
        half.replace(path)
    except BaseException:  # Ctrl-C too leaves no half file behind
        half.unlink(missing_ok=True)
        raise


def read_plan(path: Path) -> Plan:
    """The plan of a file, or the problem with it."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise Problem(f"{path}: {(error.strerror or str(error)).lower()}") from error
    hint = "make it with `logkeep plan -o FILE`"
    try:
        head = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        version = msgspec.json.decode(head.get("plan", b"null"))
    except msgspec.DecodeError as error:
        raise Problem(f"{path}: not a plan, or damaged", hint=hint) from error
    if version is None:
        raise Problem(f"{path}: not a plan", hint=hint)
    if version != VERSION:
        says = f"a plan of version {version}, and this Logkeep makes those of version {VERSION}"
        raise Problem(f"{path}: {says}", hint="make it anew with `logkeep plan -o FILE`")
    try:
        return msgspec.json.decode(text, type=Plan)
    except msgspec.DecodeError as error:
        raise Problem(f"{path}: a plan that is damaged: {error}", hint=hint) from error
