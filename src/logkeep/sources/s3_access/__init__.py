"""S3 server access logs: who asked what of a bucket, best effort, bucket by bucket."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access.bucket import Bucket
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources import Source
from logkeep.sources.s3_access import logging, requests
from logkeep.sources.s3_access.calls import CALLS, WRITES
from logkeep.sources.s3_access.costs import costs
from logkeep.sources.s3_access.inventory import inventory
from logkeep.sources.s3_access.mentions import mentions
from logkeep.sources.s3_access.options import SOURCE as NAME
from logkeep.sources.s3_access.options import AccessLogs, AccessOptions
from logkeep.sources.s3_access.routes import routes, wants
from logkeep.sources.s3_access.settings import EFFECTS, SETTINGS, THINGS
from logkeep.sources.s3_access.unmatched import unmatched
from logkeep.sources.s3_access.vended import other_ways
from logkeep.sources.s3_access.words import NOT_CENTRAL, VENDED, WORDING
from logkeep.value import Json, Seen
from logkeep.words.notice import Notice, not_seen


def notices(facts: Facts, logs: tuple[AccessLogs, ...]) -> Iterator[Notice]:
    """That access logs stay where they are, that some go another way, and names that are none."""
    yield from unmatched(facts, logs)
    yield from _staying(facts, logs)
    yield from _another_way(facts, logs)


def _another_way(facts: Facts, logs: tuple[AccessLogs, ...]) -> Iterator[Notice]:
    """Buckets that do not log as wanted, and whose accesses are vended logs (rule 9.10)."""
    unseen: set[tuple[str, str]] = set()
    for each in logs:
        for account in each.accounts:
            for name in seen(logging.logging_buckets(facts, each, account)) or ():
                at = seen(logging.placed(facts, account, name))
                if at is None or logging.is_as_wanted(facts, each.options, at):
                    continue
                look = other_ways(facts, account, at.region)
                arn = requests.arn_of(facts, at)
                if isinstance(look, Seen) and arn in look.value:
                    evidence = {"bucket": name, "into": " ".join(look.value[arn])}
                    yield Notice(VENDED, account, at.region, arn, evidence)
                elif not isinstance(look, Seen) and (account, at.region) not in unseen:
                    unseen.add((account, at.region))
                    yield not_seen(VENDED, account, look)


def _staying(facts: Facts, logs: tuple[AccessLogs, ...]) -> Iterator[Notice]:
    """That access logs stay in their own account and Region, target by target (rule 9.1)."""
    targets: dict[tuple[str, str], Bucket] = {}
    in_use: set[tuple[str, str]] = set()
    for each in logs:
        for account in each.accounts:
            for name in seen(logging.logging_buckets(facts, each, account)) or ():
                at = seen(logging.placed(facts, account, name))
                if at is None:
                    continue
                target = logging.target_of(facts, each.options, at)
                if target.name != facts.fleet.archive.bucket:
                    targets.setdefault((account, target.name), target)
                    if logging.logs_into(facts, at, target):
                        in_use.add((account, target.name))
    for named, target in targets.items():
        evidence: dict[str, Json] = {"target": target.name, "in_use": named in in_use}
        arn = requests.arn_of(facts, target)
        yield Notice(NOT_CENTRAL, target.account, target.region, arn, evidence)


SOURCE = Source(
    name=NAME,
    silences={"s3:PutBucketLogging": "capture"},
    routes=routes,
    wants=wants,
    settings=SETTINGS,
    things=THINGS,
    effects=EFFECTS,
    wording=WORDING,
    calls=CALLS,
    writes=WRITES,
    options=AccessOptions,
    notices=notices,
    mentions=mentions,
    costs=costs,
    inventory={"access-logs": inventory},
    not_asked={
        NAME: {
            "intact": "access logs have no digests, and AWS may lose or double some",
            "protected": "they stay in a bucket of their own account",
        }
    },
)
