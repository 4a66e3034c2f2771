"""Which calls let a request through that a role, its trust or another key refuses.

Each adds a statement of ours and keeps every other; none is made that would not let it through.
"""

from __future__ import annotations

import json
from typing import Final, cast

import msgspec

from logkeep.access import key, people
from logkeep.access.legs import KINDS, key_asker, layers_of, text_of
from logkeep.policy import Layers, Policy, Unread, decide, read_policy
from logkeep.route import Allows, Grant
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Write
from logkeep.value import Arn, Json, account_of, arn_name, parse_arn

LEGS: Final = ("role", "trust", "group-key")
"""The legs that are granted here; what the archive's bucket and key refuse, the plan composes."""
POLICY: Final = "LogkeepCloudTrailLogs"
"""The one inline policy of a role that is ours."""
Document = dict[str, Json]


def grants(facts: Facts, need: Allows) -> tuple[Write, ...]:
    """The write that lets a request through; none where it would not, or is not ours to make."""
    if need.grant is None:
        return ()
    match need.leg:
        case "role":
            return _to_role(facts, need, need.grant)
        case "trust":
            return _to_trust(facts, need)
        case "group-key":
            return _to_key(facts, need)
        case _:
            return ()


def passes(need: Allows, layers: Layers) -> bool:
    """Whether nothing would deny it then; what could not be read is told when it is asked again."""
    return decide(need.request, layers).outcome in ("Allowed", "Unknown")


def _to_role(facts: Facts, need: Allows, grant: Grant) -> tuple[Write, ...]:
    role = need.request.principal
    document = writing(ours_of(facts, role), grant)
    layers = layers_of(facts, need, None)
    ours = read_policy(document, "identity", POLICY)
    if isinstance(layers.identity, Unread) or not isinstance(ours, Policy):
        return ()
    if not passes(need, msgspec.structs.replace(layers, identity=(*layers.identity, ours))):
        return ()
    arguments: dict[str, Json] = {
        "RoleName": arn_name(role),
        "PolicyName": POLICY,
        "PolicyDocument": json.dumps(document),
    }
    return (_of_iam(facts, role, "iam:PutRolePolicy", arguments),)


def ours_of(facts: Facts, role: Arn) -> Document:
    """The inline policy of ours that a role has already."""
    found = seen(people.details(facts, account_of(role)))
    roles = [known for known in found.role_detail_list if known.arn == role] if found else []
    named = [p for known in roles for p in known.role_policy_list if p.policy_name == POLICY]
    return cast(Document, named[0].policy_document) if named else {}


def writing(before: Document, grant: Grant) -> Document:
    """Our inline policy with the grant's resource among those it named."""
    named = [r for s in statements(before) for r in _listed(s.get("Resource", []))]
    return _document(
        {
            "Sid": grant.sid,
            "Effect": "Allow",
            "Action": list(grant.actions),
            "Resource": sorted({*named, grant.resource}),
        }
    )


def statements(document: Document) -> list[Document]:
    """The statements of a policy; AWS takes one alone without its list."""
    body = document.get("Statement", [])
    return cast(list[Document], body if isinstance(body, list) else [body])


def _listed(value: Json) -> list[str]:
    return cast(list[str], value if isinstance(value, list) else [value])


def _document(*body: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(body)}


def _to_trust(facts: Facts, need: Allows) -> tuple[Write, ...]:
    role = need.request.resource
    document = trusting(_read(facts, need), need)
    if not _lets_through(facts, need, document):
        return ()
    arguments: dict[str, Json] = {
        "RoleName": arn_name(role),
        "PolicyDocument": json.dumps(document),
    }
    return (_of_iam(facts, role, "iam:UpdateAssumeRolePolicy", arguments),)


def _read(facts: Facts, need: Allows) -> Document:
    text = seen(text_of(facts, need.leg, need.request.resource))
    return cast(Document, msgspec.json.decode(text)) if text else {}


def trusting(before: Document, need: Allows) -> Document:
    """A role's trust with one statement more, as AWS's own sample has it (rule 1.10.2)."""
    assert need.grant is not None
    statement: Document = {
        "Sid": need.grant.sid,
        "Effect": "Allow",
        "Principal": {"Service": need.grant.principal},
        "Action": need.request.action,
    }
    return _with(before, statement)


def _with(before: Document, statement: Document) -> Document:
    """The policy with the statement in place of the one that bears its Sid."""
    others = [s for s in statements(before) if s.get("Sid") != statement["Sid"]]
    return {**_document(), **before, "Statement": [*others, statement]}


def _lets_through(facts: Facts, need: Allows, document: Document) -> bool:
    read = read_policy(document, KINDS[need.leg], f"{need.leg} policy")
    return isinstance(read, Policy) and passes(need, layers_of(facts, need, read))


def _of_iam(facts: Facts, role: Arn, call: str, arguments: dict[str, Json]) -> Write:
    """IAM is one for all Regions; its questions are put in the home Region."""
    return Write(role, account_of(role), facts.fleet.home_region, call, arguments)


def _to_key(facts: Facts, need: Allows) -> tuple[Write, ...]:
    """A key of a fleet's account; another's is its owner's to change."""
    named = need.request.resource
    parts = parse_arn(named)
    if parts is None or key_asker(facts, named) != parts.account:
        return ()
    document = _sharing(_read(facts, need), need)
    if not _lets_through(facts, need, document):
        return ()
    own = seen(key.described(facts))
    key_id = own.key_id if own is not None and own.arn == named else named
    arguments: dict[str, Json] = {
        "KeyId": key_id,
        "PolicyName": "default",
        "Policy": json.dumps(document),
    }
    return (Write(named, parts.account, parts.region, "kms:PutKeyPolicy", arguments),)


def _sharing(before: Document, need: Allows) -> Document:
    """A key's policy with a statement of ours for the service, its contexts gathered."""
    grant = need.grant
    assert grant is not None
    ours = next((s for s in statements(before) if s.get("Sid") == grant.sid), Document())
    condition: dict[str, dict[str, Json]] = {}
    for operator, name, value in grant.listed:
        known = ours.get("Condition", {}).get(operator, {}).get(name, [])
        condition.setdefault(operator, {})[name] = sorted({*_listed(known), value})
    statement: Document = {
        "Sid": grant.sid,
        "Effect": "Allow",
        "Principal": {"Service": grant.principal},
        "Action": list(grant.actions),
        "Resource": "*",
        "Condition": condition,
    }
    return _with(before, statement)
