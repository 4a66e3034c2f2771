"""Flow-log records, line by line: real ones and broken ones, by the public command."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.network.fields import DEFAULT, VERSIONS, Format, Wrong, read_format
from logkeep.network.records import Header, Record, read_lines, read_record
from support.command_line import Run
from support.examples import examples
from support.places import SHARED, shared, without
from support.small import Row, entry, network_of, small, with_acl

DATA = SHARED / "data"
FILES = [*sorted(DATA.glob("vpc-flow/*")), *sorted(DATA.glob("aws-docs/flow_*"))]
TEXTS = [path for path in FILES if re.search(r"\.(log|txt)(\.gz)?$", path.name)]
UNREADABLE = {
    "otel_too_many_fields.log": "15 columns",
    "v5-with-a-bad-line.log": "2 of the 29 fields",
    "v5_custom_header.log": "2 of the 29 fields",
}
"""Files with a line that is none: what is said of it."""
ODD = {
    "otel_nodata.log": {"no-data"},
    "v2.log": {"no-data", "skipped-data"},
    "millisecond_timestamps.txt": {"skipped-data", "milliseconds"},
    "otel_v7_ecs_DISPUTED_version.log": {"version-disagrees"},
    "flow_v3_tcp_flags.log": {"double-space"},
    "flow_v2_examples.log": {"no-data", "skipped-data", "ipv6"},
}
LINE = "2 123456789010 eni-1 10.0.0.1 10.0.0.2 49152 443 6 10 840 1439387263 1439387264 ACCEPT OK"


def lines_of(path: Path) -> list[str]:
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    return [line for line in text.decode().split("\n") if line]


@without("data")
@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_a_real_file_is_explained_line_by_line(path: Path, logkeep: Run) -> None:
    lines = lines_of(path)
    arguments = [part for line in lines for part in ("--record", line)]
    said = logkeep("try", "ping", *arguments, "--json")
    found = json.loads(said.out)["records"]
    assert len(found) == len(lines)
    bad = [each for each in found if each["kind"] == "unreadable"]
    assert [UNREADABLE[path.name] in each["says"] for each in bad] == [True] * len(bad)
    assert bool(bad) == (path.name in UNREADABLE)
    assert said.code == (2 if bad else 0)
    oddities = {name for each in found for name in each.get("oddities", ())}
    assert oddities >= ODD.get(path.name, set())
    for line, each in zip(lines, found, strict=True):
        if each["kind"] == "record":
            check_words(line, each)


def check_words(line: str, found: dict[str, Any]) -> None:
    """Nothing is said that the record does not say."""
    fields, says = found["fields"], " ".join([found["says"], *found["facts"]])
    values = set(line.split())
    assert set(fields.values()) <= values
    for address in re.findall(r"\d+\.\d+\.\d+\.\d+", says):
        assert address in values
    if fields.get("action") != "REJECT":
        assert "refused" not in says
    if "flow-direction" not in fields:
        assert "coming in" not in says
        assert "going out" not in says
    if found["status"] != "OK":
        assert " from " not in found["says"]


def test_the_records_inside_a_parsers_samples_are_read() -> None:
    path = shared("data/vpc-flow/opensearch_sample.json")
    bodies = [row["body"] for row in json.loads(path.read_text())]
    assert bodies
    for body in bodies:
        found = read_record(body)
        assert isinstance(found, Record), found
        assert list(found.fields.values()) == [each for each in body.split() if each != "-"]


NAMES = st.lists(st.sampled_from(sorted(VERSIONS)), min_size=1, max_size=20, unique=True)


@given(NAMES)
@examples(100)
def test_a_format_reads_as_it_is_written(names: list[str]) -> None:
    for text in (" ".join(f"${{{name}}}" for name in names), " ".join(names), ",".join(names)):
        assert read_format(text) == Format(tuple(names))


@given(st.text(max_size=200))
@examples(200)
def test_no_text_breaks_the_reading(text: str) -> None:
    for found in read_lines([text, LINE]):
        assert isinstance(found, Record | Header | Wrong)


@given(st.integers(0, len(LINE)))
@examples(100)
def test_a_cut_record_is_never_read_as_whole(at: int) -> None:
    """Cut inside its last field, a record says a status that there is not."""
    found = read_record(LINE[:at])
    assert isinstance(found, Wrong) == (at < len(LINE))


def test_a_header_says_how_to_read_what_follows() -> None:
    lines = ["dstaddr srcaddr action", "10.0.0.2 10.0.0.1 REJECT", "action srcaddr", "ACCEPT -"]
    found = list(read_lines(lines))
    records = [each for each in found if isinstance(each, Record)]
    assert [each.fields for each in records] == [
        {"dstaddr": "10.0.0.2", "srcaddr": "10.0.0.1", "action": "REJECT"},
        {"action": "ACCEPT"},
    ]


def test_all_fields_of_all_versions_are_known() -> None:
    """Rule 6.2.3: 54 of VPC flow logs, beside those of transit gateways."""
    vpc = [name for name, version in VERSIONS.items() if version != 6]
    assert len(vpc) == 54
    assert tuple(name for name, version in VERSIONS.items() if version == 2) == DEFAULT


PING = "2 111111111111 eni-web 10.0.0.10 192.0.2.9 0 0 1 4 336 1432917094 1432917142 REJECT OK"


def test_todays_rules_are_named_where_a_network_is_given(logkeep: Run, tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    path.write_text(json.dumps(with_acl(small(), "acl-1", [entry(100, False, True)])))
    said = logkeep("try", "ping", "--record", PING, "--network", path, "--json")
    today = json.loads(said.out)["records"][0]["today"]
    assert today["direction"] == "outbound"
    assert today["answering"]["passes"] is False
    assert "acl-1" in today["answering"]["says"]
    gone = logkeep("try", "ping", "--record", PING.replace("eni-web", "eni-old"), "--network", path)
    assert gone.code == 0
    assert "not in the network" in gone.out


def test_todays_rules_that_let_it_by_are_named_too(logkeep: Run, tmp_path: Path) -> None:
    document: Row = small()
    assert network_of(document)
    path = tmp_path / "network.json"
    path.write_text(json.dumps(document))
    said = logkeep("try", "ping", "--record", PING, "--network", path, "--json")
    today = json.loads(said.out)["records"][0]["today"]
    assert today["opening"]["passes"] is True
    assert "sg-web" in today["opening"]["says"]
    assert "rule 100" in today["opening"]["says"]


@pytest.mark.parametrize(
    ("end", "oddity"),
    [
        ("1700000060 REJECT NODATA", "says-both"),
        ("1700000060 ACCEPT SKIPDATA", "says-both"),
        ("1699999990 ACCEPT OK", "ends-first"),
        ("1700000060 ACCEPT OK", None),
        ("1700000060 - NODATA", None),
    ],
)
def test_what_contradicts_itself_is_remarked(end: str, oddity: str | None) -> None:
    line = f"2 111111111111 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 40 1700000000 {end}"
    found = read_record(line, Format(DEFAULT))
    assert isinstance(found, Record)
    assert {*found.oddities} & {"says-both", "ends-first"} == ({oddity} if oddity else set())
