"""Breaks what no API call can, in the lab itself, and remembers how to undo it."""

from __future__ import annotations

from threading import RLock
from typing import Any

import msgspec

from logkeep.lab.breaking.gathered import breakings, breaks
from logkeep.lab.breaking.target import Impossible, Target, Undo
from logkeep.lab.world import LabWorld


class Underneath:
    """Breaks a lab from underneath, and remembers how to undo it."""

    def __init__(self, world: LabWorld, lock: RLock) -> None:
        self._world = world
        self._lock = lock
        self._undos: list[Undo] = []

    def spoil(self, asked: dict[str, Any]) -> str:
        """Break what is asked for, and say what was done; raises Impossible."""
        try:
            target = msgspec.convert(asked, Target)
        except msgspec.ValidationError as error:
            raise Impossible(str(error)) from error
        ways = (breaking.underneath.get(target.code) for breaking in breakings())
        way = next((way for way in ways if way), None)
        if way is None:
            raise Impossible(f"`{target.code}` is not broken from underneath")
        with self._lock:
            self._undos.append(way(self._world, target))
        return breaks()[target.code].says

    def mend(self) -> bool:
        """Undo the last break; false where it cannot be undone."""
        with self._lock:
            undo = self._undos.pop() if self._undos else None
            if undo is None:
                return False
            undo()
            return True
