"""Whether one bucket name is likely a slip of the pen for another (rule 10.5)."""

from __future__ import annotations

MOST_EDITS = 2


def misspells(name: str, meant: str) -> bool:
    """Whether a name differs from the one meant by one or two letters changed, lost or added."""
    if name == meant or abs(len(name) - len(meant)) > MOST_EDITS:
        return False
    return distance(name, meant) <= MOST_EDITS


def distance(first: str, second: str) -> int:
    """The edit distance in which two letters swapped count once (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        before, last, row = row, before, [i]
        for j, other in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            swapped = i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other
            row.append(min(cost, last[j - 2] + 1) if swapped else cost)
    return row[-1]
