"""May CloudWatch Logs use the key that a log group has of its own? (rule 8.2.3)"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logkeep.access import key, organization
from logkeep.access.log_group import group
from logkeep.access.service_requests import call_for, unsaid
from logkeep.policy.service_call import to_key
from logkeep.route import Allows, Grant, Hop, Is, Need
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, map_look, remembered, seen
from logkeep.snapshot.setting import Setting, not_ours
from logkeep.value import Absent, Arn, Json, Look, Unseen, account_of, parse_arn

KEY_SID: Final = "LogkeepLogGroups"
KEY_GRANT: Final = (
    "kms:Decrypt",
    "kms:Describe*",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
)
"""What AWS's own sample lets CloudWatch Logs do (its page on encrypting log data using AWS KMS)."""
CONTEXT: Final = "kms:EncryptionContext:aws:logs:arn"
REFUSES: Final = "loggroup-key-refuses"


def unseen(facts: Facts, arn: Arn) -> tuple[Is, ...]:
    """While a group is not seen, whether it has a key that refuses is not known."""
    hidden = seen(group(facts, arn)) is None
    return (Is("loggroup.key", None, REFUSES, "permitted"),) if hidden else ()


@remembered
def hops(facts: Facts, arn: Arn) -> tuple[Hop, ...]:
    """The log group's own key, where it has one."""
    shown, parts = seen(group(facts, arn)), parse_arn(arn)
    if shown is None or not shown.kms_key_id or parts is None:
        return ()
    own = parse_arn(shown.kms_key_id)
    needs: tuple[Need, ...] = (
        Is("key.state", "Enabled", "loggroup-key-disabled"),
        *_uses(facts, arn, shown.kms_key_id),
    )
    region = own.region if own else parts.region
    asker = key.asker(facts, shown.kms_key_id)
    return (Hop(shown.kms_key_id, "log group's key", asker, region, needs),)


def _uses(facts: Facts, arn: Arn, named: Arn) -> Iterator[Allows]:
    """The service of the group's Region uses the key, in the group's context."""
    parts = parse_arn(arn)
    region = parts.region if parts else ""
    service = f"logs.{region}.amazonaws.com"
    grant = Grant(
        f"{KEY_SID}{region.title().replace('-', '')}",
        service,
        KEY_GRANT,
        "*",
        "*",
        account_of(arn),
        listed=(("ArnEquals", CONTEXT, arn),),
    )
    # For whom it asks AWS's pages do not say (rules 4.5, 5.2.10).
    call = unsaid(call_for(facts, service, account_of(arn)))
    owner, key_region = account_of(named), parse_arn(named)
    common = call.context(key_region.region if key_region else "")
    for action, sends in (
        ("kms:GenerateDataKey", "a data key"),
        ("kms:Decrypt", "the key of what is there"),
    ):
        asked = to_key(
            call,
            common,
            action,
            named,
            owner,
            {CONTEXT: arn},
            (),
            resource_in_management_account=organization.is_management(facts, owner),
        )
        yield Allows(asked, sends, grant, code=REFUSES)


def asks(facts: Facts, arn: Arn) -> Iterator[Ask]:
    """The questions about a group's own key, where that is not the archive's."""
    shown = seen(group(facts, arn))
    if shown is not None and shown.kms_key_id and shown.kms_key_id != key.arn(facts):
        yield key.of_other(facts, "kms:DescribeKey", shown.kms_key_id)
        yield key.of_other(facts, "kms:GetKeyPolicy", shown.kms_key_id)


def _read(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    """Which key a group has; one that is not there may yet get some."""
    look = map_look(group(facts, hop.arn), lambda found: found.kms_key_id)
    return Unseen(look.call, "is not there") if isinstance(look, Absent) else look


SETTINGS: Final = {"loggroup.key": Setting(_read, not_ours)}
