"""Delivery: every five minutes the log files, every hour the digests, each judged on its way."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta

from logkeep.lab.call import HOUR, World
from logkeep.lab.clock import mark_after, mark_before
from logkeep.lab.delivery import put
from logkeep.lab.kinds.cloudtrail import cloudwatch
from logkeep.lab.kinds.cloudtrail.digests import build_digest
from logkeep.lab.kinds.cloudtrail.keys import log_key
from logkeep.lab.kinds.cloudtrail.members import follow
from logkeep.lab.kinds.cloudtrail.own import note_own_write
from logkeep.lab.kinds.cloudtrail.records import ordered
from logkeep.lab.kinds.cloudtrail.requests import sender, upload
from logkeep.lab.kinds.cloudtrail.state import (
    Batch,
    Course,
    Digest,
    Event,
    LogFile,
    Stream,
    Trail,
    TrailState,
    state_of,
)

TICK = timedelta(minutes=5)
PATIENCE = timedelta(days=30)
"""How long the delivery of a file is tried again (rule 1.7.3)."""
FILE_LIMIT = 50_000_000
"""Bytes before compression that one log file may hold (rule 1.3.3)."""


def deliver_until(world: World, now: datetime) -> None:
    """Make every delivery that is due up to now, in the order of time."""
    state = state_of(world)
    follow(world, state)
    while (tick := _next_tick(state)) <= now:
        _deliver_at(world, state, tick)
        state.processed = tick
    state.processed = max(state.processed, mark_before(now, TICK))


def _next_tick(state: TrailState) -> datetime:
    """The next moment with anything to do: five minutes on, or the hour if nothing waits."""
    return mark_after(state.processed, TICK if _waiting(state) else HOUR)


def _waiting(state: TrailState) -> bool:
    return any(s.queue or s.batches or s.digests for c in state.live() for s in c.streams.values())


def waits(world: World) -> bool:
    """Whether a record is on its way, or a digest of those that came."""
    state = state_of(world)
    chained = (
        s.delivered and s.digesting != "off" for c in state.live() for s in c.streams.values()
    )
    return _waiting(state) or any(chained)


def _deliver_at(world: World, state: TrailState, tick: datetime) -> None:
    courses = state.live()
    for course in courses:
        for stream in course.streams.values():
            due = _take(state, stream, tick)
            cloudwatch.deliver(world, course.trail, stream, due, tick)
            _deliver_logs(world, state, course.trail, stream, tick)
    if mark_before(tick, HOUR) == tick:
        for course in courses:
            _make_digests(world, state, course, tick)
    for course in courses:
        for stream in course.streams.values():
            _deliver_digests(world, state, course.trail, stream, tick)
    if mark_before(tick, HOUR) == tick:
        state.leaving = [c for c in state.leaving if c.deleted is None or c.deleted >= tick]


def _take(state: TrailState, stream: Stream, tick: datetime) -> list[Event]:
    """Move the events that happened before this moment into batches, one a file."""
    if not stream.queue:
        return []
    due = [e for e in stream.queue if e.at < tick]
    stream.queue[:] = [e for e in stream.queue if e.at >= tick]
    for events in _in_files(due):
        stream.batches.append(Batch(events, tick, state.suffix()))
    return due


def _in_files(events: list[Event]) -> list[tuple[Event, ...]]:
    files: list[list[Event]] = []
    room = 0
    for event in events:
        size = len(json.dumps(event.record))
        if not files or size > room:
            files.append([])
            room = FILE_LIMIT
        files[-1].append(event)
        room -= size
    return [tuple(f) for f in files]


def _deliver_logs(
    world: World, state: TrailState, trail: Trail, stream: Stream, tick: datetime
) -> None:
    """Try every waiting file; the first refusal stands for those behind it."""
    while stream.batches:
        if tick - stream.batches[0].since > PATIENCE:
            stream.batches.pop(0)
            continue
        stream.status.attempted = tick
        code = _deliver_log(world, state, trail, stream, tick)
        stream.status.error = code
        if code:
            return
        stream.batches.pop(0)
        stream.status.delivered = tick


def _deliver_log(
    world: World, state: TrailState, trail: Trail, stream: Stream, tick: datetime
) -> str:
    batch = stream.batches[0]
    key = log_key(world, trail, stream.account, stream.region, tick, batch.suffix)
    plain = json.dumps({"Records": [ordered(e.record) for e in batch.events]}).encode()
    code = _write(world, trail, trail.bucket, key, plain, tick)
    if code:
        return code
    times = [e.at for e in batch.events]
    foreign = any(not e.own for e in batch.events)
    if stream.digesting != "off":
        digest_hash = hashlib.sha256(plain).hexdigest()
        stream.delivered.append(
            LogFile(trail.bucket, key, digest_hash, max(times), min(times), foreign)
        )
    if foreign:
        note_own_write(world, state, trail, trail.bucket, key, tick)
    return ""


def _write(
    world: World,
    trail: Trail,
    bucket: str,
    key: str,
    plain: bytes,
    tick: datetime,
    metadata: dict[str, str] | None = None,
) -> str:
    """Write one object if every request of it passes; the code of the refusal otherwise."""
    # A fixed time in the gzip header keeps the lab's files reproducible.
    body = gzip.compress(plain, compresslevel=6, mtime=0)
    asked = upload(trail, bucket, key)
    return put(world, sender(trail), asked, body, tick, metadata=metadata)


def _make_digests(world: World, state: TrailState, course: Course, tick: datetime) -> None:
    """Sign what each stream delivered within the hour (rule 1.9.7)."""
    for stream in course.streams.values():
        if stream.digesting == "off":
            continue
        digest = build_digest(world, state, course.trail, stream, tick)
        stream.digests.append(digest)
        stream.delivered.clear()
        stream.previous = digest
        if stream.digesting == "last":
            stream.digesting, stream.previous = "off", None


def _deliver_digests(
    world: World, state: TrailState, trail: Trail, stream: Stream, tick: datetime
) -> None:
    while stream.digests:
        digest = stream.digests[0]
        if tick - digest.since <= PATIENCE:
            code = _write_digest(world, trail, digest, tick)
            stream.status.digest_error = code
            if code:
                return
            stream.status.digest_delivered = tick
            if digest.foreign:
                note_own_write(world, state, trail, digest.bucket, digest.key, tick)
        stream.digests.pop(0)


def _write_digest(world: World, trail: Trail, digest: Digest, tick: datetime) -> str:
    metadata = {"signature": digest.signature, "signature-algorithm": "SHA256withRSA"}
    return _write(world, trail, digest.bucket, digest.key, digest.plain, tick, metadata)


def retire(state: TrailState, course: Course, at: datetime) -> None:
    """Let a deleted trail's last files and last digest go out within the hour (rule 1.9.7)."""
    course.deleted = at
    course.trail = replace(course.trail, logging=False)
    state.leaving.append(course)
