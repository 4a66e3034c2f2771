"""Can one ARN match both a policy's Resource and the form of ARN that an action takes?"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple


class Run(NamedTuple):
    """Any run of characters, but for those that it cannot hold."""

    without: str = ""


class AnyOne(NamedTuple):
    """Any one character: `?`."""


Token = str | Run | AnyOne

_PARTS: Final = re.compile(r"(\$\{[^${}]*\}|\*|\?)")
_NEVER: Final = {"${BucketName}": "/:", "${Partition}": ":", "${Region}": ":", "${Account}": ":"}
"""What these cannot hold; any other open part may hold anything, so as never to claim too much."""


@lru_cache(maxsize=16384)
def overlap(resource: str, form: str) -> bool:
    """Return whether a Resource with wildcards and an ARN's form have an ARN in common."""
    wanted, taken = resource.split(":", 5), form.split(":", 5)
    if len(wanted) != 6 or len(taken) != 6 or any(map(_is_open, wanted[:5])):
        return _meet(_tokens(resource), _tokens(form))
    heads = zip(wanted[:5], taken[:5], strict=True)
    if any(mine != its and not _is_open(its) for mine, its in heads):
        return False
    return _meet(_tokens(wanted[5]), _tokens(taken[5]))


def _is_open(text: str) -> bool:
    return _PARTS.search(text) is not None


def _tokens(text: str) -> tuple[Token, ...]:
    found: list[Token] = []
    for part in _PARTS.split(text):
        if part == "*" or part.startswith("${"):
            found.append(Run(_NEVER.get(part, "")))
        elif part == "?":
            found.append(AnyOne())
        else:
            found += part
    return tuple(found)


def _meet(one: tuple[Token, ...], other: tuple[Token, ...]) -> bool:
    """Return whether a text matches both; `row[j]` is whether the rest of both can still meet."""
    row = [True] * (len(other) + 1)
    for j in range(len(other) - 1, -1, -1):
        row[j] = row[j + 1] and isinstance(other[j], Run)
    for mine in reversed(one):
        below, row = row, [False] * (len(other) + 1)
        row[-1] = below[-1] and isinstance(mine, Run)
        for j in range(len(other) - 1, -1, -1):
            row[j] = _step(mine, other[j], below[j], row[j + 1], below[j + 1])
    return row[0]


def _step(mine: Token, its: Token, without_mine: bool, without_its: bool, neither: bool) -> bool:
    """Return whether the rests meet from here, knowing it for the rests without either."""
    if isinstance(mine, Run) and isinstance(its, Run):
        return without_mine or without_its
    if isinstance(mine, Run):
        return without_mine or (without_its and _holds(mine, its))
    if isinstance(its, Run):
        return without_its or (without_mine and _holds(its, mine))
    return neither and (mine == its or isinstance(mine, AnyOne) or isinstance(its, AnyOne))


def _holds(run: Run, token: Token) -> bool:
    return not isinstance(token, str) or token not in run.without
