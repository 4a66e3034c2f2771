"""The house rules that can be counted (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "src" / "logkeep").rglob("*.py"))


def lengths(path: Path) -> dict[str, int]:
    tree = ast.parse(path.read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = (node for node in ast.walk(tree) if isinstance(node, functions))
    return {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in found}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 400
    assert ast.get_docstring(ast.parse(text))
    assert {name: n for name, n in lengths(path).items() if n > 60} == {}


def test_functions_are_short_on_the_whole() -> None:
    all_of_them = sorted(n for path in MODULES for n in lengths(path).values())
    assert statistics.median(all_of_them) <= 8
    assert all_of_them[int(len(all_of_them) * 0.9)] < 30


def test_nothing_is_left_half_done() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
    assert [p for p in MODULES if words.search(p.read_text())] == []


def test_the_lab_and_the_product_share_no_engine() -> None:
    lab = [p for p in MODULES if "lab" in p.parts]
    engine = [p for p in lab if re.search(r"logkeep\.(policy|check|diagnose|plan)", p.read_text())]
    spoiling = {p for p in engine if p.name == "spoil.py"}
    assert {p.parent.name for p in set(engine) - spoiling} <= {"demo", "breaking"}
