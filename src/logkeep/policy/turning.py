"""Which conditions of a policy will be decided otherwise later, and from when on?

Only the time tells that by itself: `aws:CurrentTime` and `aws:EpochTime`, which every request
carries (IAM User Guide, "AWS global condition context keys").
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

from logkeep.policy.operators import read_date
from logkeep.policy.reading import as_object
from logkeep.policy.values import JsonObject, Moment
from logkeep.policy.write import as_list

TIMES: Final = frozenset({"aws:currenttime", "aws:epochtime"})
LAST: Final = Decimal(253402300799)
"""The end of the year 9999, beyond which no date can be told."""


class Turning(msgspec.Struct, frozen=True):
    """A condition that turns, where it stands, and when."""

    place: str
    """`Statement[0].Condition.DateLessThan.aws:CurrentTime`."""
    at: Moment
    effect: str
    """`Allow` or `Deny`: what the statement says while its conditions hold."""


def turning(text: str, after: datetime.datetime) -> tuple[Turning, ...]:
    """Every condition of a policy that asks of a time later than this, the earliest first.

    A text that is no policy has none.
    """
    try:
        document = as_object(msgspec.json.decode(text))
    except (ValueError, RecursionError):
        return ()
    found = [
        each
        for index, given in enumerate(as_list((document or {}).get("Statement")))
        if (statement := as_object(given)) is not None
        for each in _of_statement(f"Statement[{index}]", statement)
        if each.at > after
    ]
    return tuple(sorted(found, key=lambda each: (each.at, each.place)))


def _of_statement(place: str, statement: JsonObject) -> Iterator[Turning]:
    effect = str(statement.get("Effect", ""))
    for operator, asked in (as_object(statement.get("Condition")) or {}).items():
        for key, value in (as_object(asked) or {}).items():
            if key.lower() not in TIMES:
                continue
            for one in as_list(value):
                at = read_date(str(one))
                if at is not None and 0 < at < LAST:
                    where = f"{place}.Condition.{operator}.{key}"
                    yield Turning(where, _moment(at), effect)


def _moment(seconds: Decimal) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(float(seconds), datetime.UTC)
