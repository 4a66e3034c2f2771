"""Which buckets are to be replicated where, by which role and key, and who owns the replicas?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from logkeep.access import any_bucket, bucket, key
from logkeep.access.bucket import Bucket
from logkeep.access.replicas import replication
from logkeep.access.uploads import bucket_of, default_key, key_arn
from logkeep.policy import Unread
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.replication.options import (
    SOURCE,
    Copying,
    Pair,
    Replica,
    Replications,
    made_role,
)
from logkeep.storage.bucket import ENFORCED, WITH_KEY, Default
from logkeep.storage.rules import Filter, Replication, Rule
from logkeep.value import Absent, AccountId, Arn, account_of

REPLICA: Final = "replica"
"""How the name of the route begins that takes the archive to its replica."""
EXISTING: Final = "existing"
"""How the name of the route begins that takes what was in a bucket before its rule."""


class Wish(msgspec.Struct, frozen=True):
    """A bucket that is to be replicated into another."""

    source: Bucket
    destination: Bucket
    options: Copying
    filter: Filter
    is_archives: bool

    @property
    def route(self) -> str:
        """The name of its route."""
        start = REPLICA if self.is_archives else SOURCE
        names = f"{self.source.name}/{self.destination.name}"
        where = self.filter.prefix or "+".join(f"{k}={v}" for k, v in self.filter.tags)
        return f"{start}/{self.source.account}/{names}{f'/{where}' if where else ''}"

    @property
    def existing_route(self) -> str:
        """The name of the route that takes what was there before the rule."""
        return "/".join((EXISTING, *self.route.split("/")[1:]))

    @property
    def crosses(self) -> bool:
        """Whether the replicas lie in another account."""
        return self.source.account != self.destination.account


def wishes(facts: Facts, logs: Iterable[Replications]) -> Iterator[Wish]:
    """Every pair of buckets that the fleet file asks for."""
    for each in logs:
        match each.options:
            case Pair() as pair if pair.from_ and pair.to:
                yield _pair(facts, pair)
            case Replica() as replica if replica.bucket:
                yield _replica(facts, replica)
            case _:
                pass


def of_source(facts: Facts, name: str) -> tuple[Wish, ...]:
    """What is asked of one bucket that is replicated."""
    own = wishes(facts, facts.fleet.logs_of(SOURCE))
    return tuple(wish for wish in own if wish.source.name == name)


def _account(facts: Facts, named: str) -> AccountId:
    return facts.fleet.accounts.get(named, named)


def _pair(facts: Facts, pair: Pair) -> Wish:
    fleet = facts.fleet
    found = any_bucket.find(facts, pair.from_) or _as_destination(facts, pair.from_)
    source = found or Bucket(pair.from_, fleet.archive.account, fleet.home_region)
    account, region = _account(facts, pair.account), pair.region
    there = any_bucket.find(facts, pair.to) or Bucket(pair.to, source.account, source.region)
    to = Bucket(pair.to, account or there.account, region or there.region)
    tags = tuple((k, v) for k, _, v in (text.partition("=") for text in pair.tags))
    return Wish(source, to, pair, Filter(pair.prefix, tags), is_archives=False)


def _as_destination(facts: Facts, name: str) -> Bucket | None:
    """Where a bucket is that is not seen, and is another replication's destination."""
    for each in facts.fleet.logs_of(SOURCE):
        match each.options:
            case Replica(bucket=to) as replica if to == name:
                return _replica(facts, replica).destination
            case Pair(to=to) as pair if to == name:
                source = any_bucket.find(facts, pair.from_)
                account = _account(facts, pair.account) or (source.account if source else "")
                region = pair.region or (source.region if source else "")
                return Bucket(name, account, region) if account and region else None
            case _:
                pass
    return None


def _replica(facts: Facts, replica: Replica) -> Wish:
    source = bucket.archives(facts)
    account = _account(facts, replica.account) or source.account
    to = Bucket(replica.bucket, account, replica.region or source.region)
    return Wish(source, to, replica, Filter(), is_archives=True)


