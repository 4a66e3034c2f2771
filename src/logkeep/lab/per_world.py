"""What a kind of log remembers of a lab: one state a world, begun when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from logkeep.lab.call import World

State = TypeVar("State")


class PerWorld(Generic[State]):
    """States by their worlds, each gone with its world."""

    def __init__(self, begin: Callable[[datetime], State]) -> None:
        self._begin = begin
        self._states: WeakKeyDictionary[World, State] = WeakKeyDictionary()

    def of(self, world: World) -> State:
        """The world's own, as it begins at the world's time."""
        state = self._states.get(world)
        if state is None:
            state = self._states[world] = self._begin(world.now())
        return state
