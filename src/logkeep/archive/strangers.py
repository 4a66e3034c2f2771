"""Could a service put logs here for an account that is none of the fleet's?

A stranger's trail or flow log would fill the archive, and forge what lies in it (rule 1.4.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from logkeep.access.own_side import nobodys_account
from logkeep.access.policies.every_object import LOGS
from logkeep.policy import Request
from logkeep.policy.every_name import ANY_IN_FOLDER
from logkeep.route import Allows, Denies, Need
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import AccountId, Arn

CODE: Final = "archive-open-to-strangers"
ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")
ORGANIZATION: Final = re.compile(r"o-[a-z0-9]{10,32}/")
LETTERS: Final = re.compile(r"[A-Za-z]+")
DIGIT: Final = re.compile(r"\d")
OF_ORGANIZATION: Final = {"aws:sourceorgid": "o-ofastranger0"}
"""What a stranger's service says of its organization, if it is in any."""


def closed_to_strangers(facts: Facts, needs: Iterable[Need]) -> tuple[Denies, ...]:
    """For each upload that a delivery makes: the same is refused on behalf of a stranger."""
    asked = (need.request for need in needs if isinstance(need, Allows))
    return tuple(dict.fromkeys(each for request in asked for each in _closed(facts, request)))


def _closed(facts: Facts, asked: Request) -> Iterator[Denies]:
    if asked.action != "s3:PutObject" or asked.principal.startswith("arn:"):
        return
    other = nobodys_account(facts)
    bucket, _, key = asked.resource.partition("/")
    told: dict[str, str] = {}
    for name, value in asked.context.items():
        if isinstance(value, str):
            source = name in ("aws:sourcearn", "aws:sourceaccount")
            told[name] = ACCOUNT.sub(other, value) if source else value
    for name, values in asked.possible:
        if name == "aws:sourcearn" and isinstance(values[0], str):
            told[name] = ACCOUNT.sub(other, values[0])
    if "aws:sourcearn" not in told and "aws:sourceaccount" not in told:
        return
    told |= OF_ORGANIZATION
    # A stranger's service names the stranger's own folder; an organization's has its own too.
    theirs = ACCOUNT.sub(other, ORGANIZATION.sub("", key))
    moved = f"{bucket}/{_wherever(facts, theirs, other)}"
    yield _refused(facts, asked.principal, moved, tuple(sorted(told.items())))


@remembered
def _refused(_facts: Facts, service: str, arn: Arn, context: tuple[tuple[str, str], ...]) -> Denies:
    """One need for the uploads of all accounts that a stranger's would be alike."""
    of = (service,)
    return Denies(("s3:PutObject",), arn, (), CODE, "silence", context=context, of=of)


@remembered
def _wherever(_facts: Facts, key: str, other: AccountId) -> str:
    """Every name that a stranger's delivery may have: of any prefix, Region and day."""
    _, found, rest = key.partition(f"{LOGS}{other}/")
    kind, *folders = rest.split("/")
    name = folders.pop() if folders else ""
    shapes = (LETTERS.sub(ANY_IN_FOLDER, DIGIT.sub("?", folder)) for folder in folders)
    ending = name[name.index(".") :] if "." in name else ""
    last = f"{ANY_IN_FOLDER}{ending}"
    return f"*{found}{'/'.join((kind, *shapes, last))}" if found and folders else key
