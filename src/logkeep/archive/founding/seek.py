"""What is worth asking AWS where no fleet file is there yet? Accounts, what delivers, where to."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from logkeep.access import people
from logkeep.access.accounts import ACTIVE, Member, Members, members_ask
from logkeep.access.bucket import Bucket, Buckets, Location
from logkeep.access.organization import membership
from logkeep.archive.founding import keeping
from logkeep.archive.founding.offer import Deliverer, Found, Founding, Seed, provisional
from logkeep.archive.lately import EventHistory, Watched, watched_bucket, watched_key
from logkeep.archive.objects import ListedPage
from logkeep.fleet.naming import account_objection, region_objection
from logkeep.snapshot import Ask, Snapshot, ask
from logkeep.snapshot.facts import Facts, map_look, remembered, seen
from logkeep.value import AccountId, Arn, Look, Region, parse_arn

LOGS = "AWSLogs/"


def wanted(seed: Seed) -> Callable[[Snapshot], Iterable[Ask]]:
    """The function of what is known that names what is still worth knowing."""
    fleet = provisional(seed)
    return lambda snapshot: _wanted(Facts(fleet, snapshot), seed)


def _wanted(facts: Facts, seed: Seed) -> Iterator[Ask]:
    yield ask(seed.caller, seed.region, "organizations:DescribeOrganization")
    if seed.organization:
        yield members_ask(seed.caller, seed.region)
    if seed.existing:
        for account in known_accounts(facts, seed):
            for offer in seed.offers:
                yield from offer.wants(facts, account)
        yield from _archive_asks(facts, seed)


def members(facts: Facts, seed: Seed) -> tuple[Member, ...]:
    """The organization's accounts, as far as it was asked and told."""
    answer = seen(facts.look(members_ask(seed.caller, seed.region), Members))
    listed = answer.accounts if answer else ()
    return tuple(each for each in listed if account_objection(each.id) is None)


@remembered
def known_accounts(facts: Facts, seed: Seed) -> list[AccountId]:
    """The accounts that may belong to the fleet.

    They are the organization's active ones where it is asked; else the caller's own, and those
    that the archive found keeps a folder of.
    """
    if seed.organization:
        return sorted({each.id for each in members(facts, seed) if each.standing == ACTIVE})
    return sorted({seed.caller, *folders(facts)})


@remembered
def shown(facts: Facts, seed: Seed) -> list[Deliverer]:
    """Everything that any of the accounts shows to deliver, each account's once."""
    found = {
        (account, each.arn): each
        for account in known_accounts(facts, seed)
        for offer in seed.offers
        for each in offer.deliverers(facts, account)
    }
    return [found[place] for place in sorted(found)]


def archive_bucket(facts: Facts, seed: Seed) -> str:
    """The bucket that most deliver to, as the accounts show them; empty where none does."""
    return most_named(each.bucket for each in shown(facts, seed))


def at_archive(facts: Facts, seed: Seed) -> list[Deliverer]:
    """What delivers to the archive."""
    bucket = archive_bucket(facts, seed)
    return [each for each in shown(facts, seed) if bucket and each.bucket == bucket]


def at_archive_of(facts: Facts, seed: Seed, offer: Founding) -> Found:
    """What of one kind of log delivers to the archive."""
    return tuple(each for each in at_archive(facts, seed) if each.what == offer.what)


def used_key(trails: Iterable[Deliverer]) -> str:
    """The key that most of these name; empty where none names any."""
    return most_named(each.key for each in trails)


def most_named(names: Iterable[str]) -> str:
    """The name that is there most often, the first of several; empty where there is none."""
    counts = Counter(name for name in names if name)
    return min(counts, key=lambda name: (-counts[name], name), default="")


@remembered
def owner(facts: Facts, seed: Seed) -> AccountId | None:
    """Which of the accounts lists the archive's bucket as its own."""
    bucket = archive_bucket(facts, seed)
    for account in itertools.chain(*_owner_candidates(facts, seed)):
        answer = seen(facts.look(_buckets_ask(facts, account), Buckets))
        if answer is not None and any(each.name == bucket for each in answer.buckets):
            return account
    return None


def _buckets_ask(facts: Facts, account: AccountId) -> Ask:
    return ask(account, facts.fleet.home_region, "s3:ListBuckets")


def _owner_candidates(
    facts: Facts, seed: Seed
) -> tuple[tuple[AccountId, ...], tuple[AccountId, ...]]:
    """The accounts that likely own the bucket, and all others that might."""
    known = known_accounts(facts, seed)
    trails = at_archive(facts, seed)
    found = seen(membership(facts, seed.caller))
    parts = [parse_arn(used_key(trails)), *(parse_arn(each.arn) for each in trails[:1])]
    likely = [seed.caller, *(part.account for part in parts if part)]
    likely += [found.management] if found else []
    first = tuple(dict.fromkeys(a for a in likely if account_objection(a) is None))
    return first, tuple(account for account in known if account not in first)


