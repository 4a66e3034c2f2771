"""What holds for every test: none fails because a machine was slow, or ran it in the background."""

from __future__ import annotations

import gc
import inspect
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from support.examples import load_profile
from support.other_user import AS_ROOT
from support.places import LEFT_OUT

load_profile()
os.environ.pop("COLUMNS", None)  # a worker is told how wide the terminal is
# A shell has what it starts in the background ignore Ctrl-C, which some tests press.
signal.signal(signal.SIGINT, signal.default_int_handler)
gc.set_threshold(50_000, 20, 50)  # to import the tests takes a fifth less so


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: tests of labs wait for programs and threads."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Let the collector of garbage leave alone what was imported: it takes a tenth of the time."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out because the evidence from outside is not beside this checkout."""
    skipped: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    reasons = [each.longrepr[2] for each in skipped if isinstance(each.longrepr, tuple)]
    missing = sorted({reason.partition(LEFT_OUT)[2] for reason in reasons if LEFT_OUT in reason})
    for name in missing:
        count = sum(reason.endswith(LEFT_OUT + name) for reason in reasons)
        terminalreporter.write_line(f"{count} tests left out: there is no ../shared/{name}")
    if others := sum(reason.endswith(AS_ROOT) for reason in reasons):
        terminalreporter.write_line(f"{others} tests {AS_ROOT}")


HERE = f"{Path(__file__).parent}/"

STARTERS = {"Lab", "bench", "stage", "Front"}
"""What starts an AWS on this machine."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts a lab, itself or by a fixture, and begin with the files that have such."""
    for item in items:
        if isinstance(item, pytest.Function):
            fixtures = item._fixtureinfo.name2fixturedefs.values()
            used = [item.function, *(each.func for found in fixtures for each in found)]
            if any(map(starts_a_lab, used)):
                item.add_marker(pytest.mark.lab)
    dear = {item.path for item in items if item.get_closest_marker("lab")}
    items.sort(key=lambda item: item.path not in dear)


KNOWN: dict[CodeType, bool] = {}
"""Of which functions it is known whether they start a lab: thousands of tests share helpers."""


def starts_a_lab(function: Callable[..., object]) -> bool:
    """Whether a test or fixture names what starts a lab, itself or by the helpers it calls."""
    left = [inspect.unwrap(function)]
    first = getattr(left[0], "__code__", None)
    seen: set[CodeType] = set()
    while left:
        each = left.pop()
        code = getattr(each, "__code__", None)
        if code is None or code in seen or KNOWN.get(code) is False:
            continue
        seen.add(code)
        names = {name for inner in _codes(code) for name in inner.co_names}
        if KNOWN.get(code) or not STARTERS.isdisjoint(names):
            KNOWN[code] = KNOWN[first] = True
            return True
        left += filter(None, (_helper(each.__globals__.get(name)) for name in names))
    KNOWN.update(dict.fromkeys(seen, False))
    return False


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code, and that of what it defines inside."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


def _helper(found: object) -> Any:
    """A function of the tests themselves, out of what it is wrapped in; else None."""
    found = inspect.unwrap(found) if callable(found) else None
    code = getattr(found, "__code__", None)
    return found if code is not None and code.co_filename.startswith(HERE) else None
