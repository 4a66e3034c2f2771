"""What of a network was collected: a document of lists, and the places that nobody could see."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from logkeep.value import AccountId, Json, Region


class Unreached(msgspec.Struct, frozen=True):
    """An account's Region that is left out, and the call that would have shown it."""

    account: AccountId
    region: Region
    call: str
    error: str


class Collected(msgspec.Struct, frozen=True):
    """A network as accounts describe it: `read` makes one of its document."""

    document: Mapping[str, Json]
    unreached: tuple[Unreached, ...] = ()
