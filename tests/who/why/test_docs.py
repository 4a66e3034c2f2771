"""The pages of who, why and the library: what they show is what is printed, and runs."""

from __future__ import annotations

import doctest

import pytest

from support.places import ROOT

GOLDEN = ROOT / "tests" / "golden" / "__snapshots__"


def test_the_library_page_runs() -> None:
    result = doctest.testfile(str(ROOT / "docs" / "policy.md"), module_relative=False)
    assert result.attempted > 10
    assert result.failed == 0


@pytest.mark.parametrize(
    ("page", "golden"),
    [
        ("who.md", "test_who/test_the_text[all-well].txt"),
        ("who.md", "test_who/test_the_text_across[healthy].txt"),
        ("why.md", "test_why/test_the_text_of_a_fix[bucket_drops_two].txt"),
        ("why.md", "test_why/test_the_text_by_way_of_a_role[trusted].txt"),
        ("why.md", "test_why/test_the_text[reader-reads].txt"),
        ("why.md", "test_why/test_the_text[administrator-cannot-decrypt].txt"),
        ("why.md", "test_why/test_the_text[cannot-tell].txt"),
    ],
)
def test_a_page_shows_the_golden(page: str, golden: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert (GOLDEN / golden).read_text(encoding="utf-8") in text
