"""A plan as a file: an order, which apply follows only where the same plan comes out again.

The file holds what it was made of: AWS's answers, and which fleet file. So nothing that somebody
wrote into it is made, unless Logkeep itself would make it of that fleet file and those answers.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec

from logkeep.aws.disk import FileProblem, read_bytes, write_whole
from logkeep.aws.files import bounded
from logkeep.cli.place import Place
from logkeep.cli.problem import Problem
from logkeep.cli.settings import Settings
from logkeep.plan import Plan
from logkeep.plan.costs import with_costs
from logkeep.plan.plan import VERSION, planned
from logkeep.snapshot import Snapshot, WrongVersion, decode, encode
from logkeep.snapshot.facts import Facts
from logkeep.value import UNREADABLE, Json
from logkeep.words.plain import clean, count

MIB_MAX = 512
SAID_MAX = 100
BEFORE = 30
"""How much is shown of what two long texts have in common, before they differ."""
MADE_OF = "made_of"
MISSING: Json = object()
"""In the place of a member that one of two values has not."""
ANEW = "make it again with `logkeep plan -o FILE`"


class Origin(msgspec.Struct, frozen=True):
    """What a plan was made of, and by which Logkeep."""

    logkeep: str
    fleet_file: str
    """A digest of the fleet file's text."""
    snapshot: bytes
    """The answers, as a snapshot's file has them."""


class KeptPlan(Plan, frozen=True, kw_only=True):
    """A plan in its file."""

    made_of: Origin


def write_plan(path: Path, plan: Plan, place: Place, snapshot: Snapshot) -> None:
    """Write a plan whole or not at all."""
    lines = b"\n".join(encode(snapshot))
    origin = Origin(version(), place.digest, gzip.compress(lines, mtime=0))
    kept = KeptPlan(**msgspec.structs.asdict(plan), made_of=origin)
    write_whole(path, msgspec.json.encode(kept) + b"\n")


def version() -> str:
    """This Logkeep's version."""
    return importlib.metadata.version("logkeep")


def as_kept(plan: Plan) -> Plan:
    """A plan as it is read from a file, where a tuple is a list."""
    return msgspec.json.decode(msgspec.json.encode(plan), type=Plan)


def read_plan(path: Path) -> KeptPlan:
    """The plan of a file as it stands there, or the problem with it."""
    text = read_bytes(path, MIB_MAX)
    hint = "make it with `logkeep plan -o FILE`"
    try:
        text.decode()  # what is kept of an answer as it came is not looked at before
        head = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        of = msgspec.json.decode(head.get("plan", b"null"))
    except UNREADABLE as error:
        raise Problem(f"{path}: not a plan, or damaged", hint=hint) from error
    if of is None:
        raise Problem(f"{path}: not a plan", hint=hint)
    if of != VERSION:
        which = clean(_said(of))
        says = f"a plan of version {which}, and this Logkeep makes those of version {VERSION}"
        raise Problem(f"{path}: {says}", hint=ANEW)
    try:
        found = msgspec.json.decode(text, type=KeptPlan)
        written: dict[str, Json] = {
            each: msgspec.json.decode(head[each]) for each in head if each != MADE_OF
        }
        origin = msgspec.json.decode(head[MADE_OF], type=dict[str, msgspec.Raw])
    except UNREADABLE as error:
        raise Problem(f"{path}: a plan that is damaged: {error}", hint=hint) from error
    read = {each: value for each, value in _plain(found).items() if each != MADE_OF}
    written[MADE_OF], read[MADE_OF] = sorted(origin), sorted(Origin.__struct_fields__)
    for where, _, _ in _parts("", written, read):
        raise Problem(f"{path}: `{clean(where.strip('.'))}` is in no plan of Logkeep's", hint=ANEW)
    if not is_as_written(text):
        says = "written otherwise than Logkeep writes: a member stands twice, say, or a letter by "
        raise Problem(f"{path}: {says}its number", hint=ANEW)
    return found


def is_as_written(text: bytes) -> bool:
    """Whether each text, number and member stands as we write it, once; space may lie between.

    Of a member that stands twice we would read the last, and whoever else looks may read the first.
    """
    return msgspec.json.format(text, indent=-1) == msgspec.json.encode(msgspec.json.decode(text))


class Proven(NamedTuple):
    """A plan, and the answers that it was made of."""

    plan: Plan
    answers: Snapshot


