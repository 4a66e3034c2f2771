"""What does AWS itself delete, or copy out of the archive, because a setting says so?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access import any_bucket, bucket
from logkeep.archive.lifecycle import NEVER, expiry
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId, Arn, Seen, Unseen, arn_name
from logkeep.who.values import Holder, Reason

LIFECYCLE: Final = "the bucket's lifecycle"
REPLICATION: Final = "the bucket's replication"


class Destination(msgspec.Struct, frozen=True, rename="pascal"):
    """Where a rule copies to."""

    bucket: Arn = ""
    account: AccountId = ""


class Rule(msgspec.Struct, frozen=True, rename="pascal"):
    """One rule of a bucket's replication."""

    status: str = "Disabled"
    destination: Destination = Destination()


class Rules(msgspec.Struct, frozen=True, rename="pascal"):
    """A bucket's replication."""

    rules: tuple[Rule, ...] = ()


class Answer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketReplication."""

    replication_configuration: Rules = Rules()


def deleted(facts: Facts) -> Iterator[Holder]:
    """What a lifecycle deletes, or may where nobody could read it."""
    look = expiry(facts)
    owner = facts.fleet.archive.account
    match look:
        case Seen(value) if value != NEVER:
            reason = Reason("s3:DeleteObject", f"a rule that deletes {value}")
            yield Holder(LIFECYCLE, "setting", owner, reasons=(reason,))
        case Unseen(call=call):
            yield Holder(LIFECYCLE, "setting", owner, certain=False, unknown=(call,))
        case _:
            return


def copied(facts: Facts) -> Iterator[Holder]:
    """Where replication copies the logs to, if that is no bucket of the fleet's accounts.

    Whoever has the bucket there reads what was copied; S3 User Guide, "Replicating objects".
    """
    look = facts.look(bucket.of_bucket(facts, "s3:GetBucketReplication"), Answer)
    own = frozenset(facts.fleet.accounts.values())
    if isinstance(look, Unseen):
        yield Holder(REPLICATION, "setting", "", certain=False, unknown=(look.call,))
    if not isinstance(look, Seen):
        return
    rules = (r for r in look.value.replication_configuration.rules if r.status == "Enabled")
    for to in dict.fromkeys(rule.destination for rule in rules):
        name = to.bucket.rpartition(":")[2] or arn_name(to.bucket)
        found = any_bucket.find(facts, name)
        account = to.account or (found.account if found else "")
        if account in own:
            continue
        who = f"{REPLICATION} to {name}"
        reason = Reason("s3:GetObject", f"a rule that copies every log to {name}")
        doubt = () if account else (f"whose bucket {name} is",)
        yield Holder(who, "setting", account, certain=not doubt, reasons=(reason,), unknown=doubt)
