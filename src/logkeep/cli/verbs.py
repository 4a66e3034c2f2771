"""Every verb with its one line, so that help needs to import none of them."""

from __future__ import annotations

import importlib
import importlib.util
import keyword

import click

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
