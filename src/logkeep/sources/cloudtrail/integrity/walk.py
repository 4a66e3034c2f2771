"""Which digests are there, going from the newest to the oldest, and where is one left out?"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias, assert_never

import msgspec

from logkeep.archive.files import Fetched, Missing, Unreadable
from logkeep.sources.cloudtrail.integrity.check import (
    BACKFILL_TIMESTAMP,
    HASH_ALGORITHM,
    Blame,
    Checked,
    Place,
    check_digest,
    check_log,
)
from logkeep.sources.cloudtrail.integrity.digest import Digest, LogFile, Malformed, parse_time
from logkeep.sources.cloudtrail.integrity.keys import KeyRing
from logkeep.sources.cloudtrail.integrity.ledger import Ledger
from logkeep.sources.cloudtrail.integrity.reader import Reader
from logkeep.sources.cloudtrail.integrity.series import (
    HOUR,
    Span,
    digest_time,
    hours_between,
    key_at,
    log_time,
)

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_Standing: TypeAlias = Literal["believed", "linked", "unlinked"]
"""Whether a digest is believed, or at fault but linked to by a signed one, or only at fault."""


class _Last(msgspec.Struct, frozen=True):
    """The digest last seen on the way down, and the hour it covers or, at fault, should cover."""

    key: str
    span: Span
    standing: _Standing


class Walk:
    """One walk down one chain of digests, regular or backfill."""

    def __init__(self, reader: Reader, ledger: Ledger, span: Span, backfill: bool) -> None:
        self._reader = reader
        self._ledger = ledger
        self._span = span
        self._backfill = backfill
        self._rings: dict[str, KeyRing | Unreadable] = {}
        self._link: Place | None = None
        """Where the last believed digest says the one before it is."""
        self._newest: datetime.datetime | None = None
        self._last: _Last | None = None
        self._copies: set[datetime.datetime] = set()
        """The hours in whose place a digest of another place lies, and to which nothing links."""

    def run(self, listed: list[str]) -> None:
        """Look at the listed digests, which come oldest first, and at all that they link to."""
        for place in self._places(listed):
            checked = self._check(place)
            self._count(place, checked)
            if checked.digest is None:
                self._doubt(place, checked.blame)
            else:
                self._believe(place, checked.digest, checked.blame)

    def note_end(self, expected_until: datetime.datetime | None) -> None:
        """Name the hours after the newest digest, or that there is none at all."""
        newest = self._newest
        if newest is None:
            self._fault_gap("no digest of this time is in its place", self._span.ends)
            return
        while newest + HOUR in self._copies:
            newest += HOUR
        if expected_until is not None and expected_until - newest >= HOUR:
            hours = (expected_until - newest) // HOUR
            self._note_gap(Span(newest, newest + hours * HOUR))

    def _places(self, listed: list[str]) -> Iterator[Place]:
        """What is linked, but first what is listed and newer, which nothing links to."""
        bucket = self._ledger.chain.bucket
        while listed or self._link is not None:
            link = self._link
            if link is None or (listed and _is_newer(listed[-1], link.key)):
                yield Place(bucket, listed.pop())
                continue
            if listed and (bucket, listed[-1]) == (link.bucket, link.key):
                listed.pop()
            self._link = None
            yield link

    def _check(self, place: Place) -> Checked:
        fetched = self._reader.fetch(place.bucket, place.key)
        match fetched:
            case Fetched():
                return check_digest(place, fetched, self._keys)
            case Missing():
                says = "the digest after it links to it" if place.linked else "gone since listed"
                return Checked(None, Blame("digest-missing", says))
            case Unreadable():
                return Checked(None, Blame("digest-unreadable", fetched.error))
            case _:
                assert_never(fetched)

    def _keys(self, metadata: Mapping[str, str]) -> KeyRing | Unreadable:
        """The keys of the time walked; of a backfill digest, those of when it was made."""
        when = metadata.get(BACKFILL_TIMESTAMP, "") if self._backfill else ""
        if when not in self._rings:
            self._rings = {when: self._key_ring(when)}
        return self._rings[when]

    def _key_ring(self, when: str) -> KeyRing | Unreadable:
        starts, ends = self._span.starts, self._span.ends + 2 * HOUR
        if when:
            try:
                starts, ends = parse_time(when) - HOUR, parse_time(when) + HOUR  # rule 1.9.9
            except (Malformed, OverflowError):
                return Unreadable(f"its {BACKFILL_TIMESTAMP} is no time")
        found = self._reader.public_keys(self._ledger.chain.region, starts, ends)
        return found if isinstance(found, Unreadable) else KeyRing(found)

    def _count(self, place: Place, checked: Checked) -> None:
        self._ledger.judged("backfill_digests" if self._backfill else "digests", checked.blame)
        if checked.blame is not None:
            at = digest_time(place.key)
            self._ledger.fault(checked.blame, place.bucket, place.key, at)

    def _believe(self, place: Place, digest: Digest, blame: Blame | None) -> None:
        span = Span(digest.starts, digest.ends)
        if not self._backfill and blame is None:
            self._ledger.covers(span)
        if self._link is None:
            self._follow(place.key, span, "believed")
            self._link = self._link_of(place, digest)
        for entry in digest.log_files:
            self._check_log(entry)

    def _link_of(self, place: Place, digest: Digest) -> Place | None:
        """Where the digest before is, if that is in the time walked and truly before."""
        bucket, key = digest.previous_digest_s3_bucket, digest.previous_digest_s3_object
        if bucket is None or key is None:
            return None
        at = digest_time(key)
        if at is None or at < self._span.starts or not _is_newer(place.key, key):
            return None
        known = digest.previous_digest_hash_algorithm == HASH_ALGORITHM
        hash_value = digest.previous_digest_hash_value if known else None
        return Place(bucket, key, hash_value or "", linked=True)

    def _doubt(self, place: Place, blame: Blame | None) -> None:
        """Pass over a digest of which nothing may be believed but its place in the series."""
        at = digest_time(place.key)
        if at is None or self._backfill:
            return
        if place.linked:
            self._follow(place.key, Span(at - HOUR, at), "linked")
        elif blame is not None and blame.kind == "digest-moved":
            self._copies.add(at)
        elif self._link is None and (self._last is None or at <= self._last.span.starts):
            self._follow(place.key, Span(at - HOUR, at), "unlinked")

    def _follow(self, key: str, span: Span, standing: _Standing) -> None:
        """Take a digest as the next one down the series, and name the hours left out before it."""
        if not self._backfill:
            self._note_hole(span.ends)
        self._newest = max(self._newest or span.ends, span.ends)
        self._last = _Last(key, span, standing)

    def _note_hole(self, older: datetime.datetime) -> None:
        last = self._last
        if last is None or older >= last.span.starts:
            return
        hours = hours_between(older, last.span.ends) if last.standing == "linked" else None
        if hours is None:
            self._note_gap(Span(older, last.span.starts))
        for at in hours or ():
            self._note_missing(key_at(last.key, at), at)

    def _note_missing(self, key: str, at: datetime.datetime) -> None:
        says = "an hour of the series has no digest, and the one after it is at fault too"
        chain = self._ledger.chain
        blame = Blame("digest-missing", says)
        self._ledger.judged("digests", blame)
        self._ledger.fault(blame, chain.bucket, key, at)

    def _note_gap(self, span: Span) -> None:
        self._ledger.lacks(span)
        says = f"no digest from {span.starts:{_TIME}} until {span.ends:{_TIME}}"
        self._fault_gap(says, span.ends)

    def _fault_gap(self, says: str, at: datetime.datetime) -> None:
        self._ledger.fault(Blame("gap", says), self._ledger.chain.bucket, "", at)

    def _check_log(self, entry: LogFile) -> None:
        if entry.s3_bucket == self._ledger.chain.bucket:
            self._ledger.mentioned.add(entry.s3_object)
        blame = self._log_blame(entry)
        self._ledger.judged("logs", blame)
        if blame is not None:
            at = log_time(entry.s3_object)
            self._ledger.fault(blame, entry.s3_bucket, entry.s3_object, at)

    def _log_blame(self, entry: LogFile) -> Blame | None:
        fetched = self._reader.fetch(entry.s3_bucket, entry.s3_object)
        match fetched:
            case Fetched():
                return check_log(entry, fetched)
            case Missing():
                return Blame("log-missing", "its digest lists it")
            case Unreadable():
                return Blame("log-unreadable", fetched.error)
            case _:
                assert_never(fetched)


def _is_newer(key: str, other: str) -> bool:
    """Whether one digest's name is of a later hour than another's."""
    at, before = digest_time(key), digest_time(other)
    return at is not None and before is not None and at > before
