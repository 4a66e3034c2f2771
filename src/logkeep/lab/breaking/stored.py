"""What can be done to a bucket, or to anything, in the lab's own store; with how to undo it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from logkeep.lab.breaking.target import Impossible, Target, Undo
from logkeep.lab.store import PARTITION, s3_backends
from logkeep.lab.world import LabWorld

STRANGER = "999999999999"
"""The account outside the organization."""


def gone(held: Any) -> Undo:
    """A bucket is deleted, with all that was in it."""
    buckets: dict[str, Any] = s3_backends[held.account_id][PARTITION].buckets
    del buckets[held.name]
    s3_backends.bucket_accounts.pop(held.name, None)

    def undo() -> None:
        buckets[held.name] = held
        s3_backends.bucket_accounts[held.name] = (PARTITION, held.account_id)

    return undo


def taken(held: Any) -> Undo:
    """A bucket is deleted, and a stranger makes one of its name."""
    back = gone(held)
    backend = s3_backends[STRANGER][PARTITION]
    backend.create_bucket(held.name, held.region_name)

    def undo() -> None:
        backend.buckets.pop(held.name, None)
        if back is not None:
            back()

    return undo


def moved(world: LabWorld, held: Any) -> Undo:
    """A bucket cannot move, so it is as if it had been made elsewhere from the start."""
    others = [region for region in world.regions if region != held.region_name]
    if not others:
        raise Impossible("the lab has one Region only")
    return put(held, "region_name", others[0])


def put(thing: Any, name: str, value: Any) -> Undo:
    """Something of the store has another value."""
    before = getattr(thing, name)
    setattr(thing, name, value)
    return lambda: setattr(thing, name, before)


def put_all(things: Iterable[Any], name: str, value: Any) -> Undo:
    """Several things of the store have another value."""
    undos = [put(thing, name, value) for thing in things]

    def undo() -> None:
        for back in undos:
            if back is not None:
                back()

    return undo


def among(held: set[str], *new: str) -> Undo:
    """A service counts these among others that it treats so."""
    held.update(new)
    return lambda: held.difference_update(new)


def losses(
    find: Callable[[LabWorld, Target], Any], *, missing: str, foreign: str, elsewhere: str
) -> dict[str, Callable[[LabWorld, Target], Undo]]:
    """The codes of a bucket that is gone, or a stranger's, or in another Region."""
    return {
        missing: lambda world, target: gone(find(world, target)),
        foreign: lambda world, target: taken(find(world, target)),
        elsewhere: lambda world, target: moved(world, find(world, target)),
    }
