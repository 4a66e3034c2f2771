"""What is: AWS's answers, what was read of them, how a call changes them."""

from logkeep.snapshot.snapshot import (
    NO_CODES,
    NOT_ASKED,
    VERSION,
    Ask,
    Header,
    Record,
    Reply,
    Snapshot,
    WrongVersion,
    ask,
    decode,
    encode,
    refused,
    reply,
)

__all__ = [
    "NOT_ASKED",
    "NO_CODES",
    "VERSION",
    "Ask",
    "Header",
    "Record",
    "Reply",
    "Snapshot",
    "WrongVersion",
    "ask",
    "decode",
    "encode",
    "refused",
    "reply",
]
