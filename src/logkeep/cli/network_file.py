"""The network to walk through: of files, of a snapshot, or of the accounts as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import msgspec

from logkeep.aws.disk import read_text
from logkeep.cli.answer import say
from logkeep.cli.look import look
from logkeep.cli.place import find, near
from logkeep.cli.problem import Problem
from logkeep.cli.settings import Settings
from logkeep.network.answers import gathered, lists_of
from logkeep.network.collected import Unreached
from logkeep.network.read import read
from logkeep.network.reading import Unreadable
from logkeep.network.values import Network
from logkeep.value import UNREADABLE, Json

MIB_MAX = 256
"""A network of 5,000 interfaces takes some 20 MiB."""

LEFT_OUT_MAX = 5
HINT = "give a document of lists (docs/try-ping.md), or answers of `aws ec2 describe-…`"


def network_of(settings: Settings) -> Network:
    """The network of the fleet's accounts, from a snapshot or as AWS describes it now."""
    from logkeep.sources.network import collected, looking

    place = find(settings)
    names = " or ".join(f"`{name}`" for name in looking())
    if not any(place.fleet.logs_of(name) for name in looking()):
        says = f"{near(place.path)} asks for no log that looks at the network"
        raise Problem(says, hint=f"add `[[logs]]` with source {names}, or give --network")
    seen = collected(look(settings, place).facts)
    assert seen is not None  # the fleet asks for a kind that looks
    for line in _left_out(seen.unreached):
        say(line)
    found = read(seen.document)
    if isinstance(found, Unreadable):
        raise Problem(*found.mistakes, hint="this is not what AWS answers: collect again")
    return found


def _left_out(unreached: tuple[Unreached, ...]) -> Iterator[str]:
    for each in unreached[:LEFT_OUT_MAX]:
        place = f"{each.account} {each.region}"
        yield f"left out is {place}: {each.call}: {each.error}"
    if len(unreached) > LEFT_OUT_MAX:
        yield f"left out are {len(unreached) - LEFT_OUT_MAX} more accounts and Regions"


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
