"""The command line: reads, calls one pure function, shows; one module a verb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from logkeep.cli.ending import Ending
from logkeep.cli.garbage import look_for_garbage_seldom

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and exit; a signal ends it in words from here on, before all is loaded."""
    ending = Ending()
    try:
        ending.watch()
        look_for_garbage_seldom()
        from logkeep.cli.program import main as begun

        begun(arguments, ending)
    except KeyboardInterrupt:
        ending.give_up()
