"""`logkeep init`: a commented fleet file to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from logkeep.cli.answer import answer
from logkeep.cli.problem import YES, Problem
from logkeep.cli.settings import common, settings_of
from logkeep.fleet_draft import template
from logkeep.fleetfile import FILENAME


@click.command("init", short_help="Write a commented logkeep.toml.")
@common
@click.pass_context
def command(context: click.Context) -> int:
    """Write a commented logkeep.toml to fill in; one that is there is never written over."""
    path = settings_of(context).fleet or Path(FILENAME)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template())
    except FileExistsError as error:
        hint = "edit it, or name another file with --fleet"
        raise Problem(f"{path} is there already", hint=hint) from error
    except OSError as error:
        raise Problem(f"{path}: {(error.strerror or str(error)).lower()}") from error
    answer(f"{path}: written; put in your accounts, then run `logkeep diagnose`\n")
    return YES
