"""Which objects of a listing are not encrypted as the bucket asks today, since when and by key?

What is asked today is what an upload would end up with: the default where none has to be named, and
whatever header the policy lets through (rules 2.2.2 to 2.2.4). What lies there stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from logkeep.policy import Policy, Unread
from logkeep.storage.bucket import WITH_KEY, Bucket, Default
from logkeep.storage.many import Row, encryption_of
from logkeep.storage.writers import Way, enforced

KEYS_MAX: Final = 1000
"""So many keys are told apart; a listing of a hostile bucket may name any number."""
MORE: Final = "(more keys)"
STRENGTH: Final = ("AES256", "aws:kms", "aws:kms:dsse")
"""What may be a default, each more than the one before: a key's own permissions, then twice."""


class Asked(msgspec.Struct, frozen=True):
    """What an upload ends up with, whatever it is allowed to say."""

    way: Way
    algorithms: tuple[str, ...]
    keys: tuple[str, ...] = ()
    """The keys that the policy names, of which one has to be used; none is any."""


class EncryptionGroup(msgspec.Struct, frozen=True):
    """Objects that lie under one encryption and key."""

    encryption: str
    """Empty is not encrypted; `?` is that the listing does not say."""
    key: str
    """Empty where the listing names none."""
    fits: bool | None
    """Whether that is what is asked today; None is not known."""
    objects: int
    bytes: int
    oldest: str
    newest: str
    """When the first and the last of them were put, as far as the listing says."""


class Census(msgspec.Struct, frozen=True):
    """The objects of a listing, by how they are encrypted."""

    asked: Asked
    objects: int
    groups: tuple[EncryptionGroup, ...]

    def count(self, *, fits: bool | None) -> int:
        """How many objects are as is asked, are not, or are not known to be."""
        return sum(each.objects for each in self.groups if each.fits is fits)


def asked_of(bucket: Bucket) -> Asked | Unread:
    """What a bucket's default and policy ask of uploads today."""
    default, policy = bucket.default, bucket.policy
    if isinstance(default, Unread):
        return default
    if isinstance(policy, Unread):
        return policy
    found = enforced(policy, bucket, default) if isinstance(policy, Policy) else None
    if found is None or found.way == "nothing":
        return Asked("nothing", _as_strong_as(default.algorithm))
    open_ = found.unsure if found.pinned else ()  # it hangs on the key, which is asked for besides
    ends = _ends_as((*found.passes, *open_), default)
    blocked = bucket.blocked if isinstance(bucket.blocked, frozenset) else frozenset[str]()
    return Asked(found.way, tuple(name for name in ends if name not in blocked), found.pinned)


def _as_strong_as(algorithm: str) -> tuple[str, ...]:
    """Where no policy asks, S3 takes any header: what is more than the default is no fault."""
    at = STRENGTH.index(algorithm) if algorithm in STRENGTH else len(STRENGTH)
    return STRENGTH[at:] or (algorithm,)


def _ends_as(passes: Iterable[str], default: Default) -> tuple[str, ...]:
    ends = (default.algorithm if name == "none" else name for name in passes)
    return tuple(dict.fromkeys(ends))


class _Tally:
    """What was counted of one group so far."""

    def __init__(self) -> None:
        self.objects = self.bytes = 0
        self.oldest = self.newest = ""

    def add(self, size: int, at: str) -> None:
        """Count an object."""
        self.objects += 1
        self.bytes += size
        if at and (not self.oldest or at < self.oldest):
            self.oldest = at
        self.newest = max(self.newest, at)


class Counting:
    """Objects counted one by one, in memory that does not grow with them."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._tallies: dict[tuple[str, str], _Tally] = {}

    def add(self, row: Row) -> None:
        """Count one line of a listing; a delete marker is no object."""
        if row.IsDeleteMarker:
            return
        encryption = encryption_of(row)
        place = ("?" if encryption is None else encryption, row.SSEKMSKeyId or "")
        if place not in self._tallies and len(self._tallies) >= KEYS_MAX:
            place = (place[0], MORE)
        at = (row.LastModifiedDate or row.LastModified or "")[:19]
        self._tallies.setdefault(place, _Tally()).add(row.Size or 0, at)

    def census(self) -> Census:
        """What was counted, what does not fit first and the most first."""
        groups = [
            EncryptionGroup(
                *place, _fits(self._asked, *place), t.objects, t.bytes, t.oldest, t.newest
            )
            for place, t in self._tallies.items()
        ]
        order = {False: 0, None: 1, True: 2}
        groups.sort(key=lambda each: (order[each.fits], -each.objects, each.key))
        total = sum(each.objects for each in groups)
        return Census(self._asked, total, tuple(groups))


def _fits(asked: Asked, encryption: str, key: str) -> bool | None:
    if encryption == "?":
        return None
    if encryption not in asked.algorithms:
        return False
    if encryption not in WITH_KEY or not asked.keys:
        return True
    return key in asked.keys if key and key != MORE else None
