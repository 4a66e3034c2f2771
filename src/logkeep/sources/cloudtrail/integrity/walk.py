"""Which digests are there, going from the newest to the oldest, and where is one left out?"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias, assert_never

import msgspec

from logkeep.archive.files import Fetch, Fetched, Huge, Missing, Unreadable
from logkeep.archive.spans import Span
from logkeep.sources.cloudtrail.integrity.check import (
    BACKFILL_TIMESTAMP,
    HASH_ALGORITHM,
    Blame,
    CheckedDigest,
    DigestPlace,
    check_digest,
    check_log,
)
from logkeep.sources.cloudtrail.integrity.course import How, Knowing, Piece, between
from logkeep.sources.cloudtrail.integrity.digest import Digest, LogFile, Malformed, parse_time
from logkeep.sources.cloudtrail.integrity.keys import KeyRing
from logkeep.sources.cloudtrail.integrity.ledger import Ledger
from logkeep.sources.cloudtrail.integrity.reader import Reader
from logkeep.sources.cloudtrail.integrity.series import (
    DIGESTS,
    HOUR,
    day_at,
    digest_time,
    hours_between,
    key_at,
    log_time,
)
from logkeep.value import Time

_HUGE = "it is larger than any file that CloudTrail writes"
_LOOKS_CHANGED = ("digest-changed", "digest-unsigned", "digest-moved", "log-changed")
_OTHER_EACH_TIME = "it was another one when it was read again: what came is not what S3 keeps"
KEY_DAYS = datetime.timedelta(days=7)
"""How long a time the keys are asked for at once: a digest's own, and some of those before it."""

_Standing: TypeAlias = Literal["believed", "linked", "unlinked"]
"""Whether a digest is believed, or at fault but linked to by a signed one, or only at fault."""


class Expiry(msgspec.Struct, frozen=True):
    """From when back objects may have been deleted by the bucket's own lifecycle."""

    before: Time | None = None
    is_known: bool = True
    """Whether the lifecycle could be read."""


class _Last(msgspec.Struct, frozen=True):
    """The digest last seen on the way down, and the hour it covers or, at fault, should cover."""

    key: str
    span: Span
    standing: _Standing
    begins: bool = False
    """Whether it says that it begins a chain."""


