"""What one who cannot read the archive could do to get there in one step (rule 4.10)."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.archive import key, organization
from logkeep.facts import Facts
from logkeep.layering import layers_for, resource_policy
from logkeep.policy import Policy, Request, admits, decide, request
from logkeep.switching import may_switch, switch_of
from logkeep.who.asking import may
from logkeep.who.candidates import Candidate, candidates, leg_of_action
from logkeep.who.values import STEPS, Held, Holder, Reason, Step

PEOPLE = ("user", "role", "root")
ENTER = "sts:AssumeRole"


def steps(facts: Facts, powers: tuple[Held, ...]) -> Iterator[Step]:
    """Every way in which somebody who may not read could come to read."""
    read = next(held for held in powers if held.power == "read")
    readers = {holder.principal for holder in read.by(certain=True)}
    roles = [holder for holder in read.by(certain=True) if holder.kind == "role"]
    for who in candidates(facts):
        if who.principal in readers or who.kind not in PEOPLE:
            continue
        yield from _by_policy(facts, who)
        for role in roles:
            yield from _by_role(facts, who, role)
            yield from _by_passing(facts, who, role)


def _by_policy(facts: Facts, who: Candidate) -> Iterator[Step]:
    """The steps that help with what is missing: the key's side, or the bucket's."""
    lacks_key = may(facts, who, "kms:Decrypt").verdict != "holds"
    lacks_bucket = may(facts, who, "s3:GetObject").verdict != "holds"
    for action in STEPS:
        of_key = leg_of_action(action) == "key"
        helps, other = (lacks_key, lacks_bucket) if of_key else (lacks_bucket, lacks_key)
        if not helps or other:
            continue
        answer = may(facts, who, action)
        if answer.verdict != "fails":
            on = key.arn(facts) if of_key else facts.fleet.bucket_arn
            sure = answer.verdict == "holds"
            reason = answer.reasons[0] if answer.reasons else None
            yield Step(who.principal, action, on, sure, reason, answer.unknown)


def _by_role(facts: Facts, who: Candidate, role: Holder) -> Iterator[Step]:
    """The switch to a reader's role, if its trust policy and the caller's own allow it."""
    if not may_switch(who.principal):
        return
    asked = switch_of(facts, who.principal, role.principal)
    yield from _taken(facts, who, asked, role)


def _by_passing(facts: Facts, who: Candidate, role: Holder) -> Iterator[Step]:
    """Handing a reader's role to a service that its trust policy lets in (IAM, PassRole).

    A role is passed within its own account only, and to a service that runs code for the caller.
    """
    if not may_switch(who.principal) or who.account != role.principal.split(":")[4]:
        return
    trust = resource_policy(facts, switch_of(facts, who.principal, role.principal))
    services = admits(trust, ENTER, role.principal).services if isinstance(trust, Policy) else ()
    for service in sorted(services):
        context = {"iam:PassedToService": service}
        asked = request(
            who.principal,
            "iam:PassRole",
            role.principal,
            who.account,
            context,
            unknown=("*",),
            in_management_account=organization.is_management(facts, who.account),
        )
        yield from _taken(facts, who, asked, role)


def _taken(facts: Facts, who: Candidate, asked: Request, role: Holder) -> Iterator[Step]:
    """The step, if the request passes or may."""
    decision = decide(asked, layers_for(facts, asked))
    if decision.outcome in ("Allowed", "Unknown"):
        ref = decision.statement
        said = (ref.sid or f"number {ref.index + 1}") if ref else ""
        reason = Reason(asked.action, decision.layer, ref.policy if ref else "", said)
        sure = decision.outcome == "Allowed"
        yield Step(
            who.principal, asked.action, role.principal, sure, reason if sure else None,
            decision.unknown,
        )  # fmt: skip
