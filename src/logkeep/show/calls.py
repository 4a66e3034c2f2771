"""How many calls a collect made, beside the formula for how many it may make."""

from __future__ import annotations

from collections.abc import Iterable

from logkeep.calls_due import most
from logkeep.due import Due, Each
from logkeep.wording.plain import count, joined

FOR: dict[Each, str] = {
    "once": "",
    "organization": "an organization",
    "account": "an account",
    "unit": "an organizational unit or root",
    "control-policy": "a control policy",
    "untagged-key": "a key that may be the archive's",
    "account-region": "an account and Region",
    "trail": "a trail",
    "unrecorded-trail": "a trail that is not followed from Region to Region",
    "other-bucket": "a bucket that another trail names",
    "recorded-account": "an account that a trail records",
    "recorded-region": "an account and Region that a trail records",
    "quiet-region": "where nothing came lately",
    "silent-region": "where no log came lately and no digest tells why",
    "unread-region": "where only a delivery may settle what the key's policies say",
    "log-group": "a trail's log group",
    "silent-group": "a Region of a log group into which nothing came lately",
    "further-page": "a further page of a listing",
    "repeat": "a call made again",
}


def made(calls: int, terms: Iterable[Due]) -> str:
    """The calls that were made, the most that may be, and the formula with its numbers."""
    listed = tuple(terms)
    return f"made {count(calls, 'call')} (at most {most(listed):,}: {formula(listed)})"


def formula(terms: Iterable[Due]) -> str:
    """The terms one after the other, each with how many things there are of its kind."""
    return joined(_term(term) for term in terms)


def _term(term: Due) -> str:
    if term.each == "once":
        return f"{term.most:,}"
    return f"{term.calls:,} {FOR[term.each]} ({term.times:,})"
