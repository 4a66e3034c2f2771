"""Do readers only read, and writers only write? Each is asked by name for what the other may do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access.policies.by_access_point import decide_any_way, lists_by_points
from logkeep.access.policies.distinguish import OF_OBJECT
from logkeep.access.policies.every_object import LOGS, is_many, lists_of, objects_under
from logkeep.access.policies.speaking import layers_for, of_archive, policy
from logkeep.archive.readers import as_reader
from logkeep.archive.strangers import whose_source
from logkeep.policy import Context, Decision, Outcome, Request
from logkeep.policy.every_name import Patterns, Undecided
from logkeep.route import Denies
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import AccountId, Arn, Seen, account_of


class May(msgspec.Struct, frozen=True):
    """Somebody named who may do what it should not, or of whom it cannot be told."""

    who: str
    action: str
    decision: Decision


def besides(facts: Facts, need: Denies) -> Iterator[May]:
    """Everything of a need's actions that those named may do, or of which it cannot be told."""
    for who in need.of:
        for action in need.actions:
            yield from _on_any(facts, who, action, need)


def _on_any(facts: Facts, who: str, action: str, need: Denies) -> Iterator[May]:
    """What somebody may do to any object that the need is about; the worst of all answers."""
    objects: Patterns | Undecided = (need.resource,)
    if is_many(need.resource):
        first = _request(facts, who, (action, need.resource), need.context)
        objects = objects_under(need.resource, _lists(facts, first))
    if isinstance(objects, Undecided):
        yield May(who, action, undecided(objects))
        return
    found = [_decided(facts, who, (action, each), need.context) for each in objects]
    doubt = whose_source(facts, dict(need.context))
    if doubt:
        in_doubt = Decision("Unknown", unknown=(doubt,))
        found = [in_doubt if each.outcome == "Allowed" else each for each in found]
    for outcome in ("Allowed", "Unknown"):
        worst = next((each for each in found if each.outcome == outcome), None)
        if worst:
            yield May(who, action, worst)
            return


def _lists(facts: Facts, asked: Request) -> tuple[Patterns, ...]:
    """The lists by which all that speaks, at access points too, sees the names of objects."""
    layers = layers_for(facts, asked)
    return (*lists_of(asked, layers), *lists_by_points(facts, asked, layers))


def undecided(found: Undecided) -> Decision:
    """What is said where nobody can tell which objects a pattern names."""
    return Decision("Unknown", unknown=(f"which objects `{found.pattern}` names",))


def writers_who_read(facts: Facts, need: Denies, key_arn: Arn) -> Iterator[May]:
    """Who of those named may write a log and read one: its object and its key (rule 4.8)."""
    for who in need.of:
        if _is_let_read_nothing(facts, who):
            continue
        # Whom the bucket's policy lets deliver is a writer, under which conditions ever.
        writes = [_decided(facts, who, ("s3:PutObject", need.resource), need.context)]
        if not who.startswith("arn:"):
            writes = []
        if all(each.outcome in ("Allowed", "Unknown") for each in writes):
            yield from _read(facts, who, need, key_arn, writes)


@remembered
def _is_let_read_nothing(facts: Facts, who: str) -> bool:
    """Whether who writes is a service that no statement allows to read, whichever log it is.

    Nothing but the policy of the bucket lets a service in (rule 5.1.5).
    """
    if who.startswith("arn:") or who.isdigit():
        return False
    found = policy(facts, of_archive(facts, "bucket"))
    if not isinstance(found, Seen):
        return False
    return not found.value.select("s3:getobject", who).allows


def _read(
    facts: Facts, who: str, need: Denies, key_arn: Arn, writes: list[Decision]
) -> Iterator[May]:
    """What lets a writer read its log, or any other of the archive; first what is certain."""
    doubted: list[May] = []
    for resource, context in _logs(facts, who, need, key_arn):
        asked = (("s3:GetObject", resource), ("kms:Decrypt", key_arn))
        found = [May(who, each[0], _decided(facts, who, each, context)) for each in asked]
        outcomes = {each.decision.outcome for each in found}
        if outcomes == {"Allowed"} and all(each.outcome == "Allowed" for each in writes):
            yield from found
            return
        if outcomes <= {"Allowed", "Unknown"}:
            doubted = doubted or [each for each in found if each.decision.outcome == "Unknown"]
            doubted = doubted or [May(who, "s3:PutObject", each) for each in writes]
    yield from doubted


def reads(facts: Facts, service: str, key_arn: Arn, root: Arn) -> Outcome:
    """Whether a service gets and decrypts any object of a bucket, for whomever it works."""
    first = [
        _request(facts, service, each, ())
        for each in (("s3:GetObject", f"{root}/x"), ("kms:Decrypt", key_arn))
    ]
    lists = [found for each in first for found in _lists(facts, each)]
    objects = objects_under(f"{root}/*", lists)
    if isinstance(objects, Undecided):
        return "Unknown"
    outcomes: set[Outcome] = set()
    for each in objects:
        context = ((OF_OBJECT, each),)
        asked = (("s3:GetObject", each), ("kms:Decrypt", key_arn))
        both = {_decided(facts, service, one, context).outcome for one in asked}
        if both == {"Allowed"}:
            return "Allowed"
        outcomes.add("Unknown" if both <= {"Allowed", "Unknown"} else "ImplicitlyDenied")
    return "Unknown" if "Unknown" in outcomes else "ImplicitlyDenied"


def _logs(
    facts: Facts, who: str, need: Denies, key_arn: Arn
) -> Iterator[tuple[Arn, tuple[tuple[str, str], ...]]]:
    """The need's log, and one of each kind that lies or will lie in the archive beside it."""
    yield need.resource, need.context
    asked = [
        _request(facts, who, each, need.context)
        for each in (("s3:GetObject", need.resource), ("kms:Decrypt", key_arn))
    ]
    lists = [found for each in asked for found in _lists(facts, each)]
    mine, root = _account_of(need.resource), facts.fleet.bucket_arn
    for pattern in (f"{root}/*{LOGS}{mine}/*", f"{root}/*") if lists else ():
        objects = objects_under(pattern, lists)
        for each in () if isinstance(objects, Undecided) else objects:
            account = _account_of(each)
            # Of a log of another account of the fleet that account's own needs ask.
            if account == mine or account not in facts.fleet.accounts.values():
                known = need.context if account == mine else ()
                yield each, tuple((k, each if k == OF_OBJECT else v) for k, v in known)


def _account_of(log: Arn) -> AccountId:
    """In whose folder a log lies; nobody's where that cannot be told."""
    found = OF_ACCOUNT.search(log)
    return found.group(1) if found else ""


OF_ACCOUNT: Final = re.compile(rf"/{LOGS}(?:o-[a-z0-9]+/)?(\d{{12}})/")


def _decided(
    facts: Facts,
    who: str,
    asked_for: tuple[str, Arn],
    context: tuple[tuple[str, str], ...],
) -> Decision:
    asked = _request(facts, who, asked_for, context)
    return decide_any_way(facts, asked, layers_for(facts, asked))


def _request(
    facts: Facts, who: str, asked_for: tuple[str, Arn], context: tuple[tuple[str, str], ...]
) -> Request:
    """What a person asks, or a service of which nothing is known but its name."""
    account = account_of(who)
    asked = as_reader(facts, who, account or facts.fleet.archive.account, *asked_for, context)
    if account:
        return asked
    values = {
        "aws:securetransport": "true",
        "aws:principalisawsservice": "true",
        "aws:principalservicename": who,
        **dict(context),
    }
    return msgspec.structs.replace(asked, context=Context(values))
