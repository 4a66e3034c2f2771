"""The three laws through the lab: set up by a plan, delivered, broken by its code, mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kinds.s3_access.staging import EACH, begun, fleet, used
from kinds.s3_access.worlds import ACCOUNT
from lab_demo.broom import Broom
from logkeep.diagnose.diagnosis import diagnose
from logkeep.lab.breaking.calls import CannotBreak
from logkeep.lab.spoil import faults
from logkeep.snapshot.facts import Facts
from logkeep.sources.routes import all_routes
from support.labs import Bench, bench
from support.laws import first_code
from support.worlds import ACCOUNTS


@pytest.fixture(scope="module")
def each() -> Iterator[Bench]:
    """A target made in each Region."""
    with bench(ACCOUNTS, fleet(EACH)) as lab:
        begun(lab)
        yield lab


def test_laws_1_and_2_from_nothing_to_arriving(each: Bench) -> None:
    before = each.diagnose()
    assert {(r.verdict, first_code(r)) for r in before.routes} == {("fails", "accesslog-off")}
    made = each.mend()
    assert made.blocked == ()
    used(each)
    found = each.diagnose()
    assert len(found.routes) == 2
    for route in found.routes:
        aspects = [route.aspects[name] for name in ("configured", "permitted", "arriving")]
        assert aspects == ["holds"] * 3, route
    assert each.plan().changes == ()


def test_law_3_every_fault_by_real_calls_is_found_and_mended(each: Bench) -> None:
    """What takes an owner or cannot be undone comes last."""
    each.mend()
    facts = Facts(each.fleet, each.collect())
    first = next(iter(all_routes(facts)))
    told = [fault for hop in first.hops for need in hop.needs for fault in faults(facts, hop, need)]
    told.sort(key=lambda fault: fault.code == "target-locked")
    assert len({fault.code for fault in told}) >= 5
    for fault in told:
        policy = policy_of(each, first.hops[1].arn)
        for write in fault.writes:
            service, _, operation = write.call.partition(":")
            client = each.client(write.account, service, write.region)
            client._make_api_call(operation, write.arguments)
        seen = each.collect()
        found = {route.name: route for route in diagnose(each.fleet, seen).routes}
        assert first_code(found.pop(first.name)) == fault.code, fault
        assert {route.verdict for route in found.values()} == {"holds"}, fault
        blocked = {entry.code for entry in each.mend(seen).blocked}
        assert blocked <= {fault.code}, fault
        if blocked and fault.code == "target-refuses":  # a foreign Deny, which its owner takes back
            name = first.hops[1].arn.rpartition(":")[2]
            each.client(ACCOUNT, "s3").put_bucket_policy(Bucket=name, Policy=policy)
        assert (each.plan().changes == ()) or blocked


def policy_of(lab: Bench, arn: str) -> str:
    answer: dict[str, Any] = lab.client(ACCOUNT, "s3").get_bucket_policy(
        Bucket=arn.rpartition(":")[2]
    )
    return str(answer["Policy"])


def test_where_no_target_is_named_any_will_do(each: Bench) -> None:
    with pytest.raises(CannotBreak, match="no `target`"):
        Broom(each).spoil("accesslog-elsewhere")
