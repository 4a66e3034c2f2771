"""A lab that runs until it is told to stop, and can be found by other commands meanwhile."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

from logkeep.lab.organization import ACCOUNTS
from logkeep.lab.server import Lab
from logkeep.lab.statefile import Running, forget, running, write

ACCOUNTS_MAX = 50


def numbered(names: tuple[str, ...]) -> dict[str, str]:
    """Account ids that are easy to tell apart for accounts of these names, in their order."""
    if not names:
        return dict(ACCOUNTS)
    if len(names) > ACCOUNTS_MAX:
        raise ValueError(f"the lab takes {ACCOUNTS_MAX} accounts at most")
    # Nine times the same digit is the stranger's; from the ninth account on numbers go up.
    ids = [str(n) * 12 if n < 9 else f"{100000000000 + n}" for n in range(1, len(names) + 1)]
    return dict(zip(ids, names, strict=True))


def serve(
    accounts: Mapping[str, str], port: int, state: Path, started: Callable[[Running], None]
) -> None:
    """Run a lab with a ticking clock until Ctrl-C or SIGTERM, its state file there meanwhile."""
    _try_port(port)
    over = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Lab(accounts=dict(accounts), port=port) as lab:
            found = running(lab)
            write(found, state)
            started(found)
            _wait(over)
    finally:
        forget(state)
        for number, handler in before.items():
            signal.signal(number, handler)


def _try_port(port: int) -> None:
    """Raise OSError where the port is taken: the server itself would end the whole program."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tried.bind(("127.0.0.1", port))


def _wait(over: threading.Event) -> None:
    """Wait in short stretches: on some systems a signal only acts between two of them."""
    while not over.wait(0.5):
        pass
