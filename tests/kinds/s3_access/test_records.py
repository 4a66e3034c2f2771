"""Lines of access logs as others published them (rules 9.8, 9.9, 13.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.sources.s3_access.records import FIELDS, AccessRecord, NoRecord, read_record
from support.examples import examples
from support.places import shared

FILES = {
    "MADE_HERE_batch_delete.log": 26,
    "logstash-18-fields.log": 18,
    "logstash_s3_access.txt": 18,
    "otel_28_fields_2026.log": 28,
    "otel_multi.log": 26,
    "otel_quoted_dash_uri.log": 26,
    "promtail_s3accesslog.log": 26,
}
"""The files, and the fields of each one's first line."""


@pytest.mark.parametrize("name", FILES)
def test_every_line_of_a_real_file_is_understood(name: str) -> None:
    lines = [line for line in shared(f"data/s3-access/{name}").read_text().splitlines() if line]
    for line in lines:
        found = read_record(line)
        assert isinstance(found, AccessRecord), (line, found)
        assert found.at is not None
        assert found.fields["operation"].count(".") >= 1
        assert found.fields["bucket"] in line
    first = read_record(lines[0])
    assert isinstance(first, AccessRecord)
    given_fields = len(first.fields) + len(first.more)
    assert given_fields <= FILES[name]
    assert first.more == (("ExtraUnknownField",) if "28_fields" in name else ())


def line_of(values: dict[str, str]) -> str:
    quoted = {"request_uri", "referer", "user_agent"}
    texts = [
        f"[{values[n]}]" if n == "time" else f'"{values[n]}"' if n in quoted else values[n]
        for n in FIELDS
    ]
    return " ".join(texts)


BASE = {name: f"{name}-x" for name in FIELDS} | {"time": "06/Feb/2026:00:00:38 +0000"}


@examples(200)
@given(st.text(st.characters(codec="ascii", exclude_characters="\n\r"), max_size=40))
def test_what_stands_in_a_quoted_field_is_its_own(agent: str) -> None:
    """A user agent says what it likes: only its end could be mistaken, by a quote and a space."""
    found = read_record(line_of({**BASE, "user_agent": agent}))
    if '" ' in f'{agent}"' or agent.startswith("-"):
        return
    assert isinstance(found, AccessRecord)
    assert found.fields.get("user_agent", "-") == (agent or "")
    assert found.fields["source_region"] == "source_region-x"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "has 0 fields"),
        ("a b [06/Feb/2026:00:00:38 +0000] 1.2.3.4", "has 4 fields"),
        ('a b [06/Feb/2026:00:00:38 +0000] c d e f g "GET /x', "is not closed"),
        (line_of({**BASE, "time": "yesterday"}), "no time"),
    ],
)
def test_what_is_no_record_says_why(line: str, says: str) -> None:
    found = read_record(line)
    assert isinstance(found, NoRecord)
    assert says in found.says


def test_a_long_line_takes_a_look_at_each_character() -> None:
    assert isinstance(read_record('"' * 200_000), NoRecord | AccessRecord)
    assert isinstance(read_record("[" * 200_000), NoRecord)
