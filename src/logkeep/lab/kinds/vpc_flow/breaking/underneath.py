"""Breaking what no call can: the service's own delivery of flow logs."""

from __future__ import annotations

from logkeep.lab import documents
from logkeep.lab.breaking.stored import put
from logkeep.lab.breaking.target import Impossible, Target, Undo
from logkeep.lab.kinds.vpc_flow.state import FlowLog, state_of
from logkeep.lab.world import LabWorld


def _logs(world: LabWorld, account: str) -> list[FlowLog]:
    every = state_of(world).logs.items()
    found = [log for (of, _), logs in every if of == account for log in logs]
    if not found:
        raise Impossible(f"{account} has no flow log")
    return found


def _failed(world: LabWorld, target: Target) -> Undo:
    """As where AWS itself is at fault (rule 6.2.9)."""
    logs = _logs(world, target.account)
    for log in logs:
        log.error = "Unknown error"

    def undo() -> None:
        for log in logs:
            log.error = ""

    return undo


def _stale(world: LabWorld, target: Target) -> Undo:
    _logs(world, target.account)
    state = state_of(world)
    state.silent.add(target.account)
    return lambda: state.silent.discard(target.account)


def _pinned(world: LabWorld, target: Target) -> Undo:
    """As where the bucket was made anew (rule 6.3.6)."""
    held = documents.bucket_of(target.bucket)
    if held is None:
        raise Impossible(f"there is no bucket {target.bucket}")
    return put(held, "creation_date", world.now())


WAYS = {"flowlog-failed": _failed, "flowlog-stale": _stale, "flowlog-pinned": _pinned}
"""The codes that are brought about from underneath."""
