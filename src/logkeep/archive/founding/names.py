"""What does a fleet file call the accounts of an organization? Short, unlike each other, valid."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Container, Iterable

from logkeep.fleet.naming import account_objection
from logkeep.value import AccountId

NAME_CHARS_MAX = 32
USUAL = "fleet"
"""What a fleet is called where no name of the organization can be made one."""


def bare_name(text: str, chars_max: int = NAME_CHARS_MAX) -> str:
    """A name with only small letters, digits and inner hyphens; nothing where none is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:chars_max].strip("-")


def account_names(accounts: Iterable[tuple[AccountId, str]]) -> dict[str, AccountId]:
    """A name for each account, in the order of the ids.

    INVARIANT: no two are alike, each can stand bare in TOML, and none looks like an id.
    """
    found: dict[str, AccountId] = {}
    wanted = {id_: _own_name(id_, name) for id_, name in sorted(accounts)}
    often = list(wanted.values())
    for id_, name in wanted.items():
        unique = name if often.count(name) == 1 else f"{name}-{id_[-4:]}"
        found[_free(unique, id_, found)] = id_
    return found


def _free(name: str, id_: AccountId, taken: Container[str]) -> str:
    """The name, else the account's id as one, else that with a number behind it."""
    numbered = (f"account-{id_}-{number}" for number in itertools.count(2))
    wanted = itertools.chain((name, f"account-{id_}"), numbered)
    return next(each for each in wanted if each not in taken and not _is_id(each))


def _own_name(id_: AccountId, name: str) -> str:
    bare = bare_name(name)
    return bare if bare and not _is_id(bare) else f"account-{id_}"


def _is_id(name: str) -> bool:
    return account_objection(name) is None


def fleet_name(text: str) -> str:
    """A fleet's name made of a longer one."""
    return bare_name(text) or USUAL
