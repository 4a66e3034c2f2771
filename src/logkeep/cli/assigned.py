"""What AWS assigned in a plan that stopped early: the same plan, applied again, goes on with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from logkeep.aws.disk import FileProblem, read_bytes
from logkeep.cli.place import Place, keep
from logkeep.plan import Plan
from logkeep.value import UNREADABLE

FILE = "assigned.json"
MIB_MAX = 1


class Assigned(msgspec.Struct, frozen=True):
    """The values that AWS assigned, and the plan they were assigned in."""

    plan: str
    values: dict[str, str]


def digest(made: Plan) -> str:
    """What tells one plan from another."""
    return hashlib.sha256(msgspec.json.encode(made, order="deterministic")).hexdigest()


def keep_values(place: Place, made: Plan, values: Mapping[str, str]) -> None:
    """Keep what AWS assigned until the plan is applied to its end."""
    if values:
        keep(place, FILE, msgspec.json.encode(Assigned(digest(made), dict(values))) + b"\n")


def earlier_values(place: Place, made: Plan) -> dict[str, str]:
    """What AWS assigned when this very plan stopped early; nothing for any other."""
    try:
        found = msgspec.json.decode(read_bytes(place.kept / FILE, MIB_MAX), type=Assigned)
    except (FileProblem, *UNREADABLE):
        return {}
    return found.values if found.plan == digest(made) else {}


def forget_values(place: Place) -> None:
    """The plan is applied: nothing is left to go on with."""
    (place.kept / FILE).unlink(missing_ok=True)
