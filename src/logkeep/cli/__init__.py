"""The command line: reads, calls one pure function, shows; one module a verb."""

from logkeep.cli.program import main

__all__ = ["main"]
