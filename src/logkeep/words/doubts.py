"""What an answer that cannot be given depends on, as words that a sentence can go on with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from logkeep.snapshot import NOT_OF_AWS
from logkeep.words.plain import clean, few

KEY: Final = re.compile(r"[a-z0-9-]+:[^\s()A-Z][^\s()]*")
"""A condition key, as the policy engine names one: in lower case."""
CALL: Final = re.compile(r"(?P<call>[a-z0-9-]+:[A-Z]\w++)(?P<about>\([^)]*\))?(?P<rest>(?s:.*))")
"""A call, with its arguments, where it was put and what came of it."""


def doubt_words(name: str) -> str:
    """One thing that an answer depends on; what is said in words already stays as it is."""
    if KEY.fullmatch(name):
        return f"what the request carries in `{clean(name)}`"
    found = CALL.fullmatch(name)
    return f"what {clean(name)} answers" if found else clean(name)


def doubts_words(names: Iterable[str], most: int = 3) -> str:
    """Everything that an answer depends on."""
    listed = list(names)
    keys = [name for name in listed if KEY.fullmatch(name)]
    rest = [doubt_words(name) for name in listed if name not in keys]
    if len(keys) > 1:
        said = few([f"`{clean(key)}`" for key in keys], most)
        return few([f"what the request carries in {said}", *rest], most)
    return few([*map(doubt_words, keys), *rest], most)


def settling(names: Iterable[str]) -> tuple[str, ...]:
    """The same, one by one and each once, for whoever reads JSON."""
    return tuple(dict.fromkeys(map(doubt_words, names)))


def let_answer(found: str, again: str = "logkeep diagnose") -> str:
    """What would settle a look-up that failed, from `call: what came of it`."""
    says = have_answered(found, again)
    return f"{says}; then run `{again}` again" if says.startswith(HAVE) else says


HAVE: Final = "have AWS answer "


def have_answered(found: str, again: str = "logkeep diagnose") -> str:
    """The same, without what to do then."""
    parts = CALL.fullmatch(found)
    if parts is None:
        return doubt_words(found)
    call, rest = clean(parts["call"]), parts["rest"]
    where, _, error = rest.partition(": ")
    if error == "was not asked":
        return f"run `{again}` on a fresh snapshot: this one did not ask {call}{where}"
    if error.startswith(NOT_OF_AWS):
        _, _, why = error.partition(": ")
        return f"look it up by hand, since {clean(why)}: {call}{clean(parts['about'] or '')}"
    said = f", which said: {clean(error)}" if error else ""
    return f"{HAVE}{call}{clean(where)}{said}"
