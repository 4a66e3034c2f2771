"""How is the policy of each kind of resource read, and by which calls is it written?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

import msgspec

from logkeep.access import bucket, key, people
from logkeep.access.log_group import policies_ask, shown_policies
from logkeep.policy.resource_kinds import (
    BUCKET,
    DESTINATION,
    FUNCTION,
    KEY,
    LOG_GROUP,
    QUEUE,
    ROLE,
    TOPIC,
    TRUST,
    ResourceKind,
)
from logkeep.snapshot import NOT_ASKED, Ask, ask
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.snapshot.setting import Write
from logkeep.value import (
    Absent,
    AccountId,
    Arn,
    ArnParts,
    Json,
    Look,
    Seen,
    Unseen,
    account_of,
    arn_name,
    parse_arn,
)

Texts: TypeAlias = Mapping[str, str]
"""The documents of a resource's policy by their names; the only one of a resource has none."""
NOTHING: Final[Texts] = MappingProxyType({})


class Carrier(NamedTuple):
    """How the policy of one kind of resource is read and written."""

    read: Callable[[Facts, Arn], Look[Texts]]
    asks: Callable[[Facts, Arn], list[Ask]]
    """The questions that are put only where a route needs the policy."""
    put: Callable[[Facts, Arn, str, str], Write | None]
    """The call that puts a text under a name; None where it is not ours to make."""
    delete: Callable[[Facts, Arn, str], Write | None] | None = None
    """The call that takes one of several documents away."""


def is_ours(facts: Facts, account: AccountId) -> bool:
    """Whether the fleet may change what is an account's."""
    return facts.fleet.has(account) or account == facts.fleet.archive.account


def _single(look: Look[str]) -> Look[Texts]:
    return map_look(look, lambda text: {"": text})


def _bucket_texts(facts: Facts, arn: Arn) -> Look[Texts]:
    at = bucket.known(facts, arn)
    if at is None:
        return Unseen(f"the policy of {arn}", NOT_ASKED)
    return _single(bucket.policy_text(facts, at))


def _bucket_asks(facts: Facts, arn: Arn) -> list[Ask]:
    at = bucket.known(facts, arn)
    return [bucket.of_bucket(facts, "s3:GetBucketPolicy", at)] if at else []


def _put_bucket(facts: Facts, arn: Arn, _name: str, text: str) -> Write | None:
    at = bucket.known(facts, arn)
    if at is None or not is_ours(facts, at.account):
        return None
    named: dict[str, Json] = {"Bucket": at.name, "ExpectedBucketOwner": at.account}
    return Write(arn, at.account, at.region, "s3:PutBucketPolicy", {**named, "Policy": text})


def _key_texts(facts: Facts, arn: Arn) -> Look[Texts]:
    return _single(key.policy_text(facts, arn))


def _key_asks(facts: Facts, arn: Arn) -> list[Ask]:
    return [key.of_arn(facts, call, arn) for call in ("kms:DescribeKey", "kms:GetKeyPolicy")]


def _put_key(facts: Facts, arn: Arn, _name: str, text: str) -> Write | None:
    """A key of a fleet's account; another's has to be changed by its owner."""
    parts, owner = parse_arn(arn), key.asker(facts, arn)
    if parts is None or owner != parts.account:
        return None
    found = seen(key.described(facts, arn))
    named = key.key_id(facts, found) if found else arn
    arguments: dict[str, Json] = {"KeyId": named, "PolicyName": "default", "Policy": text}
    return Write(arn, owner, parts.region, "kms:PutKeyPolicy", arguments)


def _role(facts: Facts, arn: Arn) -> Look[people.Role]:
    look = people.details(facts, account_of(arn))
    if not isinstance(look, Seen):
        return look
    found = next((known for known in look.value.role_detail_list if known.arn == arn), None)
    return Seen(found) if found else Absent(people.details_ask(facts, account_of(arn)).says())


def _people_asks(facts: Facts, arn: Arn) -> list[Ask]:
    return [people.details_ask(facts, account_of(arn))]


