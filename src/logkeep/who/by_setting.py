"""What does AWS itself delete, or hand out of the archive, because a setting says so?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access import any_bucket, bucket
from logkeep.archive.lifecycle import NEVER, expiry, narrowed
from logkeep.archive.log_places import places
from logkeep.snapshot.facts import Facts
from logkeep.sources.expiring import expiry_needs
from logkeep.value import AccountId, Arn, Json, Look, Seen, Unseen, account_of
from logkeep.who.values import Holder, Reason

LIFECYCLE: Final = "the bucket's lifecycle"
REPLICATION: Final = "the bucket's replication"


INVENTORY: Final = "the bucket's inventory"
NOTIFICATION: Final = "the bucket's notifications"
COPIES: Final = "s3:GetObject"
LISTS: Final = "s3:ListBucket"


class Destination(msgspec.Struct, frozen=True, rename="pascal"):
    """Where a rule copies to."""

    bucket: Arn = ""
    account: AccountId = ""


class ReplicationRule(msgspec.Struct, frozen=True, rename="pascal"):
    """One rule of a bucket's replication."""

    status: str = "Disabled"
    destination: Destination = Destination()


class Rules(msgspec.Struct, frozen=True, rename="pascal"):
    """A bucket's replication."""

    rules: tuple[ReplicationRule, ...] = ()


class ReplicationAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketReplication."""

    replication_configuration: Rules = Rules()


class InventoryBucket(msgspec.Struct, frozen=True, rename="pascal"):
    """Where an inventory is written; AWS checks the account only where one is named."""

    bucket: Arn = ""
    account_id: AccountId = ""


class InventoryDestination(msgspec.Struct, frozen=True):
    """What an inventory is written to."""

    bucket: InventoryBucket = msgspec.field(name="S3BucketDestination", default=InventoryBucket())


class Inventory(msgspec.Struct, frozen=True, rename="pascal"):
    """A list of all objects that S3 writes every day or week."""

    is_enabled: bool = True
    destination: InventoryDestination = InventoryDestination()


class Inventories(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:ListBucketInventoryConfigurations."""

    inventory_configuration_list: tuple[Inventory, ...] = ()
    is_truncated: bool = False


class Receiver(msgspec.Struct, frozen=True, rename="pascal"):
    """Whom S3 tells of an object as it comes: one of these three."""

    topic_arn: Arn = ""
    queue_arn: Arn = ""
    lambda_function_arn: Arn = ""

    @property
    def arn(self) -> Arn:
        """Whichever it is."""
        return self.topic_arn or self.queue_arn or self.lambda_function_arn


class Notifications(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketNotificationConfiguration.

    EventBridge is told in the bucket's own account, whose rules are asked about nobody's logs.
    """

    topic_configurations: tuple[Receiver, ...] = ()
    queue_configurations: tuple[Receiver, ...] = ()
    lambda_function_configurations: tuple[Receiver, ...] = ()

    @property
    def receivers(self) -> frozenset[Arn]:
        """Everybody who is told of events."""
        of_queues = (*self.queue_configurations, *self.lambda_function_configurations)
        return frozenset(each.arn for each in (*self.topic_configurations, *of_queues))


def _expiry(facts: Facts) -> Look[Json]:
    """When the lifecycle deletes logs of any route: of other folders' objects nobody asks."""
    if not narrowed(facts):
        return expiry(facts)
    looks = [expiry(facts, None, places(facts, need)) for need in expiry_needs(facts)]
    deleting = (look for look in looks if isinstance(look, Seen) and look.value != NEVER)
    unseen = (look for look in looks if not isinstance(look, Seen))
    return next(deleting, None) or next(unseen, None) or (looks[0] if looks else expiry(facts))


def deleted(facts: Facts) -> Iterator[Holder]:
    """What a lifecycle deletes, or may where nobody could read it."""
    look = _expiry(facts)
    owner = facts.fleet.archive.account
    match look:
        case Seen(value) if value != NEVER:
            reason = Reason("s3:DeleteObject", f"a rule that deletes {value}")
            yield Holder(LIFECYCLE, "setting", owner, reasons=(reason,))
        case Unseen():
            yield from _unseen(look, LIFECYCLE)
        case _:
            return


def handed_out(facts: Facts) -> Iterator[Holder]:
    """Whom S3 itself hands the logs, or the list of them, if that is nobody of the fleet."""
    yield from _copied(facts)
    yield from _listed(facts)
    yield from _holders(facts)


def _copied(facts: Facts) -> Iterator[Holder]:
    """Where replication copies the logs to (S3 User Guide, "Replicating objects")."""
    look = facts.look(bucket.of_bucket(facts, "s3:GetBucketReplication"), ReplicationAnswer)
    if not isinstance(look, Seen):
        yield from _unseen(look, REPLICATION)
        return
    rules = (r for r in look.value.replication_configuration.rules if r.status == "Enabled")
    for to in dict.fromkeys(rule.destination for rule in rules):
        yield from _to_bucket(facts, REPLICATION, COPIES, to.bucket, to.account)


def _listed(facts: Facts) -> Iterator[Holder]:
    """Where an inventory lists the logs (S3 User Guide, "Amazon S3 Inventory")."""
    question = bucket.of_bucket(facts, "s3:ListBucketInventoryConfigurations")
    look = facts.look(question, Inventories)
    if not isinstance(look, Seen):
        yield from _unseen(look, INVENTORY)
        return
    enabled = (i for i in look.value.inventory_configuration_list if i.is_enabled)
    for to in dict.fromkeys(each.destination.bucket for each in enabled):
        yield from _to_bucket(facts, INVENTORY, LISTS, to.bucket, to.account_id)
    if look.value.is_truncated:
        doubt = "who receives the inventories after the first hundred"
        yield Holder(INVENTORY, "setting", certain=False, unknown=(doubt,))


def _holders(facts: Facts) -> Iterator[Holder]:
    """Who is told of each new log (S3 User Guide, "Amazon S3 Event Notifications")."""
    question = bucket.of_bucket(facts, "s3:GetBucketNotificationConfiguration")
    look = facts.look(question, Notifications)
    if not isinstance(look, Seen):
        yield from _unseen(look, NOTIFICATION)
        return
    for arn in sorted(look.value.receivers):
        if not facts.fleet.has(account_of(arn)):
            reason = Reason(LISTS, f"a setting that tells {arn} of each")
            yield Holder(f"{NOTIFICATION} to {arn}", "setting", account_of(arn), reasons=(reason,))


def _to_bucket(
    facts: Facts, what: str, action: str, arn: Arn, account: AccountId
) -> Iterator[Holder]:
    """Whoever has the bucket that something is written to, if that is nobody of the fleet."""
    name = bucket.name_of(arn) or arn
    found = bucket.known(facts, arn) or any_bucket.listed(facts, name)
    owner = account or (found.account if found else "")
    if facts.fleet.has(owner):
        return
    does = "copies" if action == COPIES else "lists"
    reason = Reason(action, f"a rule that {does} every log to {name}")
    doubt = () if owner else (f"whose bucket {name} is",)
    who = f"{what} to {name}"
    yield Holder(who, "setting", owner, certain=not doubt, reasons=(reason,), unknown=doubt)


def _unseen(look: Look[object], what: str) -> Iterator[Holder]:
    """That nobody could see whom a setting serves; a setting that is not there serves nobody."""
    if isinstance(look, Unseen):
        doubt = f"{what}, which {look.call.partition('(')[0]} did not show"
        yield Holder(what, "setting", certain=False, unknown=(doubt,))
