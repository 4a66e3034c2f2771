"""The fourth reading of a need: how it is spoilt, so that its fault can be shown and found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import msgspec

from logkeep.access import bucket, granting, key, spoil_roles
from logkeep.plan.compose import DENY_SIDS, Statement, statements_of
from logkeep.plan.step import policy_write
from logkeep.route import Allows, Arrived, Denies, Exists, Grant, Hop, Is, Need, Once
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Fault, Write
from logkeep.sources import registry
from logkeep.value import Json


def faults(facts: Facts, hop: Hop, need: Need) -> Iterator[Fault]:
    """Every way in which calls to AWS can spoil a need that holds."""
    match need:
        case Exists(kind=kind):
            spoil = registry.things()[kind].spoil
            yield from spoil(facts, hop, need) if spoil else ()
        case Is():
            yield from _unset(facts, hop, need)
        case Allows(leg=leg) if leg in granting.LEGS:
            yield from spoil_roles.refused(facts, hop, need)
        case Allows(grant=grant) if grant is not None:
            yield from _unsaid(facts, need, grant)
            yield from _forbidden(facts, need, grant)
        case Denies():
            yield from _opened(facts, need)
        case Allows() | Arrived() | Once():
            return


def _unset(facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
    """The setting with another value than the one needed."""
    setting = registry.settings()[need.setting]
    if setting.spoil:
        yield from setting.spoil(facts, hop, need)
    for value in setting.wrong:
        if value != need.value:
            says = f"{need.setting} becomes {value or 'nothing'}"
            yield Fault(need.code, says, setting.write(facts, hop, value))


def _document(facts: Facts, leg: str) -> dict[str, Json]:
    text = seen(bucket.policy_text(facts) if leg == "bucket" else key.policy_text(facts))
    return cast(dict[str, Json], msgspec.json.decode(text)) if text else {}


def _written(facts: Facts, leg: str, statements: list[Statement]) -> tuple[Write, ...]:
    document = {**_document(facts, leg), "Statement": statements}
    return (policy_write(facts, leg, msgspec.json.encode(document).decode()),)


def _unsaid(facts: Facts, need: Allows, grant: Grant) -> Iterator[Fault]:
    """The policy no longer names the source; or the whole statement where it named only this."""
    before = statements_of(_document(facts, need.leg))
    after = [_without(statement, grant) for statement in before]
    kept = [statement for statement in after if statement is not None]
    if kept and kept != before:
        code = need.code or f"{need.leg}-refuses"
        says = f"`{grant.sid}` no longer names {grant.source or grant.principal}"
        yield Fault(code, says, _written(facts, need.leg, kept))


def _without(statement: Statement, grant: Grant) -> Statement | None:
    """A statement of ours without the grant's values; None where nothing is left of it."""
    if statement.get("Sid") != grant.sid:
        return statement
    condition = cast(dict[str, dict[str, Json]], statement.get("Condition") or {})
    equals = condition.get("StringEquals", {})
    sources = _listed(equals.get("aws:SourceArn", []))
    if not grant.source or len(sources) < 2:
        return None
    left = [source for source in sources if source != grant.source]
    now: Json = left[0] if len(left) == 1 else left
    changed = {**condition, "StringEquals": {**equals, "aws:SourceArn": now}}
    return {**statement, "Condition": changed}


def _listed(value: Json) -> list[str]:
    return cast(list[str], value if isinstance(value, list) else [value])


def _forbidden(facts: Facts, need: Allows, grant: Grant) -> Iterator[Fault]:
    """A foreign Deny is in the way: of the source itself, or of the header it really sends."""
    if not grant.source:
        return
    stands_for = f"{need.like[-1]}*" if need.like else need.request.resource
    deny: Statement = {
        "Sid": "SomebodyElsesDeny",
        "Effect": "Deny",
        "Principal": {"Service": grant.principal},
        "Action": need.request.action,
        "Resource": stands_for if need.leg == "bucket" else "*",
        "Condition": {"StringEquals": {"aws:SourceArn": grant.source}},
    }
    before = statements_of(_document(facts, need.leg))
    says = f"a foreign Deny stops {need.request.action} for {grant.source}"
    yield Fault(f"{need.leg}-denies", says, _written(facts, need.leg, [*before, deny]))
    if need.request.action == "s3:PutObject":
        header = {
            "StringEquals": {"aws:SourceArn": grant.source},
            "StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"},
        }
        forced = {**deny, "Sid": "SomebodyForcesAHeader", "Condition": header}
        says = "a foreign Deny asks for another encryption header than the trail sends"
        yield Fault("header-forced", says, _written(facts, "bucket", [*before, forced]))


def _opened(facts: Facts, need: Denies) -> Iterator[Fault]:
    """The statement that closes is gone; or the key lets the whole account decrypt."""
    if need.of:
        yield from _mixed(facts, need)
        return
    if need.by == "silence":
        account = key.account(facts)
        opened: Statement = {
            "Sid": "SomebodyElsesRoot",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{facts.fleet.partition}:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        statements = [*statements_of(_document(facts, "key")), opened]
        says = "the key's policy delegates everything to its account"
        yield Fault(need.code, says, _written(facts, "key", statements))
        return
    before = statements_of(_document(facts, "bucket"))
    after = [s for s in before if s.get("Sid") != DENY_SIDS[need.code]]
    if after != before:
        says = f"`{DENY_SIDS[need.code]}` is gone from the bucket's policy"
        yield Fault(need.code, says, _written(facts, "bucket", after))


def _mixed(facts: Facts, need: Denies) -> Iterator[Fault]:
    """Somebody lets a reader change the key's policy, or a writer read what it wrote."""
    who = need.of[0]
    by = {"AWS" if who.startswith("arn:") else "Service": who}
    allow: Statement = {"Sid": "SomebodyElsesHelp", "Effect": "Allow", "Principal": by}
    of_key = [*statements_of(_document(facts, "key"))]
    if need.code == "writer-can-read":
        objects = f"{facts.fleet.bucket_arn}/*"
        reads: Statement = {**allow, "Action": "s3:GetObject", "Resource": objects}
        of_bucket = [*statements_of(_document(facts, "bucket")), reads]
        decrypts: Statement = {**allow, "Action": "kms:Decrypt", "Resource": "*"}
        yield Fault(
            need.code,
            f"the bucket and the key let {who} read logs",
            (*_written(facts, "bucket", of_bucket), *_written(facts, "key", [*of_key, decrypts])),
        )
    elif need.actions == ("kms:PutKeyPolicy",):
        changes: Statement = {**allow, "Action": "kms:PutKeyPolicy", "Resource": "*"}
        says = f"the key's policy lets {who} change it"
        yield Fault(need.code, says, _written(facts, "key", [*of_key, changes]))
