"""Is the text of a fleet file TOML, and where is it not?"""

from __future__ import annotations

import re
import tomllib

from logkeep.fleet.toml_table import Mistake, flat

_KEY_PARTS_MAX = 64
"""A key of many parts takes the parser time and memory that grow with its square."""
_NO_KEY = re.compile(
    r"""\"\"\"(?:[^"\\]|\\.|"(?!""))*+(?:\"\"\")?"""
    r"""|'''(?:[^']|'(?!''))*+(?:''')?"""
    r"""|"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?|\#[^\n]*+""",
    re.DOTALL,
)
"""Strings and comments, to their end or the text's, so that none is read twice."""
_DEEP_KEY = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{_KEY_PARTS_MAX}}}")


def parse(text: str, filename: str) -> dict[str, object] | Mistake:
    """The tables of a file's text, or the one mistake that keeps it from being read."""
    plain = _NO_KEY.sub(_only_its_lines, text)
    deep = _DEEP_KEY.search(plain)
    if deep:
        line = plain.count("\n", 0, deep.start()) + 1
        return Mistake(f"{filename}:{line}", f"a key of more than {_KEY_PARTS_MAX} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        return Mistake(filename, "nested too deeply")
    except tomllib.TOMLDecodeError as error:
        return _syntax_mistake(str(error), text, filename)
    except ValueError:  # Python itself bounds how many digits it reads
        return Mistake(filename, "a number has too many digits")


def _only_its_lines(found: re.Match[str]) -> str:
    return "q" + "\n" * found[0].count("\n")


def _syntax_mistake(message: str, text: str, filename: str) -> Mistake:
    says = re.sub(r" \(at [^()]*\)$", "", message)
    place = re.search(r"\(at line (\d+), column (\d+)\)$", message)
    line, column = place.groups() if place else _end_of(text)
    return Mistake(f"{filename}:{line}:{column}", flat(says[:1].lower() + says[1:]))


def _end_of(text: str) -> tuple[int, int]:
    lines = text.replace("\r\n", "\n").split("\n")
    return len(lines), len(lines[-1]) + 1
