"""Which calls read AWS: what each takes, what of its answer is kept, and what it needs."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Mapping
from typing import Final, cast

import botocore
import msgspec

from logkeep.snapshot import Ask
from logkeep.snapshot.call import Call
from logkeep.sources import registry
from logkeep.value import Json


class UnknownCall(Exception):
    """The program asked for a call that the tables do not hold: a mistake in the program."""


CALLS: Final = registry.calls()
"""Every call that a question may name: what the archive and the organization are asked, and what
each kind of log asks besides."""


def service_of(call: str) -> str:
    """The SDK's name of a call's service."""
    return call.partition(":")[0]


def method_of(call: str) -> str:
    """The SDK's name of a call."""
    name = call.partition(":")[2]
    return botocore.xform_name(name)  # pyright: ignore[reportUnknownMemberType] no types


def call_named(name: str) -> Call:
    """The call of that name; raises UnknownCall where the tables hold none."""
    found = CALLS.get(name)
    if found is None:
        raise UnknownCall(f"`{name}` is not in the table of reading calls (aws/calls.py)")
    return found


def parameters(question: Ask) -> dict[str, Json]:
    """What the SDK is given for a question; raises UnknownCall where the arguments do not fit."""
    call, given = call_named(question.call), dict(question.arguments)
    known = {*call.needs, *call.takes}
    if not known.issuperset(given) or not all(name in given for name in call.needs):
        missing, unknown = sorted(set(call.needs) - set(given)), sorted(set(given) - known)
        raise UnknownCall(f"`{question.call}` misses {missing} and does not take {unknown}")
    if not call.literal and not call.forms:  # as most
        return {**call.constants, **given}
    return {**call.constants, **dict(as_wanted(call, *each) for each in given.items())}


def as_wanted(call: Call, name: str, value: str) -> tuple[str, Json]:
    """One argument as AWS wants it: in another form, or read of its text."""
    if name in call.literal:
        return name, msgspec.json.decode(value)
    called, form = call.forms.get(name, (name, VALUE))
    return called, in_form(form, value)


VALUE: Final = "{}"
"""Stands for the value in the form of an argument."""


def in_form(form: Json, value: str) -> Json:
    """A form with a value in its place; nothing else of it changes."""
    match form:
        case str():
            return value if form == VALUE else form
        case dict():
            parts = cast("dict[str, Json]", form)
            return {name: in_form(part, value) for name, part in parts.items()}
        case list():
            return [in_form(part, value) for part in cast("list[Json]", form)]
        case _:
            return form


def kept(call: Call, answer: Mapping[str, Json]) -> Json:
    """The part of an answer that is kept, as plain JSON."""
    whole = call.compact(answer) if call.compact else answer
    names = call.keeps or tuple(name for name in whole if name != "ResponseMetadata")
    found = {name: plain(whole[name]) for name in names if name in whole}
    empty: dict[str, Json] = {name: [] for name in call.lists}
    return empty | found


def plain(value: Json) -> Json:
    """A value of the SDK as JSON: times in UTC ending in Z, bytes in base64."""
    match value:
        case dict():
            items = cast("dict[str, Json]", value).items()
            return {key: plain(item) for key, item in items}
        case list() | tuple():
            return [plain(item) for item in cast("list[Json]", value)]
        case datetime.datetime():
            return utc_text(value)
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return value


def utc_text(time: datetime.datetime) -> str:
    """A time as ISO 8601 in UTC, ending in Z."""
    return time.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
