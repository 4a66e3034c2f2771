"""How AWS writes moments: in records, in digests and in EC2's answers."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(at: datetime) -> str:
    """A time as records and digests write it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def aware(at: datetime) -> datetime:
    """A time of a request, which the wire may give without its zone: UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def spoken_date(at: datetime) -> str:
    """A time as most records write it: `Jul 10, 2023 12:23:05 PM`."""
    return f"{at:%b} {at.day}, {at:%Y} {at.hour % 12 or 12}:{at:%M:%S %p}"


def epoch_ms(at: datetime) -> int:
    """A time as EC2's records write it."""
    return int(aware(at).timestamp() * 1000)
