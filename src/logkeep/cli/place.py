"""Which fleet file is meant, and what is kept beside it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from logkeep.aws.disk import (
    NOT_PLAIN,
    REMOVE,
    STRANGERS,
    is_strangers,
    own_folder,
    read_text,
    write_whole,
)
from logkeep.cli.problem import Problem
from logkeep.cli.settings import Settings
from logkeep.fleet import Fleet
from logkeep.fleet.file import FILENAME, read_fleet
from logkeep.fleet.options import Kinds

KEPT_FOLDER = ".logkeep"
MIB_MAX = 4
"""How large a fleet file may be: 50,000 accounts take some 2 MiB."""


class Place(msgspec.Struct, frozen=True):
    """A fleet file that was read, and the folder it lies in."""

    path: Path
    fleet: Fleet
    digest: str = ""
    """Of the file's text: what was worked out of one text is not held for that of another."""

    @property
    def kept(self) -> Path:
        """The folder of what Logkeep keeps for itself."""
        return self.path.parent / KEPT_FOLDER


def fleet_path(settings: Settings) -> Path:
    """The fleet file by flag, then environment, then the nearest folder that has one."""
    if settings.fleet is not None:
        return settings.fleet
    named = os.environ.get("LOGKEEP_FLEET")
    if named:
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        path = folder / FILENAME
        if os.path.lexists(path):
            if is_strangers(path, here):
                hint = f"if you trust it, name it: --fleet {path}"
                raise Problem(f"{path}: {STRANGERS}", hint=hint)
            return path
    raise Problem(
        f"there is no {FILENAME} here or in any folder above",
        hint="run `logkeep init`, or name one with --fleet",
    )


def find(settings: Settings) -> Place:
    """The fleet, or every mistake in its file."""
    path = fleet_path(settings)
    _check_kept(path)
    text = read_text(near(path), MIB_MAX)
    found = read_fleet(text, known_kinds(), path.name, known_codes())
    if isinstance(found, Fleet):
        return Place(path, found, hashlib.sha256(text.encode()).hexdigest())
    says = [f"{mistake.where}: {mistake.says}{_help(mistake.hint)}" for mistake in found]
    raise Problem(*says, hint=f"correct {near(path)} and run the same command again")


def _check_kept(path: Path) -> None:
    """What is kept beside a fleet file is believed: it has to be ours, or of the folder's owner."""
    kept = path.parent / KEPT_FOLDER
    if is_strangers(kept, path.parent):
        raise Problem(f"{near(kept)}: {STRANGERS}", hint=REMOVE)


def _help(hint: str) -> str:
    return f"; {hint}" if hint else ""


def near(path: Path) -> Path:
    """A path as seen from here, if it lies here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path


def check_writable(path: Path) -> None:
    """Say at once that a file could not be written where it is wanted."""
    folder = path.parent
    if path.is_dir():
        raise Problem(f"{path}: is a folder", hint="name a file in it")
    if path.is_symlink():
        raise Problem(f"{path}: a link, and {NOT_PLAIN}", hint="name the file that it leads to")
    if path.exists() and not path.is_file():
        raise Problem(f"{path}: {NOT_PLAIN}", hint="name a file that lies on the disk")
    if not folder.is_dir():
        raise Problem(f"{path}: there is no folder `{folder}`")
    if not os.access(folder, os.W_OK):
        raise Problem(f"{path}: nothing may be written into `{folder}`")


def known_kinds() -> Kinds:
    """What each kind of log may be asked, by the kind's name."""
    from logkeep.sources import kinds

    return kinds()


def known_codes() -> frozenset[str]:
    """The codes of all findings."""
    from logkeep.show.words import all_words

    return frozenset(all_words())


def keep(place: Place, name: str, content: bytes) -> Path:
    """Write one of Logkeep's own files whole or not at all."""
    path = made(place) / name
    write_whole(path, content)
    return path


def made(place: Place) -> Path:
    """The folder of what Logkeep keeps, made if need be, and kept out of version control."""
    return own_folder(place.kept)
