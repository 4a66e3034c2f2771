"""Does AWS still name whom and what an older answer names, before a plan of it is followed?

Who Logkeep is, the organization and a key are written into policies, and no change looks at them
again. Whoever forged such an answer would have the archive handed to a name of his own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, cast

import msgspec

from logkeep.aws.calls import CALLS
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Reply
from logkeep.snapshot.change import Change
from logkeep.value import Json, arn_name, parse_arn

SESSION: Final = "assumed-role/"
WORD: Final = re.compile(r"[^\s\"'\\,()\[\]{}]+")
PART: Final = re.compile(r"[^:/*]+")
Named: TypeAlias = tuple[str, str]
"""An account, of what is named by an ARN, and a name."""


class Renamed(msgspec.Struct, frozen=True):
    """An answer that names another, or nothing, by now."""

    question: Ask
    planned: str
    now: str
    """What AWS names now, or its error."""
    change: Change
    """The first change that would write the name."""


def renamed(
    fleet: Fleet,
    answers: Mapping[Ask, Reply],
    changes: Sequence[Change],
    now: Callable[[Ask], Reply],
) -> Renamed | None:
    """The first name in what would be sent that AWS, asked now, does not give any more.

    What the fleet file names itself rests on no answer.
    """
    sent = [frozenset(_said(str((each.address, each.arguments)))) for each in changes]
    sought = frozenset[Named]().union(*sent) - frozenset(_said(str(fleet)))
    for question, found in answers.items():
        named = [each for each in names(question, found) if _key(each) in sought]
        if not named:
            continue
        reply = now(question)
        found_now = tuple(names(question, reply))
        for name in named:
            if name not in found_now:
                pairs = zip(changes, sent, strict=True)
                change = next(each for each, said in pairs if _key(name) in said)
                return Renamed(question, name, reply.error or ", ".join(found_now[:3]), change)
    return None


def _said(text: str) -> Iterator[Named]:
    """What a text names: by ARNs, and by anything that stands between its marks."""
    for token in WORD.findall(text):
        yield _key(token)
        yield from (("", each) for each in PART.findall(token))


def _key(name: str) -> Named:
    """What of a name stands wherever it is written: a role's ARN may have a path besides."""
    parts = parse_arn(name)
    return ("", name) if parts is None else (parts.account, arn_name(name))


def names(question: Ask, found: Reply) -> Iterator[str]:
    """What an answer names; a role's session as its role, which a policy names."""
    call = CALLS.get(question.call)
    if call is None or found.error or not call.names:
        return
    body = msgspec.json.decode(found.body)
    for field in call.names:
        for text in texts(body, field.split(".")):
            yield role_of(text)


def texts(body: Json, path: Sequence[str]) -> Iterator[str]:
    """The texts at a path, in each entry of the lists on the way."""
    match body:
        case list():
            for each in cast("list[Json]", body):
                yield from texts(each, path)
        case dict() if path:
            yield from texts(cast("dict[str, Json]", body).get(path[0]), path[1:])
        case str() if body and not path:
            yield body
        case _:
            return


def role_of(text: str) -> str:
    """The ARN of a session's role, without the role's path, which a session does not tell."""
    parts = parse_arn(text)
    if parts is None or not parts.resource.startswith(SESSION):
        return text
    return f"arn:{parts.partition}:iam::{parts.account}:role/{parts.resource.split('/')[1]}"
