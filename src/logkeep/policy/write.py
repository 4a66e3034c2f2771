"""How is a policy's text taken apart and put together, every foreign statement kept?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias, cast

import msgspec

from logkeep.policy.values import Json

Document: TypeAlias = dict[str, Json]
Statement: TypeAlias = dict[str, Json]
VERSION: Final = "2012-10-17"


def document_of(text: str | None) -> Document:
    """The document that a text holds; an empty one where there is no text."""
    return cast(Document, msgspec.json.decode(text)) if text else {}


def text_of(document: Document) -> str:
    """A document as AWS is given it."""
    return msgspec.json.encode(document).decode()


def document(*body: Statement) -> Document:
    """A document that says nothing but these statements."""
    return {"Version": VERSION, "Statement": list(body)}


def statements(found: Json) -> list[Statement]:
    """The statements of a document; AWS takes one alone without its list."""
    body = cast(Document, found).get("Statement") if isinstance(found, dict) else None
    return [cast(Statement, each) for each in listed(body) if isinstance(each, dict)]


def with_statements(before: Document, body: Iterable[Statement]) -> Document:
    """The document with these statements instead of its own."""
    return {"Version": VERSION, **before, "Statement": list(body)}


def with_statement(before: Document, statement: Statement) -> Document:
    """The document with the statement in place of the one that bears its Sid."""
    others = [each for each in statements(before) if each.get("Sid") != statement["Sid"]]
    return with_statements(before, [*others, statement])


def as_list(value: object) -> list[object]:
    """A list as it is and anything else alone in one, as AWS reads both."""
    return cast(list[object], value) if isinstance(value, list) else [value]


def listed(value: Json) -> list[Json]:
    """The values of an element, which may stand alone; none where it is not there."""
    return [] if value is None else cast(list[Json], as_list(value))


def texts(value: Json) -> list[str]:
    """Those of an element's values that are texts."""
    return [each for each in listed(value) if isinstance(each, str)]


def one_or_many(values: Iterable[str]) -> Json:
    """A single value as itself, several as a sorted list."""
    found = sorted(set(values))
    return found[0] if len(found) == 1 else found
