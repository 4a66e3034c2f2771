"""Flow logs into a Firehose stream of another account, in the lab: set up, broken, mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kinds.vpc_flow.staging import ACCOUNT, begun, fleet
from lab_demo.broom import Broom
from logkeep.diagnose.diagnosis import Diagnosed, diagnose
from logkeep.lab.breaking.table import Break
from logkeep.lab.kinds.vpc_flow.breaking import BREAKING
from logkeep.sources.vpc_flow import FlowOptions
from support.labs import Bench, bench, streamed_into
from support.laws import first_code
from support.worlds import ACCOUNTS

STREAM = FlowOptions(to=("firehose",), stream="flow", stream_account="security")
SECURITY = ACCOUNTS["security"]
CODES = ("stream-", "delivery-", "flowlog-missing", "flowlog-failed")
BREAKS = [each for each in BREAKING.breaks if each.code.startswith(CODES)]


class Stand:
    """A lab whose staging account sends its flow logs into security's stream."""

    def __init__(self, lab: Bench) -> None:
        self.lab = lab
        begun(lab)
        streamed_into(lab, SECURITY)
        lab.mend()
        lab.pass_hours(0.5)
        self.broom = Broom(lab)


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    with bench(ACCOUNTS, fleet(STREAM)) as lab:
        yield Stand(lab)


def route(stand: Stand) -> Diagnosed:
    (found,) = diagnose(stand.lab.fleet, stand.lab.collect()).routes
    return found


def test_what_logkeep_sets_up_is_open_and_only_the_stream_can_tell_more(stand: Stand) -> None:
    found = route(stand)
    assert found.aspects["configured"] == found.aspects["permitted"] == "holds", found.first
    assert found.aspects["arriving"] == "unknown"
    assert found.first is not None
    assert "IncomingRecords" in found.first[1].settle
    assert found.first[1].evidence["status"] == "SUCCESS"


def test_the_records_reach_what_the_stream_leads_to(stand: Stand) -> None:
    s3 = stand.lab.client(SECURITY, "s3")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket="from-firehose")["Contents"]]
    body = s3.get_object(Bucket="from-firehose", Key=keys[0])["Body"].read().decode()
    assert all(line.startswith(f"2 {ACCOUNT} eni-") for line in body.splitlines())


def test_a_plan_made_then_is_empty(stand: Stand) -> None:
    assert stand.lab.plan().changes == ()


def codes(found: Diagnosed) -> set[Any]:
    return {finding.code for hop in found.hops for finding in hop.amiss if (
        finding.verdict == "fails")}  # fmt: skip


@pytest.mark.parametrize("each", BREAKS, ids=lambda each: each.code)
def test_what_is_broken_is_found_by_its_code_and_mended(stand: Stand, each: Break) -> None:
    broom = stand.broom
    broken = broom.spoil(each.code)
    stand.lab.pass_hours(max(each.hours, 0.5))
    found = route(stand)
    broom.mend(broken)
    stand.lab.mend()
    stand.lab.pass_hours(0.5)
    assert first_code(found) == each.code, found.first
    if each.code != "flowlog-missing":
        assert "flowlog-failed" in codes(found), "the service says so too"
    after = route(stand)
    assert codes(after) == set(), after.first
