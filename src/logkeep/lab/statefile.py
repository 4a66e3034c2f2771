"""Where is the running lab, and who lives there? A file that only its owner may read."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from logkeep.aws.disk import (
    STRANGERS,
    FileMissing,
    FileProblem,
    is_strangers,
    own_folder,
    read_bytes,
    write_whole,
)
from logkeep.lab.credentials import Credentials
from logkeep.lab.variables import environment
from logkeep.value import UNREADABLE

if TYPE_CHECKING:  # whoever speaks to a running lab starts none
    from logkeep.lab.server import Lab

VARIABLE = "LOGKEEP_LAB"
"""Names the file where it is not `.logkeep/lab.json` here or in a folder above."""
USUAL = Path(".logkeep") / "lab.json"

MIB_MAX = 1


class NoLab(Exception):
    """There is no running lab to speak to, and why."""


class NotALab(NoLab):
    """What lies there is no lab's file, and why."""


class Running(msgspec.Struct, frozen=True):
    """A running lab as another process of the same user finds it."""

    url: str
    token: str
    pid: int
    regions: tuple[str, ...]
    accounts: dict[str, str]
    """Names by account id, the management account first."""
    credentials: dict[str, Credentials]

    def environment(self, who: str) -> dict[str, str]:
        """The variables that make an SDK or the `aws` command one of the lab's people."""
        found = self.credentials[who]
        return environment(self.url, self.regions[0], found)

    def ask(self, name: str, said: dict[str, Any] | None = None) -> dict[str, Any]:
        """Put a question or an order to the lab's control paths; raises NoLab."""
        body = None if said is None else json.dumps(said).encode()
        # The token goes in a header that no web page of another origin can set unasked.
        headers = {"X-Lab-Token": self.token, "Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.url}/_lab/{name}", body, headers)
        try:
            with _straight().open(asked, timeout=600) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise NoLab(_said(error)) from error
        except (OSError, ValueError, HTTPException) as error:
            raise NoLab(f"the lab of {self.url} does not answer: {error}") from error


def _straight() -> urllib.request.OpenerDirector:
    """A way to this machine's loopback that no proxy setting leads elsewhere."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _said(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"the lab answers {error.code}"


def running(lab: Lab) -> Running:
    """What another process needs to know of a lab of this one."""
    world = lab.world
    return Running(
        lab.endpoint_url, lab.token, os.getpid(), world.regions, world.accounts, lab.credentials
    )


def write(found: Running, path: Path) -> None:
    """Keep it where only this user can read it: it holds every key of the lab."""
    if path.parent.name == USUAL.parent.name:
        own_folder(path.parent)
    write_whole(path, msgspec.json.format(msgspec.json.encode(found), indent=1))


def read(path: Path | None = None) -> Running:
    """The lab that the file names; raises NoLab where there is none."""
    found = path or find()
    if not os.environ.get(VARIABLE) and is_strangers(found, found.parent.parent):
        raise NotALab(f"{found}: {STRANGERS}")
    try:
        return msgspec.json.decode(read_bytes(found, MIB_MAX), type=Running)
    except FileMissing as error:
        raise NoLab(f"there is no lab: {found} is not there") from error
    except FileProblem as error:
        raise NotALab(str(error)) from error
    except UNREADABLE as error:
        raise NotALab(f"{found}: not the file of a lab: {error}") from error


def find() -> Path:
    """The file named in the environment, else the nearest one of the usual name."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    here = Path.cwd()
    folders = (here, *here.parents)
    return next((f / USUAL for f in folders if (f / USUAL).is_file()), here / USUAL)


def forget(path: Path) -> None:
    """Take the file away when its lab ends, unless another lab has written it anew."""
    try:
        if read(path).pid == os.getpid():
            path.unlink(missing_ok=True)
    except NoLab:
        return
