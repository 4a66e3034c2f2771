"""How many calls to AWS a collect made."""

from __future__ import annotations

from logkeep.words.plain import count, joined


def made(calls: int, pages: int, repeats: int) -> str:
    """The calls that were made, and how many of them a first answer would have spared."""
    more = [f"{pages:,} for further pages"] if pages else []
    more += [f"{repeats:,} made again"] if repeats else []
    besides = f" ({joined(more)})" if more else ""
    return f"made {count(calls, 'call')} to AWS{besides}"
