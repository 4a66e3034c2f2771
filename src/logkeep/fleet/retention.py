"""How long does Object Lock keep what comes into a bucket, and who may lift that?

S3 API reference, DefaultRetention (rule 2.3.3).
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

import msgspec

from logkeep.fleet.naming import Objection

Mode: TypeAlias = Literal["governance", "compliance"]
Unit: TypeAlias = Literal["d", "y"]
MOST: Final[dict[Unit, int]] = {"d": 36500, "y": 100}
YEAR_DAYS: Final = 365
_FORM: Final = re.compile(r"([a-z]+)\s+(\d{1,6})\s*([a-z]+)")
_HINT: Final = 'write `"compliance 400d"` or `"governance 2y"`'


class Retention(msgspec.Struct, frozen=True):
    """A default retention: what is put is locked for so long."""

    mode: Mode
    count: int
    unit: Unit

    def __str__(self) -> str:
        """As the fleet file writes it."""
        return f"{self.mode} {self.count}{self.unit}"

    @property
    def days(self) -> int:
        """How many days that are."""
        return self.count * (YEAR_DAYS if self.unit == "y" else 1)

    def suffices_for(self, wanted: Retention) -> bool:
        """Whether it keeps at least as long as another, and at least as strictly."""
        is_strict = self.mode == "compliance" or wanted.mode == "governance"
        return is_strict and self.days >= wanted.days


def read_retention(text: str) -> Retention | Objection:
    """A default retention from its text, or what is wrong with it."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return Objection("not a mode and a time", _HINT)
    mode, count, unit = found[1], int(found[2]), found[3]
    if mode != "governance" and mode != "compliance":
        return Objection(f"`{mode}` is no mode of Object Lock", _HINT)
    if unit != "d" and unit != "y":
        return Objection(f"`{unit}` is neither `d` for days nor `y` for years", _HINT)
    if not 1 <= count <= MOST[unit]:
        return Objection(f"S3 takes 1 to {MOST[unit]}{unit}, and this says {count}{unit}")
    return Retention(mode, count, unit)


def retention_objection(text: str) -> Objection | None:
    """What is wrong with the text of a default retention."""
    found = read_retention(text)
    return found if isinstance(found, Objection) else None
