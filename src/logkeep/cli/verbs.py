"""Every verb with its one line, so that help needs to import none of them."""

from __future__ import annotations

import importlib
import importlib.util
import keyword

import click

from logkeep.cli.problem import Problem
from logkeep.cli.settings import settings_of

COMMON: dict[str, str] = {
    "init": "Write a commented logkeep.toml.",
    "diagnose": "Say what is set up, permitted, arriving, intact and protected.",
    "plan": "Show what would be made and changed, and why.",
    "apply": "Make exactly the changes of a plan.",
    "verify": "Check the archive's files against their digests.",
}
"""The five that `logkeep` alone prints."""
OTHERS: dict[str, str] = {
    "collect": "Read the configuration of all accounts into a snapshot.",
    "list": "Show what there is, account by account.",
    "who": "Say who may do something.",
    "why": "Say why a principal may or may not do something.",
    "try": "Say what would become of a packet, an upload or an object.",
    "permissions": "Print the policy that Logkeep's role needs in each account.",
    "lab": "Run a whole AWS organization on this machine.",
    "help": "Explain a topic, or a finding by its code.",
}
VERBS: dict[str, str] = {**COMMON, **OTHERS}


def module_of(name: str) -> str:
    """A verb's module; one that Python reads as a word of its own has a line under it."""
    return f"logkeep.cli.{name}_" if keyword.iskeyword(name) else f"logkeep.cli.{name}"


def is_there(name: str) -> bool:
    """Whether a verb is part of this Logkeep."""
    return importlib.util.find_spec(module_of(name)) is not None


def load(name: str) -> click.Command:
    """A verb's command, imported now."""
    module = importlib.import_module(module_of(name))
    command: object = getattr(module, "command", None) or getattr(module, name)
    assert isinstance(command, click.Command)
    return command


class Verbs(click.Group):
    """A group whose options may stand before the verb, where they mean something to it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, or say which option means nothing to it."""
        name, command, rest = super().resolve_command(ctx, args)
        known = {each.name for each in command.params} if command is not None else set[str | None]()
        odd = sorted(settings_of(ctx).given - known)
        if odd and command is not None:
            path = f"{ctx.command_path} {name}"
            raise Problem(*(f"`{path}` takes no --{each}" for each in odd),
                          hint=f"run `{path} --help`")  # fmt: skip
        return name, command, rest
