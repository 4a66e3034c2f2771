"""The routes of S3 server access logs: one for each bucket, from its setting to its target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logkeep.access import bucket
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.archive import objects
from logkeep.archive.tags import tagged
from logkeep.route import Exists, Hop, Is, Need, Route
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.s3_access import logging, requests, vended
from logkeep.sources.s3_access.evidence import arrived, evidence
from logkeep.sources.s3_access.logging import Enabled
from logkeep.sources.s3_access.options import SOURCE, AccessLogs, AccessOptions
from logkeep.sources.s3_access.settings import AES256, target_code
from logkeep.value import AccountId, Aspect, Seen


def routes(facts: Facts, logs: tuple[AccessLogs, ...], _intended: bool) -> Iterator[Route]:
    """Every bucket that is to log; an account whose buckets could not be listed is a route too."""
    for each in logs:
        for account in each.accounts:
            yield from _of_account(facts, each, account)


def _of_account(facts: Facts, logs: AccessLogs, account: AccountId) -> Iterator[Route]:
    names = seen(logging.logging_buckets(facts, logs, account))
    if names is None:
        yield _unlisted(facts, account)
        return
    for name in names:
        yield _of_bucket(facts, logs.options, account, name)


def _unlisted(facts: Facts, account: AccountId) -> Route:
    """An account of which nobody can say which buckets it has."""
    region = facts.fleet.home_region
    arn = f"arn:{facts.fleet.partition}:s3:::*"
    asked: tuple[Aspect, ...] = ("configured", "permitted", "arriving")
    needs = tuple(Exists("buckets", "buckets-unlisted", aspect) for aspect in asked)
    hop = Hop(arn, "buckets", account, region, needs, speaks=True)
    return Route(f"{SOURCE}/{account}/*", SOURCE, account, region, (hop,))


def _of_bucket(facts: Facts, options: AccessOptions, account: AccountId, name: str) -> Route:
    at = seen(logging.placed(facts, account, name))
    source = at or Bucket(name, account, facts.fleet.home_region)
    target = logging.target_of(facts, options, source)
    enabled = logging.wanted(facts, options, source)
    arn = requests.arn_of(facts, source)
    needs: tuple[Need, ...] = (Is("accesslog.target", target.name, target_code(facts, source)),)
    speaking = Hop(arn, "logged bucket", account, source.region, needs, speaks=True)
    target_hop = _target_hop(facts, source, target, enabled)
    route = f"{SOURCE}/{account}/{name}"
    hops = (speaking, target_hop, _logs_hop(facts, options, source, target, enabled))
    return Route(route, SOURCE, account, source.region, hops)


def _logs_hop(
    facts: Facts, options: AccessOptions, source: Bucket, target: Bucket, enabled: Enabled
) -> Hop:
    """The logs themselves, as far as they have to come (rule 9.6)."""
    of = requests.arn_of(facts, source)
    arn = f"{requests.arn_of(facts, target)}/{requests.folder_of(source, enabled)}"
    shared = logging.is_shared(facts, options, source, enabled)
    came = arrived(source, target, enabled, of, shared)
    return Hop(arn, "logs", target.account, target.region, (came,))


def _target_hop(facts: Facts, source: Bucket, target: Bucket, enabled: Enabled) -> Hop:
    """The bucket that takes the logs (rules 9.1, 9.2, 9.4, 9.5)."""
    put = requests.put(facts, source, target, enabled)
    by_acl = requests.is_silent(facts, put) and logging.acl_lets_in(facts, target) != Seen(False)
    lets_in: Need = Is("accesslog.acl", True, "target-refuses", "permitted") if by_acl else put
    needs: tuple[Need, ...] = (
        Exists("bucket", "target-missing"),
        Is("bucket.owner", source.account, "target-foreign"),
        *_target_settings(facts, source, target),
        lets_in,
    )
    arn = requests.arn_of(facts, target)
    return Hop(arn, "target", target.account, target.region, needs)


def _target_settings(facts: Facts, source: Bucket, target: Bucket) -> tuple[Need, ...]:
    """How the target is set, which is asked of nobody where it is another account's."""
    if bucket.owner(facts, target) == Seen(bucket.ANOTHER_ACCOUNT):
        return ()
    return (
        Is("accesslog.target-region", source.region, "target-elsewhere"),
        Is("accesslog.comes-back", False, "accesslog-loop"),
        Is("bucket.payer", "BucketOwner", "target-requester-pays"),
        Is("accesslog.lock", "off", "target-locked"),
        Is("accesslog.encryption", AES256, "target-encrypted"),
        *tagged(facts, target),
    )


def wants(facts: Facts, logs: tuple[AccessLogs, ...]) -> Iterator[Ask]:
    """Which buckets there are, where each lies and logs, and then what takes the logs."""
    for each in logs:
        for account in each.accounts:
            yield from _wanted_of(facts, each, account)


def _wanted_of(facts: Facts, logs: AccessLogs, account: AccountId) -> Iterable[Ask]:
    yield bucket.listing(facts, account)
    owned = seen(bucket.owned_names(facts, account)) or frozenset[str]()
    for name in sorted(name for name in owned if logs.options.takes(name)):
        yield logging.location_ask(facts, account, name)
        at = seen(logging.placed(facts, account, name))
        if at is not None:
            yield of_bucket(facts, logging.LOGGING, at)
    for name in seen(logging.logging_buckets(facts, logs, account)) or ():
        at = seen(logging.placed(facts, account, name))
        if at is not None and isinstance(logging.logging(facts, at), Seen):
            if not logging.is_as_wanted(facts, logs.options, at):
                yield from vended.asks(facts, account, at.region)
            target = logging.target_of(facts, logs.options, at)
            yield from bucket.asks(facts, target, logging.OF_TARGET)
            if target.name in owned:
                yield from logging.chain_asks(facts, target)
                enabled = logging.wanted(facts, logs.options, at)
                if logging.is_shared(facts, logs.options, at, enabled) == Seen(False):
                    where = evidence(at, target, enabled)
                    yield from objects.asks(facts, where, look_back=True)
