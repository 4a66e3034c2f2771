"""Breaking the key that a log group has of its own, whichever log goes into the group."""

from __future__ import annotations

from logkeep.access.key import NEW_KEY
from logkeep.access.log_group import group_name
from logkeep.lab.breaking.calls import Breakage, CannotBreak
from logkeep.lab.breaking.documents import document
from logkeep.snapshot.change import made
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Write
from logkeep.sources.routes import all_routes
from logkeep.value import AccountId, Arn, Json, parse_arn


def key_disabled(facts: Facts, account: AccountId) -> Breakage:
    """The group gets a key of its own, which is then disabled."""
    arn = _group(facts, account)
    off = _on(arn, "kms:DisableKey", {"KeyId": made(NEW_KEY)})
    return _keyed(facts, arn, "the log group has a key of its own, which is disabled", off)


def key_refuses(facts: Facts, account: AccountId) -> Breakage:
    """The group gets a key of its own, whose policy then says nothing of CloudWatch Logs."""
    arn = _group(facts, account)
    text = _policy(facts, arn, lets_logs=False)
    named: dict[str, Json] = {"KeyId": made(NEW_KEY), "PolicyName": "default", "Policy": text}
    shut = _on(arn, "kms:PutKeyPolicy", named)
    says = "the log group has a key of its own, which names only its account"
    return _keyed(facts, arn, says, shut)


def _group(facts: Facts, account: AccountId) -> Arn:
    for route in all_routes(facts):
        for hop in route.hops if route.account == account else ():
            if hop.role == "log group":
                return hop.arn
    raise CannotBreak("no log of the account is to go into a log group; ask for one first")


def _keyed(facts: Facts, arn: Arn, says: str, last: Write) -> Breakage:
    owner, region = _place(arn)
    policy: dict[str, Json] = {"Policy": _policy(facts, arn, lets_logs=True)}
    key = f"arn:{facts.fleet.partition}:kms:{region}:{owner}:key/{made(NEW_KEY)}"
    group: dict[str, Json] = {"logGroupName": group_name(arn)}
    create = Write(arn, owner, region, "kms:CreateKey", policy, makes=NEW_KEY)
    join = _on(arn, "logs:AssociateKmsKey", {**group, "kmsKeyId": key})
    return Breakage(says, (create, join, last), (_on(arn, "logs:DisassociateKmsKey", group),))


def _place(arn: Arn) -> tuple[AccountId, str]:
    parts = parse_arn(arn)
    return (parts.account, parts.region) if parts else ("", "")


def _on(arn: Arn, call: str, arguments: dict[str, Json]) -> Write:
    return Write(arn, *_place(arn), call, arguments)


def _policy(facts: Facts, arn: Arn, *, lets_logs: bool) -> str:
    """A key policy that delegates to the account, and lets CloudWatch Logs in or not (8.2.3)."""
    owner, region = _place(arn)
    root = {"AWS": f"arn:{facts.fleet.partition}:iam::{owner}:root"}
    own: dict[str, Json] = {
        "Effect": "Allow",
        "Principal": root,
        "Action": "kms:*",
        "Resource": "*",
    }
    logs: dict[str, Json] = {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn}},
    }
    return document(own, logs) if lets_logs else document(own)
