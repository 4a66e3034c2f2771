"""Foreign text made harmless, and the few phrases every page of output shares."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from typing import Final, cast

from logkeep.fleet import Accepted, Fleet
from logkeep.value import AccountId, Json

CHARS_MAX = 300
"""How much of a text that AWS or a stranger wrote is shown."""


def clean(text: object, chars_max: int = CHARS_MAX) -> str:
    """A text on one line, with whatever could steer a terminal written as an escape."""
    whole = str(text)
    shown = whole if len(whole) <= chars_max else whole[: chars_max - 1] + "…"
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in shown)


PASSWORD: Final = re.compile(r"(?<=://)[^/\s@]+@")


def without_password(text: str) -> str:
    """A text in which no address says who enters it, and by which password."""
    return PASSWORD.sub("***@", text)


def _escaped(letter: str) -> str:
    point = ord(letter)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def quoted(text: object) -> str:
    """A text in backticks."""
    return f"`{clean(text)}`"


def texts(found: Json) -> list[str]:
    """The texts of a value that may be one, several or none."""
    if found is None:
        return []
    if isinstance(found, list | tuple):
        return [str(each) for each in cast(Sequence[Json], found)]
    return [str(found)]


def joined(words: Iterable[str], last: str = "and") -> str:
    """Words as a sentence lists them."""
    listed = list(words)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {last} {listed[-1]}"


def few(words: Iterable[str], most: int = 3, kind: str = "more") -> str:
    """The first few words, and how many there are besides."""
    listed = list(words)
    if len(listed) <= most:
        return joined(listed)
    return f"{', '.join(listed[:most])} and {len(listed) - most} {kind}"


def people(fleet: Fleet, accounts: Iterable[AccountId]) -> str:
    """Accounts by the fleet's names for them."""
    names = [clean(fleet.account_name(account)) for account in fleet.in_order(accounts)]
    return few(names, 4, "more accounts") or "no account"


def account(fleet: Fleet, id_: AccountId) -> str:
    """One account by name and id."""
    name = fleet.account_name(id_)
    return clean(id_) if name == id_ else f"{clean(name)} ({clean(id_)})"


def accepted_words(entry: Accepted) -> str:
    """Until when a finding is lived with, and why."""
    return f"accepted until {entry.until:%Y-%m-%d}: {clean(entry.why)}"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def lasting(time: datetime.timedelta) -> str:
    """A length of time in its one or two largest units."""
    minutes = int(time.total_seconds()) // 60
    if minutes < 1:
        return "less than a minute"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = [(days, "day"), (hours, "hour"), (minutes if not days else 0, "minute")]
    return " ".join(count(number, name) for number, name in units if number)


def moment(time: datetime.datetime) -> str:
    """A time as people write it, in UTC."""
    return f"{time.astimezone(datetime.UTC):%Y-%m-%d %H:%M} UTC"


def since(text: Json, now: datetime.datetime) -> str:
    """A time out of evidence with how long ago it was."""
    if not isinstance(text, str):
        return "never"
    try:
        time = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return clean(text)
    ago = now - time.replace(tzinfo=datetime.UTC)
    return f"{moment(time.replace(tzinfo=datetime.UTC))} ({lasting(ago)} ago)"
