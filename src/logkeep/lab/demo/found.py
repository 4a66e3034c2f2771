"""Which stories are there? Every module of a folder `stories`, the lab's own or a kind's.

A story is named after its module, its docstring's first line says what it tells, and its `tell`
tells it on a stage.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from logkeep.lab.demo.stage import Run, Stage, in_a_process, stage

MAIN = "main"
"""The story that is told where none is named."""
LAB = Path(__file__).parents[1]


class Story(msgspec.Struct, frozen=True):
    """A story as it is found, before anything of it is loaded."""

    name: str
    says: str
    module: str

    def tell(self, out: Callable[[str], None], run: Run = in_a_process) -> None:
        """Tell it in a lab of its own; raises StoryBroken where it does not come out so."""
        story: Callable[[Stage], None] = importlib.import_module(self.module).tell
        with stage(out, run) as here:
            story(here)


def stories() -> dict[str, Story]:
    """Every story by its name: the main one, and then by name."""
    paths = [p for p in LAB.glob("**/stories/*.py") if p.stem != "__init__"]
    found = {story.name: story for story in map(_read, paths)}
    return dict(sorted(found.items(), key=lambda each: (each[0] != MAIN, each[0])))


def _read(path: Path) -> Story:
    says = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    inside = path.relative_to(LAB).with_suffix("").parts
    module = ".".join(("logkeep", "lab", *inside))
    return Story(path.stem.replace("_", "-"), says.partition("\n")[0], module)


def listed() -> list[str]:
    """One line a story: its name, and what it tells."""
    found = stories()
    wide = max(map(len, found))
    return [f"{story.name:<{wide}}  {story.says}" for story in found.values()]
