"""How text may be dressed: colours, symbols and width, by what the reader's terminal can do."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from logkeep.value import Standing

COLOURS = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}
VERDICT_COLOURS: dict[str, str] = {
    "holds": "green",
    "fails": "red",
    "unknown": "yellow",
    "accepted": "yellow",
    "none": "dim",
}
SYMBOLS: dict[str, tuple[str, str]] = {
    "holds": ("✓", "ok"),
    "fails": ("✗", "FAIL"),
    "unknown": ("?", "?"),
    "accepted": ("!", "!"),
    "none": ("-", "-"),
    "behind": ("·", "."),
    "arrow": ("→", "->"),
}
"""Every symbol, and what stands for it where there is only ASCII."""


def seen_length(text: str) -> int:
    """How many columns a text takes, colours not counted."""
    return len(re.sub(r"\x1b\[\d+m", "", text))


class Paint(msgspec.Struct, frozen=True):
    """What the place that the text goes to can show."""

    color: bool = False
    unicode: bool = True
    width: int = 100

    def dye(self, text: str, colour: str) -> str:
        """The text in a colour, where there are colours."""
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self.color else text

    def symbol(self, name: str) -> str:
        """A symbol, or what stands for it."""
        return SYMBOLS[name][0 if self.unicode else 1]

    def mark(self, verdict: Standing | str) -> str:
        """A verdict's symbol in its colour."""
        colour = VERDICT_COLOURS.get(verdict)
        shown = self.symbol(verdict)
        return self.dye(shown, colour) if colour else shown

    def ascii(self, text: str) -> str:
        """The text as it is, or without what an ASCII terminal cannot show."""
        if self.unicode:
            return text
        for shown, plain in (*SYMBOLS.values(), ("…", "...")):
            text = text.replace(shown, plain)
        return text.encode("ascii", "backslashreplace").decode()

    def wrap(self, label: str, text: str, *, indent: int = 2, column: int = 10) -> list[str]:
        """A labelled paragraph, its further lines under its first; a long word stays whole."""
        lines: list[str] = []
        length = 0
        for word in text.split():
            size = seen_length(word)
            if lines and length + 1 + size <= max(self.width, 40):
                lines[-1] += f" {word}"
                length += 1 + size
            else:
                start = " " * column if lines else " " * indent + label.ljust(column - indent)
                lines.append(start + word)
                length = column + size
        return lines

    def beside(self, text: str, remark: str) -> str:
        """A remark behind a text where there is room for it, else under it."""
        fits = seen_length(text) + 3 + seen_length(remark) <= self.width
        return f"{text}   {remark}" if fits else f"{text}\n{remark}"

    def hung(self, line: str) -> list[str]:
        """A line, its last word below it where it is too long for the rest."""
        start, _, last = line.rpartition(" ")
        indent = " " * (seen_length(line) - seen_length(line.lstrip()) + 6)
        fits = seen_length(line) <= self.width or not start.strip()
        return [line] if fits else [start, f"{indent}{last}"]

    def page(self, lines: Iterable[str]) -> str:
        """Lines as one text."""
        return self.ascii("\n".join(lines)) + "\n"
