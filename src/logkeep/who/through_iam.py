"""What one who cannot read could change of IAM, in one step, so as to read (rule 4.10).

Either it takes over somebody who reads, a user by new credentials or a role by its trust policy;
or it changes its own policies, which helps where the bucket and the key leave it to its account's
IAM whom they let in.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from logkeep.access import organization
from logkeep.access.policies.speaking import layers_for, own_layers
from logkeep.policy import Decision, Policy, Unread, decide, request
from logkeep.policy.awss_own import kept_by_aws
from logkeep.snapshot.facts import Facts, remembered, remembered_by
from logkeep.value import Arn, Verdict
from logkeep.who.asking import Answer, holds
from logkeep.who.candidates import Candidate
from logkeep.who.changes import CHANGES, IamChange, changes
from logkeep.who.values import POWERS, Holder, Reason, Step

READ: Final = next(power for power in POWERS if power.name == "read")
TAKING_OVER: Final = {
    "user": ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"),
    "role": ("iam:UpdateAssumeRolePolicy",),
}
ACTIONS: Final = tuple(
    action.lower() for action in (*CHANGES, *(a for found in TAKING_OVER.values() for a in found))
)
BETTER: Final[dict[Verdict, int]] = {"fails": 0, "unknown": 1, "holds": 2}


def through_iam(
    facts: Facts, who: Candidate, readers: Sequence[Holder], before: Verdict
) -> Iterator[Step]:
    """Every action on IAM by which somebody could come to read, each with one thing to do it to.

    `readers` are the users and roles of its account that read or may, `before` is whether it does.
    """
    if not may_change_any(facts, who):
        return
    yield from _first_of_each(_taking_over(facts, who, readers))
    if who.kind in ("user", "role"):
        yield from _first_of_each(_helping_itself(facts, who, before))


def may_change_any(facts: Facts, who: Candidate) -> bool:
    """Whether its own policies speak of changing IAM at all: nobody else's can allow it."""
    own = own_layers(facts, who.principal).identity
    if isinstance(own, Unread):
        return True
    return _change_any(facts, own)


@remembered
def _change_any(_facts: Facts, own: tuple[Policy, ...]) -> bool:
    return any(map(_speaks_of_iam, own))


def _speaks_of_iam(policy: Policy) -> bool:
    return any(s.allows and any(map(s.accepts_action, ACTIONS)) for s in policy.statements)


def _first_of_each(found: Iterable[Step]) -> Iterator[Step]:
    """For each action the first step that is certain, else the first of all."""
    by_action: dict[str, Step] = {}
    for step in found:
        known = by_action.get(step.by)
        if known is None or (step.certain and not known.certain):
            by_action[step.by] = step
    yield from by_action.values()


def _taking_over(facts: Facts, who: Candidate, readers: Sequence[Holder]) -> Iterator[Step]:
    """Becoming one who reads; the roles that belong to AWS's services cannot be changed."""
    settled: set[str] = set()
    for reader in readers:
        if reader.principal == who.principal:
            continue
        after = Answer("holds" if reader.certain else "unknown", unknown=reader.unknown)
        for action in TAKING_OVER.get(reader.kind, ()):
            if action not in settled and not kept_by_aws(action, reader.principal):
                step = _step(facts, who, action, reader.principal, after)
                if step and step.certain:
                    settled.add(action)
                yield from (step,) if step else ()


def _helping_itself(facts: Facts, who: Candidate, before: Verdict) -> Iterator[Step]:
    """A change of its own policies after which it reads, or may, and before did less."""
    for change in changes(facts, who.principal):
        if kept_by_aws(change.action, change.on):
            continue
        allowed = _decided(facts, who, change.action, change.on)
        if allowed.outcome in ("Allowed", "Unknown"):
            after = _after(facts, who, change)
            if BETTER[after.verdict] > BETTER[before]:
                yield from _taken(who, change.action, change.on, allowed, after)


def _of_change(_facts: Facts, who: Candidate, change: IamChange) -> Hashable:
    return who.principal, change.rights


@remembered_by(_of_change)
def _after(facts: Facts, who: Candidate, change: IamChange) -> Answer:
    """Whether it would read after a change."""
    return holds(facts, msgspec.structs.replace(who, rights=change.rights), READ)


def _step(facts: Facts, who: Candidate, action: str, on: Arn, after: Answer) -> Step | None:
    return next(_taken(who, action, on, _decided(facts, who, action, on), after), None)


def _of_name(_facts: Facts, who: Candidate, action: str, on: Arn) -> Hashable:
    return who.principal, action, on


@remembered_by(_of_name)
def _decided(facts: Facts, who: Candidate, action: str, on: Arn) -> Decision:
    """Whether it may do this to a thing of its own account's IAM, whose resources no policy has."""
    asked = request(
        who.principal,
        action,
        on,
        who.account,
        dict(who.context),
        unknown=("*",),
        in_management_account=organization.is_management(facts, who.account),
        resource_in_management_account=organization.is_management(facts, who.account),
    )
    return decide(asked, layers_for(facts, asked))


def _taken(
    who: Candidate, action: str, on: Arn, allowed: Decision, after: Answer
) -> Iterator[Step]:
    """The step, if the change passes or may and helps or may."""
    if allowed.outcome not in ("Allowed", "Unknown") or after.verdict == "fails":
        return
    sure = allowed.outcome == "Allowed" and after.verdict == "holds"
    ref = allowed.statement
    said = (ref.sid or f"number {ref.index + 1}") if ref else ""
    reason = Reason(action, allowed.layer, ref.policy if ref else "", said) if sure else None
    unknown = {*allowed.unknown, *(after.unknown if after.verdict == "unknown" else ())}
    yield Step(who.principal, action, on, sure, reason, tuple(sorted(unknown)), who.kind)
