"""How is a need spoilt in the one policy that lets its request through, and how put back?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from logkeep.access.policies.carriers import NOTHING, Texts
from logkeep.access.policies.speaking import Holder, asked_of, delete, put, texts, written_at
from logkeep.policy.resource_kinds import (
    BUCKET,
    DESTINATION,
    KEY,
    LOG_GROUP,
    QUEUE,
    ROLE,
    TOPIC,
    TRUST,
    ResourceKind,
)
from logkeep.policy.write import (
    Statement,
    document,
    document_of,
    one_or_many,
    statements,
    text_of,
    with_statements,
)
from logkeep.policy.write import texts as texts_in
from logkeep.route import Allows, Grant
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Fault, Write
from logkeep.value import Json

SOMEBODY: Final = "SomebodyElsesDeny"
SSE: Final = "s3:x-amz-server-side-encryption"
Writes = tuple[Write, ...]


def refused(facts: Facts, need: Allows) -> Iterator[Fault]:
    """Every way in which a call can make the policy that lets a request through refuse it."""
    return (fault for fault in _refused(facts, need) if fault.writes)


def _refused(facts: Facts, need: Allows) -> Iterator[Fault]:
    """Every such way, though no call of ours writes the policy."""
    holder = asked_of(facts, need)
    if need.grant is None or holder is None:
        return
    at = written_at(holder)
    refuses, denies = need.code or at.kind.refuses, need.code or at.kind.denies
    if at.kind is ROLE:
        yield from _role_unarmed(facts, at, need, refuses)
    elif at.kind is TRUST:
        yield from _other_trusted(facts, at, refuses)
    else:
        yield from _unsaid(facts, at, need.grant, refuses)
    yield from _forbidden(facts, at, need, need.grant, denies)


def _documents(facts: Facts, at: Holder) -> Texts:
    return seen(texts(facts, at)) or NOTHING


def _rewritten(facts: Facts, at: Holder, name: str, body: list[Statement]) -> Writes:
    """A document with other statements, foreign parts of it kept; without any it goes."""
    before = _documents(facts, at).get(name)
    if not body:
        return _made(delete(facts, at, name))
    return _made(put(facts, at, text_of(with_statements(document_of(before), body)), name))


def _made(write: Write | None) -> Writes:
    return (write,) if write else ()


def _unsaid(facts: Facts, at: Holder, grant: Grant, code: str) -> Iterator[Fault]:
    """The policy no longer names the source; or the whole statement where it named only this."""
    writes: Writes = ()
    for name, text in _documents(facts, at).items():
        before = statements(document_of(text))
        after = [_without(statement, grant) for statement in before]
        kept = [statement for statement in after if statement is not None]
        if kept != before and (kept or at.kind.several):
            writes += _rewritten(facts, at, name, kept)
    if writes:
        says = f"`{grant.sid}` no longer names {grant.source or grant.principal}"
        yield Fault(code, says, writes)


def _without(statement: Statement, grant: Grant) -> Statement | None:
    """A statement without the grant's values; None where nothing is left of it.

    Where no source is named, whatever names just that service goes, ours or not.
    """
    if not grant.source and statement.get("Principal") == {"Service": grant.principal}:
        return None
    if statement.get("Sid") != grant.sid:
        return statement
    condition = cast(dict[str, dict[str, Json]], statement.get("Condition") or {})
    equals = condition.get(grant.by, {})
    sources = texts_in(equals.get("aws:SourceArn"))
    if not grant.source or len(sources) < 2:
        return None
    left = one_or_many(source for source in sources if source != grant.source)
    changed = {**condition, grant.by: {**equals, "aws:SourceArn": left}}
    return {**statement, "Condition": changed}


def _other_trusted(facts: Facts, at: Holder, code: str) -> Iterator[Fault]:
    """Another service is trusted instead: a trust without a statement is none that IAM takes."""
    other: Statement = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    yield Fault(code, "the role trusts another service", _rewritten(facts, at, "", [other]))


def _role_unarmed(facts: Facts, at: Holder, need: Allows, code: str) -> Iterator[Fault]:
    """Every inline policy of the role is deleted, or narrowed to the group without its streams."""
    gone = emptied(facts, at)
    if gone:
        yield Fault(code, "the role's policies are deleted", gone)
    group, of_stream, _ = need.request.resource.partition(":log-stream:")
    if not of_stream:
        return
    writes: Writes = ()
    for name, text in _documents(facts, at).items():  # case CW01
        body = [{**each, "Resource": group} for each in statements(document_of(text))]
        writes += _rewritten(facts, at, name, body)
    if writes:
        says = "the role's policies name the log group instead of its streams"
        yield Fault(code, says, writes)


def emptied(facts: Facts, at: Holder) -> Writes:
    """The calls that take away every document of a policy."""
    return tuple(w for name in _documents(facts, at) for w in _made(delete(facts, at, name)))


def _forbidden(facts: Facts, at: Holder, need: Allows, grant: Grant, code: str) -> Iterator[Fault]:
    """A foreign Deny is in the way: of the source itself, or of the header it really sends."""
    if grant.principal.startswith("arn:") and at.kind is not ROLE:
        return
    action, deny = need.request.action, _deny(at, need, grant)
    of = f" for {grant.source}" if grant.source else ""
    says = f"a foreign Deny stops {action}{of}"
    yield Fault(code, says, _beside(facts, at, deny))
    if action == "s3:PutObject" and grant.source and at.kind is BUCKET:
        header = {**deny["Condition"], "StringNotEquals": {SSE: "AES256"}}
        forced = {**deny, "Sid": "SomebodyForcesAHeader", "Condition": header}
        says = "a foreign Deny asks for another encryption header than it sends"
        yield Fault(need.code or "header-forced", says, _beside(facts, at, forced))


def _deny(at: Holder, need: Allows, grant: Grant) -> Statement:
    """A Deny of just this request, as the policy's language has it."""
    asked, kind = need.request, at.kind
    folder = f"{need.same_for[-1]}*" if need.same_for else asked.resource
    on: dict[str, Json] = {"Resource": folder if kind.language == "resource" else "*"}
    source = {grant.by: {"aws:SourceArn": grant.source}}
    return {
        "Sid": SOMEBODY,
        "Effect": "Deny",
        **({} if kind is ROLE else {"Principal": {"Service": grant.principal}}),
        "Action": asked.action,
        **({} if kind is TRUST else on),
        **({"Condition": source} if grant.source else {}),
    }


