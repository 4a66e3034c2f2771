"""How are AWS's answers taken apart: rows into shapes, texts into blocks, mistakes by place?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

import msgspec

from logkeep.network.address import Address, Block, address, block
from logkeep.network.lists import INCOMPLETE, LISTS
from logkeep.network.shapes import Tag
from logkeep.value import Json

Row = TypeVar("Row")
MISTAKES_MAX = 20


class Unreadable(msgspec.Struct, frozen=True):
    """Every mistake that was found, each with its place."""

    mistakes: tuple[str, ...]


class RowReader:
    """Takes rows out of a document, and keeps the mistakes met on the way."""

    def __init__(self, document: Mapping[str, Json]) -> None:
        self._document = document
        self.mistakes: list[str] = []
        self._seen: dict[str, tuple[str, Block | None]] = {}

    @property
    def missing(self) -> frozenset[str]:
        """The lists that nobody collected, or not whole."""
        cut = cast(list[str], self._document.get(INCOMPLETE) or [])
        return frozenset(n for n in LISTS if self._document.get(n) is None or n in cut)

    def rows(self, name: str, shape: type[Row]) -> list[Row]:
        """The rows of one list; none where it was not collected."""
        found = self._document.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            self.wrong(name, "should be a list")
            return []
        rows = (
            self._row(f"{name}[{index}]", row, shape)
            for index, row in enumerate(cast(list[Json], found))
        )
        return [row for row in rows if row is not None]

    def _row(self, where: str, row: Json, shape: type[Row]) -> Row | None:
        try:
            return msgspec.convert(without_nulls(row), shape)
        except msgspec.ValidationError as error:
            self.wrong(where, str(error)[:1].lower() + str(error)[1:])
            return None

    def one(self, name: str, shape: type[Row]) -> Row | None:
        """A document's member that is one row and no list."""
        found = self._document.get(name)
        return None if found is None else self._row(name, found, shape)

    def wrong(self, where: str, says: str) -> None:
        """Note a mistake."""
        if len(self.mistakes) < MISTAKES_MAX:
            self.mistakes.append(f"{where}: {says}")

    def block(self, where: str, text: str) -> Block | None:
        """A block, or None and a mistake noted."""
        if text in self._seen:
            return self._seen[text][1]
        found = block(text)
        if isinstance(found, str):
            self.wrong(where, found)
        self._seen[text] = (where, None if isinstance(found, str) else found)
        return self._seen[text][1]

    def blocks(self, where: str, texts: Iterable[str]) -> tuple[Block, ...]:
        """Blocks, without empty texts and repetitions."""
        found = (self.block(where, text) for text in dict.fromkeys(texts) if text)
        return tuple(each for each in found if each is not None)

    def address(self, where: str, text: str) -> Address | None:
        """An address, or None and a mistake noted; none is named where the text is empty."""
        if not text:
            return None
        found = address(text)
        if found is None:
            self.wrong(where, f"`{text}` is no address")
        return found


DEPTH_MAX = 8
"""How deep the members lie that are read; what a stranger nests deeper is left alone."""


def without_nulls(row: Json, depth: int = 0) -> Json:
    """A row without members that are null, which say no more than absent ones."""
    if depth > DEPTH_MAX:
        return row
    if isinstance(row, dict):
        members = cast(dict[str, Json], row)
        kept = {key: value for key, value in members.items() if value is not None}
        return {key: without_nulls(value, depth + 1) for key, value in kept.items()}
    if isinstance(row, list):
        return [without_nulls(each, depth + 1) for each in cast(list[Json], row)]
    return row


def name_of(tags: Iterable[Tag]) -> str:
    """The Name tag."""
    return next((tag.value for tag in tags if tag.key == "Name"), "")
