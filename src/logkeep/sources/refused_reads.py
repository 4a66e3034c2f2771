"""Which policy keeps Logkeep itself from reading something, and whose is it?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from logkeep.access import people
from logkeep.access.organization import is_management
from logkeep.access.policies.speaking import layers_for
from logkeep.policy import Context, Request, decide
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources import of_parts
from logkeep.value import AccountId, Arn, Json, Region, account_of

CALLED = re.compile(r"([a-z0-9-]+:[A-Za-z0-9]+).* in (\d{12}) ([a-z0-9-]+)", re.DOTALL)
"""A question as it is told (snapshot.Ask.says)."""
DENIED = re.compile(r"AccessDenied|UnauthorizedOperation|^403\b")
SAID = re.compile(
    r"(?P<deny>with an explicit deny in an? (?P<by>[a-zA-Z -]{1,40}policy|permissions boundary))"
    r"(?:: (?P<arn>arn:\S+))?|"
    r"because no (?P<silent>[a-zA-Z -]{1,40}policy|permissions boundary) allows"
)
"""AWS's own words (IAM User Guide, "Troubleshoot access denied error messages")."""
LAYERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "service control policy": "scp",
        "resource control policy": "rcp",
        "identity-based policy": "identity",
        "permissions boundary": "boundary",
        "session policy": "session",
        "VPC endpoint policy": "endpoint",
        "resource-based policy": "resource",
    }
)
OF_OTHERS: Final = ("scp", "rcp", "boundary", "session", "endpoint")
"""What does not allow is told of these layers; that the role's own policies do not is usual."""


class ReadRefusal(msgspec.Struct, frozen=True):
    """What refuses a read, as far as it is known."""

    action: str
    outcome: str
    layer: str
    statement: str = ""
    policy: str = ""
    principal: Arn = ""
    """Who asked: the caller, or the role that he entered."""
    account: AccountId = ""
    """Where."""


def refused_by(facts: Facts, call: str, error: str) -> dict[str, Json]:
    """What refuses a read, by the policies of the snapshot, else by AWS's words; else empty."""
    asked = CALLED.fullmatch(call)
    if asked is None or DENIED.search(error) is None:
        return {}
    name, account, region = asked.groups()
    said = _said(name, error)
    found = _by_policies(facts.began, name, account, region)
    if found is None or (said is not None and said.layer != found.layer):
        found = said
    if found is None or (found.outcome == "ImplicitlyDenied" and found.layer not in OF_OTHERS):
        return {}
    whole = msgspec.structs.replace(found, principal=_reader(facts, account), account=account)
    return {name: value for name, value in msgspec.to_builtins(whole).items() if value}


def _said(call: str, error: str) -> ReadRefusal | None:
    """What AWS's own message tells."""
    found = SAID.search(error)
    if found is None:
        return None
    outcome = "ExplicitlyDenied" if found["deny"] else "ImplicitlyDenied"
    layer = LAYERS.get(found["by"] or found["silent"], "")
    return ReadRefusal(call, outcome, layer, policy=found["arn"] or "") if layer else None


@remembered
def _by_policies(facts: Facts, call: str, account: AccountId, region: Region) -> ReadRefusal | None:
    """The first permission of a call that the policies of the snapshot surely refuse."""
    calls = of_parts("the reading call", lambda part: part.calls)
    permits = [permit.action for permit in calls[call].permits] if call in calls else []
    for action in permits or [call]:
        asked = Request(
            _reader(facts, account),
            action,
            "*",
            account,
            Context({"aws:RequestedRegion": region}),
            unknown=frozenset({"*"}),
            in_management_account=is_management(facts, account),
        )
        found = decide(asked, layers_for(facts, asked))
        if found.outcome in ("ExplicitlyDenied", "ImplicitlyDenied"):
            by = found.statement
            sid = (by.sid or f"number {by.index + 1}") if by else ""
            return ReadRefusal(action, found.outcome, found.layer, sid, by.policy if by else "")
    return None


def _reader(facts: Facts, account: AccountId) -> Arn:
    """Who reads in an account: the role that enters it, or the caller in his own."""
    caller = seen(people.caller(facts))
    role = f"arn:{facts.fleet.partition}:iam::{account}:role/{facts.fleet.role}"
    return caller if caller and account_of(caller) == account else role