def _beside(facts: Facts, at: Holder, statement: Statement) -> Writes:
    """The statement beside all that is there: in the one document, or in one of its own."""
    if at.kind.several:
        return _made(put(facts, at, text_of(document(statement)), SOMEBODY))
    before = statements(document_of(_documents(facts, at).get("")))
    return _rewritten(facts, at, "", [*before, statement])


WRITTEN_BY: Final[dict[str, ResourceKind]] = {
    "s3:PutBucketPolicy": BUCKET,
    "kms:PutKeyPolicy": KEY,
    "iam:UpdateAssumeRolePolicy": TRUST,
    "iam:PutRolePolicy": ROLE,
    "iam:DeleteRolePolicy": ROLE,
    "logs:PutResourcePolicy": LOG_GROUP,
    "logs:DeleteResourcePolicy": LOG_GROUP,
    "logs:PutDestinationPolicy": DESTINATION,
    "sns:SetTopicAttributes": TOPIC,
    "sqs:SetQueueAttributes": QUEUE,
}
"""Which kind of resource's policy a call writes or takes away."""


def undone(facts: Facts, write: Write) -> Write | None:
    """The call that puts a policy back as it is now, once this one is made; None where none can."""
    kind = WRITTEN_BY.get(write.call)
    if kind is None:
        return None
    holder = Holder(kind, write.address)
    named = write.arguments
    name = str(named.get("PolicyName") or named.get("policyName") or "") if kind.several else ""
    text = _documents(facts, holder).get(name)
    if text is not None:
        return put(facts, holder, text, name)
    return delete(facts, holder, name) if kind.several else None