def _archive_asks(facts: Facts, seed: Seed) -> Iterator[Ask]:
    bucket = archive_bucket(facts, seed)
    if not bucket:
        return
    likely, rest = _owner_candidates(facts, seed)
    first = [_buckets_ask(facts, account) for account in likely]
    yield from first
    keeper = owner(facts, seed)
    if keeper is not None:
        yield of_bucket(facts, keeper, "s3:GetBucketLocation", bucket)
        yield of_bucket(facts, keeper, "s3:GetBucketPolicy", bucket)
        yield from _changer_asks(facts, seed, keeper)
        yield from keeping.asks(facts, placed) if (placed := place(facts, seed)) else ()
    elif all(question in facts.snapshot.answers for question in first):
        yield from (_buckets_ask(facts, account) for account in rest)
    trails = at_archive(facts, seed)
    yield from _folder_asks(facts, keeper or seed.caller, bucket, trails)
    yield from key_asks(used_key(trails))
    for offer in seed.offers:
        yield from offer.details(facts, at_archive_of(facts, seed, offer))


def _changer_asks(facts: Facts, seed: Seed, keeper: AccountId) -> Iterator[Ask]:
    """Who changed the archive lately, who there is in its account, and who Logkeep is there."""
    yield people.details_ask(facts, keeper)
    yield who_ask(facts, keeper)
    for history in histories(seed):
        for of in watched(facts, seed):
            yield from history.wants(facts, of)


def histories(seed: Seed) -> list[EventHistory]:
    """How the kinds of log read who changed the archive."""
    return [offer.history for offer in seed.offers if offer.history is not None]


def who_ask(facts: Facts, keeper: AccountId) -> Ask:
    """The question who Logkeep is in an account."""
    return ask(keeper, facts.fleet.home_region, "sts:GetCallerIdentity")


@remembered
def bucket_region(facts: Facts, seed: Seed) -> Look[Region]:
    """Where the archive's bucket lies."""
    keeper = owner(facts, seed) or seed.caller
    question = of_bucket(facts, keeper, "s3:GetBucketLocation", archive_bucket(facts, seed))
    names = {"": "us-east-1", "EU": "eu-west-1"}
    return map_look(
        facts.look(question, Location),
        lambda answer: names.get(
            answer.location_constraint or "", answer.location_constraint or ""
        ),
    )


@remembered
def place(facts: Facts, seed: Seed) -> Bucket | None:
    """The archive's bucket, where it is known whose it is and where it lies."""
    keeper, region = owner(facts, seed), seen(bucket_region(facts, seed))
    if keeper is None or region is None or region_objection(region) is not None:
        return None
    return Bucket(archive_bucket(facts, seed), keeper, region)


@remembered
def watched(facts: Facts, seed: Seed) -> tuple[Watched, ...]:
    """The bucket, where its place is known, and a key in the same account."""
    at = place(facts, seed)
    if at is None:
        return ()
    keeper = at.account
    found = [watched_bucket(keeper, at.region, at.name)]
    for question in key_asks(used_key(at_archive(facts, seed))):
        if question.account == keeper:
            arn = dict(question.arguments)["KeyId"]
            found.append(watched_key(arn, keeper, question.region))
    return tuple(found)


def of_bucket(facts: Facts, account: AccountId, call: str, bucket: str, **more: str) -> Ask:
    """A question about the bucket that was found; the SDK finds its Region by itself."""
    return ask(account, facts.fleet.home_region, call, Bucket=bucket, **more)


def key_asks(key: str) -> list[Ask]:
    """The question what a key's policy says, where a key is named and no alias."""
    parts = parse_arn(key)
    if parts is None or not parts.resource.startswith("key/") or not parts.region:
        return []
    if account_objection(parts.account) is not None:
        return []
    return [ask(parts.account, parts.region, "kms:GetKeyPolicy", KeyId=key)]


def once_each(found: Iterable[Deliverer]) -> list[Deliverer]:
    """Each once, shown by its own account where that was entered (rule 1.1.3)."""
    once: dict[Arn, Deliverer] = {}
    for each in found:
        own = f":{each.account}:" in each.arn
        if own or each.arn not in once:
            once[each.arn] = each
    return [once[arn] for arn in sorted(once)]


def _folder_asks(
    facts: Facts, account: AccountId, bucket: str, trails: Iterable[Deliverer]
) -> Iterator[Ask]:
    """The questions which accounts have a folder in the archive (rules 1.3, 1.4.3)."""
    for prefix in sorted({each.prefix for each in trails}):
        start = f"{prefix}/{LOGS}" if prefix else LOGS
        question = of_bucket(
            facts, account, "s3:ListObjectsV2", bucket, Prefix=start, Delimiter="/"
        )
        yield question
        answer = seen(facts.look(question, ListedPage))
        for folder in answer.common_prefixes if answer else ():
            if folder.prefix.removeprefix(start).startswith("o-"):
                arguments = {**dict(question.arguments), "Prefix": folder.prefix}
                yield ask(account, question.region, question.call, **arguments)


def folders(facts: Facts) -> list[AccountId]:
    """The accounts that have a folder in what was listed: a page of a listing names 1,000."""
    found: set[AccountId] = set()
    for question in facts.snapshot.answers:
        if question.call == "s3:ListObjectsV2":
            answer = seen(facts.look(question, ListedPage))
            listed = answer.common_prefixes if answer else ()
            found |= {folder.prefix.rstrip("/").rsplit("/", 1)[-1] for folder in listed}
    return sorted(name for name in found if account_objection(name) is None)
