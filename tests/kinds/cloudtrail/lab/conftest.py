"""A fresh small world for each test."""

from __future__ import annotations

import pytest

from kinds.cloudtrail.lab.small_world import Player, SmallWorld


@pytest.fixture
def world() -> SmallWorld:
    return SmallWorld()


@pytest.fixture
def play(world: SmallWorld) -> Player:
    return Player(world)
