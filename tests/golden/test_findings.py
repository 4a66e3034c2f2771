"""docs/findings/README.md lists the page of every finding, where it lies."""

from __future__ import annotations

import pytest

from logkeep.show.words import all_words
from support.places import ROOT

FOLDERS = sorted((ROOT / "src" / "logkeep").glob("**/findings"))
INDEX = ROOT / "docs" / "findings" / "README.md"
HEAD = """\
# Findings

One page a finding: what, why it happens, how it shows, before and after. `logkeep help CODE` prints
it, for each page ships with the program, in the folder of the kind of log that has the finding.
`make golden` rewrites this list.
"""


def index() -> str:
    """The list, folder by folder."""
    lines = [HEAD]
    for folder in FOLDERS:
        whose, place = folder.parent.name, folder.relative_to(ROOT)
        lines += [f"## {'what all kinds of log share' if whose == 'archive' else whose}", ""]
        codes = sorted(path.stem for path in folder.glob("*.md") if path.stem in all_words())
        lines += [*(f"* [{code}](../../{place}/{code}.md)" for code in codes), ""]
    return "\n".join(lines)


def test_the_list_of_pages_is_up_to_date(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("update_snapshots"):
        INDEX.parent.mkdir(exist_ok=True)
        INDEX.write_text(index(), encoding="utf-8")
    assert INDEX.read_text(encoding="utf-8") == index()
