"""What holds for every test: none fails because a machine was slow, or ran it in the background."""

import signal

import pytest

from support.examples import load_profile
from support.places import LEFT_OUT

load_profile()
# A shell has what it starts in the background ignore Ctrl-C, which some tests press.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out because the evidence from outside is not beside this checkout."""
    skipped: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    reasons = [each.longrepr[2] for each in skipped if isinstance(each.longrepr, tuple)]
    missing = sorted({reason.partition(LEFT_OUT)[2] for reason in reasons if LEFT_OUT in reason})
    for name in missing:
        count = sum(reason.endswith(LEFT_OUT + name) for reason in reasons)
        terminalreporter.write_line(f"{count} tests left out: there is no ../shared/{name}")
