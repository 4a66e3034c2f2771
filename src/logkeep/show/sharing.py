"""Which accounts share a line of a table, where there are too many for one each?"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from logkeep.fleet import Fleet
from logkeep.value import AccountId
from logkeep.words.plain import clean, few

SCREENFUL = 20
"""Beyond so many accounts, too many for a terminal at once, those that stand alike share a line."""
NAMED_MAX = 3
"""So many that stand alike have a line each all the same: a name among them may be sought."""


def shared_name(fleet: Fleet, accounts: Sequence[AccountId]) -> str:
    """The name of an account, and how many more share its line."""
    return few([clean(fleet.account_name(account), 24) for account in accounts], 1)


def sharing(rows: Mapping[AccountId, Hashable]) -> Iterator[list[AccountId]]:
    """The accounts of each line: one, or all that stand alike where every one is too many."""
    alike: dict[Hashable, list[AccountId]] = {}
    for account, row in rows.items():
        alike.setdefault(row, []).append(account)
    for account, row in rows.items():
        if len(rows) <= SCREENFUL or len(alike[row]) <= NAMED_MAX:
            yield [account]
        elif account == alike[row][0]:
            yield alike[row]
