"""Whatever reads what AWS, a log or a file says takes steps that grow with the text's length.

Steps are counted, at lengths that double: the lines that are run, and for a pattern the letters
that it looks at. Each text is then read once where the square of its length would take minutes.
"""

from __future__ import annotations

import ast
import functools
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import logkeep
from logkeep.cli.place import known_kinds
from logkeep.fleet.file import read_fleet
from logkeep.policy import overlap
from logkeep.policy.pattern import GlobSet, read_template
from logkeep.policy.segments import ArnPatterns
from support.steps import lines_run, looked_at, samples

ARN = "arn:aws:s3:::secprod-multiaccount-logs/AWSLogs/111111111111/CloudTrail/us-east-1/a.json.gz"
LONG = 2**15

TEXTS: dict[str, Callable[[int], str]] = {
    "spaces in a variable": lambda n: "${" + " " * n + "}",
    "spaces before a default": lambda n: "${a" + " " * n + ",'x'}",
    "a default that does not end": lambda n: "${a,'" + "x" * n,
    "a default of commas": lambda n: "${a" + "," * n + "}",
    "variables that do not end": lambda n: "${" * n,
    "variables": lambda n: "${a}" * n,
    "stars": lambda n: "*a" * n,
    "only stars": lambda n: "*" * n,
    "question marks": lambda n: "?" * n,
    "both": lambda n: "*?" * n,
    "many letters": lambda n: "?" + "".join(chr(0x4E00 + i % 20000) for i in range(n)),
    "colons": lambda n: "*:" * n,
    "slashes": lambda n: "/*" * n,
}


def grows_evenly(count: Callable[[int], int], least: int) -> bool:
    """Whether twice the length takes about twice the steps; a square's would be four times."""
    one, two, four = (count(length) for length in (least, 2 * least, 4 * least))
    return four - two <= 2.6 * max(two - one, 20)


@pytest.mark.parametrize("name", TEXTS)
def test_policy_texts(name: str) -> None:
    def read(length: int) -> None:
        text = TEXTS[name](length)
        parts = read_template(text, wild=True, variables=True)
        plain = "".join(part for part in parts if isinstance(part, str))
        GlobSet([plain, f"{ARN}{plain}"]).accepts(ARN)
        ArnPatterns([plain, f"arn:aws:s3:::{plain}"]).name(ARN)
        overlap.overlap(text, "arn:${Partition}:s3:::${BucketName}/${ObjectName}")

    assert grows_evenly(lambda length: lines_run(lambda: read(length)), 64)
    read(LONG)


def test_many_patterns_of_one_word() -> None:
    def read(count: int) -> None:
        GlobSet(f"*:word:*{n}x" for n in range(count)).accepts(ARN)

    assert grows_evenly(lambda count: lines_run(lambda: read(count)), 64)
    read(LONG)


