"""Which number a protocol has, however it is said."""

from __future__ import annotations

import pytest

from logkeep.network import protocols

NONE = ("256", "0000", "9" * 5001, "-2", "", "²", "\uff16", "6.0", "tcp6tcp")


@pytest.mark.parametrize("said", NONE)
def test_what_is_no_protocol_has_no_number(said: str) -> None:
    assert protocols.number(said) is None


@pytest.mark.parametrize(
    ("said", "number"), [("6", 6), (6, 6), (" TCP ", 6), ("255", 255), (-1, -1)]
)
def test_a_protocol_has_a_number(said: str | int, number: int) -> None:
    assert protocols.number(said) == number
