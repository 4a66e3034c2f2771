"""A log as it lies in the archive: what is asked of whoever could read, write or delete it."""

from __future__ import annotations

import msgspec

from logkeep.value import AccountId, Arn


class Sample(msgspec.Struct, frozen=True):
    """A log as it lies in the archive: its object, and the context it is encrypted under."""

    account: AccountId
    object_arn: Arn
    context: tuple[tuple[str, str], ...] = ()
    """Keys in lower case; what of the context is not known is left out."""