def arn_of(facts: Facts, at: Bucket) -> Arn:
    """A bucket's ARN."""
    return f"arn:{facts.fleet.partition}:s3:::{at.name}"


@remembered
def role_of(facts: Facts, source: Bucket) -> Arn:
    """The role of a bucket's replication: as the fleet says, the one in use, or one to be made."""
    named = next((w.options.role for w in of_source(facts, source.name) if w.options.role), "")
    found = replication(facts, source)
    used = found.role if isinstance(found, Replication) else ""
    return named or used or made_role(arn_of(facts, source), source.account)


def rule_of(facts: Facts, wish: Wish) -> Rule | None:
    """The rule that does what is asked, one that is on before one that is off."""
    found = replication(facts, wish.source)
    rules = found.rules if isinstance(found, Replication) else ()
    fits = [rule for rule in rules if covers(rule, wish)]
    return next((rule for rule in fits if rule.enabled), fits[0] if fits else None)


def covers(rule: Rule, wish: Wish) -> bool:
    """Whether a rule takes all that is asked to its destination."""
    tagged = set(rule.filter.tags) <= set(wish.filter.tags)
    reaches = wish.filter.prefix.startswith(rule.filter.prefix)
    return rule.destination == wish.destination.name and tagged and reaches


def source_key(facts: Facts, wish: Wish) -> Arn:
    """The key that what is replicated lies under; nothing where it lies under none."""
    if wish.is_archives:
        return key.arn(facts)
    default = bucket_of(facts, wish.source).default
    if not isinstance(default, Default) or default.algorithm not in WITH_KEY:
        return ""
    requester = account_of(role_of(facts, wish.source))
    name = default_key(facts, wish.source)
    arn = key_arn(name, wish.source, requester)
    found = seen(key.described(facts, arn)) if arn else None
    return found.arn if found else arn


def under_key(facts: Facts, wish: Wish) -> bool:
    """Whether objects under SSE-KMS are to be replicated, as far as it is known."""
    default = bucket_of(facts, wish.source).default
    by_default = isinstance(default, Default) and default.algorithm in WITH_KEY
    return wish.is_archives or by_default or bool(wish.options.key)


def replica_key(facts: Facts, wish: Wish) -> Arn:
    """The key of the replicas: as the fleet says, else the rule's own.

    A rule that names it by an alias means the key, and has to say so: policies are asked for keys,
    and an alias is looked up in the account of the role (case RP07).
    """
    rule = rule_of(facts, wish)
    named = wish.options.key or (rule.replica_key if rule and rule.kms_selected else "")
    if not named or not under_key(facts, wish):
        return ""
    arn = key_arn(named, wish.destination, account_of(role_of(facts, wish.source)))
    found = seen(key.described(facts, arn))
    return found.arn if found else arn


def takes_over(facts: Facts, wish: Wish) -> bool | None:
    """Whether the rule has to hand the replicas over; None where ACLs are off, and it need not.

    Where ACLs are off the destination's account owns all anyway (rule 3.1.5).
    """
    if wish.is_archives or not wish.crosses:
        return None
    ownership = bucket.ownership_layer(facts, wish.destination)
    if ownership == ENFORCED or isinstance(ownership, Unread):
        return None
    return wish.options.owner == "destination"


def takes_markers(facts: Facts, wish: Wish) -> bool:
    """Whether delete markers are replicated: as the fleet says, else as the rule has it.

    A rule of the old schema copies them (rule 13.3).
    """
    if wish.options.delete_markers is not None:
        return wish.options.delete_markers
    rule = rule_of(facts, wish)
    return rule is not None and (rule.delete_markers or rule.schema == "V1")


def ownership_is_unread(facts: Facts, wish: Wish) -> bool:
    """Whether it cannot be told if the rule has to hand the replicas over."""
    if wish.is_archives or not wish.crosses:
        return False
    found = bucket.ownership_layer(facts, wish.destination)
    is_missing = isinstance(bucket.owner(facts, wish.destination), Absent)
    return isinstance(found, Unread) and not is_missing
