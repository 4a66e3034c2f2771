"""What is: AWS's answers, what was read of them, how a call changes them."""

from logkeep.snapshot.snapshot import (
    NO_CODES,
    NOT_ASKED,
    VERSION,
    Ask,
    Header,
    Origin,
    Record,
    Reply,
    Snapshot,
    WrongVersion,
    ask,
    decode,
    decode_kept,
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
    "Origin",
    "Record",
    "Reply",
    "Snapshot",
    "WrongVersion",
    "ask",
    "decode",
    "decode_kept",
    "encode",
    "refused",
    "reply",
]
