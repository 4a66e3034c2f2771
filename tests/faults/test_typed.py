"""A member of another type than AWS's model gives it is never taken for AWS's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.parsers import ResponseParserError

from logkeep.aws.calls import CALLS
from logkeep.aws.errors import STUMBLES
from logkeep.aws.expected import BESIDES, NotAnAnswer
from logkeep.aws.typed import Parsers, time_of
from logkeep.aws.writes import WRITES
from support.sdk import operation

READ = (*CALLS, *WRITES, *BESIDES)
DEPTH_MAX = 4
OTHER: dict[str, tuple[Any, ...]] = {
    "structure": ([], "text", 1, True),
    "map": ([], "text", 1, True),
    "list": ({}, "text", 1, True, [None]),
    "string": ({}, [], 1, True),
    "boolean": ({}, [], "true", 1),
    "integer": ({}, [], "1", True, 1.5),
    "long": ({}, [], "1", True, 1.5),
    "float": ({}, [], "1", True),
    "double": ({}, [], "1", True),
    "timestamp": ({}, [], "soon", True, 1e300, -1e300, 1e12),
}
"""What is of no such type, in JSON."""
TRUE: dict[str, Any] = {"string": "a", "boolean": True, "timestamp": 1.7e9, "blob": "YQ=="}
XML_OTHER = {
    "structure": ("text",),
    "map": ("text",),
    "list": ("text", "<html/>"),
    "string": ("<a/>",),
    "boolean": ("<a/>", "True", "", " true", "1"),
    "integer": ("<a/>", "", "one"),
    "long": ("<a/>", "", "one"),
    "timestamp": ("<a/>", "", "soon", "1e300", "Monday"),
}


def parsed(call: str, body: bytes) -> Any:
    model = operation(call)
    parser = Parsers().create_parser(str(model.service_model.resolved_protocol))
    answer: Any = {"status_code": 200, "headers": {}, "body": body}
    return parser.parse(answer, model.output_shape)


def value_of(shape: Any, within: Any = None, spoilt: Any = None, depth: int = 0) -> Any:
    """A value of a shape, with one member within it spoilt."""
    if shape is within:
        return spoilt
    if shape.type_name == "structure":
        return {
            member.serialization.get("name", name): value_of(member, within, spoilt, depth + 1)
            for name, member in shape.members.items()
            if depth < DEPTH_MAX
        }
    if shape.type_name == "list":
        return [value_of(shape.member, within, spoilt, depth + 1)] if depth < DEPTH_MAX else []
    if shape.type_name == "map":
        return {"k": value_of(shape.value, within, spoilt, depth + 1)} if depth < DEPTH_MAX else {}
    return TRUE.get(shape.type_name, 1)


def inside(shape: Any, depth: int = 0) -> Iterator[Any]:
    """The shapes of an answer that `value_of` reaches."""
    yield shape
    if depth >= DEPTH_MAX:
        return
    if shape.type_name == "structure":
        for member in shape.members.values():
            yield from inside(member, depth + 1)
    elif shape.type_name == "list":
        yield from inside(shape.member, depth + 1)
    elif shape.type_name == "map":
        yield from inside(shape.value, depth + 1)


def in_json(call: str) -> bool:
    return str(operation(call).service_model.resolved_protocol) == "json"


@pytest.mark.parametrize("call", [call for call in READ if in_json(call)])
def test_no_member_in_json_is_of_another_type(call: str) -> None:
    shape = operation(call).output_shape
    if shape is None:
        return
    parsed(call, json.dumps(value_of(shape)).encode())
    for member in {id(each): each for each in inside(shape)}.values():
        for other in OTHER.get(member.type_name, ()):
            body = json.dumps(value_of(shape, member, other)).encode()
            with pytest.raises((NotAnAnswer, ResponseParserError)):
                parsed(call, body)


@pytest.mark.parametrize("call", [call for call in READ if not in_json(call)])
def test_no_member_in_xml_is_of_another_type(call: str) -> None:
    model = operation(call)
    shape = model.output_shape
    if shape is None or model.has_streaming_output:
        return
    payload = shape.serialization.get("payload")
    within = shape.members[payload] if payload else shape
    if within.type_name != "structure":
        return
    wrapper = shape.serialization.get("resultWrapper")
    for name, member in within.members.items():
        if "location" in member.serialization:
            continue
        tag = member.serialization.get("name", name)
        if member.type_name == "list" and member.serialization.get("flattened"):
            tag = member.member.serialization.get("name") or tag
            member = member.member
        others = XML_OTHER.get(member.type_name, ())
        others += (" a", "a ") if getattr(member, "enum", None) else ()
        for other in others:
            said = f"<{tag}>{other}</{tag}>"
            said = f"<{wrapper}>{said}</{wrapper}>" if wrapper else said
            body = f"<A>{said}</A>".encode()
            with pytest.raises((NotAnAnswer, *STUMBLES)):
                parsed(call, body)


@pytest.mark.parametrize("told", ["-1", "Wed Dec 31 2036", "2030-01-01", "never"])
def test_what_an_uploader_wrote_spoils_no_answer(told: str) -> None:
    shape = operation("s3:HeadObject").output_shape
    answer: Any = {"status_code": 200, "headers": {"Expires": told}, "body": b""}
    assert Parsers().create_parser("rest-xml").parse(answer, shape)["Expires"] is None
    late: Any = {"status_code": 200, "headers": {"Last-Modified": told}, "body": b""}
    with pytest.raises(NotAnAnswer):
        Parsers().create_parser("rest-xml").parse(late, shape)


@pytest.mark.parametrize(
    "told", [1e300, -1e300, 1e12, float("nan"), True, None, "", "soon", "Monday", "1e300", "12:00",
             "2026-11-23T00:00:00", "9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00Z"],
)  # fmt: skip
def test_a_time_that_is_none_is_no_answer(told: Any) -> None:
    with pytest.raises(NotAnAnswer):
        time_of(told)


@pytest.mark.parametrize(
    "told", [1795402800, 1795402800.5, "1795402800", "2026-11-23T03:00:00Z",
             "2026-11-23T03:00:00.000Z", "2026-11-23T03:00:00+00:00",
             "Mon, 23 Nov 2026 03:00:00 GMT"],
)  # fmt: skip
def test_a_time_is_read(told: Any) -> None:
    assert time_of(told).year == 2026
