"""What one who cannot read the archive could do to get there in one step (rule 4.10)."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import key, organization
from logkeep.access.assume_role import may_switch, switch_of
from logkeep.access.policies.speaking import (
    grants_are_by_acl,
    layers_for,
    own_layers,
    resource_layer,
)
from logkeep.policy import Admitted, Policy, Request, Unread, admits, decide, request
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import AccountId, Arn, Verdict, account_of
from logkeep.who.asking import may
from logkeep.who.by_new_point import by_new_point
from logkeep.who.candidates import Candidate, candidates, part_of_action
from logkeep.who.through_iam import through_iam
from logkeep.who.through_services import through_services
from logkeep.who.values import BY_ACL, STEPS, Held, Holder, Reason, Step

PEOPLE = ("user", "role", "root", "account")
ENTER = "sts:AssumeRole"
PASS = "iam:passrole"


def steps(facts: Facts, powers: tuple[Held, ...]) -> Iterator[Step]:
    """Every way in which somebody who may not read could come to read."""
    read = next(held for held in powers if held.power == "read")
    reads: dict[Arn, Verdict] = {
        h.principal: "holds" if h.certain else "unknown" for h in read.holders
    }
    people = [each for each in read.holders if each.kind in ("user", "role")]
    doors = Doors(facts, [each for each in people if each.kind == "role"])
    at_home: dict[AccountId, list[Holder]] = {}
    for reader in people:
        at_home.setdefault(reader.account, []).append(reader)
    for who in candidates(facts):
        before = reads.get(who.principal, "fails")
        if before == "holds" or who.kind not in PEOPLE:
            continue
        yield from _by_policy(facts, who)
        for role in doors.before(who):
            yield from _by_role(facts, who, role)
        beside = at_home.get(who.account, ())
        if may_pass_any(facts, who):
            for reader in beside:
                yield from _by_passing(facts, who, reader)
        for reader in beside:
            if reader.kind == "role":
                let_in = _let_in(facts, reader.principal)
                runs = let_in.services if let_in else frozenset[str]()
                yield from through_services(facts, who, reader, runs)
        yield from through_iam(facts, who, beside, before)


class Doors:
    """The readers' roles by whom their trusts may let in: the others need not be asked about.

    A role is entered by whom its trust names, or whose account (rule 5.1.3).
    """

    def __init__(self, facts: Facts, roles: list[Holder]) -> None:
        self.roles = roles
        self._of_anyone: list[int] = []
        self._of_account: dict[AccountId, list[int]] = {}
        self._of_principal: dict[Arn, list[int]] = {}
        for number, role in enumerate(roles):
            self._add(number, _let_in(facts, role.principal))

    def _add(self, number: int, let_in: Admitted | None) -> None:
        """Note whom a role may let in; that is anybody, where its trust was not read."""
        if let_in is None or let_in.anyone or let_in.canonical_users:
            self._of_anyone.append(number)
            return
        sessions = {each for each in let_in.principals if ":assumed-role/" in each}
        for account in let_in.accounts | {account_of(each) for each in sessions}:
            self._of_account.setdefault(account, []).append(number)
        for principal in let_in.principals - sessions:
            self._of_principal.setdefault(principal, []).append(number)

    def before(self, who: Candidate) -> Iterator[Holder]:
        """The roles that somebody might enter, in their order."""
        named = self._of_principal.get(who.principal, [])
        for number in sorted({*self._of_anyone, *self._of_account.get(who.account, []), *named}):
            yield self.roles[number]


@remembered
def _let_in(facts: Facts, role: Arn) -> Admitted | None:
    trust = resource_layer(facts, switch_of(facts, role, role))
    return admits(trust, ENTER, role) if isinstance(trust, Policy) else None


def _by_policy(facts: Facts, who: Candidate) -> Iterator[Step]:
    """The steps that help with what is missing: the key's side, or the bucket's."""
    lacks_key = may(facts, who, "kms:Decrypt").verdict != "holds"
    lacks_bucket = may(facts, who, "s3:GetObject").verdict != "holds"
    for action in (*STEPS, *(BY_ACL if grants_are_by_acl(facts) else ())):
        of_key = part_of_action(action) == "key"
        helps, other = (lacks_key, lacks_bucket) if of_key else (lacks_bucket, lacks_key)
        if not helps or other:
            continue
        answer = may(facts, who, action)
        if answer.verdict != "fails":
            on = key.arn(facts) if of_key else facts.fleet.bucket_arn
            sure = answer.verdict == "holds"
            reason = answer.reasons[0] if answer.reasons else None
            yield Step(who.principal, action, on, sure, reason, answer.unknown, who.kind)
    closed = may(facts, who, "s3:GetObject").verdict == "fails"
    if closed and may(facts, who, "kms:Decrypt").verdict != "fails":
        yield from by_new_point(facts, who, "s3:GetObject")


def _by_role(facts: Facts, who: Candidate, role: Holder) -> Iterator[Step]:
    """The switch to a reader's role, if its trust policy and the caller's own allow it."""
    if not may_switch(who.principal) or who.principal == role.principal:
        return
    asked = switch_of(facts, who.principal, role.principal)
    yield from _taken(facts, who, asked, role)


def may_pass_any(facts: Facts, who: Candidate) -> bool:
    """Whether its own policies speak of passing at all: a role has no policy that could allow."""
    if not may_switch(who.principal):
        return False
    own = own_layers(facts, who.principal).identity
    if isinstance(own, Unread):
        return True
    return any(s.allows and s.accepts_action(PASS) for policy in own for s in policy.statements)


def _by_passing(facts: Facts, who: Candidate, role: Holder) -> Iterator[Step]:
    """Handing a reader's role to a service that its trust policy lets in (IAM, PassRole).

    A role is passed within its own account only, and to a service that runs code for the caller.
    """
    if role.kind != "role" or role.principal == who.principal:
        return
    let_in = _let_in(facts, role.principal)
    for service in sorted(let_in.services if let_in else ()):
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
        sure = decision.outcome == "Allowed" and role.certain
        unknown = tuple(sorted({*decision.unknown, *role.unknown}))
        yield Step(
            who.principal, asked.action, role.principal, sure, reason if sure else None, unknown,
            who.kind,
        )  # fmt: skip
