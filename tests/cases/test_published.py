"""Configurations that people published or asked about, each as its source says that it behaves.

`data/published.jsonl` names for each row the page, the file or the thread that it is a fact of.
What is right is never broken here, what is broken never fine: where sources disagree it is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cases.reports import fleet_of_report, world_of_report
from kinds.replication import test_cases as copies
from kinds.s3_access import worlds as access
from kinds.vpc_flow import worlds as flow
from kinds.vpc_flow.test_cases import BY_GROUP, ROUTE, TO_GROUP, by_hand, role_of, with_policy
from logkeep.cli.program import run
from logkeep.diagnose.diagnosis import Diagnosed, diagnose
from logkeep.plan import plan
from support.small import small
from support.worlds import with_arrivals

DATA = Path(__file__).with_name("data")
Row = dict[str, Any]
Tried = Callable[[str, list[Row]], list[Row]]


def read(name: str) -> list[Row]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


ROWS = read("published.jsonl")
SET_UPS = {row["id"]: row["config"] for row in read("set-ups.jsonl")}


def of(area: str) -> Any:
    """The rows of an area, a test each."""
    rows = [row for row in ROWS if row["area"] == area]
    return pytest.mark.parametrize("row", rows, ids=lambda row: row["id"])


def test_each_has_its_name_and_its_source() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS) > 100
    assert all(len(row["source"]) > 10 for row in ROWS)


def is_as_said(route: Diagnosed, row: Row) -> None:
    """The delivery stands as the row says, and the first link in its way is the row's."""
    assert route.aspects["permitted"] == row["permitted"]
    amiss = [f for hop in route.hops for f in hop.amiss if f.aspect == "permitted"]
    if row["permitted"] == "holds":
        assert amiss == []
        return
    first = next(each for each in amiss if each.verdict == row["permitted"])
    assert first.code == row["code"]
    assert row.get("action") in (None, first.evidence["action"])
    assert first.settle or row["permitted"] == "fails"


@of("cloudtrail")
def test_a_trail(row: Row) -> None:
    config = {**SET_UPS[row["set_up"]], **row["changed"]}
    fleet, now = fleet_of_report(config), world_of_report(config, arrives=row["arrives"])
    for route in diagnose(fleet, now).routes:
        is_as_said(route, row)
    if row["permitted"] != "fails":
        return
    made = plan(fleet, now)
    part = "s3:PutBucketPolicy" if "bucket_policy" in row["changed"] else "kms:PutKeyPolicy"
    blocked = {each.code for each in made.blocked if each.aspect == "permitted"}
    assert part in {change.call for change in made.changes} or row["code"] in blocked


def test_an_organizations_trail_is_made_where_its_owner_may_write_too() -> None:
    """As natsukium/dotfiles pull 715 has it: else CreateTrail is refused."""
    (row,) = (row for row in ROWS if row["id"] == "ct-organizations-folder-alone")
    config: Row = {**SET_UPS[row["set_up"]], **row["changed"], "trails": []}
    made = plan(fleet_of_report(config), world_of_report(config, arrives=False))
    (written,) = (c for c in made.changes if c.call == "s3:PutBucketPolicy")
    (trail,) = (c for c in made.changes if c.call == "cloudtrail:CreateTrail")
    assert f"AWSLogs/{trail.account}/*" in str(written.arguments["Policy"])
    assert made.changes.index(written) < made.changes.index(trail)


@of("vpc-flow")
def test_flow_logs_into_a_bucket(row: Row) -> None:
    wanted = flow.fleet()
    log = flow.flow_log("fl-0aa", **placed(row["flow_log"]))
    now = with_policy(by_hand(wanted, log), row["bucket_policy"])
    route = next(each for each in diagnose(wanted, now).routes if each.name == ROUTE)
    is_as_said(route, row)


def placed(told: Row) -> Row:
    return json.loads(json.dumps(told).replace("acme-flow-logs", "secprod-multiaccount-logs"))


@of("vpc-flow-role")
def test_flow_logs_by_a_role(row: Row) -> None:
    wanted = flow.fleet(TO_GROUP)
    now = flow.bare(wanted).with_answers(flow.flow_logs(flow.to_group("fl-0aa")))
    now = role_of(flow.known_more(wanted, now), row["trust"], row["policy"])
    if row["comes"]:
        now = with_arrivals(wanted, flow.known_more(wanted, now))
    route = next(each for each in diagnose(wanted, now).routes if each.name == BY_GROUP)
    is_as_said(route, row)
    asked = [c for c in plan(wanted, now).changes if c.call == "iam:PutRolePolicy"]
    assert row["permitted"] == "holds" or row["code"] == "role-trust" or asked


@of("replication-role")
def test_replication_by_a_role(row: Row) -> None:
    wanted, well = copies.under_keys() if row["keys"] else copies.plain()
    now = copies.with_role(wanted, well, row["policy"])
    is_as_said(copies.found(wanted, now), row)
    copies.is_mended(wanted, now)


@of("s3-access")
def test_access_logs(row: Row) -> None:
    wanted = access.fleet()
    now = access.by_hand(row["bucket_policy"])
    routes = diagnose(wanted, now).routes
    (route,) = (each for each in routes if each.name.endswith(access.DATA))
    is_as_said(route, row)


@pytest.fixture
def tried(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Tried:
    """What `logkeep try … --cases` says of each line."""

    def answers(kind: str, lines: list[Row]) -> list[Row]:
        path = tmp_path / "cases.jsonl"
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
        run(["try", kind, "--cases", str(path), "--json"])
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return answers


@pytest.mark.parametrize("kind", ["put", "replicate"])
def test_objects(kind: str, tried: Tried, subtests: pytest.Subtests) -> None:
    rows = [row for row in ROWS if row["area"] == kind]
    lines = [{**row["case"], "id": row["id"]} for row in rows]
    for row, answer in zip(rows, tried(kind, lines), strict=True):
        with subtests.test(row["id"]):
            got, wanted = answer["got"], row["expected"]
            if kind == "replicate":
                assert [each["destination"] for each in got["replicated"]] == wanted["replicated"]
                assert bool(got["unknown"]) == wanted.get("unknown", False)
                assert wanted.get("why") in (None, got["why"])
                continue
            assert got["allowed"] is wanted["allowed"]
            assert wanted.get("code") in (None, got["code"])
            stored: Row = got["stored"] or {}
            assert wanted.get("encryption") in (None, stored.get("encryption"))


def test_packets(tried: Tried, subtests: pytest.Subtests) -> None:
    rows = [row for row in ROWS if row["area"] == "ping"]
    lines = [
        {"id": row["id"], "source": row["source"], "network": small() | row["network"],
         "flow": row["flow"]}
        for row in rows
    ]  # fmt: skip
    for row, answer in zip(rows, tried("ping", lines), strict=True):
        with subtests.test(row["id"]):
            got, wanted = answer["got"], row["expected"]
            assert (got["verdict"], got["reply"]) == (wanted["verdict"], wanted["reply"])
            stop: Row = got["blocked_by"] or {}
            by: Row = wanted["blocked_by"] or {}
            assert {key: stop.get(key) for key in by} == by
            assert by or not stop