def _as_text(document: Json) -> str:
    return msgspec.json.encode(document).decode()


def _trust_texts(facts: Facts, arn: Arn) -> Look[Texts]:
    look = _role(facts, arn)
    if isinstance(look, Seen) and look.value.assume_role_policy_document is None:
        question = people.details_ask(facts, account_of(arn)).says()
        return Unseen(question, f"did not show the trust of {arn}")
    return map_look(look, lambda role: {"": _as_text(role.assume_role_policy_document)})


def _of_iam(facts: Facts, role: Arn, call: str, **arguments: Json) -> Write | None:
    """IAM is one for all Regions; its questions are put in the home Region."""
    account = account_of(role)
    if not is_ours(facts, account):
        return None
    named: dict[str, Json] = {"RoleName": arn_name(role), **arguments}
    return Write(role, account, facts.fleet.home_region, call, named)


def _put_trust(facts: Facts, arn: Arn, _name: str, text: str) -> Write | None:
    return _of_iam(facts, arn, "iam:UpdateAssumeRolePolicy", PolicyDocument=text)


def _role_texts(facts: Facts, arn: Arn) -> Look[Texts]:
    """The role's inline policies; managed ones may be many roles', and are nobody's to change."""
    return map_look(
        _role(facts, arn),
        lambda role: {p.policy_name: _as_text(p.policy_document) for p in role.role_policy_list},
    )


def _put_role(facts: Facts, arn: Arn, name: str, text: str) -> Write | None:
    return _of_iam(facts, arn, "iam:PutRolePolicy", PolicyName=name, PolicyDocument=text)


def _delete_role(facts: Facts, arn: Arn, name: str) -> Write | None:
    return _of_iam(facts, arn, "iam:DeleteRolePolicy", PolicyName=name)


def _log_group_texts(facts: Facts, arn: Arn) -> Look[Texts]:
    """The Region's documents, and the group's own where one group is asked about (rule 8.2.1)."""
    found: dict[str, str] = {}
    for question in policies_ask(arn):
        look = shown_policies(facts, question)
        if not isinstance(look, Seen):
            return look
        found.update(look.value)
    return Seen(found)


def _log_group_asks(_facts: Facts, arn: Arn) -> list[Ask]:
    return policies_ask(arn)


def _of_logs(facts: Facts, arn: Arn, call: str, **arguments: Json) -> Write | None:
    parts = parse_arn(arn)
    if parts is None or not is_ours(facts, parts.account):
        return None
    return Write(arn, parts.account, parts.region, call, arguments)


def _put_of_region(facts: Facts, arn: Arn, name: str, text: str) -> Write | None:
    return _of_logs(facts, arn, "logs:PutResourcePolicy", policyName=name, policyDocument=text)


def _delete_of_region(facts: Facts, arn: Arn, name: str) -> Write | None:
    return _of_logs(facts, arn, "logs:DeleteResourcePolicy", policyName=name)


class Simple(NamedTuple):
    """A policy that one call shows and one call sets."""

    shows: str
    asked: Callable[[ArnParts], dict[str, str]]
    found: Callable[[Json, ArnParts], str | None]
    sets: str = ""
    """Nothing where it is not set as a whole."""
    given: Callable[[ArnParts, str], dict[str, Json]] | None = None

    def question(self, arn: Arn) -> Ask | None:
        """The question that shows it."""
        parts = parse_arn(arn)
        return ask(parts.account, parts.region, self.shows, **self.asked(parts)) if parts else None


def _queue_url(of: ArnParts) -> str:
    end = "amazonaws.com.cn" if of.partition == "aws-cn" else "amazonaws.com"
    return f"https://sqs.{of.region}.{end}/{of.account}/{of.resource}"


def _own_arn(of: ArnParts) -> Arn:
    return f"arn:{of.partition}:{of.service}:{of.region}:{of.account}:{of.resource}"


