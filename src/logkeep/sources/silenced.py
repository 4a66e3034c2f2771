"""Which AWS services do the policies of the buckets in a snapshot refuse for their encryption?

Rules 2.2.4 and 2.2.12: a policy that forces encryption is judged before the default is applied, so
that a service which sends no header, or another, goes silent, and no error shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from logkeep.access import any_bucket, bucket, key
from logkeep.access.bucket import Bucket
from logkeep.access.policies.compose import DENY_SIDS
from logkeep.policy import Policy, read_policy
from logkeep.policy.write import statements
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources import all_writers
from logkeep.storage.bucket import Bucket as Stored
from logkeep.storage.writers import Silenced, demands, silences
from logkeep.value import AccountId, Json

OWN = DENY_SIDS["encryption-unforced"]
EXCEPTION = "aws:principalisawsservice"


class Services(msgspec.Struct, frozen=True):
    """What one statement of a bucket's policy does to the AWS services that write logs."""

    bucket: str
    account: AccountId
    statement: str
    names: tuple[str, ...]
    """The services that it refuses; or, where it leaves out AWS services, that it would."""
    inferred: tuple[str, ...] = ()
    """Those of them of which it is not documented what they send."""
    is_spared: bool = False
    """Whether the statement leaves AWS services out, so that nobody is refused."""


def services(facts: Facts) -> tuple[Services, ...]:
    """Every statement that refuses AWS services, or would, in each bucket whose policy was read."""
    found: list[Services] = []
    for at in bucket.read_policies(facts):
        text = seen(bucket.policy_text(facts, at))
        policy = facts.policy(text, "resource", f"bucket policy of {at.name}") if text else None
        if isinstance(policy, Policy) and any(demands(policy)):
            found += _of_bucket(facts, at, policy)
    return tuple(found)


def _of_bucket(facts: Facts, at: Bucket, policy: Policy) -> Iterator[Services]:
    owners = _whose_logs(facts, at)
    yield from _services_of(at, _refused(facts, at, policy, owners), is_spared=False)
    bare = read_policy(_without_exception(policy), "resource", policy.name)
    if isinstance(bare, Policy) and at == bucket.archives(facts):
        spared = (
            each for each in _refused(facts, at, bare, owners)
            if each.statement and each.statement.sid == OWN
        )  # fmt: skip
        yield from _services_of(at, spared, is_spared=True)


def _whose_logs(facts: Facts, at: Bucket) -> tuple[AccountId, ...]:
    """Whose logs a bucket keeps: the archive everybody's, another its own account's."""
    return any_bucket.accounts(facts) if at == bucket.archives(facts) else (at.account,)


def _refused(
    facts: Facts, at: Bucket, policy: Policy, accounts: Iterable[AccountId]
) -> Iterator[Silenced]:
    stored = Stored(name=at.name, account=at.account, region=at.region)
    names: set[str] = set()
    asked = tuple(demands(policy))
    for account in accounts:
        writers = [
            w for w in all_writers(account, at.region, key.arn(facts)) if w.name not in names
        ]
        for writer in writers:
            found = silences(asked, stored, writer)
            if found.verdict == "silenced":
                names.add(writer.name)
                yield found


def _services_of(at: Bucket, found: Iterable[Silenced], *, is_spared: bool) -> Iterator[Services]:
    by_statement: dict[str, list[Silenced]] = {}
    for each in found:
        by = each.statement
        if by is not None:
            by_statement.setdefault(by.sid or f"number {by.index + 1}", []).append(each)
    for statement, those in by_statement.items():
        names = tuple(each.writer.name for each in those)
        inferred = tuple(each.writer.name for each in those if each.writer.is_inferred)
        yield Services(at.name, at.account, statement, names, inferred, is_spared)


def _without_exception(policy: Policy) -> dict[str, Json]:
    """Our statement as it would be if it did not leave AWS services out."""
    changed: list[dict[str, Json]] = []
    for statement in statements(policy.document):
        condition: dict[str, dict[str, Json]] = statement.get("Condition") or {}
        kept = {
            operator: {k: v for k, v in tests.items() if k.lower() != EXCEPTION}
            for operator, tests in condition.items()
        }
        own = {"Condition": {o: t for o, t in kept.items() if t}}
        changed.append({**statement, **own} if statement.get("Sid") == OWN else statement)
    return {**policy.document, "Statement": changed}
