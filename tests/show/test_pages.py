"""Every finding has its words and its page, and every page and word its finding."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import get_args

import pytest

from logkeep.access.policies.speaking import asked_of
from logkeep.archive.report import FaultKind
from logkeep.archive.standing import BROKEN, UNVERIFIED
from logkeep.cli.pages import page_of
from logkeep.route import Allows, Need
from logkeep.show import notices, words
from logkeep.show.copies import TITLES
from logkeep.show.words import all_words
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.sources.routes import all_routes
from support import scenes
from support.places import ROOT

FOLDERS = sorted((ROOT / "src" / "logkeep").glob("**/findings"))
PAGES = {path.stem: path for folder in FOLDERS for path in folder.glob("*.md")}
WRITES_CODES = ("policy/resource_kinds.py", "sources", "archive", "plan", "diagnose")
CODE = re.compile(r"[a-z]+(-[a-z]+)*")
SECTIONS = ("What", "Why it happens", "How it shows", "Before", "After", "AWS's pages")


def texts_of(path: Path) -> set[str]:
    """Every string in a module that looks like a code."""
    found = (n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant))
    return {text for text in found if isinstance(text, str) and CODE.fullmatch(text)}


def written() -> set[str]:
    """Every code that the program's parts name."""
    source = ROOT / "src" / "logkeep"
    paths = [p for name in WRITES_CODES for p in [source / name, *(source / name).rglob("*.py")]]
    return set().union(*(texts_of(path) for path in paths if path.suffix == ".py"))


def of_policy(facts: Facts, need: Need) -> set[str]:
    """The codes that come of the policy which a need asks."""
    holder = asked_of(facts, need) if isinstance(need, Allows) else None
    return {holder.kind.refuses, holder.kind.denies} if holder else set()


@pytest.mark.parametrize("scene", [scenes.before, scenes.healthy], ids=["before", "healthy"])
def test_every_need_has_words(scene: object) -> None:
    assert callable(scene)
    codes: set[str] = set()
    facts = Facts(scenes.FLEET, scene())
    for route in all_routes(facts):
        for hop in route.hops:
            for need in hop.needs:
                codes |= {need.code} if need.code else of_policy(facts, need)
    assert codes <= set(all_words())


def test_every_code_is_written_somewhere() -> None:
    assert set(all_words()) - written() == set()


def home(code: str) -> str:
    """The folder of whoever has a code: what all share, or a kind of log."""
    if code in words.shared_words() or code in notices.WORDS:
        return "archive"
    for name, source in sources().items():
        if code in source.wording.words or code in source.wording.notices:
            return f"sources/{name.replace('-', '_')}"
    raise AssertionError(code)


def test_every_code_has_a_page_in_its_own_folder_and_every_page_a_code() -> None:
    codes = {*all_words(), *notices.all_words()}
    found = {code: path.parent.parent for code, path in PAGES.items()}
    assert found == {code: ROOT / "src" / "logkeep" / home(code) for code in codes}
    for code in codes:
        assert page_of(code) == PAGES[code].read_text(encoding="utf-8")


def test_every_code_that_verify_prints_has_a_page() -> None:
    codes = {*get_args(FaultKind), *TITLES, BROKEN, UNVERIFIED}
    assert {code for code in codes if page_of(code) is None} == set()


def amiss(text: str, code: str) -> list[str]:
    """What a page lacks."""
    found = [] if text.startswith(f"# {code}\n\nAspect: ") else ["its head"]
    if re.findall(r"^## (.*)$", text, re.MULTILINE) != list(SECTIONS):
        found.append("its sections, in their order")
    parts = re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]
    found += [part for part in parts if len(part.strip()) <= 20]
    return found


def test_every_page_has_every_part() -> None:
    pages = {code: PAGES[code].read_text(encoding="utf-8") for code in all_words()}
    found = {code: amiss(text, code) for code, text in pages.items()}
    assert {code: lacks for code, lacks in found.items() if lacks} == {}


def test_every_page_holds_sound_json() -> None:
    for path in PAGES.values():
        for block in re.findall(r"```json\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
            assert json.loads(block), path.stem
