"""Every packet through real Describe answers (../shared/cases), by the public command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.command_line import Run
from support.places import shared, shared_lines

PATHS = "cases/network-paths.jsonl"
OURS = {
    "BF21-cross-account-peering-a-b": "unknown",
    "SG15-icmp-code-only-invalid": "unknown",
}
"""Lines that are disputed, and what the dispute says that Logkeep should answer."""
WITH_ACLS = {
    "NetworkAclId": "acl-default",
    "IsDefault": True,
    "Entries": [
        {
            "RuleNumber": 100,
            "Egress": egress,
            "Protocol": "-1",
            "RuleAction": "allow",
            "CidrBlock": "0.0.0.0/0",
        }
        for egress in (False, True)
    ],
}


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in shared_lines(PATHS)}


def answers(logkeep: Run, path: Path) -> dict[str, dict[str, Any]]:
    said = logkeep("try", "ping", "--cases", path, "--json")
    assert said.code == 0, said.err
    found = [json.loads(line) for line in said.out.splitlines()]
    return {row["id"]: row for row in found}


def test_every_line_is_answered_as_its_source_says(
    logkeep: Run, rows: dict[str, dict[str, Any]]
) -> None:
    found = answers(logkeep, shared(PATHS))
    assert list(found) == list(rows)
    for id_, row in rows.items():
        expected, got = row["expected"], found[id_]["got"]
        assert found[id_]["reason"], id_
        if id_ in OURS:
            assert row["disputed"]
            assert got["verdict"] == OURS[id_], id_
            continue
        assert got["verdict"] == expected["verdict"], (id_, found[id_])
        assert expected["reply"] in (None, got["reply"]), (id_, found[id_])
        check_stop(id_, expected["blocked_by"], got)
        check_rest(id_, expected, found[id_])


def check_stop(id_: str, wanted: dict[str, Any] | None, got: dict[str, Any]) -> None:
    if wanted is None:
        assert got["blocked_by"] is None or got["reply"] == "blocked", (id_, got)
        return
    for key in ("kind", "id", "direction", "rule", "leg"):
        if key in wanted:
            assert got["blocked_by"][key] == wanted[key], (id_, key, got)


def check_rest(id_: str, expected: dict[str, Any], found: dict[str, Any]) -> None:
    """The way, and the records where AWS states them."""
    if "path" in expected:
        path = iter(found["path"])
        ids = [each for each in expected["path"] if not each.startswith("vpc-")]
        assert all(id_ in path for id_ in ids), (id_, found["path"])
    if "flow_log" in expected:
        wanted = [line.split() for line in expected["flow_log"]]
        got = [line.split() for line in found["flow_log"]]
        fields = (0, 2, 3, 4, 5, 6, 7, 12, 13)
        assert [[row[i] for i in fields] for row in got] == [
            [row[i] for i in fields] for row in wanted
        ], id_


def test_without_its_network_acls_a_path_names_the_call_and_with_them_it_is_told(
    logkeep: Run, rows: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    row = rows["BF21-cross-account-peering-a-b"]
    found = answers(logkeep, write(tmp_path, row))[row["id"]]
    assert set(found["settle"]) == {"ec2:DescribeNetworkAcls"}
    associations = [{"SubnetId": subnet["SubnetId"]} for subnet in row["network"]["subnets"]]
    acl = WITH_ACLS | {"Associations": associations}
    whole = row | {"network": row["network"] | {"nacls": [acl]}}
    assert answers(logkeep, write(tmp_path, whole))[row["id"]]["got"]["verdict"] == "reaches"


def write(folder: Path, row: dict[str, Any]) -> Path:
    path = folder / "cases.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    return path
