"""Breaking what no call can: the service's own delivery of flow logs."""

from __future__ import annotations

from logkeep.lab import documents
from logkeep.lab.breaking.stored import among, put, put_all
from logkeep.lab.breaking.target import Impossible, Target, Undo
from logkeep.lab.kinds.vpc_flow import streams
from logkeep.lab.kinds.vpc_flow.state import LabFlowLog, state_of
from logkeep.lab.world import LabWorld


def _logs(world: LabWorld, account: str) -> list[LabFlowLog]:
    every = state_of(world).logs.items()
    found = [log for (of, _), logs in every if of == account for log in logs]
    if not found:
        raise Impossible(f"{account} has no flow log")
    return found


def _failed(world: LabWorld, target: Target) -> Undo:
    """As where AWS itself is at fault (rule 6.2.9)."""
    return put_all(_logs(world, target.account), "error", "Unknown error")


def _stale(world: LabWorld, target: Target) -> Undo:
    _logs(world, target.account)
    return among(state_of(world).silent, target.account)


def _pinned(world: LabWorld, target: Target) -> Undo:
    """As where the bucket was made anew (rule 6.3.6)."""
    held = documents.bucket_of(target.bucket)
    if held is None:
        raise Impossible(f"there is no bucket {target.bucket}")
    return put(held, "creation_date", world.now())


def _streams(world: LabWorld, account: str) -> list[str]:
    found = {str(log.row["LogDestination"]) for log in _logs(world, account) if log.row[
        "LogDestinationType"] == "kinesis-data-firehose"}  # fmt: skip
    if not found:
        raise Impossible(f"no flow log of {account} goes to a Firehose stream")
    return sorted(found)


def _stream_missing(world: LabWorld, target: Target) -> Undo:
    """As where somebody deleted the stream."""
    backs = [streams.take_away(arn) for arn in _streams(world, target.account)]

    def undo() -> None:
        for back in backs:
            back()

    return undo


def _stream_unfit(world: LabWorld, target: Target) -> Undo:
    """As where AWS could not make the stream to its end."""
    held = [streams.stream_of(arn) for arn in _streams(world, target.account)]
    return put_all(held, "delivery_stream_status", "CREATING_FAILED")


WAYS = {
    "flowlog-failed": _failed,
    "flowlog-stale": _stale,
    "flowlog-pinned": _pinned,
    "stream-missing": _stream_missing,
    "stream-unfit": _stream_unfit,
}
"""The codes that are brought about from underneath."""
