"""The logs that would be delivered now: each object, its encryption context, every request."""

from __future__ import annotations

from typing import Final

from logkeep.access.default_encryption import bucket_key
from logkeep.archive.sample import Sample
from logkeep.policy import Request
from logkeep.route import Allows, Hop
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.routes import all_routes
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
    contexts = _contexts(facts)
    listed = tuple(
        Sample(account, asked.resource, contexts.get(asked.resource) or shared)
        for account, requests in written.items()
        for shared in (contexts.get(account, ()),)
        for asked in requests
    )
    return listed or (any_log(facts),)


def are_too_many(facts: Facts) -> bool:
    """Whether there are more logs than are asked about one by one."""
    return sum(map(len, _written(facts).values())) > SAMPLES_MAX


def _written(facts: Facts) -> dict[AccountId, list[Request]]:
    return {
        account: [asked for asked in requests if asked.action == "s3:PutObject"]
        for account, requests in deliveries(facts).items()
    }


def _contexts(facts: Facts) -> dict[str, tuple[tuple[str, str], ...]]:
    """The encryption context by object; by account where a Bucket Key's is the bucket's."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for account, requests in deliveries(facts).items():
        for asked in requests:
            if asked.action == "kms:GenerateDataKey":
                context = _context(asked)
                about = dict(context).get("kms:encryptioncontext:aws:s3:arn", "")
                is_object = about.startswith(f"{facts.fleet.bucket_arn}/")
                found[about if is_object else account] = context
    return found


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
    found: dict[AccountId, dict[Request, None]] = {}
    looked: dict[tuple[int, AccountId], Hop] = {}  # of a hop that Regions share once; kept alive
    for route in all_routes(facts):
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


def sample_of(facts: Facts, object_arn: Arn) -> Sample:
    """An object as a log of the account in whose folder it lies (rules 1.5.4, 2.2.9)."""
    for sample in samples(facts):
        if f"/AWSLogs/{sample.account}/" in object_arn and sample.context:
            context = dict(sample.context)
            if context.get(_OBJECT) == sample.object_arn:
                context[_OBJECT] = object_arn
            return Sample(sample.account, object_arn, tuple(context.items()))
    return Sample("", object_arn, () if seen(bucket_key(facts)) else ((_OBJECT, object_arn),))