def _named(of: ArnParts) -> str:
    return of.resource.partition(":")[2]


def _of_destination(answer: Json, of: ArnParts) -> str | None:
    listed: list[dict[str, str]] = answer.get("destinations", [])
    return next((d.get("accessPolicy") for d in listed if d.get("arn") == _own_arn(of)), None)


def _of_queue(of: ArnParts) -> dict[str, str]:
    return {"QueueUrl": _queue_url(of), "AttributeNames": "Policy"}


def _to_queue(of: ArnParts, text: str) -> dict[str, Json]:
    return {"QueueUrl": _queue_url(of), "Attributes": {"Policy": text}}


def _to_topic(of: ArnParts, text: str) -> dict[str, Json]:
    named = {"TopicArn": _own_arn(of), "AttributeName": "Policy"}
    return {**named, "AttributeValue": text}


def _to_destination(of: ArnParts, text: str) -> dict[str, Json]:
    return {"destinationName": _named(of), "accessPolicy": text}


def _by_arn(argument: str) -> Callable[[ArnParts], dict[str, str]]:
    def asked(of: ArnParts) -> dict[str, str]:
        return {argument: _own_arn(of)}

    return asked


def _of_attributes(answer: Json, _of: ArnParts) -> str | None:
    return answer.get("Attributes", {}).get("Policy")


def _of_function(answer: Json, _of: ArnParts) -> str | None:
    return answer.get("Policy")


def _of_name(of: ArnParts) -> dict[str, str]:
    return {"DestinationNamePrefix": _named(of)}


SIMPLE: Final[Mapping[ResourceKind, Simple]] = {
    QUEUE: Simple(
        *("sqs:GetQueueAttributes", _of_queue, _of_attributes),
        *("sqs:SetQueueAttributes", _to_queue),
    ),
    TOPIC: Simple(
        *("sns:GetTopicAttributes", _by_arn("TopicArn"), _of_attributes),
        *("sns:SetTopicAttributes", _to_topic),
    ),
    # Only read: AddPermission gives one permission after another, and PutResourcePolicy, which
    # replaces the whole (Lambda API Reference), came in 2026.
    FUNCTION: Simple("lambda:GetPolicy", _by_arn("FunctionName"), _of_function),
    DESTINATION: Simple(
        *("logs:DescribeDestinations", _of_name, _of_destination),
        *("logs:PutDestinationPolicy", _to_destination),
    ),
}


def _simple(kind: ResourceKind) -> Carrier:
    of = SIMPLE[kind]

    def read(facts: Facts, arn: Arn) -> Look[Texts]:
        question, parts = of.question(arn), parse_arn(arn)
        if question is None or parts is None:
            return Unseen(f"the policy of {arn}", "is not an ARN")
        look = facts.look(question, dict[str, Json])
        if not isinstance(look, Seen):
            return look
        text = of.found(look.value, parts)
        return Seen({"": text} if text else NOTHING)

    def asks(_facts: Facts, arn: Arn) -> list[Ask]:
        question = of.question(arn)
        return [question] if question else []

    def put(facts: Facts, arn: Arn, _name: str, text: str) -> Write | None:
        parts = parse_arn(arn)
        if parts is None or of.given is None or not is_ours(facts, parts.account):
            return None
        return Write(arn, parts.account, parts.region, of.sets, of.given(parts, text))

    return Carrier(read, asks, put)


CARRIERS: Final[Mapping[ResourceKind, Carrier]] = {
    BUCKET: Carrier(_bucket_texts, _bucket_asks, _put_bucket),
    KEY: Carrier(_key_texts, _key_asks, _put_key),
    TRUST: Carrier(_trust_texts, _people_asks, _put_trust),
    ROLE: Carrier(_role_texts, _people_asks, _put_role, _delete_role),
    LOG_GROUP: Carrier(
        _log_group_texts,
        _log_group_asks,
        _put_of_region,
        _delete_of_region,
    ),
    **{kind: _simple(kind) for kind in SIMPLE},
}
