"""The folders of five kinds of log that nobody has, there while a test of this folder runs."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

import logkeep.sources
from logkeep.plan.plan import order
from logkeep.show import costs, notices, words
from logkeep.sources import kinds, registry, sources

KINDS = str(Path(__file__).parent / "kinds")
GATHERED: tuple[functools._lru_cache_wrapper[object], ...] = (
    *(sources, kinds, registry.settings, registry.things, registry.effects, registry.guards),
    *(registry.calls, registry.witnesses, order),
    *(words.all_words, words.shared_words, costs.all_words, notices.all_words),
)
"""What is gathered from all kinds of log, once."""


@pytest.fixture(autouse=True)
def toy_kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The folders are there while a test runs."""
    monkeypatch.setattr(logkeep.sources, "__path__", [*logkeep.sources.__path__, KINDS])
    for gathered in GATHERED:
        gathered.cache_clear()
    yield
    monkeypatch.undo()
    for gathered in GATHERED:
        gathered.cache_clear()
