"""A bucket's replication rules as data, and which of them an object falls under.

S3 API reference, ReplicationRule (rules 3.1.6, 3.3.1, 13.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from logkeep.value import Arn

Schema: TypeAlias = Literal["V1", "V2"]


class Filter(msgspec.Struct, frozen=True):
    """Which objects a rule is for: those under a prefix that carry all of these tags."""

    prefix: str = ""
    tags: tuple[tuple[str, str], ...] = ()


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a replication configuration."""

    id: str
    enabled: bool
    destination: str
    """The bucket's name."""
    schema: Schema = "V2"
    """V1 has a Prefix and no Filter; it copies delete markers (rule 13.3)."""
    filter: Filter = Filter()
    priority: int = 0
    delete_markers: bool = False
    kms_selected: bool = False
    replica_key: str = ""
    replica_modifications: bool = False
    account: str = ""
    """Whose the destination is to be, where the rule says it."""
    takes_ownership: bool = False
    """AccessControlTranslation: the destination's account is to own the replicas."""
    storage_class: str = ""

    @property
    def name(self) -> str:
        """Its ID, or what stands for it."""
        return self.id or "(without an ID)"


class Replication(msgspec.Struct, frozen=True):
    """A bucket's replication configuration."""

    role: Arn
    rules: tuple[Rule, ...]


class Match(msgspec.Struct, frozen=True, gc=False):
    """Whether a rule is for an object, and what of its filter is missing."""

    rule: Rule
    fits: bool | None
    """None is not known, for want of the object's tags."""
    missing: str = ""
    """`prefix`, or the tag that is missing."""


def match(rule: Rule, key: str, tags: Mapping[str, str] | None) -> Match:
    """Return whether a rule's filter fits; tags of None are not known."""
    if not key.startswith(rule.filter.prefix):
        return Match(rule, fits=False, missing="prefix")
    if not rule.filter.tags:
        return Match(rule, fits=True)
    if tags is None:
        return Match(rule, fits=None, missing="tags")
    for name, value in rule.filter.tags:
        if tags.get(name) != value:
            return Match(rule, fits=False, missing=f"{name}={value}")
    return Match(rule, fits=True)


def by_destination(rules: Sequence[Rule]) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """Yield the rules of each destination, the one that goes first in front (rule 3.1.6)."""
    names = dict.fromkeys(rule.destination for rule in rules)
    for name in names:
        own = [rule for rule in rules if rule.destination == name]
        yield name, tuple(sorted(own, key=lambda rule: -rule.priority))
