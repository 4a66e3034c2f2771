"""The network that files describe: a document of lists, or answers of `aws ec2 describe-…`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import msgspec

from logkeep.aws.disk import read_text
from logkeep.cli.place import near
from logkeep.cli.problem import Problem
from logkeep.network import Network, Unreadable, read
from logkeep.network.answers import gathered, lists_of
from logkeep.value import UNREADABLE, Json

MIB_MAX = 256
"""A network of 5,000 interfaces takes some 20 MiB."""

HINT = "give a document of lists (docs/try-ping.md), or answers of `aws ec2 describe-…`"


def read_network(paths: Iterable[Path]) -> Network:
    """The network of all files together; of a folder, every `.json` in it."""
    files = [file for path in paths for file in _files(path)]
    if not files:
        raise Problem("there is no `.json` file in what --network names", hint=HINT)
    found = read(gathered(_lists(file) for file in files))
    if isinstance(found, Unreadable):
        where = near(files[0]) if len(files) == 1 else f"{len(files)} files"
        raise Problem(*(f"{where}: {says}" for says in found.mistakes), hint="correct the network")
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(path.rglob("*.json"))
    else:
        yield path


def _lists(path: Path) -> dict[str, Json]:
    try:
        found: Json = msgspec.json.decode(read_text(near(path), MIB_MAX))
    except UNREADABLE as error:
        raise Problem(f"{near(path)}: not JSON: {str(error).lower()}", hint=HINT) from error
    members = cast(dict[str, Json], found) if isinstance(found, dict) else {}
    lists = lists_of(members, path.stem)
    if not lists:
        raise Problem(f"{near(path)}: it holds no list of a network", hint=HINT)
    return lists
