"""Whose policies answer a request: the archive's bucket or key, a role, its trust, another key."""

from __future__ import annotations

from typing import Final

import msgspec

from logkeep.access import bucket, key, organization, people
from logkeep.access.bucket import PolicyText
from logkeep.policy import Kind, Layers, Malformed, Policy, Unread
from logkeep.route import Allows
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look
from logkeep.value import Absent, AccountId, Arn, Look, Seen, Unseen, account_of, parse_arn

ARCHIVE: Final = ("bucket", "key")
"""The legs of which there is one, so that the resource need not be named."""
BEHIND: Final = {
    "key": "key-missing",
    "trust": "role-missing",
    "group-key": "loggroup-key-disabled",
}
"""The legs without whose policy nothing is allowed, and the code of what is missing then."""
KINDS: Final[dict[str, Kind]] = {
    "bucket": "resource",
    "key": "key",
    "trust": "trust",
    "group-key": "key",
}


def policy_of(facts: Facts, leg: str, resource: Arn = "") -> Look[Policy] | Malformed:
    """The compiled policy of what is asked for; absent where it has none."""
    where = "" if leg in ARCHIVE else resource
    return facts.once(("compiled policy", leg, where), lambda: _policy_of(facts, leg, where))


def _policy_of(facts: Facts, leg: str, resource: Arn) -> Look[Policy] | Malformed:
    look = text_of(facts, leg, resource)
    if not isinstance(look, Seen):
        return look
    read = facts.policy(look.value, KINDS[leg], f"{leg} policy")
    return read if isinstance(read, Malformed) else Seen(read)


def text_of(facts: Facts, leg: str, resource: Arn = "") -> Look[str]:
    """The text of that policy."""
    match leg:
        case "bucket":
            return bucket.policy_text(facts)
        case "key":
            return key.policy_text(facts)
        case "trust":
            return _trust_text(facts, resource)
        case "group-key":
            return _key_text(facts, resource)
        case _:
            # CloudWatch Logs enforces a group's policy for services only (rule 8.2.1), so a role
            # in the group's own account needs its identity policies and nothing else.
            return Absent(f"a policy on {resource}")


def _trust_text(facts: Facts, role: Arn) -> Look[str]:
    account = account_of(role)
    look = people.details(facts, account)
    if not isinstance(look, Seen):
        return look
    question = people.details_ask(facts, account).says()
    for known in look.value.role_detail_list:
        if known.arn == role:
            document = known.assume_role_policy_document
            if document is None:
                return Unseen(question, f"did not show the trust of {role}")
            return Seen(msgspec.json.encode(document).decode())
    return Absent(question)


def _key_text(facts: Facts, named: Arn) -> Look[str]:
    if named == key.arn(facts):
        return key.policy_text(facts)
    look = facts.look(key_ask(facts, "kms:GetKeyPolicy", named), PolicyText)
    return map_look(look, lambda answer: answer.policy)


def key_ask(facts: Facts, call: str, named: Arn) -> Ask:
    """A question about a key that is not the archive's, put in its own account and Region."""
    parts = parse_arn(named)
    region = parts.region if parts else facts.fleet.home_region
    return ask(key_asker(facts, named), region, call, KeyId=named)


def key_asker(facts: Facts, named: Arn) -> AccountId:
    """The account to ask about a key: its own where the fleet may, else the archive's."""
    own = account_of(named)
    return own if facts.fleet.has(own) else facts.fleet.archive.account


def layers_of(facts: Facts, need: Allows, resource: Policy | Unread | None) -> Layers:
    """All that speaks on a request: the resource's policy, the organization's, the principal's."""
    asked = need.request
    rcps = organization.levels(facts, asked.resource_account, "rcp")
    if not asked.principal.startswith("arn:"):
        return Layers(resource=resource, rcps=rcps)
    own = people.layers(facts, asked.principal)
    return msgspec.structs.replace(own, resource=resource, rcps=rcps)
