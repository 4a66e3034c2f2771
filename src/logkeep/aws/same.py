"""Is what AWS answers now what was planned on, or already what was planned?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import msgspec

from logkeep.aws.calls import CALLS
from logkeep.snapshot import Ask, Reply, refused
from logkeep.snapshot.call import Call
from logkeep.snapshot.change import fill
from logkeep.snapshot.entries import entry_of, own_entries
from logkeep.value import Absent, Arn, Json

MOVING = frozenset({"RoleLastUsed", "storedBytes"})
"""The fields of an entry that move by themselves."""

ROOT = re.compile(r"^arn:[^:]+:iam::(\d{12}):root$")
MADE = re.compile(r"\{made:([^{}]+)\}")

EMPTY: tuple[Json, ...] = (None, "", [], {})
"""What a field that AWS leaves out is as good as."""

AssignedValues: TypeAlias = dict[str, str]
"""The values that AWS assigned, by the names the plan gave them."""


def same(question: Ask, address: Arn, left: Reply, right: Reply) -> bool:
    """Whether two answers say the same of the resource at an address."""
    if left.error or right.error:
        return how_refused(question, left) == how_refused(question, right)
    return normal(question, address, left) == normal(question, address, right)


def how_refused(question: Ask, found: Reply) -> str:
    """What an error comes down to: the thing is absent, or it may not be seen."""
    if not found.error:
        return ""
    return "absent" if is_absent(question, found) else found.error


def is_absent(question: Ask, found: Reply) -> bool:
    """Whether AWS says that the thing is not there."""
    return bool(found.error) and isinstance(
        refused(question, found, _called(question.call).absent), Absent
    )


def normal(question: Ask, address: Arn, found: Reply) -> Json:
    """An answer's body in its one form."""
    body = msgspec.json.decode(found.body)
    return normal_value(about(question.call, address, counted(question.call, body)))


def counted(call: str, body: Json) -> Json:
    """The fields of a body that count."""
    names = _called(call).counts
    return {name: body.get(name) for name in names} if names and body else body


def _called(call: str) -> Call:
    return CALLS.get(call, Call())


def about(call: str, address: Arn, body: Json) -> Json:
    """A listing's entries about one resource; the whole listing where it lists other things."""
    listed = _called(call)
    found = own_entries(listed, address, body)
    entry = entry_of(listed, address)
    if entry is None or not body:
        return found
    chosen = cast("list[dict[str, Any]]", found[entry.under])
    return {entry.under: [{k: v for k, v in e.items() if k not in MOVING} for e in chosen]}


def whose(question: Ask, address: Arn) -> Arn:
    """The address, where an answer tells of the thing there alone whether it is as it was."""
    return address if entry_of(_called(question.call), address) else ""


def normal_value(value: Json) -> Json:
    """Anything in its one form: lists without order, policies as documents."""
    match value:
        case dict():
            items = cast("dict[str, Json]", value).items()
            return {key: normal_value(item) for key, item in items}
        case list():
            return in_order([normal_value(item) for item in cast("list[Json]", value)])
        case str() if value.lstrip().startswith("{"):
            return normal_policy_text(value)
        case _:
            return value


def normal_policy_text(text: str) -> str:
    """A policy's text in its one form; a text that is none stays itself."""
    try:
        document = msgspec.json.decode(text, type=dict[str, Json])
    except msgspec.DecodeError:
        return text
    return msgspec.json.encode(normal_policy(document), order="deterministic").decode()


def normal_policy(value: Json) -> Json:
    """A policy in its one form, for AWS may give a list of one back as its one value."""
    match value:
        case dict():
            items = cast("dict[str, Json]", value).items()
            return {key: normal_policy(without_root(key, item)) for key, item in items}
        case list():
            found = in_order([normal_policy(item) for item in cast("list[Json]", value)])
            return found[0] if len(found) == 1 else found
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case _:
            return value


def without_root(key: str, value: Json) -> Json:
    """Account roots among principals as bare ids: AWS saves one as the other (IAM, Principal)."""
    match value:
        case str() if key == "AWS":
            return ROOT.sub(r"\1", value)
        case list() if key == "AWS":
            return [without_root(key, item) for item in cast("list[Json]", value)]
        case _:
            return value


def in_order(values: list[Json]) -> list[Json]:
    """A list sorted by what its members say."""
    return sorted(values, key=lambda each: msgspec.json.encode(each, order="deterministic"))


def reached(
    question: Ask, address: Arn, wanted: Reply, found: Reply, made: Mapping[str, str]
) -> AssignedValues | None:
    """The assigned values by which an answer is what a plan wanted, or None where it is not.

    A plan cannot know all that AWS will say, such as a date: what it does not say does not count.
    """
    if wanted.error or found.error:
        return {} if same(question, address, wanted, found) else None
    return met(normal(question, address, wanted), normal(question, address, found), dict(made))


def met(wanted: Json, found: Json, made: AssignedValues) -> AssignedValues | None:
    """The assigned values by which everything wanted is found, or None."""
    match wanted, found:
        case dict(), dict():
            fields = cast("dict[str, Json]", wanted), cast("dict[str, Json]", found)
            return met_fields(*fields, made)
        case list(), list():
            return met_entries(cast("list[Json]", wanted), cast("list[Json]", found), made)
        case str(), str() if MADE.search(wanted):
            return met_text(wanted, found, made)
        case _:
            return made if wanted == found else None


def met_fields(
    wanted: dict[str, Json], found: dict[str, Json], made: AssignedValues
) -> AssignedValues | None:
    """Every field wanted is found, or empty where AWS leaves it out; more is AWS's to add."""
    known: AssignedValues | None = made
    for name, value in wanted.items():
        if name not in found and value in EMPTY:
            continue
        if known is None or name not in found:
            return None
        known = met(value, found[name], known)
    return known


def met_entries(
    wanted: list[Json], found: list[Json], made: AssignedValues
) -> AssignedValues | None:
    """Every entry wanted is found, and none besides."""
    if len(wanted) != len(found):
        return None
    if not wanted:
        return made
    for index, entry in enumerate(found):
        known = met(wanted[0], entry, made)
        if known is not None:
            rest = met_entries(wanted[1:], found[:index] + found[index + 1 :], known)
            if rest is not None:
                return rest
    return None


def met_text(wanted: str, found: str, made: AssignedValues) -> AssignedValues | None:
    """The text is found, and gives the assigned values that it names."""
    known = fill(wanted, made)
    pieces = MADE.split(known)
    names = pieces[1::2]
    pattern = "".join(
        re.escape(piece) if index % 2 == 0 else r"([^:/\"{}]+)"
        for index, piece in enumerate(pieces)
    )
    matched = re.fullmatch(pattern, found)
    return None if matched is None else made | dict(zip(names, matched.groups(), strict=True))
