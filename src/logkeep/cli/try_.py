"""`logkeep try`: what would become of an upload, an object or a packet, before it is sent."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Final

import click

from logkeep.cli.settings import options
from logkeep.cli.verbs import Verbs

LINES: Final[dict[str, str]] = {
    "ping": "Walk a packet through a network, and its answer back.",
    "put": "Say what S3 does with an upload.",
    "replicate": "Say what becomes of an object under the replication rules.",
}
"""Every command of the group with its one line; each lies in a module of its own."""


class LazyGroup(Verbs):
    """A group whose commands are imported only when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        """Every command's name."""
        return [name for name in LINES if importlib.util.find_spec(f"logkeep.cli.try_{name}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name, imported now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"logkeep.cli.try_{cmd_name}")
        command: object = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, LINES[name]) for name in self.list_commands(ctx)])


@click.group(
    "try", cls=LazyGroup, short_help="Say what would become of a packet, an upload or an object."
)
@options("fleet", "snapshot", "recent", "json")
def command() -> None:
    """Say what would become of a packet, an upload or an object, and why; nothing is sent."""
