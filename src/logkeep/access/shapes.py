"""Which names could somebody have of whom nothing is known but the account?

Whoever may make roles calls them as a policy's pattern of `aws:PrincipalArn` wants it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from logkeep.policy import Layers, Policy
from logkeep.value import AccountId, Arn, account_of

PRINCIPAL_ARN = "/aws:principalarn"
ROLE_OR_USER = re.compile(r"(role|user)/.+")


def shapes(policy: Policy | object, default: Arn) -> tuple[Arn, ...]:
    """The name that stands for anybody of an account, and those that a policy asks for."""
    found = _asked(policy, default) if isinstance(policy, Policy) else ()
    return tuple(dict.fromkeys((default, *found)))


def of_layers(layers: Layers, default: Arn) -> tuple[Arn, ...]:
    """The same, of the resource's policy."""
    return shapes(layers.resource, default)


def _asked(policy: Policy, default: Arn) -> Iterator[Arn]:
    account = account_of(default)
    for statement in policy.statements:
        for element in statement.elements if statement.allows else ():
            if element.key.lower().endswith(PRINCIPAL_ARN):
                for text in element.wanted:
                    yield from _fitting(text, account)


def _fitting(pattern: str, account: AccountId) -> Iterator[Arn]:
    """A user's or role's ARN of an account that a pattern matches, if one does."""
    parts = pattern.split(":", 5)
    if len(parts) < 6 or "${" in pattern:
        if pattern.strip("*") != pattern:
            yield f"arn:aws:iam::{account}:role/{pattern.rpartition('/')[2].replace('*', 'x')}"
        return
    wanted = re.escape(parts[4]).replace(r"\*", ".*").replace(r"\?", ".")
    rest = parts[5].replace("*", "x").replace("?", "x")
    if re.fullmatch(wanted, account):
        partition = parts[1].replace("*", "aws").replace("?", "x")
        named = rest if ROLE_OR_USER.fullmatch(rest) else f"role/{rest}"
        yield f"arn:{partition}:iam::{account}:{named}"
