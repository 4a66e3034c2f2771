"""A change as a value: one AWS call, what it was planned on, and what will be there after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast

import msgspec

from logkeep.snapshot import Ask, Reply
from logkeep.value import AccountId, Arn, Json, Region

Symbol = Literal["+", "~", "-"]


class Change(msgspec.Struct, frozen=True):
    """One call that apply makes, exactly as it stands here."""

    address: Arn
    """The resource that is made or changed."""
    symbol: Symbol
    """`+` makes it, `~` changes it, `-` removes it."""
    account: AccountId
    region: Region
    call: str
    """`s3:PutBucketPolicy`."""
    arguments: dict[str, Json]
    """What boto3 takes; texts may name a value AWS has yet to assign: `{made:archive-key}`."""
    because: tuple[str, ...] = ()
    """The codes of the findings that it mends."""
    accounts: tuple[AccountId, ...] = ()
    """The accounts whose routes asked for it."""
    before: tuple[tuple[Ask, Reply | None], ...] = ()
    """What the plan saw of the resource, of a listing its entries alone; None was not asked."""
    after: tuple[tuple[Ask, Reply], ...] = ()
    """What the same questions will answer of it afterwards."""
    makes: str = ""
    """The name of the value that AWS assigns in its answer."""


def made(name: str) -> str:
    """The text that stands for a value AWS will assign."""
    return "{made:" + name + "}"


def fill(document: Json, values: Mapping[str, str]) -> Json:
    """A document with every `{made:…}` that is known put in its place."""
    match document:
        case str():
            for name, value in values.items():
                document = document.replace(made(name), value)
            return document
        case dict():
            entries = cast(dict[str, Json], document)
            return {key: fill(value, values) for key, value in entries.items()}
        case list() | tuple():
            return [fill(item, values) for item in cast(Sequence[Json], document)]
        case _:
            return document
