"""docs/json.md describes every key: of each JSON golden, and of each type that is written whole."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

import msgspec.inspect as inspect
import pytest

from logkeep.archive.copies import CopyReport
from logkeep.archive.report import ChainReport, Fault
from logkeep.archive.standing import Stands
from logkeep.diagnose.since import Since
from logkeep.plan import Plan
from logkeep.sources.inventory import ON_DEMAND, kinds
from logkeep.storage.census import Census
from logkeep.who.across import Across
from logkeep.who.silence import Silence
from logkeep.who.values import Access, Held
from logkeep.words.cost import Cost
from support.places import ROOT

PAGE = ROOT / "docs" / "json.md"
EVERYWHERE = "Everywhere"
GOLDENS = {
    "golden/__snapshots__/test_copies/test_the_json.txt": ("logkeep verify", ""),
    "golden/__snapshots__/test_costs/test_the_json.txt": ("logkeep plan", "costs"),
    "golden/__snapshots__/test_diagnose/test_the_json[all].txt": ("logkeep diagnose", ""),
    "golden/__snapshots__/test_diagnose/test_the_json[short].txt": ("logkeep diagnose", ""),
    "golden/__snapshots__/test_list/test_the_json.txt": ("logkeep list", ""),
    "golden/__snapshots__/test_plan/test_the_json.txt": ("logkeep plan", ""),
    "golden/__snapshots__/test_report/test_the_json.txt": ("logkeep verify", ""),
    "golden/__snapshots__/test_since/test_the_json.txt": ("logkeep diagnose", "since"),
    "golden/__snapshots__/test_who/test_the_json.txt": ("logkeep who", ""),
    "network/__snapshots__/test_text/test_a_walk_as_json[depends-on-port].txt": (
        "logkeep try ping", "",
    ),
    "network/__snapshots__/test_text/test_a_walk_as_json[reply-lost].txt": ("logkeep try ping", ""),
}  # fmt: skip
"""Which command each is an answer of, and under which key it stands there."""
NOT_WRITTEN = ("going",)
"""What the writers leave out of a type."""
OF_PLAN = ("flips", "doubts", "shut_out", "history", "silenced", "short")
"""What of a plan is written as it is; the rest has writers of its own."""
TYPES: dict[type, tuple[str, str]] = {
    Access: ("logkeep who", ""),
    Across: ("logkeep who", ""),
    Census: ("logkeep list --objects", ""),
    ChainReport: ("logkeep verify", "chains[]"),
    CopyReport: ("logkeep verify", "replicas[]"),
    Cost: ("logkeep plan", "costs[]"),
    Fault: ("logkeep verify", "problems[]"),
    Held: ("logkeep who", "powers[]"),
    Plan: ("logkeep plan", ""),
    Silence: ("logkeep who", ""),
    Since: ("logkeep diagnose", "since"),
    Stands: ("logkeep verify", "stands[]"),
}


@functools.cache
def rows() -> dict[str, tuple[str, ...]]:
    """The keys that each part of the page describes."""
    found: dict[str, tuple[str, ...]] = {}
    for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        name, _, body = part.partition("\n")
        keys = [line.split("|")[1] for line in body.splitlines() if line.startswith("| `")]
        named = [key for cell in keys for key in re.findall(r"`([^`]+)`", cell)]
        found[name] = tuple(own for key in named for own in _of_kinds(key))
    return found


def _of_kinds(key: str) -> list[str]:
    """A key that the page has once for all kinds of thing that can be listed."""
    if not key.startswith("KIND"):
        return [key]
    return [f"{kind}{key.removeprefix('KIND')}" for kind in (*kinds(), *ON_DEMAND)]


def described(part: str, key: str) -> bool:
    of_part = (*rows()[part], *rows()[EVERYWHERE])
    return any(fnmatchcase(_plain(key), _plain(row).replace("…", "*")) for row in of_part)


def _plain(key: str) -> str:
    return key.replace("[]", "@")


def keys_of(value: object, at: str) -> Iterator[str]:
    """Every key of a document, as the page writes it."""
    if isinstance(value, dict):
        for name, inner in cast("dict[str, Any]", value).items():
            key = f"{at}.{name}" if at else name
            yield key
            yield from keys_of(inner, key)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from keys_of(inner, f"{at}[]")


def keys_of_type(of: inspect.Type, at: str) -> Iterator[str]:
    """Every key that a type can have in JSON."""
    if isinstance(of, inspect.StructType):
        for field in of.fields:
            key = f"{at}.{field.encode_name}" if at else field.encode_name
            yield key
            yield from keys_of_type(field.type, key)
    elif isinstance(of, inspect.VarTupleType | inspect.ListType):
        yield from keys_of_type(of.item_type, f"{at}[]")
    elif isinstance(of, inspect.UnionType):
        for each in of.types:
            yield from keys_of_type(each, at)


def is_written(of: type, key: str) -> bool:
    first = key.removeprefix(TYPES[of][1]).strip(".").partition(".")[0].removesuffix("[]")
    if of is Plan:
        return first in OF_PLAN
    if of is Since and first in ("new", "gone"):
        return False  # these stand under `routes`, as the golden shows
    return first not in NOT_WRITTEN


@pytest.mark.parametrize("golden", GOLDENS)
def test_every_key_of_a_golden_is_described(golden: str) -> None:
    part, under = GOLDENS[golden]
    document = json.loads((ROOT / "tests" / golden).read_text(encoding="utf-8"))
    assert [key for key in keys_of(document, under) if not described(part, key)] == []


@pytest.mark.parametrize("of", TYPES, ids=lambda of: of.__name__)
def test_every_key_of_a_type_is_described(of: type) -> None:
    part, under = TYPES[of]
    keys = [key for key in keys_of_type(inspect.type_info(of), under) if is_written(of, key)]
    assert keys
    assert [key for key in keys if not described(part, key)] == []


def test_every_golden_that_is_json_is_held_against_the_page() -> None:
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("__snapshots__/**/*.txt"):
        if _is_json(path):
            found.add(str(path.relative_to(ROOT / "tests")))
    assert found == GOLDENS.keys()


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True


def test_every_kind_that_is_listed_is_described() -> None:
    for kind in (*kinds(), *ON_DEMAND):
        assert {kind, f"{kind}[].*"} <= set(rows()["logkeep list"])


def test_a_key_that_the_page_leaves_out_is_found() -> None:
    assert not described("logkeep plan", "shut_out[].unheard")
    assert not described("logkeep diagnose", "routes[].unheard")
    assert not described("logkeep verify", "stands[].unheard")
