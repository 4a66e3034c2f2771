"""What does a service ask on its own way: for an account, to become a role, and as that role?

Nothing is absent of such a request but what AWS's pages say is: all else is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from logkeep.access import organization
from logkeep.access.now import of_now
from logkeep.policy import Request, request
from logkeep.policy.service_call import ANYTHING, ServiceCall
from logkeep.policy.values import Possible
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import Absent, AccountId, Arn, Seen, account_of, parse_arn

ASSUME: Final = "sts:AssumeRole"


@remembered
def call_for(facts: Facts, service: str, account: AccountId, source: Arn = "") -> ServiceCall:
    """What all requests have in common that a service makes for an account, or a thing of it."""
    found = organization.membership(facts, account)
    known = found.value.id if isinstance(found, Seen) else "" if isinstance(found, Absent) else None
    path = organization.path_of(facts, account)
    return ServiceCall(service, facts.taken_at, source, account, known, path)


def becomes(facts: Facts, call: ServiceCall, role: Arn, possible: Possible = ()) -> Request:
    """How a service becomes a role; at which of STS's endpoints it asks is not documented."""
    owner = account_of(role)
    return Request(
        call.service,
        ASSUME,
        role,
        owner,
        call.context(),
        ANYTHING,
        (*call.possible, *possible),
        resource_in_management_account=organization.is_management(facts, owner),
    )


def unsaid(call: ServiceCall) -> ServiceCall:
    """The same call, where it is not documented whether it says for whom it is made."""
    return msgspec.structs.replace(call, account="", source="")


def may_say(call: ServiceCall) -> Possible:
    """What it may say of whom it comes for, if it says that: a source of its own and no other."""
    keys = (("aws:sourceaccount", call.account), ("aws:sourcearn", call.source))
    return tuple((key, (None, value)) for key, value in keys if value)


def as_role(
    facts: Facts, role: Arn, action: str, resource: Arn, more: Mapping[str, str] | None = None
) -> Request:
    """A call of a service as a role: to policies the caller is the role.

    That is no forward access session (IAM User Guide, "aws:ViaAWSService").
    """
    account, owner = account_of(role), account_of(resource) or account_of(role)
    found = organization.membership(facts, account)
    parts = parse_arn(resource)
    known = {
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        **of_now(facts),
        **({"aws:RequestedRegion": parts.region} if parts and parts.region else {}),
        **({"aws:PrincipalOrgID": found.value.id} if isinstance(found, Seen) else {}),
        **(more or {}),
    }
    return request(
        role,
        action,
        resource,
        owner,
        known,
        unknown=ANYTHING,
        in_management_account=organization.is_management(facts, account),
        resource_in_management_account=organization.is_management(facts, owner),
        wildcard_only_action=resource == "*",
    )
