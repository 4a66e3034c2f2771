"""docs/fleet-file.md says what the types say that a fleet file is read into."""

from __future__ import annotations

import re

import pytest

from logkeep.fleet import Fleet
from logkeep.fleet.draft import Draft, draft_text, started
from logkeep.fleet.file import read_fleet
from logkeep.fleet.options import by_table, declared, heading, in_logs, keys
from logkeep.show.fleet_file import reference
from logkeep.sources import kinds
from support.places import ROOT

PAGE = ROOT / "docs" / "fleet-file.md"


def test_the_page_of_the_fleet_file_is_up_to_date(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("update_snapshots"):
        PAGE.write_text(reference(kinds()), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == reference(kinds())


def test_every_option_of_every_kind_has_its_row_and_says_what_it_is_for() -> None:
    headings = [(f'### `source = "{name}"`', own) for name, own in in_logs(kinds()).items()]
    headings += [(f"## `{heading(name)}`", own) for name, own in by_table(kinds())]
    for place, own in headings:
        part = reference(kinds()).split(place)[1].split("\n#")[0]
        assert re.findall(r"(?m)^\| `([a-z-]+)`", part) == list(keys(own))
        for each in declared(own):
            assert each.option.says.endswith(".")
            assert each.option.example


def test_a_new_file_with_all_its_examples_taken_reads() -> None:
    text = draft_text(Draft(started(kinds())), kinds())
    uncommented = re.sub(r"(?m)^# (?=[a-z-]+ = |\[)", "", text)
    found = read_fleet(uncommented, kinds())
    assert isinstance(found, Fleet), found
    assert {each.source for each in found.logs} == set(kinds())
    for entry in found.logs:
        values = [getattr(entry.options, d.field) for d in declared(type(entry.options))]
        assert all(value not in ("", (), None) for value in values)
