"""What one decision settles for all logs at once, so that a thousand accounts stay cheap."""

from __future__ import annotations

import re

from logkeep.check import statement_of
from logkeep.facts import Facts
from logkeep.policy import Decision, Layers, Malformed, Policy, Request, Unread
from logkeep.policy.document import Selected
from logkeep.samples import samples
from logkeep.value import AccountId, Arn, Json
from logkeep.who.candidates import Candidate, admitted_for, owners
from logkeep.who.grants import grantees

WILD = re.compile(r"[*?$]")


PEOPLE = frozenset({"user", "role", "root", "account"})


def is_unnamed(facts: Facts, who: Candidate, action: str) -> bool:
    """Whether somebody of another account stands in no Allow of the archive for an action.

    Across accounts the resource's own policy has to name it, or its account (rule 5.1.4).
    """
    if who.target or who.kind not in PEOPLE or who.account in owners(facts):
        return False
    return facts.once(
        ("unnamed", who.account, action), lambda: _is_unnamed(facts, who.account, action)
    )


def _is_unnamed(facts: Facts, account: AccountId, action: str) -> bool:
    found = admitted_for(facts, action)
    if found is None or found.anyone or account in found.accounts:
        return False
    named = (*found.principals, *grantees(facts))
    return not any(f":{account}:" in principal for principal in named)


def is_hopeless(facts: Facts, who: Candidate, asked: Request, layers: Layers) -> bool:
    """Whether no Allow that would be needed can reach any log, the bucket or the key.

    Across accounts both sides have to allow; a key's own policy always has to (rules 4.1, 5.1.4).
    """
    area = _area(facts, asked.resource)
    by_resource = _may_allow(layers.resource, asked, area)
    is_apart = who.account != asked.resource_account
    if not by_resource:
        needs_it = is_apart or asked.action.startswith("kms:")
        return needs_it or not _any_may_allow(who, layers, asked, area)
    needs_own = is_apart and who.kind not in ("service", "public")
    return needs_own and not _any_may_allow(who, layers, asked, area)


def _area(facts: Facts, resource: Arn) -> str:
    """How the names of all that is asked about begin: for a log, those of the whole bucket."""
    objects = f"{facts.fleet.bucket_arn}/"
    return objects if resource.startswith(objects) else resource


def _any_may_allow(who: Candidate, layers: Layers, asked: Request, area: str) -> bool:
    """Whether its own policies can allow it; a root user needs none."""
    if who.kind == "root" or isinstance(layers.identity, Unread):
        return True
    return any(_may_allow(policy, asked, area) for policy in layers.identity)


def _may_allow(policy: Policy | Malformed | Unread | None, asked: Request, area: str) -> bool:
    if not isinstance(policy, Policy):
        return policy is not None
    allows = policy.select(asked.action.lower(), asked.principal).allows
    return any(_reaches(each, area) for each in allows)


def _reaches(selected: Selected, area: str) -> bool:
    """Whether a statement's resources can begin as those asked about do."""
    for element in selected.statement.elements:
        if element.name == "Resource":
            starts = (WILD.split(value, maxsplit=1)[0] for value in element.wanted)
            return any(area.startswith(start) or start.startswith(area) for start in starts)
    return True


def is_denied_everywhere(facts: Facts, decision: Decision, layers: Layers) -> bool:
    """Whether the statement that denied one log denies every log alike."""
    policy, ref = layers.resource, decision.statement
    if decision.layer != "resource" or ref is None or not isinstance(policy, Policy):
        return False
    known_by = ("denies all", ref.policy, ref.index)
    return facts.once(known_by, lambda: _is_about_all(facts, statement_of(policy, ref.index)))


def _is_about_all(facts: Facts, statement: dict[str, Json]) -> bool:
    named = statement.get("Resource")
    patterns: list[str] = [named] if isinstance(named, str) else list(named or ())
    varies = "encryptioncontext" in str(statement.get("Condition", "")).lower()
    if varies or not patterns or any("$" in pattern for pattern in patterns):
        return False
    tests = [_glob(pattern) for pattern in patterns]
    logs = (sample.object_arn for sample in samples(facts))
    return all(any(test.fullmatch(arn) for test in tests) for arn in logs)


def _glob(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)
