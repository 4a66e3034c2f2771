"""How long is `90m`?"""

from __future__ import annotations

import datetime
import re

import click


class Duration(click.ParamType[datetime.timedelta]):
    """A length of time such as 90m, 2h, 1d or 1d12h."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.timedelta:
        """The length that a text says."""
        if isinstance(value, datetime.timedelta):
            return value
        found = re.fullmatch(
            r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", str(value), re.ASCII
        )
        if not value or found is None:
            return self.fail(f"`{value}` is not a duration; write 90m, 2h or 1d", param, ctx)
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        try:
            return datetime.timedelta(days, seconds, minutes=minutes, hours=hours)
        except OverflowError:
            return self.fail(f"`{value}` is too long", param, ctx)
