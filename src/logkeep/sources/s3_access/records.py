"""A line of an access log taken apart (rules 9.8, 13.4): fields by place, and more may come."""

from __future__ import annotations

import datetime
from typing import Final

import msgspec

FIELDS: Final = (
    *("bucket_owner", "bucket", "time", "remote_ip", "requester", "request_id", "operation"),
    *("key", "request_uri", "http_status", "error_code", "bytes_sent", "object_size"),
    *("total_time", "turn_around_time", "referer", "user_agent", "version_id", "host_id"),
    *("signature_version", "cipher_suite", "authentication_type", "host_header"),
    *("tls_version", "access_point_arn", "acl_required", "source_region"),
)
"""In S3's order; AWS appends new ones at the end."""
LEAST: Final = 17
"""The oldest records end with the user agent."""


class AccessRecord(msgspec.Struct, frozen=True):
    """One request to a bucket; a field that S3 leaves empty (`-`) is not among the fields."""

    fields: dict[str, str]
    more: tuple[str, ...] = ()
    """What stands behind the fields that are known here."""

    @property
    def at(self) -> datetime.datetime | None:
        """When the request was received, in UTC; None where the time cannot be read."""
        try:
            return datetime.datetime.strptime(self.fields.get("time", ""), "%d/%b/%Y:%H:%M:%S %z")
        except ValueError:
            return None


class NoRecord(msgspec.Struct, frozen=True):
    """A line that is no record, and why."""

    says: str


def read_record(line: str) -> AccessRecord | NoRecord:
    """A line as a record; what is cut or was never a record says so."""
    texts = _split(line.strip())
    if texts is None:
        return NoRecord("a quotation mark or bracket is not closed: the line is cut")
    if len(texts) < LEAST:
        return NoRecord(f"has {len(texts)} fields, and a record at least {LEAST}: the line is cut")
    named = {name: text for name, text in zip(FIELDS, texts, strict=False) if text != "-"}
    found = AccessRecord(named, tuple(texts[len(FIELDS) :]))
    if found.at is None:
        return NoRecord("its third field is no time such as [06/Feb/2026:00:00:38 +0000]")
    return found


_CLOSED_BY: Final = {'"': '"', "[": "]"}


def _split(line: str) -> list[str] | None:
    """The fields of a line, each looked at once; None where one that is opened is not closed.

    A quoted field ends with a quotation mark before a space: user agents may hold others.
    """
    texts: list[str] = []
    at, end = 0, len(line)
    while at < end:
        if line[at] == " ":
            at += 1
            continue
        closing = _CLOSED_BY.get(line[at])
        if closing is None:
            stop = line.find(" ", at)
            stop = end if stop < 0 else stop
            texts.append(line[at:stop])
        else:
            stop = line.find(f"{closing} ", at + 1)
            if stop < 0:
                if end - at < 2 or not line.endswith(closing):
                    return None
                stop = end - 1
            texts.append(line[at + 1 : stop])
            stop += 1
        at = stop
    return texts