class Walk:
    """One walk down one chain of digests, regular or backfill, in as many parts as are wanted."""

    def __init__(
        self,
        reader: Reader,
        ledger: Ledger,
        knowing: Knowing | None = None,
        *,
        backfill: bool = False,
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._knowing = knowing or Knowing(None, lambda: None)
        self._backfill = backfill
        self._rings: dict[str, KeyRing | Unreadable] = {}
        self._link: DigestPlace | None = None
        """Where the last believed digest says the one before it is."""
        self._hint: tuple[str, str] = ("", "")
        """The key and the signature that the last digest, believed or not, says of one before."""
        self.newest: datetime.datetime | None = None
        self._last: _Last | None = None
        self._copies: set[datetime.datetime] = set()
        """The hours in whose place a digest of another place lies, and to which nothing links."""

    def run(self, listed: list[str], floor: datetime.datetime) -> None:
        """Look at the listed digests, which come oldest first, and at all that they link to.

        What ended before the floor is left to the next run.
        """
        for place in self._places(listed, floor):
            self._take(place, self._check(place))

    def _take(self, place: DigestPlace, checked: CheckedDigest) -> None:
        self._count(place, checked)
        if checked.digest is None:
            self._doubt(place, checked.blame)
        else:
            self._believe(place, checked.digest, checked.blame)
        if checked.parsed is not None and self._link is None:
            self._note_hint(checked.parsed)

    def stop(self) -> None:
        """Ask no further: what the oldest digest links to is known, or was not asked for."""
        self._link = None

    def finish(self, since: datetime.datetime | None, expiry: Expiry) -> None:
        """Look for what the oldest digest links to, though no listing shows it."""
        while (link := self._link) is not None:
            self._link = None
            at = digest_time(link.key)
            if at is None or (since is not None and at <= since):
                return
            checked = self._check(link)
            missing = checked.blame is not None and checked.blame.kind == "digest-missing"
            if missing and _may_be_expired(at, expiry):
                if not expiry.is_known:
                    says = f"the digest of {at:%Y-%m-%d %H:%M} UTC is gone, and may have expired"
                    blame = Blame("gap", f"{says}: the bucket's lifecycle could not be read")
                    self._ledger.fault(blame, link.bucket, "", at, at - HOUR)
                return
            self._take(link, checked)

    def pending(self, floor: datetime.datetime, oldest: datetime.datetime | None) -> list[Piece]:
        """What is known so far of the hours between the floor and the last digest seen.

        Before the oldest digest of the chain there are no hours without one.
        """
        last, starts = self._last, floor
        if self._link is not None:
            starts = max(floor, digest_time(self._link.key) or floor)
        elif last is None or oldest is None or oldest >= last.span.ends:
            return []
        if last is None or starts >= last.span.starts:
            return []
        return self._between(Span(starts, last.span.starts), last)

    def skips(self, at: datetime.datetime) -> datetime.datetime:
        """The newest end, past the copies that stand in the place of the hours after it."""
        while at + HOUR in self._copies:
            at += HOUR
        return at

    def _places(self, listed: list[str], floor: datetime.datetime) -> Iterator[DigestPlace]:
        """What is linked, but first what is listed and newer, which nothing links to."""
        bucket = self._ledger.chain.bucket
        while listed or self._link is not None:
            link = self._link
            if link is None or (listed and _is_newer(listed[-1], link.key)):
                key = listed.pop()
                yield DigestPlace(bucket, key, signature=self._hinted(key))
                continue
            if listed and (bucket, listed[-1]) == (link.bucket, link.key):
                listed.pop()
            elif _ends_before(link.key, floor):
                return
            self._link = None
            yield link

    def _hinted(self, key: str) -> str:
        return self._hint[1] if self._hint[0] == key else ""

    def _note_hint(self, digest: Digest) -> None:
        said = digest.previous_digest_s3_object, digest.previous_digest_signature
        self._hint = (said[0] or "", said[1] or "")

    def _check(self, place: DigestPlace) -> CheckedDigest:
        (fetched,) = self._reader.fetch([(place.bucket, place.key)])
        found = self._checked(place, fetched)
        if found.blame is None or found.blame.kind not in _LOOKS_CHANGED:
            return found
        again = self._reader.fetch_again(place.bucket, place.key)
        found = self._checked(place, again)
        if found.blame is not None and _is_broken_line(fetched, again):
            return CheckedDigest(None, Blame("digest-unreadable", _OTHER_EACH_TIME))
        return found

    def _checked(self, place: DigestPlace, fetched: Fetch) -> CheckedDigest:
        match fetched:
            case Fetched():
                whole = self._with_metadata(place, fetched)
                return check_digest(place, whole, lambda known: self._keys(place, known))
            case Missing():
                says = "the digest after it links to it" if place.linked else "gone since listed"
                return CheckedDigest(None, Blame("digest-missing", says))
            case Huge():
                return CheckedDigest(None, Blame("digest-changed", _HUGE))
            case Unreadable():
                return CheckedDigest(None, Blame("digest-unreadable", fetched.error))
            case _:
                assert_never(fetched)

    def _with_metadata(self, place: DigestPlace, fetched: Fetched) -> Fetched:
        """A digest with its metadata, as far as a copy's neighbour cannot stand in for it."""
        if fetched.metadata is not None or place.linked or (place.signature and not self._backfill):
            return fetched
        return Fetched(fetched.body, self._reader.metadata(place.bucket, place.key))

    def _keys(self, place: DigestPlace, metadata: Mapping[str, str]) -> KeyRing | Unreadable:
        """The keys of its time; of a backfill digest, those of when it was made (rule 1.9.9)."""
        when = metadata.get(BACKFILL_TIMESTAMP, "") if self._backfill else ""
        at = digest_time(place.key)
        if not when and at is not None:
            part = at.toordinal() // KEY_DAYS.days * KEY_DAYS.days
            when = f"{datetime.datetime.fromordinal(part):%Y-%m-%d}"
        if when not in self._rings:
            self._rings = {when: self._key_ring(when, metadata)}
        return self._rings[when]

    def _key_ring(self, when: str, metadata: Mapping[str, str]) -> KeyRing | Unreadable:
        try:
            if self._backfill and BACKFILL_TIMESTAMP in metadata:
                made = parse_time(when)
                starts, ends = made - HOUR, made + HOUR
            else:
                starts = parse_time(f"{when}T00:00:00Z")
                starts, ends = starts - 2 * HOUR, starts + KEY_DAYS + 2 * HOUR
        except (Malformed, OverflowError):
            return Unreadable(f"its {BACKFILL_TIMESTAMP} is no time")
        found = self._reader.public_keys(self._ledger.chain.region, starts, ends)
        return found if isinstance(found, Unreadable) else KeyRing(found)

    def _count(self, place: DigestPlace, checked: CheckedDigest) -> None:
        what = "backfill_digests" if self._backfill else "digests"
        at = digest_time(place.key)
        day = day_at(at) if at else ""
        self._ledger.judged(what, place.key, day, checked.blame)
        if checked.blame is not None:
            blame = msgspec.structs.replace(checked.blame, hash_value=place.hash_value.lower())
            self._ledger.fault(blame, place.bucket, place.key, at)

    def _believe(self, place: DigestPlace, digest: Digest, blame: Blame | None) -> None:
        span = Span(digest.starts, digest.ends)
        if not self._backfill and blame is None:
            self._ledger.tells(span)
        if self._link is None:
            begins = digest.previous_digest_s3_object is None
            self._follow(_Last(place.key, span, "believed", begins))
            self._link = self._link_of(place, digest)
        # Every log is looked at, whatever is wrong with the one before it.
        places = [(entry.s3_bucket, entry.s3_object) for entry in digest.log_files]
        fetched = zip(digest.log_files, self._reader.fetch(places), strict=True)
        whole = [self._check_log(entry, each, span) for entry, each in fetched]
        if self._backfill:
            return
        if blame is None and all(whole):
            self._ledger.proves(span)
        else:
            self._ledger.spoilt.add(span)

    def _link_of(self, place: DigestPlace, digest: Digest) -> DigestPlace | None:
        """Where the digest before is, if that lies in this folder and is truly before."""
        bucket, key = digest.previous_digest_s3_bucket, digest.previous_digest_s3_object
        if bucket is None or key is None or bucket != place.bucket:
            return None
        here = self._ledger.chain.folder.prefix(DIGESTS)
        if not key.startswith(here) or not _is_newer(place.key, key):
            return None
        known = digest.previous_digest_hash_algorithm == HASH_ALGORITHM
        hash_value = digest.previous_digest_hash_value if known else None
        signature = digest.previous_digest_signature or ""
        return DigestPlace(bucket, key, hash_value or "", linked=True, signature=signature)

    def _doubt(self, place: DigestPlace, blame: Blame | None) -> None:
        """Pass over a digest of which nothing may be believed but its place in the series."""
        at = digest_time(place.key)
        if at is None or self._backfill:
            return
        is_moved = blame is not None and blame.kind == "digest-moved"
        self._ledger.doubts(at, is_its_place=place.linked or not is_moved)
        hour = Span(at - HOUR, at)
        if place.linked:
            self._follow(_Last(place.key, hour, "linked"))
        elif is_moved:
            self._copies.add(at)
        elif self._link is None and (self._last is None or at <= self._last.span.starts):
            self._follow(_Last(place.key, hour, "unlinked"))

    def _follow(self, now: _Last) -> None:
        """Take a digest as the next one down the series, and name the hours left out before it."""
        if not self._backfill:
            self._note_hole(now.span.ends)
        self.newest = max(self.newest or now.span.ends, now.span.ends)
        self._last = now

    def _note_hole(self, older: datetime.datetime) -> None:
        last = self._last
        if last is None or older >= last.span.starts:
            return
        hours = hours_between(older, last.span.ends) if last.standing == "linked" else None
        for at in hours or ():
            self._note_missing(key_at(last.key, at), at)
        if hours is not None:
            return
        for piece in self._between(Span(older, last.span.starts), last):
            self._ledger.lacks(piece)
            self._ledger.named(piece)

    def _between(self, span: Span, last: _Last) -> list[Piece]:
        how = self._how(last)
        return self._knowing.pieces(lambda course: between(span, how, course))

    def _how(self, last: _Last) -> How:
        """What the digest after some hours says of them."""
        if last.standing != "believed":
            return "faulty"
        return "anew" if last.begins else "skipped"

    def _note_missing(self, key: str, at: datetime.datetime) -> None:
        says = "an hour of the series has no digest, and the one after it is at fault too"
        blame = Blame("digest-missing", says)
        self._ledger.judged("digests", key, day_at(at), blame)
        self._ledger.doubts(at)
        self._ledger.fault(blame, self._ledger.chain.bucket, key, at)

    def _check_log(self, entry: LogFile, fetched: Fetch, span: Span) -> bool:
        if entry.s3_bucket == self._ledger.chain.bucket:
            self._ledger.mentions(entry.s3_object)
        blame = self._log_blame(entry, fetched)
        at = log_time(entry.s3_object)
        self._ledger.judged("logs", entry.s3_object, day_at(span.ends), blame)
        if blame is not None:
            blamed = msgspec.structs.replace(blame, hash_value=entry.hash_value.lower())
            self._ledger.fault(blamed, entry.s3_bucket, entry.s3_object, at or span.ends)
        elif at is None or not span.holds(at, -HOUR):
            self._ledger.strays.add(span)
        return blame is None

    def _log_blame(self, entry: LogFile, fetched: Fetch) -> Blame | None:
        """What is wrong with a log file; one that looks changed is read once more."""
        blame = _log_blame(entry, fetched)
        if blame is None or blame.kind not in _LOOKS_CHANGED:
            return blame
        again = self._reader.fetch_again(entry.s3_bucket, entry.s3_object)
        blame = _log_blame(entry, again)
        if blame is not None and _is_broken_line(fetched, again):
            return Blame("log-unreadable", _OTHER_EACH_TIME)
        return blame


def _is_broken_line(before: Fetch, now: Fetch) -> bool:
    """Whether two readings of what looks changed differ, and S3 does not vouch for the second."""
    match before, now:
        case Fetched(), Fetched():
            return not now.is_vouched and before.body != now.body
        case (Fetched(), Huge()) | (Huge(), Fetched()):
            return not (isinstance(now, Fetched) and now.is_vouched)
        case _:
            return False


def _log_blame(entry: LogFile, fetched: Fetch) -> Blame | None:
    match fetched:
        case Fetched():
            return check_log(entry, fetched)
        case Missing():
            return Blame("log-missing", "its digest lists it")
        case Huge():
            return Blame("log-changed", _HUGE)
        case Unreadable():
            return Blame("log-unreadable", fetched.error)
        case _:
            assert_never(fetched)


def _may_be_expired(at: datetime.datetime, expiry: Expiry) -> bool:
    return not expiry.is_known or (expiry.before is not None and at < expiry.before)


def _ends_before(key: str, floor: datetime.datetime) -> bool:
    at = digest_time(key)
    return at is not None and at < floor


def _is_newer(key: str, other: str) -> bool:
    """Whether one digest's name is of a later hour than another's."""
    at, before = digest_time(key), digest_time(other)
    return at is not None and before is not None and at > before
