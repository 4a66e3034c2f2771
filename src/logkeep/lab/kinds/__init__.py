"""The lab's half of each kind of log: one folder each, found by itself."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from logkeep.lab.kind import LabKind


def packages() -> tuple[str, ...]:
    """The packages that are a kind of log each."""
    folders = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
    return tuple(f"{__name__}.{name}" for name in folders)


@functools.cache
def lab_kinds() -> tuple[LabKind, ...]:
    """Every kind of log that the lab delivers."""
    return tuple(importlib.import_module(package).KIND for package in packages())