HEAD = 'name = "acme"\nhome-region = "us-east-1"\n'
FILES: dict[str, Callable[[int], str]] = {
    "a dotted key": lambda n: ".".join("a" * n) + " = 1",
    "a dotted header": lambda n: "[" + ".".join("a" * n) + "]",
    "a dotted key in quotes": lambda n: ".".join(['"a"'] * n) + " = 1",
    "a dotted key in a table": lambda n: "x = {" + " . ".join("a" * n) + " = 1}",
    "brackets": lambda n: "x = " + "[" * n,
    "braces": lambda n: "x = " + "{a=" * n,
    "quotes": lambda n: '\\"' * n,
    "three quotes": lambda n: '"""\\"' * n,
    "a word": lambda n: "a" * n,
    "dots": lambda n: "." * n,
    "unknown keys": lambda n: "".join(f"k{i} = 1\n" for i in range(n)),
    "tables": lambda n: "[[accepted]]\n" * n,
    "accounts": lambda n: (
        HEAD + "[accounts]\n" + "".join(f'a{i} = "{10**11 + i}"\n' for i in range(n // 8))
    ),
    "twice the same account": lambda n: (
        HEAD + "[accounts]\n" + "".join(f'a{i} = "111111111111"\n' for i in range(n // 8))
    ),
    "unknown accounts": lambda n: (
        HEAD
        + "[accounts]\n"
        + "".join(f'a{i} = "{10**11 + i}"\n' for i in range(n // 8))
        + '[[logs]]\nsource = "cloudtrail"\naccounts = ['
        + ", ".join(f'"b{i}"' for i in range(n // 8))
        + "]\n"
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_fleet_files(name: str) -> None:
    def read(length: int) -> None:
        read_fleet(FILES[name](length), known_kinds())

    read(1)  # what is imported and remembered the first time
    # Beyond the most mistakes that are told, of which each is held against every name.
    assert grows_evenly(lambda length: lines_run(lambda: read(length)), 1024)
    read(LONG)


def test_a_fleet_of_20_000_accounts_is_read() -> None:
    accounts = "".join(f'a{i} = "{10**11 + i}"\n' for i in range(20_000))
    listed = ", ".join(f'"a{i}"' for i in range(20_000))
    text = (
        f'{HEAD}[accounts]\n{accounts}[archive]\naccount = "a1"\nbucket = "acme-logs"\n'
        f'[[logs]]\nsource = "cloudtrail"\naccounts = [{listed}]\n'
    )
    found = read_fleet(text, known_kinds())
    assert not isinstance(found, tuple), found[:3]
    assert len(found.logs[0].accounts) == 20_000


ROOT = Path(logkeep.__file__).parent
ASKING = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")


def used() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Each place where the product asks a pattern that is written out: where, how, and which."""
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT)
        if place.parts[0] == "lab":
            continue
        text = path.read_text("utf-8")
        if not any(f".{each}(" in text for each in ASKING):
            continue
        module = importlib.import_module(".".join(("logkeep", *place.with_suffix("").parts)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                pattern = asked(module, node, node.func.value)
                if node.func.attr in ASKING and pattern is not None:
                    yield f"{place}:{node.lineno}", node.func.attr, pattern


def asked(module: object, call: ast.Call, on: ast.expr) -> re.Pattern[str] | None:
    """The pattern that a call asks, if it is one: of a name, or written in the call."""
    first = call.args[0] if call.args else None
    if isinstance(on, ast.Name) and on.id == "re":
        text = first.value if isinstance(first, ast.Constant) else None
        flags = re.DOTALL if any("DOTALL" in ast.dump(each) for each in call.keywords) else 0
        return re.compile(text, flags) if isinstance(text, str) else None
    name = on.id if isinstance(on, ast.Name) else on.attr if isinstance(on, ast.Attribute) else ""
    if isinstance(on, ast.Attribute) and isinstance(on.value, ast.Name):
        module = getattr(module, on.value.id, None)
    found = getattr(module, name, None)
    is_text = isinstance(found, re.Pattern) and isinstance(found.pattern, str)
    return found if is_text else None


def test_every_pattern(subtests: pytest.Subtests) -> None:
    found = list(used())
    assert len(found) > 80
    assert any("policy/pattern.py" in where for where, _, _ in found)
    for where, how, pattern in found:
        with subtests.test(f"{where} {how}"):
            takes_no_square(pattern, how)


@functools.cache
def takes_no_square(pattern: re.Pattern[str], how: str) -> None:
    """Fail where a text that is twice as long takes a pattern more than about twice the steps."""
    for sample in dict.fromkeys(samples(pattern)):
        for tail in ("", "!", "\n", " "):

            def steps(count: int, sample: str = sample, tail: str = tail) -> int:
                return looked_at(pattern, sample * count + tail, how)

            # A pattern that says how often a part may come is even only beyond that.
            assert grows_evenly(steps, 8) or grows_evenly(steps, 160), (pattern.pattern, sample)


def test_a_square_is_found() -> None:
    """What this page is for: the forms that were found here once, and were mended."""
    for text, how, sample, tail in (
        (r"(/\d{4}/\d{2}/\d{2}/)\S+$", "sub", "/2026/01/01/a", " "),
        (r"\$\{\s*(\S+?)\s*(,\s*'(.*)')?\s*\}", "finditer", "${", ""),
        (r" \(at .*\)$", "sub", " (at a)", "!"),
        (r"(a|aa)+", "fullmatch", "", "a" * 12 + "!"),
    ):
        pattern = re.compile(text)

        def steps(
            count: int, pattern: re.Pattern[str] = pattern, sample: str = sample, how: str = how,
            tail: str = tail,
        ) -> int:  # fmt: skip
            return looked_at(pattern, (sample or "a") * count + tail, how)

        assert not grows_evenly(steps, 8 if sample else 2), text
