"""What `logkeep lab demo` tells: a story by its name, or which stories there are."""

from __future__ import annotations

import difflib
import sys

from logkeep.cli.answer import answer
from logkeep.cli.problem import NO, YES, Problem
from logkeep.lab.demo.found import MAIN, listed, stories
from logkeep.lab.demo.stage import StoryBroken


def list_all() -> int:
    """One line a story."""
    answer("".join(f"{line}\n" for line in listed()))
    return YES


def tell(name: str | None) -> int:
    """Tell a story, the main one where none is named."""
    known = stories()
    story = known.get(name or MAIN)
    if story is None:
        near = difflib.get_close_matches(str(name), known, n=1)
        meant = f"did you mean `{near[0]}`? " if near else ""
        hint = f"{meant}`logkeep lab demo --list` names them all"
        raise Problem(f"there is no story `{name}`", hint=hint)
    try:
        story.tell(_out)
    except StoryBroken as broken:
        raise Problem(f"the story did not come out as told: {broken}", code=NO) from broken
    return YES


def _out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
