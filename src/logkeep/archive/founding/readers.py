"""Who reads an archive already, as its two policies name people; the doubtful are told apart."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from typing import Literal, cast

import msgspec

from logkeep.fleet.naming import principal_objection
from logkeep.policy.write import statements, texts
from logkeep.value import AccountId, Arn, Json, parse_arn

_ID = re.compile(r"[0-9]{12}")
Sort = Literal["named", "wildly"]


class Readers(msgspec.Struct, frozen=True):
    """The people whom the archive's policies let read, for certain and perhaps."""

    certain: tuple[Arn, ...]
    doubtful: tuple[tuple[str, str], ...]
    """A principal as a policy names it, and why it is no reader for certain."""


def readers(
    bucket_policy: str | None, key_policy: str | None, keeper: AccountId, partition: str
) -> Readers:
    """Who is named as a reader.

    With a key both sides must let in whoever is not of the archive's own account; in its account
    an identity policy opens the bucket too (IAM, "Cross-account policy evaluation logic").
    """
    opened = _named(bucket_policy, "s3:GetObject", partition)
    decrypting = _named(key_policy, "kms:Decrypt", partition) if key_policy is not None else None
    certain: list[Arn] = []
    doubtful: dict[str, str] = {}
    names: set[str] = set(opened) | set(decrypting or ())
    for name in sorted(names):
        why = _doubt(name, opened, decrypting, keeper, partition)
        if why:
            doubtful[name] = why
        elif why is not None:
            certain.append(name)
    return Readers(tuple(certain), tuple(doubtful.items()))


def _doubt(
    name: str,
    opened: dict[str, Sort],
    decrypting: dict[str, Sort] | None,
    keeper: AccountId,
    partition: str,
) -> str | None:
    """Why a named principal may be no reader; nothing where it is one, None where it is nobody."""
    if name == "*":
        return "everyone that the statement's conditions let in"
    parts = parse_arn(name)
    if parts is None or principal_objection(name, partition) is not None:
        return "no role's or user's ARN"
    if parts.resource == "root":
        if decrypting is not None and parts.account == keeper and name not in opened:
            return None  # every key policy names it; it only delegates (KMS, "Default key policy")
        return "everybody in that account whose own policies allow it"
    return _missing(name, opened, decrypting, own=parts.account == keeper)


def _missing(
    name: str, opened: dict[str, Sort], decrypting: dict[str, Sort] | None, *, own: bool
) -> str:
    if decrypting is not None and name not in decrypting:
        return "the bucket lets it read, the key names it not"
    if name not in opened and not (own and decrypting is not None):
        return "the key lets it decrypt, the bucket names it not"
    sorts = {opened.get(name, "named"), (decrypting or {}).get(name, "named")}
    return "" if sorts == {"named"} else "it may do much else there too, as administrators may"


def _named(policy: str | None, action: str, partition: str) -> dict[str, Sort]:
    """Whom Allow statements name for an action, and whether they say just that or more widely."""
    found: dict[str, Sort] = {}
    for statement in _statements(policy):
        sort = _sort(statement, action)
        if statement.get("Effect") != "Allow" or sort is None:
            continue
        for name in _principals(statement.get("Principal")):
            arn = f"arn:{partition}:iam::{name}:root" if _ID.fullmatch(name) else name
            found[arn] = "named" if "named" in (sort, found.get(arn)) else sort
    return found


def _sort(statement: dict[str, Json], action: str) -> Sort | None:
    said = {each.lower() for each in texts(statement.get("Action"))}
    everything = {"*", f"{action.partition(':')[0]}:*"}
    if action.lower() in said and not said & everything:
        return "named"
    return "wildly" if any(fnmatch.fnmatchcase(action.lower(), each) for each in said) else None


def _statements(policy: str | None) -> Iterator[dict[str, Json]]:
    try:
        document = msgspec.json.decode(policy or "{}", type=dict[str, Json])
    except msgspec.DecodeError:
        return
    yield from statements(document)


def _principals(value: Json) -> list[str]:
    """The AWS principals that an element names; services and federated users read nothing here."""
    if isinstance(value, dict):
        return texts(cast("dict[str, Json]", value).get("AWS"))
    return texts(value)
