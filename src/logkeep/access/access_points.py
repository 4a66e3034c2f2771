"""Which access points lead to a bucket, and whose could not be looked at?

An account lists its own alone (S3 Control API, ListAccessPoints), and any account may have one of
any bucket; the bucket's policy lets requests by it pass or not (S3 User Guide, "Creating access
points"). An S3 Object Lambda access point is none of the bucket: it reads by one of these, which
has to permit the request as well ("Configuring IAM policies for Object Lambda access points").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeVar

import msgspec

from logkeep.access import any_bucket, bucket
from logkeep.access.bucket import Bucket, PolicyText
from logkeep.access.own_side import nobodys_account
from logkeep.access.policies.speaking import Holder, layer
from logkeep.access.replicas import replication
from logkeep.policy import AccessPoint, Malformed, Policy, PublicAccess, Unread
from logkeep.policy.resource_kinds import BUCKET
from logkeep.policy.write import statements, texts
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, remembered, seen, unread
from logkeep.storage.rules import Replication
from logkeep.value import Absent, AccountId, Arn, Json, Look, Region, Seen, Unseen

LIST: Final = "s3control:ListAccessPoints"
GET: Final = "s3control:GetAccessPoint"
POLICY: Final = "s3control:GetAccessPointPolicy"
LIST_MULTI: Final = "s3control:ListMultiRegionAccessPoints"
MULTI_POLICY: Final = "s3control:GetMultiRegionAccessPointPolicy"
MULTI_REGION: Final[Region] = "us-west-2"
"""Where Multi-Region access points are asked about (S3 User Guide, "Using Multi-Region Access
Points with supported API operations"); other partitions have none."""
KEYS: Final = ("s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:accesspointnetworkorigin")
"""Only requests by an access point carry these (Service Authorization Reference, Amazon S3)."""
PAGES_MAX: Final = 20
"""Of a thousand access points each; an account may have 10,000 a Region, and 100 of several (S3
User Guide, "Access points restrictions and limitations")."""
ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")
THEIRS: Final = "which access points of the bucket {} has"
ANYBODYS: Final = "which access points of the bucket other accounts have"


class Listed(msgspec.Struct, frozen=True, rename="pascal"):
    """An access point in the answer of s3control:ListAccessPoints."""

    name: str
    network_origin: str


class AccessPoints(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3control:ListAccessPoints."""

    access_point_list: tuple[Listed, ...] = ()
    next_token: str = ""


class Flags(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3control:GetAccessPoint, as far as it matters."""

    public_access_block_configuration: bucket.PublicAccess


class Leads(msgspec.Struct, frozen=True, rename="pascal"):
    """A bucket behind a Multi-Region access point."""

    bucket: str


class MultiRegion(msgspec.Struct, frozen=True, rename="pascal"):
    """An access point in the answer of s3control:ListMultiRegionAccessPoints."""

    name: str
    alias: str = ""
    public_access_block: bucket.PublicAccess | None = None
    regions: tuple[Leads, ...] = ()


class MultiRegions(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3control:ListMultiRegionAccessPoints."""

    access_points: tuple[MultiRegion, ...] = ()
    next_token: str = ""


class Established(msgspec.Struct, frozen=True, rename="pascal"):
    """What a Multi-Region access point's policy is; one that is proposed does not count yet."""

    established: PolicyText | None = None


class MultiPolicy(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3control:GetMultiRegionAccessPointPolicy."""

    policy: Established = Established()


class Possible(NamedTuple):
    """An account that may have access points of a bucket, which nobody could list."""

    account: AccountId
    doubt: str
    """What was not looked at, or cannot be."""


class Points(NamedTuple):
    """All that is known of the access points of a bucket."""

    there: tuple[AccessPoint, ...]
    possible: tuple[Possible, ...]


def asks(facts: Facts) -> Iterator[Ask]:
    """What there is to ask about access points of the archive and of its replicas."""
    for at in (bucket.archives(facts), *_replicas(facts)):
        is_there = at.name in (seen(bucket.owned_names(facts, at.account)) or ())
        for account in _askable(facts, at):
            yield from _of_one_region(facts, at, account) if is_there else ()
            yield from _of_several(facts, at, account)


def _replicas(facts: Facts) -> Iterator[Bucket]:
    found = replication(facts, bucket.archives(facts))
    for rule in found.rules if isinstance(found, Replication) else ():
        at = any_bucket.find(facts, rule.destination) if rule.enabled else None
        if at is not None:
            yield at


def _of_one_region(facts: Facts, at: Bucket, account: AccountId) -> Iterator[Ask]:
    yield from (question for question, _ in _pages(facts, listing(at, account), AccessPoints))
    for point in _listed(facts, at, account):
        for call in (GET, POLICY):
            yield ask(account, at.region, call, AccountId=account, Name=point.name)


def _of_several(facts: Facts, at: Bucket, account: AccountId) -> Iterator[Ask]:
    if facts.fleet.partition == "aws":
        pages = _pages(facts, multi_listing(account), MultiRegions)
        yield from (question for question, _ in pages)
        for multi in _multi(facts, at, account):
            yield _multi_policy_ask(account, multi)


def listing(at: Bucket, account: AccountId) -> Ask:
    """The question which access points of a bucket an account has."""
    return ask(account, at.region, LIST, AccountId=account, Bucket=at.name)


def multi_listing(account: AccountId) -> Ask:
    """The question which Multi-Region access points an account has, of whichever buckets."""
    return ask(account, MULTI_REGION, LIST_MULTI, AccountId=account)


def _multi_policy_ask(account: AccountId, found: MultiRegion) -> Ask:
    return ask(account, MULTI_REGION, MULTI_POLICY, AccountId=account, Name=found.name)


Page = TypeVar("Page", AccessPoints, MultiRegions)


def _pages(facts: Facts, first: Ask, shape: type[Page]) -> Iterator[tuple[Ask, Look[Page]]]:
    """Each page of a listing with its question."""
    question = first
    for _ in range(PAGES_MAX):
        look = facts.look(question, shape)
        yield question, look
        token = look.value.next_token if isinstance(look, Seen) else ""
        if not token:
            return
        arguments = {**dict(first.arguments), "NextToken": token}
        question = ask(first.account, first.region, first.call, **arguments)
    yield first, Unseen(first.call, f"has more than {PAGES_MAX} pages")


def _listed(facts: Facts, at: Bucket, account: AccountId) -> tuple[Listed, ...]:
    pages = (seen(look) for _, look in _pages(facts, listing(at, account), AccessPoints))
    return tuple(each for page in pages if page for each in page.access_point_list)


def _multi(facts: Facts, at: Bucket, account: AccountId) -> tuple[MultiRegion, ...]:
    pages = (seen(look) for _, look in _pages(facts, multi_listing(account), MultiRegions))
    every = (each for page in pages if page for each in page.access_points)
    return tuple(each for each in every if any(to.bucket == at.name for to in each.regions))


@remembered
def points_of(facts: Facts, at: Bucket) -> Points:
    """The access points of a bucket, and the accounts of which they could not be listed."""
    there: list[AccessPoint] = []
    askable = _askable(facts, at)
    others = sorted(_named(facts, at) - {*askable})
    possible = [
        Possible(nobodys_account(facts), ANYBODYS),
        *(Possible(account, THEIRS.format(account)) for account in others),
    ]
    for account in askable:
        looks = _looks(facts, at, account)
        possible += (Possible(account, each.call) for each in looks if isinstance(each, Unseen))
        there += (_point(facts, at, account, each) for each in _listed(facts, at, account))
        there += (_of_many(facts, account, each) for each in _multi(facts, at, account))
    return Points(tuple(there), tuple(possible))


def point_named(facts: Facts, arn: Arn) -> tuple[AccessPoint, Bucket] | None:
    """The access point of an ARN, and its bucket; None where it is none that was seen."""
    for at in (bucket.archives(facts), *_replicas(facts)):
        for point in points_of(facts, at).there:
            if point.arn == arn:
                return point, at
    return None


def _looks(
    facts: Facts, at: Bucket, account: AccountId
) -> Iterator[Look[AccessPoints] | Look[MultiRegions]]:
    yield from (look for _, look in _pages(facts, listing(at, account), AccessPoints))
    if facts.fleet.partition == "aws":
        yield from (look for _, look in _pages(facts, multi_listing(account), MultiRegions))


def _askable(facts: Facts, at: Bucket) -> tuple[AccountId, ...]:
    """The bucket's account, and those of the fleet that its policy names as having some."""
    named = (each for each in _named(facts, at) if facts.fleet.has(each))
    return tuple(dict.fromkeys((at.account, *sorted(named))))


@remembered
def _named(facts: Facts, at: Bucket) -> frozenset[AccountId]:
    """The accounts whose access points the bucket's policy speaks of."""
    found = layer(facts, Holder(BUCKET, f"arn:{facts.fleet.partition}:s3:::{at.name}"))
    return frozenset(_accounts(found)) if isinstance(found, Policy) else frozenset()


def _accounts(policy: Policy) -> Iterator[AccountId]:
    for statement in statements(policy.document):
        conditions: dict[str, dict[str, Json]] = statement.get("Condition") or {}
        for tests in conditions.values():
            for name, values in tests.items():
                if name.lower() in KEYS:
                    for text in texts(values):
                        yield from ACCOUNT.findall(text)


def _point(facts: Facts, at: Bucket, account: AccountId, found: Listed) -> AccessPoint:
    def of(call: str) -> Ask:
        return ask(account, at.region, call, AccountId=account, Name=found.name)

    text = facts.look(of(POLICY), PolicyText)
    flags = facts.look(of(GET), Flags)
    settings = flags.value.public_access_block_configuration if isinstance(flags, Seen) else None
    return AccessPoint(
        f"arn:{facts.fleet.partition}:s3:{at.region}:{account}:accesspoint/{found.name}",
        _policy(facts, found.name, text),
        is_of_vpc=found.network_origin == "VPC",
        public_access=_flags(settings) if settings else _unread(flags),
    )


def _of_many(facts: Facts, account: AccountId, found: MultiRegion) -> AccessPoint:
    """A Multi-Region access point, whose name in an ARN is its alias."""
    look = facts.look(_multi_policy_ask(account, found), MultiPolicy)
    text: Look[PolicyText] = look if not isinstance(look, Seen) else _established(look.value)
    flags = found.public_access_block
    arn = f"arn:{facts.fleet.partition}:s3::{account}:accesspoint/{found.alias}"
    policy = _policy(facts, found.name, text)
    return AccessPoint(arn, policy, public_access=_flags(flags) if flags else None)


def _established(found: MultiPolicy) -> Look[PolicyText]:
    text = found.policy.established
    return Seen(text) if text and text.policy else Absent(MULTI_POLICY)


def _policy(facts: Facts, name: str, look: Look[PolicyText]) -> Policy | Malformed | Unread | None:
    match look:
        case Seen(found):
            return facts.policy(found.policy, "resource", f"policy of the access point {name}")
        case Absent():
            return None
        case Unseen():
            return unread(look)


def _flags(found: bucket.PublicAccess) -> PublicAccess:
    return PublicAccess(found.restrict_public_buckets, found.ignore_public_acls)


def _unread(look: Look[Flags]) -> Unread | None:
    return None if isinstance(look, Seen) else unread(look)
