"""Every pattern over what AWS, a log or a file says takes time that grows with the text's length.

Each text is long enough that the square of its length would take minutes; none gets more than a
few seconds of the processor, which a busy machine does not stretch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from logkeep.cli.place import known_kinds
from logkeep.fleet.file import read_fleet
from logkeep.policy import overlap
from logkeep.policy.pattern import GlobSet, read_template
from logkeep.policy.segments import ArnPatterns

SECONDS = 4.0
ARN = "arn:aws:s3:::secprod-multiaccount-logs/AWSLogs/111111111111/CloudTrail/us-east-1/a.json.gz"
DOUBLING = [2**power for power in range(10, 16)]

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


@contextmanager
def quickly() -> Iterator[None]:
    begun = time.process_time()
    yield
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("name", TEXTS)
def test_policy_texts(name: str) -> None:
    with quickly():
        for length in DOUBLING:
            text = TEXTS[name](length)
            parts = read_template(text, wild=True, variables=True)
            plain = "".join(part for part in parts if isinstance(part, str))
            GlobSet([plain, f"{ARN}{plain}"]).accepts(ARN)
            ArnPatterns([plain, f"arn:aws:s3:::{plain}"]).name(ARN)
            overlap.overlap(text, "arn:${Partition}:s3:::${BucketName}/${ObjectName}")


def test_many_patterns_of_one_word() -> None:
    with quickly():
        for count in DOUBLING:
            GlobSet(f"*:word:*{n}x" for n in range(count)).accepts(ARN)


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
    with quickly():
        for length in DOUBLING:
            read_fleet(FILES[name](length), known_kinds())


def test_a_fleet_of_20_000_accounts_is_read() -> None:
    accounts = "".join(f'a{i} = "{10**11 + i}"\n' for i in range(20_000))
    listed = ", ".join(f'"a{i}"' for i in range(20_000))
    text = (
        f'{HEAD}[accounts]\n{accounts}[archive]\naccount = "a1"\nbucket = "acme-logs"\n'
        f'[[logs]]\nsource = "cloudtrail"\naccounts = [{listed}]\n'
    )
    with quickly():
        found = read_fleet(text, known_kinds())
    assert not isinstance(found, tuple), found[:3]
    assert len(found.logs[0].accounts) == 20_000
