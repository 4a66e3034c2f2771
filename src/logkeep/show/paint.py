"""How text may be dressed: colours, symbols and width, by what the reader's terminal can do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

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


DYED = re.compile(r"\x1b\[\d+m")
NARROW = re.compile(r"[ -~✓✗→·…]*")
"""What takes a column each; of all else `wcwidth` knows, which takes 40 ms to load."""


SEPARATORS = ("/:", "-_. ")
"""Behind which a long name is cut, the best first."""
ARN = re.compile(r"(\x1b\[\d+m)?[`(]?arn:")
"""Begins a word that may be cut; an object's key is not, for it is to be copied."""


class Whole(str):
    """A line that is not folded, for it is to be copied: a command, a line of a document."""

    __slots__ = ()


def seen_length(text: str) -> int:
    """How many columns a text takes, colours not counted."""
    plain = DYED.sub("", text) if "\x1b" in text else text
    if NARROW.fullmatch(plain):
        return len(plain)
    from wcwidth import wcswidth

    width = wcswidth(plain)
    return len(plain) if width < 0 else width


def padded(text: str, width: int) -> str:
    """A text with spaces behind it up to a column."""
    return text + " " * (width - seen_length(text))


PARTS = re.compile(r"\x1b\[\d+m|.", re.DOTALL)


def parted(word: str, width: int) -> list[str]:
    """A word in parts of so many columns, cut behind its last separator or else anywhere."""
    parts, rest = [""], PARTS.findall(word)
    for each in rest:
        if not each.startswith("\x1b") and seen_length(parts[-1]) + seen_length(each) > width:
            at = _cut_at(parts[-1])
            parts[-1:] = [parts[-1][:at], parts[-1][at:]]
        parts[-1] += each
    return parts


def _cut_at(part: str) -> int:
    for signs in SEPARATORS:
        at = max(part.rfind(sign) for sign in signs) + 1
        if at > len(part) // 3:
            return at
    return len(part)


class Paint(msgspec.Struct, frozen=True):
    """What the place that the text goes to can show."""

    color: bool = False
    unicode: bool = True
    width: int = 100
    folds: bool = False
    """Whether every line has to fit: on a terminal, and not where another program reads."""

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
        """A labelled paragraph, its further lines under its first; a long word stays whole.

        A word that would not fit there begins as far to the left as it has to.
        """
        lines: list[str] = []
        length = 0
        for word in text.split():
            size = seen_length(word)
            if lines and length + 1 + size <= max(self.width, 40):
                lines[-1] += f" {word}"
                length += 1 + size
            else:
                whole = not self._too_long(word)
                under = " " * min(column, max(indent, self.width - size) if whole else column)
                start = under if lines else " " * indent + padded(label, column - indent)
                parts = [word] if whole else parted(word, max(self.width - column, 20))
                lines.append(start + parts[0])
                lines += (" " * column + part for part in parts[1:])
                length = seen_length(lines[-1])
        return lines

    def _too_long(self, word: str) -> bool:
        """Whether an ARN fits no line, however far to the left it begins."""
        return self.folds and seen_length(word) > self.width - 2 and bool(ARN.match(word))

    def packed(self, head: str, parts: Sequence[str]) -> Iterator[str]:
        """Parts behind a head, with commas between: as many to a line as fit, and none broken."""
        line = head
        for number, part in enumerate(parts, 1):
            shown = f" {part}," if number < len(parts) else f" {part}"
            if self.folds and seen_length(line + shown) > self.width:
                yield line
                line = " " * 5
            line += shown
        yield line

    def beside(self, text: str, remark: str) -> str:
        """A remark behind a text where there is room for it, else under it."""
        fits = seen_length(text) + 3 + seen_length(remark) <= self.width
        return f"{text}   {remark}" if fits else f"{text}\n{remark}"

    def hung(self, line: str) -> list[str]:
        """A line, its last word below it where it is too long for the rest."""
        start, _, last = line.rpartition(" ")
        indent = " " * (seen_length(line) - seen_length(line.lstrip()) + 6)
        fits = seen_length(line) <= self.width or not start.strip() or self._too_long(last)
        return [line] if fits else [start, f"{indent}{last}"]

    def page(self, lines: Iterable[str]) -> str:
        """Lines as one text, each folded where it is wider than there is room."""
        shown = (part for line in lines for each in _split(line) for part in self._folded(each))
        return "\n".join(shown) + "\n"

    def _folded(self, line: str) -> Iterator[str]:
        """A line as it is shown: in several, the further ones indented, where it is too wide."""
        shown = self.ascii(line)
        if not self.folds or isinstance(line, Whole) or seen_length(shown) <= self.width:
            yield shown
            return
        start = len(shown) - len(shown.lstrip())
        line = ""
        for space, word in re.findall(r"(\s*+)(\S*+)", shown):
            if not word:
                continue
            if self._too_long(word):
                under = " " * (start + 4)
                *parts, word = parted(word, max(self.width - len(under), 20))
                for part in parts:
                    if line and seen_length(line + space + part) > self.width:
                        yield line
                        line, space = "", under
                    yield line + space + part
                    line, space = "", under
                line = under + word
                continue
            room = max(2, self.width - seen_length(word))
            below = " " * min(start + 4, room)
            fits = seen_length(below) + seen_length(word) <= self.width
            if not line:
                line = (space[:room] if fits else space) + word
            elif fits and seen_length(line) + len(space) + seen_length(word) > self.width:
                yield line
                line = below + word
            else:
                line += space + word
        yield line


COLUMN_MAX = 32


def in_two(rows: Mapping[str, str], paint: Paint) -> str:
    """Names, and what is said of each beside it; under it where the name is long."""
    column = min(max(map(seen_length, rows), default=0) + 2, COLUMN_MAX)
    lines: list[str] = []
    for name, says in rows.items():
        if seen_length(name) + 2 > column:
            lines.append(name)
            lines += paint.wrap("", says, indent=0, column=column)
        else:
            lines += paint.wrap(name, says, indent=0, column=column)
    return paint.page(lines)


def _split(line: str) -> list[str]:
    return [line] if isinstance(line, Whole) or "\n" not in line else line.split("\n")
