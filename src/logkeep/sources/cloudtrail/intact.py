"""Are the logs of an account and Region intact, by what verifications have found?"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from typing import Final

import msgspec

from logkeep.archive.report import FolderSummary, report_ask
from logkeep.archive.standing import UNVERIFIED, AskedSpan, Stands, accepted_codes, stands
from logkeep.route import Hop, Is
from logkeep.snapshot import read_reply
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.cloudtrail.evidence import PATIENCE
from logkeep.value import AccountId, Json, Look, Region, Seen, Unseen
from logkeep.words.plain import count

VALID = "valid"
FOUND: Final[Mapping[str, tuple[str, str]]] = {
    "digest-missing": ("digest", "missing"),
    "digest-changed": ("digest", "changed"),
    "digest-moved": ("digest", "under another key"),
    "digest-unsigned": ("digest", "without a valid signature"),
    "digest-unreadable": ("digest", "that could not be read"),
    "log-missing": ("log file", "missing"),
    "log-changed": ("log file", "changed"),
    "log-unreadable": ("log file", "that could not be read"),
    "log-unlisted": ("log file", "in no digest"),
    "log-unproven": ("log file", "of a time that no digest covers"),
    "key-unknown": ("digest", "signed by an unknown key"),
    "key-unreadable": ("digest", "whose key could not be read"),
    "listing-unreadable": ("folder", "that could not be listed"),
}
"""What is counted of each kind of fault, and what of it was found."""
FOLDERS: Final = tuple[FolderSummary, ...]
"""What a verification said of an account and Region."""
HOLES_TOLD_MAX = 5
"""How many of the times that are not proven are told."""


@remembered
def standing(facts: Facts, account: AccountId, region: Region) -> Stands:
    """How the logs of an account and Region stand, whichever trails brought them.

    They have to be proven up to the time of which a digest must have come by now.
    """
    question = report_ask(account, region)
    first, found = facts.first, facts.reply(question)
    if first is not facts and found is first.reply(question):
        return standing(first, account, region)  # by the same report of the same time
    accepted = accepted_codes(facts.fleet, account, facts.taken_at)
    if found is None:
        return _unverified(facts, accepted)
    known = seen(read_reply(question, found, FOLDERS))
    return stands(known or (), _asked(facts), accepted)


@remembered
def _unverified(facts: Facts, accepted: frozenset[str]) -> Stands:
    """How logs stand that no verification has spoken of: one answer for thousands of Regions."""
    return stands((), _asked(facts), accepted)


@remembered
def _asked(facts: Facts) -> AskedSpan:
    since = facts.fleet.archive.intact_since
    return AskedSpan(since, facts.taken_at - PATIENCE, since)


def code(facts: Facts, account: AccountId, region: Region) -> str:
    """The code of what stands in the way."""
    return standing(facts, account, region).code


def read(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """Whether the logs are intact, by what verifications said of the whole Region."""
    found = standing(facts, hop.account, need.region)
    if found.verdict == "holds":
        return Seen(VALID)
    if found.verdict == "unknown":
        return Unseen("logkeep verify", _doubt(found))
    return Seen(_counted(found.failing) or f"{found.accepted} that are accepted")


def _doubt(found: Stands) -> str:
    """What keeps the logs from being proven."""
    if found.asked is None or (not found.proven and found.code == UNVERIFIED):
        return "has not been run"
    hole = next((each for each in found.holes if each.code == found.code), None)
    if found.code == UNVERIFIED and found.proven:
        return f"has proven them until {found.proven[-1].ends:%Y-%m-%d %H:%M} UTC only"
    said = hole.says if hole else f"it found {_counted(found.unknown)}"
    return f"could not prove all: {said}"


def _counted(kinds: tuple[tuple[str, int], ...]) -> str:
    """How many there are of each kind: `2 log files changed, 1 digest missing`."""
    words: list[str] = []
    for kind, number in kinds:
        noun, found = FOUND[kind]
        words.append(f"{count(number, noun)} {found}")
    return ", ".join(words)


def tells(facts: Facts, hop: Hop, need: Is) -> dict[str, Json]:
    """From when to when logs have to be proven, what of it is not, and what was found."""
    found = standing(facts, hop.account, need.region)
    if found.asked is None:
        return {}
    document = {**_span_told(found.asked.starts, found.asked.ends)}
    if found.failing:
        document["faults"] = dict(found.failing)
    if found.unknown:
        document["unknown"] = dict(found.unknown)
    if found.holes:
        document["unproven"] = [
            {"from": _utc(hole.span.starts), "until": _utc(hole.span.ends), "says": hole.says}
            for hole in found.holes[:HOLES_TOLD_MAX]
        ]
    return document


@functools.lru_cache(1024)
def _span_told(starts: datetime.datetime, ends: datetime.datetime) -> dict[str, Json]:
    """From when to when; thousands of Regions are asked about the same time."""
    return {"from": _utc(starts), "until": _utc(ends)}


def _utc(at: datetime.datetime) -> str:
    # Not by strftime or isoformat, which take ten times as long: thousands of times are told.
    return f"{msgspec.to_builtins(at)[:19]}Z"
