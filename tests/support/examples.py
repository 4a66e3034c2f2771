"""How many examples does a law try, and which? The same on every run, unless a search is wanted.

`make test` tries the same examples on the same commit, so that what passed once passes again.
`make search` tries others each time, and `LOGKEEP_SEARCH` times as many; `make test-fast` tries the
first few of them, a `LOGKEEP_FEWER`th.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("LOGKEEP_SEARCH", "0"))
"""How many times as many examples a search tries; 0 where nothing is searched."""

WHOLE = bool(os.environ.get("LOGKEEP_WHOLE"))
"""Whether tables that take minutes are tried in full (`make whole`), and not a part of them."""

FEWER = int(os.environ.get("LOGKEEP_FEWER", "1"))
"""By how much fewer a quick look while somebody works tries."""


def load_profile() -> None:
    """Have every law follow this file; none fails because a machine was slow."""
    settings.register_profile("logkeep", deadline=None, derandomize=not TIMES)
    settings.load_profile("logkeep")


def examples(count: int, *unhealthy: HealthCheck) -> settings:
    """Settings under which a law tries this many examples, or in a search many times as many."""
    tried = max(count * max(TIMES, 1) // FEWER, min(count, 5))
    return settings(max_examples=tried, suppress_health_check=unhealthy)
