"""The switch into a role: what is asked of the caller's policies and of the role's trust."""

from __future__ import annotations

from collections.abc import Mapping

from logkeep.access import organization
from logkeep.policy import Context, Request
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import Arn, account_of

ASSUME = "sts:AssumeRole"


def switch_of(
    facts: Facts,
    principal: Arn,
    role: Arn,
    besides: Mapping[str, str | tuple[str, ...]] | None = None,
) -> Request:
    """The request by which a principal becomes a role; of it nothing is known but TLS and who."""
    account, owner = account_of(principal), account_of(role)
    found = seen(organization.membership(facts, account))
    known = {"aws:principalorgid": found.id} if found else {}
    return Request(
        principal,
        ASSUME,
        role,
        owner,
        Context({"aws:securetransport": "true", **known, **(besides or {})}),
        frozenset({"*"}),
        in_management_account=organization.is_management(facts, account),
        resource_in_management_account=organization.is_management(facts, owner),
    )


def may_switch(principal: Arn) -> bool:
    """Whether AWS lets such a principal switch roles at all: a root user may not.

    AWS STS API Reference, "AssumeRole": root user credentials cannot call it.
    """
    return not principal.endswith(":root")
