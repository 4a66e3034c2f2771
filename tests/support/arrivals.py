"""What AWS lists of buckets and log groups where this and that has come, for any kind of log."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from logkeep.archive import objects
from logkeep.archive.streams import streams_ask
from logkeep.fleet import Fleet
from logkeep.route import Events, Evidence, Objects
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts

PAGE = 1000
"""How many entries a page of s3:ListObjectsV2 has at most."""


def listed(keys: Mapping[str, datetime.datetime], question: Ask, page: int = PAGE) -> Reply:
    """The first page that S3 lists of a bucket which holds these keys (API, ListObjectsV2)."""
    given = dict(question.arguments)
    prefix, after = given.get("Prefix", ""), given.get("StartAfter", "")
    between = given.get("Delimiter", "")
    contents: list[object] = []
    folders: dict[str, None] = {}
    for key in sorted(keys):
        if not key.startswith(prefix) or key <= after:
            continue
        head, parted, _ = key.removeprefix(prefix).partition(between) if between else ("", "", "")
        folder = f"{prefix}{head}{parted}"
        if not parted and len(contents) + len(folders) == page:
            return reply(_body(contents, folders, cut=True))
        if not parted:
            contents.append({"Key": key, "LastModified": stamp(keys[key]), "Size": 512})
        elif folder not in folders and len(contents) + len(folders) == page:
            return reply(_body(contents, folders, cut=True))
        else:
            folders[folder] = None
    return reply(_body(contents, folders, cut=False))


def _body(contents: list[object], folders: Mapping[str, None], *, cut: bool) -> dict[str, object]:
    common = {"CommonPrefixes": [{"Prefix": folder} for folder in folders]} if folders else {}
    return {"Contents": contents, **common, **({"IsTruncated": True} if cut else {})}


def stamp(at: datetime.datetime) -> str:
    """A time as AWS's answers have it."""
    return at.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")


def key_of(where: Objects, at: datetime.datetime) -> str:
    """The key of an object of a series that was named at a time."""
    name = at.strftime(where.layout.name)
    return f"{where.prefix}{at.strftime(where.layout.folder)}{where.stem}{name}0500Z_x.json.gz"


def holding(
    facts: Facts, where: Objects, keys: Mapping[str, datetime.datetime], page: int = PAGE
) -> dict[Ask, Reply]:
    """All that is worth asking for a series where its bucket holds these keys."""
    answers: dict[Ask, Reply] = {}
    for _ in range(50):
        known = Facts(facts.fleet, facts.snapshot.with_answers(answers))
        asked = objects.asks(known, where, look_back=True)
        new = {q: listed(keys, q, page) for q in asked if q not in answers}
        if not new:
            return answers
        answers |= new
    raise AssertionError("the questions never end")


def came(facts: Facts, where: Evidence, at: datetime.datetime | None) -> dict[Ask, Reply]:
    """The answers where the newest of something came at a time; none where nothing ever did."""
    match where:
        case Objects():
            return holding(facts, where, {} if at is None else {key_of(where, at): at})
        case Events(stream=stream):
            shown = [] if at is None else [{"logStreamName": stream or "one", **_times(at)}]
            return {streams_ask(where): reply({"logStreams": shown})}


def _times(at: datetime.datetime) -> dict[str, int]:
    milliseconds = int(at.timestamp() * 1000)
    return {"lastEventTimestamp": milliseconds, "lastIngestionTime": milliseconds}


def of_late(
    fleet: Fleet, snapshot: Snapshot, where: Evidence, at: datetime.datetime | None
) -> Snapshot:
    """The same snapshot, but that the newest of something came at a time."""
    return snapshot.with_answers(came(Facts(fleet, snapshot), where, at))
