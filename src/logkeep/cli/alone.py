"""Is another apply at work for the same fleet on this machine? Two would make things twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager

from logkeep.aws.disk import own
from logkeep.cli.place import Place, made
from logkeep.cli.problem import NO, Problem

LOCK = "apply.lock"


@contextmanager
def alone(place: Place) -> Generator[None]:
    """Hold the lock of a fleet's folder, which ends with the process however that ends."""
    number = own(made(place) / LOCK, os.O_RDWR | os.O_CREAT)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Problem(
                f"another `logkeep apply` is at work for {place.path.name}; nothing was changed",
                hint="wait for its end, then run `logkeep plan` to see what is left",
                code=NO,
            ) from error
        yield
    finally:
        os.close(number)
