"""Work done by several threads at a time, as much of it in memory as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
THREADS = 8


def side_by_side(
    make: Callable[[Item], Made], items: Iterable[Item], stop: Callable[[], None]
) -> Iterator[Made]:
    """What is made of each item, as it is done; where whoever waits goes, the work is stopped."""
    left = iter(items)
    running: set[Future[Made]] = set()
    with ThreadPoolExecutor(THREADS, "logkeep") as pool:
        try:
            while True:
                for item in left:
                    running.add(pool.submit(make, item))
                    if len(running) >= 2 * THREADS:
                        break
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for each in done:
                    yield each.result()
        except BaseException:  # Ctrl-C too
            stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
