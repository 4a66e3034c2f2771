"""One of several ways suffices: an own trail or the organization's, and a move between them."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.access.accounts import members_ask
from logkeep.diagnose.diagnosis import diagnose
from logkeep.lab.spoil import faults
from logkeep.plan import plan
from logkeep.route import Hop
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Fault
from logkeep.sources import registry
from logkeep.sources.routes import all_routes
from logkeep.value import Aspect, Standing
from support.examples import examples
from support.worlds import ACCOUNTS, applied, fleet_of, known_more, well, with_arrivals

TWO = dict(list(ACCOUNTS.items())[:2])
OWN = fleet_of(TWO)
SHARED = fleet_of(TWO, organization=True)
BACK = fleet_of(TWO, organization=False)
SHARED_ROLES = ("trail", "member")
"""The hops that are of one way alone; the bucket, the key and the readers serve all."""


@functools.cache
def both() -> Snapshot:
    """Own trails and the organization's beside each other, all delivering."""
    before = known_more(SHARED, well(OWN))
    after = applied(before, plan(SHARED, before))
    return with_arrivals(SHARED, known_more(SHARED, after))


def spoilt(*broken: Fault) -> Snapshot:
    snapshot = both()
    for fault in broken:
        for write in fault.writes:
            effect = registry.effects()[write.call]
            snapshot = snapshot.with_answers(effect(Facts(SHARED, snapshot), write))
    return snapshot


def of_trails(way: tuple[Hop, ...]) -> list[Fault]:
    facts = Facts(SHARED, both())
    own = [hop for hop in way if hop.role in SHARED_ROLES]
    found = [fault for hop in own for need in hop.needs for fault in faults(facts, hop, need)]
    # Without trusted access nobody speaks for members; with it gone the trail is of one account.
    return [fault for fault in found if fault.code != "organization-access-off"]


def ways_of(account: str, region: str) -> tuple[list[Fault], list[Fault]]:
    """The faults of the organization's trail, and those of the own one."""
    name = f"cloudtrail/{account}/{region}"
    (route,) = (r for r in all_routes(Facts(SHARED, both())) if r.name == name)
    return of_trails(route.hops), of_trails(route.instead[0])


PRODUCTION = TWO["production"]
OF_ORGANIZATION, OF_OWN = ways_of(PRODUCTION, "eu-west-1")
HERE = f"cloudtrail/{PRODUCTION}/eu-west-1"


def aspects(snapshot: Snapshot) -> dict[tuple[str, Aspect], Standing]:
    routes = diagnose(SHARED, snapshot).routes
    return {(r.name, aspect): v for r in routes for aspect, v in r.aspects.items()}


def verdict(snapshot: Snapshot) -> Standing:
    (route,) = (r for r in diagnose(SHARED, snapshot).routes if r.name == HERE)
    return route.verdict


@pytest.mark.parametrize("fault", [*OF_ORGANIZATION, *OF_OWN], ids=lambda fault: fault.code)
def test_a_fault_of_one_way_leaves_the_other(fault: Fault) -> None:
    assert verdict(spoilt(fault)) == "holds"


@given(st.sampled_from(OF_ORGANIZATION), st.sampled_from(OF_OWN))
@examples(40)
def test_a_fault_of_each_way_breaks_the_route(one: Fault, other: Fault) -> None:
    kinds = ("management-events-off", "data-events-off")
    if one.code in kinds and other.code in kinds:
        return  # two trails may share the kinds of events between them
    assert verdict(spoilt(one, other)) == "fails"


@given(st.data(), st.sampled_from([None, *OF_ORGANIZATION]), st.sampled_from([None, *OF_OWN]))
@examples(150)
def test_hiding_a_fact_heals_no_way(
    data: st.DataObject, one: Fault | None, other: Fault | None
) -> None:
    snapshot = spoilt(*(fault for fault in (one, other) if fault))
    hidden = data.draw(st.sampled_from(sorted(snapshot.answers)))
    before, after = aspects(snapshot), aspects(snapshot.without([hidden]))
    for place, found in after.items():
        assert found != "holds" or before[place] == "holds", (place, one, other)


@given(st.data(), st.sampled_from([*OF_ORGANIZATION, *OF_OWN]))
@examples(150)
def test_hiding_a_fact_of_the_way_that_holds_breaks_nothing(
    data: st.DataObject, broken: Fault
) -> None:
    """Nobody can say that logs are lost which a way may bring that could not be seen whole."""
    snapshot = spoilt(broken)
    hidden = data.draw(st.sampled_from(sorted(snapshot.answers)))
    assert verdict(snapshot.without([hidden])) in ("holds", "unknown")


def test_nothing_goes_before_the_logs_came_by_the_new_way() -> None:
    before = known_more(SHARED, well(OWN))
    made = plan(SHARED, before)
    assert not [c for c in made.changes if ":Delete" in c.call]
    assert plan(SHARED, known_more(SHARED, applied(before, made))).changes == ()


def test_then_what_logkeep_made_goes_and_all_still_holds() -> None:
    made = plan(SHARED, both())
    assert {(c.call, c.account) for c in made.changes} == {
        ("cloudtrail:DeleteTrail", account) for account in TWO.values()
    }
    after = known_more(SHARED, applied(both(), made))
    assert diagnose(SHARED, after).summary == {"holds": 4, "fails": 0, "unknown": 0, "accepted": 0}
    assert plan(SHARED, after).changes == ()


@pytest.mark.parametrize("fault", OF_ORGANIZATION, ids=lambda fault: fault.code)
def test_nothing_goes_while_the_new_way_is_broken(fault: Fault) -> None:
    made = plan(SHARED, spoilt(fault))
    assert not [c for c in made.changes if ":Delete" in c.call]


@pytest.mark.parametrize(
    ("others", "goes"),
    [((), True), (("444444444444", "ACTIVE"), False), (("444444444444", "SUSPENDED"), True)],
    ids=["all listed", "one unlisted", "one suspended"],
)
def test_the_way_back_asks_about_every_account(others: tuple[str, ...], goes: bool) -> None:
    """The organization's trail goes only when each active account is recorded without it."""
    listed = [{"Id": account, "State": "ACTIVE"} for account in TWO.values()]
    listed += [{"Id": others[0], "State": others[1]}] if others else []
    after = with_arrivals(BACK, known_more(BACK, both()))
    question = members_ask(TWO["security"], BACK.home_region)
    made = plan(BACK, after.with_answers({question: reply({"Accounts": listed})}))
    gone = [c.address for c in made.changes if ":Delete" in c.call]
    assert [arn.endswith("/logkeep-acme") for arn in gone] == ([True] if goes else [])


def test_the_way_back_stays_open_where_the_accounts_could_not_be_listed() -> None:
    question = members_ask(TWO["security"], BACK.home_region)
    after = with_arrivals(BACK, known_more(BACK, both())).without([question])
    assert not [c for c in plan(BACK, after).changes if ":Delete" in c.call]


def test_hiding_a_policy_does_not_hide_that_global_events_come_twice() -> None:
    """Found by the law above: a doubt about who delivers is a doubt about who is one too many."""
    (single,) = (fault for fault in OF_OWN if fault.code == "trail-single-region")
    snapshot = spoilt(single)
    leader = f"cloudtrail/{PRODUCTION}/us-east-1"
    before = {r.name: r.verdict for r in diagnose(SHARED, snapshot).routes}
    assert before[leader] == "fails"
    for question in sorted(snapshot.answers):
        after = diagnose(SHARED, snapshot.without([question])).routes
        assert {r.verdict for r in after if r.name == leader} <= {"fails", "unknown"}, question