def proven_plan(path: Path, settings: Settings, place: Place) -> Proven:
    """The plan of a file, once the same came out again; else the first difference as a Problem."""
    from logkeep.cli.working import working

    kept = read_plan(path)
    file = place.path.name
    if kept.fleet != place.fleet.name:
        raise Problem(f"{path}: a plan of fleet `{clean(kept.fleet)}`, and {file} is of "
                      f"`{place.fleet.name}`")  # fmt: skip
    if kept.made_of.fleet_file != place.digest:
        raise Problem(f"{path}: made from another {file} than the one that is there now", hint=ANEW)
    facts = Facts(place.fleet, answers_of(path, kept, place))
    with working(settings, f"making sure that {path.name} is what comes of {file}"):
        again = as_kept(with_costs(facts, planned(facts)))
    differs = difference(kept, again)
    if differs:
        raise Problem(f"{path}: not what Logkeep plans: {differs}", hint=_why_other(kept))
    return Proven(again, facts.snapshot)


def _why_other(kept: KeptPlan) -> str:
    if kept.made_of.logkeep != version():
        return f"it says that Logkeep {clean(kept.made_of.logkeep)} made it; {ANEW}"
    return f"somebody changed it after it was made; {ANEW}"


def answers_of(path: Path, kept: KeptPlan, place: Place) -> Snapshot:
    """The answers that a plan was made of."""
    packed = kept.made_of.snapshot
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as lines:
            found = decode(bounded(path, lines, len(packed), len(place.fleet.accounts)))
    except (*UNREADABLE, OSError, EOFError, zlib.error, WrongVersion) as error:
        says = f"the answers that it was made of cannot be read: {clean(error)}"
        raise FileProblem(path, says, ANEW) from error
    if (found.fleet, found.taken_at) != (kept.fleet, kept.taken_at):
        raise FileProblem(path, "the answers in it are not those that it was made of", ANEW)
    return found


def difference(kept: Plan, again: Plan) -> str:
    """The first way in which a plan is another one than what came out; nothing where it is none."""
    for number, (one, other) in enumerate(zip(kept.changes, again.changes, strict=False), 1):
        for path, found, meant in _parts("", _plain(one), _plain(other)):
            where = f"change {number}, {clean(one.call)} on {clean(one.address)}"
            one_said, other_said = _where_they_differ(found, meant)
            said = f"`{one_said}` and not `{other_said}`"
            return f"{where}: `{clean(path.strip('.'))}` is {said}"
    if len(kept.changes) != len(again.changes):
        return f"it has {count(len(kept.changes), 'change')}, and {len(again.changes)} come out"
    for name in Plan.__struct_fields__:
        if any(_parts("", _plain(getattr(kept, name)), _plain(getattr(again, name)))):
            return f"`{name}` is another"
    return ""


def _where_they_differ(one: str, other: str) -> tuple[str, str]:
    """Two texts, from a little before the first place in which they differ."""
    longer = max(len(one), len(other)) > SAID_MAX
    pairs = enumerate(zip(one, other, strict=False))
    at = next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
    start = max(0, at - BEFORE) if longer else 0
    before = "…" if start else ""
    first, second = (f"{before}{clean(each[start:], SAID_MAX)}" for each in (one, other))
    return first, second


def _plain(value: Json) -> Json:
    return msgspec.json.decode(msgspec.json.encode(value))


def _parts(path: str, found: Json, meant: Json) -> Iterator[tuple[str, str, str]]:
    """The members in which two values differ."""
    match found, meant:
        case dict(), dict():
            one, other = cast("dict[str, Any]", found), cast("dict[str, Any]", meant)
            for key in {**other, **one}:
                yield from _parts(f"{path}.{key}", one.get(key, MISSING), other.get(key, MISSING))
        case list(), list() if len(cast("list[Json]", found)) == len(cast("list[Json]", meant)):
            pairs = zip(cast("list[Json]", found), cast("list[Json]", meant), strict=True)
            for index, (one, other) in enumerate(pairs):
                yield from _parts(f"{path}[{index}]", one, other)
        case _ if found != meant or type(found) is not type(meant):  # 1 and true are equal
            yield path, _said(found), _said(meant)
        case _:
            return


def _said(value: Json) -> str:
    if value is MISSING:
        return "nothing"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
