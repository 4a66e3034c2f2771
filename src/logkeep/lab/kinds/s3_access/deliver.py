"""Which requests come into which log, when, and under which key: late, best effort (rule 9.6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from logkeep.lab.call import HOUR, Answer, Call, DeliveryBucket, World
from logkeep.lab.clock import mark_after
from logkeep.lab.delivery import Sender, Upload, put
from logkeep.lab.kinds.s3_access.records import AccessRecord, entries, line, own_entry
from logkeep.lab.kinds.s3_access.state import Json, LogState, WaitingRecord, acting, state_of

SERVICE = "logging.s3.amazonaws.com"
LATE = (timedelta(hours=1), timedelta(hours=2))
"""How long a record takes at least, and how much longer it may take."""
ODDS = 250
"""Of so many requests one is lost, and another comes twice."""


def note(world: World, call: Call, answer: Answer) -> None:
    """Put the records of a request on their way, where its bucket logs."""
    if call.service == "s3":
        for entry in entries(call, answer):
            _send_off(world, state_of(world), entry)


def _send_off(world: World, state: LogState, entry: AccessRecord) -> None:
    bucket = world.bucket(entry.bucket)
    setting = acting(state, entry.bucket, entry.at) if bucket else {}
    if bucket is None or not setting or bucket.account in state.silent:
        return
    at = entry.at + LATE[0] + state.random.random() * LATE[1]
    chance = state.random.randrange(ODDS)
    due = WaitingRecord(bucket.name, setting, entry.at, at, line(bucket, entry))
    state.waiting += [due] * (0 if chance == 0 else 2 if chance == 1 else 1)


def waits(world: World) -> bool:
    """Whether a record is on its way into a bucket."""
    return bool(state_of(world).waiting)


def deliver_until(world: World, now: datetime) -> None:
    """Write the logs of every full hour up to now, in the order of time."""
    state = state_of(world)
    while state.waiting:
        hour = mark_after(max(state.processed, min(due.at for due in state.waiting)), HOUR)
        if hour > now:
            break
        _deliver_at(world, state, hour)
        state.processed = hour
    state.processed = max(state.processed, now)


def _deliver_at(world: World, state: LogState, hour: datetime) -> None:
    """Each log object has the records of one bucket (S3 guide)."""
    files: dict[tuple[str, str, str], list[WaitingRecord]] = {}
    for due in state.waiting:
        if due.at <= hour:
            place = (due.source, str(due.setting["TargetBucket"]), _folder(world, due, hour))
            files.setdefault(place, []).append(due)
    state.waiting = [due for due in state.waiting if due.at > hour]
    for (source, target, folder), inside in files.items():
        key = f"{folder}{state.random.getrandbits(64):016X}"
        lines = [due.line for due in sorted(inside, key=lambda due: due.happened)]
        _deliver(world, state, source, Upload(target, key), lines, hour)


def _folder(world: World, due: WaitingRecord, hour: datetime) -> str:
    """All of the key but its unique end (rule 9.7); the day of the events has no time."""
    prefix = str(due.setting.get("TargetPrefix", ""))
    form: Json = due.setting.get("TargetObjectKeyFormat") or {}
    partitioned: Json | None = form.get("PartitionedPrefix")
    source = world.bucket(due.source)
    if partitioned is None or source is None:
        return f"{prefix}{hour:%Y-%m-%d-%H-%M-%S}-"
    by_event = partitioned.get("PartitionDateSource") == "EventTime"
    at = due.happened.replace(hour=0, minute=0, second=0) if by_event else hour
    own = f"{source.account}/{source.region}/{source.name}"
    return f"{prefix}{own}/{at:%Y/%m/%d}/{at:%Y-%m-%d-%H-%M-%S}-"


def _deliver(
    world: World, state: LogState, name: str, upload: Upload, lines: list[str], hour: datetime
) -> None:
    """Write one log where S3 may; what is refused is lost without a word."""
    source, target = world.bucket(name), world.bucket(upload.bucket)
    if source is None or target is None or not _is_fit(source, target):
        return
    sender = Sender(SERVICE, f"arn:aws:s3:::{name}", source.account)
    body = "".join(f"{each}\n" for each in lines).encode()
    if not put(world, sender, upload, body, hour, content_type="text/plain", content_encoding=""):
        _send_off(world, state, own_entry(upload.bucket, upload.key, len(body), hour))


def _is_fit(source: DeliveryBucket, target: DeliveryBucket) -> bool:
    """Rules 9.1, 9.4 and 9.5."""
    here = (source.account, source.region) == (target.account, target.region)
    return here and not target.locked and not target.default_key
