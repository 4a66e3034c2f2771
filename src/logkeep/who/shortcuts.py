"""What one decision settles for all logs at once, so that a thousand accounts stay cheap."""

from __future__ import annotations

import re

from logkeep.check import statement_of
from logkeep.facts import Facts
from logkeep.policy import Decision, Layers, Malformed, Policy, Request, Unread
from logkeep.policy.document import Selected
from logkeep.samples import samples
from logkeep.value import Arn, Json
from logkeep.who.candidates import Candidate

WILD = re.compile(r"[*?$]")


def is_hopeless(facts: Facts, who: Candidate, asked: Request, layers: Layers) -> bool:
    """Whether no Allow that would be needed can reach any log, the bucket or the key.

    Across accounts both sides have to allow; a key's own policy always has to (rules 4.1, 5.1.4).
    """
    if who.kind == "root":
        return False
    area = _area(facts, asked.resource)
    by_resource = _may_allow(layers.resource, asked, area)
    if who.kind in ("service", "public"):
        return not by_resource
    is_apart = who.account != asked.resource_account
    if asked.action.startswith("kms:") and not is_apart:
        return not by_resource
    by_identity = _any_may_allow(layers.identity, asked, area)
    return not (by_resource and by_identity) if is_apart else not (by_resource or by_identity)


def _area(facts: Facts, resource: Arn) -> str:
    """How the names of all that is asked about begin: for a log, those of the whole bucket."""
    objects = f"{facts.fleet.bucket_arn}/"
    return objects if resource.startswith(objects) else resource


def _any_may_allow(policies: tuple[Policy, ...] | Unread, asked: Request, area: str) -> bool:
    if isinstance(policies, Unread):
        return True
    return any(_may_allow(policy, asked, area) for policy in policies)


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
