"""What words are made of: a finding with all that is around it, and sentences with places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from logkeep.fleet import Fleet
from logkeep.route import Is, Need
from logkeep.value import AccountId, Arn, Aspect, Json, Region, Standing, Time
from logkeep.words.plain import clean, people, texts


class Described(msgspec.Struct, frozen=True):
    """A finding with what is around it: all that its words are made of."""

    code: str
    verdict: Standing
    evidence: dict[str, Json]
    settle: str
    aspect: Aspect
    role: str
    arn: Arn
    accounts: tuple[AccountId, ...]
    regions: tuple[Region, ...]
    fleet: Fleet
    taken_at: Time
    source: str
    """The kind of log."""
    sender: str
    """Which service brings it."""
    need: Need | None = None
    owners: tuple[AccountId, ...] = ()
    """The accounts that have what is in the way of a plan."""

    @property
    def who(self) -> str:
        """The accounts whose logs it concerns, by name."""
        return people(self.fleet, self.accounts)

    @property
    def setting(self) -> str:
        """The setting that is otherwise than it should be."""
        named = self.need.setting if isinstance(self.need, Is) else ""
        return str(self.evidence.get("setting", named))


class Words(NamedTuple):
    """What is said of a finding, and what its code says of a route."""

    title: Callable[[Described], str]
    why: Callable[[Described], str]
    fix: Callable[[Described], str]
    step: str = ""
    """What the check is called among a route's steps, where it is not called as its hop."""
    stops: bool = True
    """Whether logs stop arriving where it fails."""
    holds: Callable[[Described], str] | None = None
    """By what it holds; nothing where its evidence says it."""


def template(text: str) -> Callable[[Described], str]:
    """A sentence with places for what most findings know."""

    def words(found: Described) -> str:
        return text.format_map(_places(found))

    return words


def worded(title: str, why: str, fix: str, *, step: str = "", stops: bool = True) -> Words:
    """Words that are sentences with places."""
    return Words(template(title), template(why), template(fix), step, stops)


def _places(finding: Described) -> Mapping[str, str]:
    fleet, evidence = finding.fleet, finding.evidence
    return {
        "who": finding.who,
        "sender": finding.sender,
        "bucket": fleet.archive.bucket,
        "key": fleet.archive.key,
        "keeper": people(fleet, [fleet.archive.account]),
        "arn": clean(finding.arn),
        "region": ", ".join(finding.regions[:3])
        + (" and others" if len(finding.regions) > 3 else ""),
        "home": fleet.home_region,
        "is_": said(evidence.get("is")),
        "should": said(evidence.get("should")),
    }


def said(value: Json) -> str:
    """A setting's value as a person would say it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value in ("", None):
        return "nothing"
    return clean(", ".join(texts(value)))
