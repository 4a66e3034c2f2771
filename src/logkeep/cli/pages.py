"""Which page tells of a finding or a notice? It ships in the folder of whoever has the code."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

SHARED = "logkeep.archive"
"""Where the pages lie of what every kind of log meets."""
FOLDER = "findings"


def page_of(code: str) -> str | None:
    """The page of a code; None where there is none."""
    found = (each for each in folders() if each.joinpath(f"{code}.md").is_file())
    folder = next(found, None)
    return None if folder is None else folder.joinpath(f"{code}.md").read_text("utf-8")


def folders() -> Iterator[Traversable]:
    """Every folder of pages: what all share, and each kind's own."""
    from logkeep.sources import packages

    for package in (SHARED, *packages()):
        folder = files(package).joinpath(FOLDER)
        if folder.is_dir():
            yield folder
