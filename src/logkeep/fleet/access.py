"""How are the accounts entered, besides by which role? What [access] says, read and checked."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

import msgspec

from logkeep.fleet.naming import Objection, principal_objection
from logkeep.fleet.toml_table import Table, ValueRule, kind_objection, meant, quoted
from logkeep.value import AccountId, Arn, parse_arn

KEYS = (
    "role", "through", "external-id", "external-ids", "session-name", "session-minutes", "boundary",
)  # fmt: skip
SESSION_MINUTES = range(15, 721)
"""From 900 seconds to 12 hours (STS, AssumeRole, DurationSeconds)."""
CHAINED_MINUTES_MAX = 60
"""Whoever enters a role by another role's session gets an hour at most (rule 5.1.9)."""


class Access(msgspec.Struct, frozen=True):
    """What STS is told besides the role, where an account is entered."""

    through: tuple[Arn, ...] = ()
    """The roles that the caller enters before, one by another; he works as the last."""
    external_id: str = ""
    external_ids: dict[AccountId, str] = {}
    """Of single accounts, before the one of all."""
    session_name: str = "logkeep"
    session_minutes: int | None = None
    """None is an hour, as STS has it."""
    boundary: str = ""
    """The policy, by path and name, that bounds every role Logkeep makes; it is in each account."""

    def external_id_of(self, account: AccountId) -> str:
        """The external id that an account's role asks for; empty where it asks for none."""
        return self.external_ids.get(account, self.external_id)


def read_access(table: Table, accounts: Mapping[str, AccountId], partition: str) -> Access:
    """What the table says besides the role."""
    return Access(
        through=_chain(table, partition),
        external_id=table.text("external-id", external_id_objection),
        external_ids=_by_account(table, accounts),
        session_name=table.text("session-name", session_objection) or "logkeep",
        session_minutes=_minutes(table),
        boundary=table.text("boundary", boundary_objection),
    )


def _chain(table: Table, partition: str) -> tuple[Arn, ...]:
    rule = functools.partial(_step_objection, partition=partition)
    found = table.texts("through", rule) or ()
    minutes = table.values.get("session-minutes")
    if found and isinstance(minutes, int) and minutes > CHAINED_MINUTES_MAX:
        says = "a role that is entered by another role's session lasts an hour at most"
        table.wrong("session-minutes", Objection(says, "write 60 or less, or leave it out"))
    return found


def _step_objection(text: str, partition: str) -> Objection | None:
    if (parts := parse_arn(text)) and parts.resource.partition("/")[0] != "role":
        return Objection("not the ARN of a role", "a user's own keys belong into the SDK's profile")
    return principal_objection(text, partition)


def _by_account(table: Table, accounts: Mapping[str, AccountId]) -> dict[AccountId, str]:
    own = table.table("external-ids", None)
    found: dict[AccountId, str] = {}
    for name in own.values:
        account = accounts.get(name, name if name in accounts.values() else "")
        if not account:
            hint = meant(name, accounts)
            own.wrong(name, Objection(f"no account {quoted(name)} in [accounts]", hint))
        elif account in found:
            says = "its account stands here twice, by its name and by its id"
            own.wrong(name, Objection(says, "leave one of them out"))
        found[account] = own.text(name, external_id_objection)
    return found


def _minutes(table: Table) -> int | None:
    value = table.values.get("session-minutes")
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        table.wrong("session-minutes", kind_objection(value, "a whole number"))
    elif value not in SESSION_MINUTES:
        says = "a session lasts from 15 to 720 minutes, and no longer than its role lets it"
        table.wrong("session-minutes", Objection(says))
    else:
        return value
    return None


def _rule(pattern: str, says: str) -> ValueRule:
    def rule(text: str) -> Objection | None:
        return None if re.fullmatch(pattern, text, re.ASCII) else Objection(says)

    return rule


# (STS, AssumeRole, "Request Parameters")
external_id_objection = _rule(
    r"[\w+=,.@:/-]{2,1224}", "an external id has 2 to 1,224 letters, digits and `_+=,.@:/-`"
)
session_objection = _rule(
    r"[\w+=,.@-]{2,64}", "a session's name has 2 to 64 letters, digits and `_+=,.@-`"
)
# (IAM, CreatePolicy, "Request Parameters"; "IAM and AWS STS quotas" of paths)
boundary_objection = _rule(
    r"([\w+=,.@-]{1,128}/){0,3}[\w+=,.@-]{1,128}",
    "a policy's name, and its path before it, without the account: `logkeep-roles`, `a/path/name`",
)
