"""`logkeep try`: what would happen, asked of values, with nothing done."""

from __future__ import annotations

import click

from logkeep.cli.settings import common
from logkeep.cli.try_ping import ping


@click.group("try", short_help="Say what would become of a packet.")
@common
def command() -> None:
    """Say what would become of a packet; nothing is sent, and nothing changed."""


command.add_command(ping)
