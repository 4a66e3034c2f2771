"""Is each member of an answer of the type that AWS's model gives it, and each time a time?

The SDK makes an empty list of `{}`, and false of every word but `true`: a Deny would be hidden so.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import re
from collections.abc import Callable
from typing import Any, Final, cast

from botocore import parsers, utils

from logkeep.aws.expected import NotAnAnswer

# botocore ships no types.
# pyright: reportUnknownMemberType=false
parse_timestamp: Any = getattr(utils, "parse_timestamp")  # noqa: B009 - it has half a type
PARSERS: dict[str, Any] = getattr(parsers, "PROTOCOL_PARSERS")  # noqa: B009 - it has no type

NO_TIME: Final = (ValueError, TypeError, OverflowError, OSError, RuntimeError)
"""How the SDK fails on a time that is none."""
YEARS: Final = range(1970, 9000)
"""Those that AWS can tell of, with room for what is counted from a time on and back."""
TEXT_OF_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d|[A-Z][a-z]{2}, \d|\d{1,15}(\.\d*)?\Z")
"""ISO 8601, the form of HTTP's headers, or seconds."""

UPLOADERS_OWN: Final = "Expires"
"""The header in which S3 answers what whoever uploaded the object wrote there, a time or not."""

TEXT_ROOT: Final = "GetBucketLocationOutput"
"""The one structure that S3 answers as a text (GetBucketLocation, "Response Syntax")."""


def time_of(value: Any) -> datetime.datetime:
    """A time of an answer; the SDK's own way to read it costs most of a long listing."""
    found = None
    with contextlib.suppress(*NO_TIME):
        found = _read_time(value)
    if found is None or found.tzinfo is None or found.year not in YEARS:
        raise NotAnAnswer(came="an answer with a time that is none")
    return found


def _read_time(value: Any) -> datetime.datetime | None:
    if isinstance(value, str):
        if value.endswith("Z"):
            with contextlib.suppress(ValueError):
                return datetime.datetime.fromisoformat(value)
        return parse_timestamp(value) if TEXT_OF_TIME.match(value) else None
    return None if isinstance(value, bool) else parse_timestamp(value)


class Parsers:
    """Makes the SDK's parsers, which then hold each member to the model."""

    def create_parser(self, protocol_name: str) -> Any:
        """A parser of one protocol."""
        return _typed(PARSERS[protocol_name])(timestamp_parser=time_of)


class _Typed:
    def _parse_shape(self, shape: Any, node: Any) -> Any:
        check_type(shape, node)
        parent: Any = super()
        try:
            return parent._parse_shape(shape, node)  # where the SDK reads a member, of any type
        except NotAnAnswer:
            if shape.serialization.get("name") == UPLOADERS_OWN:
                return None
            raise


@functools.cache
def _typed(parser: Any) -> Any:
    return type(f"Typed{parser.__name__}", (_Typed, parser), {})


def check_type(shape: Any, node: Any) -> None:
    """Raise NotAnAnswer where a member, in JSON or XML, is of another type than its shape."""
    kind = shape.type_name
    if "location" in shape.serialization:  # a header
        return
    if hasattr(node, "tag") or _is_repeated(node):
        fits = IN_XML.get(kind, _is_scalar)(shape, node)
    else:
        fits = kind not in IN_JSON or IN_JSON[kind](shape, node)
    if not fits:
        raise NotAnAnswer(came=f"an answer with a {shape.name} that is no {kind}")


def _is_repeated(node: Any) -> bool:
    entries = cast("list[Any]", node) if isinstance(node, list) else []
    return bool(entries) and hasattr(entries[0], "tag")


def _is_blank(node: Any) -> bool:
    return not (node.text or "").strip()


def _is_scalar(_: Any, node: Any) -> bool:
    return hasattr(node, "tag") and not len(node)


def _is_xml_structure(shape: Any, node: Any) -> bool:
    if not hasattr(node, "tag"):
        return False
    return _is_trimmed(node.text or "") if shape.name == TEXT_ROOT else _is_blank(node)


def _is_xml_list(shape: Any, node: Any) -> bool:
    if shape.serialization.get("flattened"):
        return True  # each entry is held to its own shape
    if not hasattr(node, "tag") or not _is_blank(node):
        return False
    name = shape.member.serialization.get("name", "member")
    return all(each.tag.rpartition("}")[2] == name for each in node)


def _is_trimmed(text: str) -> bool:
    return text == text.strip()


def _is_json_string(shape: Any, value: Any) -> bool:
    return isinstance(value, str) and not (shape.enum and not _is_trimmed(value))


def _is_xml_string(shape: Any, node: Any) -> bool:
    return _is_scalar(shape, node) and not (shape.enum and not _is_trimmed(node.text or ""))


def _is_integer(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_: Any, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


IN_JSON: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "structure": lambda shape, value: shape.is_document_type or isinstance(value, dict),
    "map": lambda _, value: isinstance(value, dict),
    "list": lambda _, value: isinstance(value, list) and None not in cast("list[Any]", value),
    "string": _is_json_string,
    "boolean": lambda _, value: isinstance(value, bool),
    "integer": _is_integer,
    "long": _is_integer,
    "float": _is_number,
    "double": _is_number,
    "blob": lambda _, value: isinstance(value, str),
}
IN_XML: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "structure": _is_xml_structure,
    "map": lambda _, node: not hasattr(node, "tag") or _is_blank(node),
    "list": _is_xml_list,
    "string": _is_xml_string,
    "boolean": lambda shape, node: _is_scalar(shape, node) and node.text in ("true", "false"),
}
