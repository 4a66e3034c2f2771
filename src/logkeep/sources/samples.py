"""The logs that would be delivered now: each object, its encryption context, every request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from logkeep.access.default_encryption import bucket_key
from logkeep.archive.sample import Sample
from logkeep.policy import Request
from logkeep.route import Allows, Hop, Route
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.routes import sending_routes
from logkeep.value import AccountId, Arn

SAMPLES_MAX: Final = 10_000
"""Beyond so many logs to ask about, one Region stands for all of an account's."""


@remembered
def samples(facts: Facts) -> tuple[Sample, ...]:
    """The log and the digest that each account and Region would deliver now."""
    return listed(facts)


def listed(facts: Facts) -> tuple[Sample, ...]:
    """The same, put together anew."""
    written = _written(facts)
    if are_too_many(facts):
        written = {account: requests[:2] for account, requests in written.items()}
    listed = tuple(
        log
        for account, requests in written.items()
        for log in _logs(facts, account, requests, deliveries(facts)[account])
    )
    return listed or (any_log(facts),)


def are_too_many(facts: Facts) -> bool:
    """Whether there are more logs than are asked about one by one."""
    return sum(map(len, _written(facts).values())) > SAMPLES_MAX


@remembered
def _written(facts: Facts) -> dict[AccountId, list[Request]]:
    return {account: _writes(requests) for account, requests in deliveries(facts).items()}


def _writes(requests: Iterable[Request]) -> list[Request]:
    return [asked for asked in requests if asked.action == "s3:PutObject"]


def _logs(
    facts: Facts, account: AccountId, written: Iterable[Request], sent: Iterable[Request]
) -> Iterator[Sample]:
    """What is written of an account, each with the context of what is sent to the key for it.

    It is the object's; where a Bucket Key's is the bucket's, the account's.
    """
    own: dict[Arn, tuple[tuple[str, str], ...]] = {}
    shared: tuple[tuple[str, str], ...] = ()
    for asked in sent:
        if asked.action == "kms:GenerateDataKey":
            context = _context(asked)
            about = dict(context).get(_OBJECT, "")
            if about.startswith(f"{facts.fleet.bucket_arn}/"):
                own[about] = context
            else:
                shared = context
    for asked in written:
        yield Sample(account, asked.resource, own.get(asked.resource) or shared)


def any_log(facts: Facts) -> Sample:
    """A log of no kind, for what hangs on none, or where none is delivered yet."""
    owner = facts.fleet.archive.account
    return Sample(owner, f"{facts.fleet.bucket_arn}/AWSLogs/{owner}/log.json.gz")


def _context(asked: Request) -> tuple[tuple[str, str], ...]:
    start = "kms:encryptioncontext:"
    values = [(name, value) for name, value in asked.context.items() if name.startswith(start)]
    return tuple((name, value) for name, value in values if isinstance(value, str))


@remembered
def deliveries(facts: Facts) -> dict[AccountId, tuple[Request, ...]]:
    """Every request that a service makes to deliver an account's logs, as the routes know them."""
    return _sent(sending_routes(facts))


@remembered
def deliveries_of(facts: Facts, account: AccountId) -> tuple[Request, ...]:
    """The same of one account, without putting together the routes of all others."""
    if facts.remembers(deliveries):
        return deliveries(facts).get(account, ())
    return _sent(sending_routes(facts, {account})).get(account, ())


def _sent(routes: Iterable[Route]) -> dict[AccountId, tuple[Request, ...]]:
    found: dict[AccountId, dict[Request, None]] = {}
    looked: dict[tuple[int, AccountId], Hop] = {}  # of a hop that Regions share once; kept alive
    for route in routes:
        account = route.account
        for hop in (hop for way in route.ways for hop in way if (id(hop), account) not in looked):
            asked = [need.request for need in hop.needs if isinstance(need, Allows)]
            if asked:
                looked[id(hop), account] = hop
            for each in asked:
                if not each.principal.startswith("arn:"):
                    found.setdefault(account, {})[each] = None
    return {account: tuple(requests) for account, requests in found.items()}


_OBJECT: Final = "kms:encryptioncontext:aws:s3:arn"
_FOLDER: Final = re.compile(r"/AWSLogs/([^/]+)(?=/)")


def accounts_of(object_arn: Arn) -> tuple[AccountId, ...]:
    """In whose folder an object lies (rule 1.3.1)."""
    return tuple(dict.fromkeys(_FOLDER.findall(object_arn)))


def sample_of(facts: Facts, object_arn: Arn) -> Sample:
    """An object as a log of the account in whose folder it lies (rules 1.5.4, 2.2.9)."""
    for account in accounts_of(object_arn):
        context = dict(_context_of_account(facts, account))
        if context:
            if context.get(_OBJECT, "").startswith(f"{facts.fleet.bucket_arn}/"):
                context[_OBJECT] = object_arn
            return Sample(account, object_arn, tuple(context.items()))
    return Sample("", object_arn, () if seen(bucket_key(facts)) else ((_OBJECT, object_arn),))


@remembered
def _context_of_account(facts: Facts, account: AccountId) -> tuple[tuple[str, str], ...]:
    """In which context the first of an account's logs that has any is encrypted."""
    sent = deliveries_of(facts, account)
    logs = _logs(facts, account, _writes(sent), sent)
    return next((log.context for log in logs if log.context), ())
