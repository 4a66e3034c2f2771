"""The house rules that can be counted (CONTRIBUTING.md); each test lists all that break one."""

from __future__ import annotations

import ast
import functools
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.places import ROOT

HOUSE = ROOT / "src" / "logkeep"
MODULES = sorted(HOUSE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
KINDS = sorted(path.parent.name for path in HOUSE.glob("sources/*/__init__.py"))

AT_THE_ROOT = {
    ".ci", ".gitignore", ".importlinter", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile",
    "README.md", "benchmarks", "docs", "pyproject.toml", "requirements.lock", "src", "tests",
}  # fmt: skip
"""What the project's first page shows."""

LOOSE = {"__init__.py", "value.py", "route.py"}
"""What lies in no room."""

DOORS = {
    "boto3": {"aws", "lab"},
    "botocore": {"aws", "lab"},
    "moto": {"lab"},
    "werkzeug": {"lab"},
    "click": {"cli"},
    "duckdb": {"lake"},
    "pyarrow": {"lake"},
    "pyspark": {"lake"},
}
"""Which rooms may know which library."""


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """Keep no syntax tree longer: a million nodes, through which Python looks for garbage."""
    yield
    nodes.cache_clear()
    tree.cache_clear()


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree(path)))


def placed(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """The name and the length of every function in a module."""
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def test_nothing_lies_at_the_root_by_accident() -> None:
    """Such as what a test or a command wrote where it was run."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {name.partition("/")[0] for name in listed.stdout.split("\0") if name} <= AT_THE_ROOT


def test_a_test_module_is_short() -> None:
    lines = {path.name: path.read_text(encoding="utf-8").count("\n") for path in TESTS}
    assert {name: count for name, count in lines.items() if count > 400} == {}


def test_a_module_is_short_and_says_what_it_is() -> None:
    lines = {placed(path): path.read_text(encoding="utf-8").count("\n") for path in MODULES}
    assert {place: count for place, count in lines.items() if count > 400} == {}
    assert [placed(path) for path in MODULES if not ast.get_docstring(tree(path))] == []


def test_a_function_is_short() -> None:
    every = [(count, placed(path), name) for path in MODULES for name, count in functions(path)]
    assert [found for found in every if found[0] > 60] == []
    lengths = sorted(count for count, _, _ in every)
    assert statistics.median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.9)] < 30


def test_no_class_name_stands_for_three_things() -> None:
    named: dict[str, list[str]] = {}
    for path in MODULES:
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef):
                named.setdefault(node.name, []).append(placed(path))
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
                named.setdefault(ast.unparse(node.target), []).append(placed(path))
    del named["Json"]  # the same thing everywhere, between rooms that do not know each other
    assert {name: places for name, places in named.items() if len(places) > 2} == {}


def test_every_helper_of_the_tests_stands_on_their_page() -> None:
    support = ROOT / "tests" / "support"
    page = (support / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+\.py)`", page))
    assert {path.name for path in support.glob("*.py")} - {"__init__.py"} == named


def test_every_module_is_in_a_room() -> None:
    assert {path.name for path in HOUSE.glob("*.py")} <= LOOSE


def test_nothing_is_left_half_done() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
    assert [placed(path) for path in MODULES if words.search(path.read_text())] == []


def imports(path: Path) -> Iterator[str]:
    """Everything a module imports, wherever in it."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_a_library_comes_in_by_its_door() -> None:
    def strays(path: Path) -> list[str]:
        room = path.relative_to(HOUSE).parts[0]
        known = {name.partition(".")[0] for name in imports(path)} & DOORS.keys()
        return sorted(name for name in known if room not in DOORS[name])

    assert {placed(path): strays(path) for path in MODULES if strays(path)} == {}


THREADED = ("aws", "policy", "sources")
"""The rooms of which something runs in several threads at once."""


def test_what_runs_in_threads_reads_by_what_was_made_at_import() -> None:
    """msgspec makes a type's reader at its first use, and another thread may take it half made."""

    def made(path: Path) -> set[str]:
        """The module's own and imported classes that it reads into where it is called."""
        kinds = (
            each.value
            for node in nodes(path)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            for each in node.keywords
            if node.func.attr == "decode" and each.arg == "type"
        )
        names = {part.id for kind in kinds for part in ast.walk(kind) if isinstance(part, ast.Name)}
        return {name for name in names - {"Json"} if name.lstrip("_")[0].isupper()}

    rooms = [path for path in MODULES if placed(path).startswith(THREADED)]
    assert {placed(path): made(path) for path in rooms if made(path)} == {}


def test_the_lab_and_the_product_share_no_engine() -> None:
    """What breaks a need reads the product's routes; what serves and decides does not."""
    breaks = re.compile(r"lab/(kinds/\w+/)?(breaking|demo)/|lab/spoil\.py")
    engine = re.compile(r"logkeep\.(policy|network|diagnose|plan|who)\b")
    lab = {placed(path): path for path in MODULES if placed(path).startswith("lab/")}
    shared = {place for place, path in lab.items() if any(map(engine.match, imports(path)))}
    assert {place for place in shared if not breaks.match(place)} == set()


def texts(path: Path) -> Iterator[str]:
    """Every name and string of a module's code, without what is said of it in docstrings."""
    said = {id(node.value) for node in nodes(path) if isinstance(node, ast.Expr)}
    for node in nodes(path):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in said:
                yield text
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.alias(name=name):
                yield name
    yield from imports(path)


WORDS_OF_S3 = {"replication": r"sources\.replication|archive\.replica\b"}
"""What alone names a kind that is called as S3 calls a thing which rooms speak of without it."""


def test_a_kind_of_log_is_named_in_its_own_folders_alone() -> None:
    own = (WORDS_OF_S3.get(kind, kind.replace("_", "[-_ ]?")) for kind in KINDS)
    words = "|".join(own)
    named = re.compile(words, re.IGNORECASE)
    shared = [path for path in MODULES if not set(KINDS) & set(path.parts)]
    assert [placed(path) for path in shared if any(map(named.search, texts(path)))] == []


SEVERAL_KINDS = {
    "benchmarks/copies.py": "the fleet of a workload",
    "docs/fleet-file.md": "written from the kinds by `make golden`",
    "tests/cases/test_public_reports.py": "what the reports call the area of each kind",
    "tests/cases/test_published.py": "published policies, each told by the kind that it is for",
    "tests/cli/test_permissions.py": "what one kind may not do with another's permissions",
    "tests/cli/test_touched_plans.py": "plans to forge, by the calls that are in them",
    "tests/faults/test_killed_job.py": "the fleet of one story",
    "tests/fleet/files.py": "the design's example of a fleet file",
    "tests/fleet/test_fleetfile.py": "the same, as it is read",
    "tests/fleet/test_mistakes.py": "mistakes, of whichever kind has the option",
    "tests/sources/test_mentions.py": "settings that name a bucket: an example of each shape",
}
"""What names several kinds of log at once and is no list of them that a new one has to join."""


def spelled(kind: str) -> Iterator[str]:
    """How a kind of log is named in what is shared, and no service of AWS's that is called so."""
    own = f"({kind}|{kind.replace('_', '-')})"
    yield rf"\b(kinds|sources)(\.| import [^\n]*\b){kind}\b|kinds/{own}\b"
    yield rf"\bLogs\(\s*\"{own}\"|\bsource\W+{own}\"|\"{own}/"
    if "_" in kind:
        yield rf"\"{own}\""


def test_no_shared_test_benchmark_or_page_lists_the_kinds_of_log() -> None:
    """What a kind has to say to a shared test, it says in a module of `tests/kinds/<kind>/`."""
    named = {kind: re.compile("|".join(spelled(kind))) for kind in KINDS}
    pages = [*ROOT.glob("docs/*.md"), ROOT / "README.md"]
    every = [*TESTS, *ROOT.glob("benchmarks/*.py"), *(each for each in pages if each.exists())]
    own = {"kinds", "test_house.py"}
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in every
        if own.isdisjoint(path.relative_to(ROOT).parts)
    }
    found = {
        place: [kind for kind, says in named.items() if says.search(text)]
        for place, text in texts.items()
    }
    several = {place: kinds for place, kinds in found.items() if len(kinds) > 1}
    assert {place: kinds for place, kinds in several.items() if place not in SEVERAL_KINDS} == {}
    assert {place for place in SEVERAL_KINDS if (ROOT / place).exists()} <= several.keys()


def called(node: ast.AST) -> set[str]:
    """The names of all that a test or helper calls; an assertion counts as one of them."""
    found: set[str] = set()
    for each in ast.walk(node):
        match each:
            case ast.Assert():
                found.add("assert")
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                found.add(name)
            case _:
                pass
    return found


def test_every_test_can_fail() -> None:
    """By an assertion of its own, or one of a helper that it calls."""
    every = [
        (path, node.name, called(node))
        for path in TESTS
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef)
    ]
    asserting = {"assert", "raises", "fail"}
    for _ in range(3):  # a helper may ask another
        asserting |= {name for _, name, found in every if not asserting.isdisjoint(found)}
    idle = [f"{path.relative_to(ROOT)}::{name}" for path, name, _ in every if name not in asserting]
    assert [place for place in idle if "::test_" in place] == []
