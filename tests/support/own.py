"""What each kind of log says of itself to the tests that all kinds share, found by itself.

A shared test asks for a module by its name, and each `tests/kinds/<kind>/` has its own or none.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from logkeep.sources import packages
from support.places import ROOT


def modules(name: str) -> dict[str, ModuleType]:
    """The module of this name that each kind of log has which has one, by the kind's folder."""
    having = [kind for kind in _kinds() if _place(kind, name).is_file()]
    return {kind: importlib.import_module(f"kinds.{kind}.{name}") for kind in having}


def missing(name: str) -> list[str]:
    """The modules of this name that are not there, of the kinds that forgot to say it."""
    places = (_place(kind, name) for kind in _kinds())
    return [place.relative_to(ROOT).as_posix() for place in places if not place.is_file()]


def _kinds() -> list[str]:
    return [package.rpartition(".")[2] for package in packages()]


def _place(kind: str, name: str) -> Path:
    return ROOT / "tests" / "kinds" / kind / f"{name}.py"
