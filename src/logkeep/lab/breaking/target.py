"""What to break from underneath, how to undo it, and what to say where it cannot be broken."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

Undo = Callable[[], None] | None


class Impossible(Exception):
    """This cannot be broken as things are, and why."""


class Target(msgspec.Struct, frozen=True):
    """What to break: a code, of which account, in which archive."""

    code: str
    account: str
    bucket: str
    key: str
    """The key's alias or ARN."""
    key_account: str
    region: str
