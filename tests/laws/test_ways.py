"""One of several ways suffices: an own trail or the organization's, and a move between them."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.access.accounts import members_ask
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.lab.spoil import faults
from logkeep.plan import plan
from logkeep.route import Hop, Route
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Fault
from logkeep.sources.routes import all_routes
from logkeep.value import Standing
from support.examples import examples
from support.laws import Aspects, World, aspects_of
from support.worlds import ACCOUNTS, applied, fleet_of, known_more, well, with_arrivals

TWO = dict(list(ACCOUNTS.items())[:2])
OWN = fleet_of(TWO)
SHARED = fleet_of(TWO, organization=True)
BACK = fleet_of(TWO, organization=False)
SHARED_ROLES = ("trail", "member")
"""The hops that are of one way alone; the bucket, the key and the readers serve all."""


def besides(shared: Fleet) -> Snapshot:
    """Own trails and the organization's beside each other, all delivering."""
    before = known_more(shared, well(OWN))
    after = applied(before, plan(shared, before))
    return with_arrivals(shared, known_more(shared, after))


BOTH = World(SHARED, besides)


def of_trails(way: tuple[Hop, ...]) -> list[Fault]:
    facts = Facts(SHARED, BOTH.healthy)
    own = [hop for hop in way if hop.role in SHARED_ROLES]
    found = [fault for hop in own for need in hop.needs for fault in faults(facts, hop, need)]
    # Without trusted access nobody speaks for members; with it gone the trail is of one account.
    return [fault for fault in found if fault.code != "organization-access-off"]


PRODUCTION = TWO["production"]
HERE = f"cloudtrail/{PRODUCTION}/eu-west-1"


@functools.cache
def of_organization() -> list[Fault]:
    """The faults of the organization's trail."""
    return of_trails(here().hops)


@functools.cache
def of_own() -> list[Fault]:
    """The faults of the account's own trail."""
    return of_trails(here().instead[0])


def here() -> Route:
    (route,) = (r for r in all_routes(Facts(SHARED, BOTH.healthy)) if r.name == HERE)
    return route


ORGANIZATIONS = st.deferred(lambda: st.sampled_from(of_organization()))
OWN_ONES = st.deferred(lambda: st.sampled_from(of_own()))
NONE_OR_ORGANIZATIONS = st.deferred(lambda: st.sampled_from([None, *of_organization()]))
NONE_OR_OWN = st.deferred(lambda: st.sampled_from([None, *of_own()]))


def aspects(snapshot: Snapshot) -> Aspects:
    return aspects_of(diagnose(SHARED, snapshot))


def verdict(snapshot: Snapshot) -> Standing:
    (route,) = (r for r in diagnose(SHARED, snapshot).routes if r.name == HERE)
    return route.verdict


def test_a_fault_of_one_way_leaves_the_other(subtests: pytest.Subtests) -> None:
    for fault in (*of_organization(), *of_own()):
        with subtests.test(f"{fault.code}: {fault.says}"):
            assert verdict(BOTH.spoilt(fault)) == "holds"


@given(ORGANIZATIONS, OWN_ONES)
@examples(40)
def test_a_fault_of_each_way_breaks_the_route(one: Fault, other: Fault) -> None:
    kinds = ("management-events-off", "data-events-off")
    if one.code in kinds and other.code in kinds:
        return  # two trails may share the kinds of events between them
    assert verdict(BOTH.spoilt(one, other)) == "fails"


@given(st.data(), NONE_OR_ORGANIZATIONS, NONE_OR_OWN)
@examples(150)
def test_hiding_a_fact_heals_no_way(
    data: st.DataObject, one: Fault | None, other: Fault | None
) -> None:
    snapshot = BOTH.spoilt(*(fault for fault in (one, other) if fault))
    hidden = data.draw(st.sampled_from(sorted(snapshot.answers)))
    before, after = aspects(snapshot), aspects(snapshot.without([hidden]))
    for place, found in after.items():
        assert found != "holds" or before[place] == "holds", (place, one, other)


@given(st.data(), ORGANIZATIONS | OWN_ONES)
@examples(150)
def test_hiding_a_fact_of_the_way_that_holds_breaks_nothing(
    data: st.DataObject, broken: Fault
) -> None:
    """Nobody can say that logs are lost which a way may bring that could not be seen whole."""
    snapshot = BOTH.spoilt(broken)
    hidden = data.draw(st.sampled_from(sorted(snapshot.answers)))
    assert verdict(snapshot.without([hidden])) in ("holds", "unknown")


def test_nothing_goes_before_the_logs_came_by_the_new_way() -> None:
    before = known_more(SHARED, well(OWN))
    made = plan(SHARED, before)
    assert not [c for c in made.changes if ":Delete" in c.call]
    assert plan(SHARED, known_more(SHARED, applied(before, made))).changes == ()


def test_then_what_logkeep_made_goes_and_all_still_holds() -> None:
    made = plan(SHARED, BOTH.healthy)
    assert {(c.call, c.account) for c in made.changes} == {
        ("cloudtrail:DeleteTrail", account) for account in TWO.values()
    }
    after = known_more(SHARED, applied(BOTH.healthy, made))
    assert diagnose(SHARED, after).summary == {"holds": 4, "fails": 0, "unknown": 0, "accepted": 0}
    assert plan(SHARED, after).changes == ()


def test_nothing_goes_while_the_new_way_is_broken(subtests: pytest.Subtests) -> None:
    for fault in of_organization():
        with subtests.test(f"{fault.code}: {fault.says}"):
            made = plan(SHARED, BOTH.spoilt(fault))
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
    after = with_arrivals(BACK, known_more(BACK, BOTH.healthy))
    question = members_ask(TWO["security"], BACK.home_region)
    made = plan(BACK, after.with_answers({question: reply({"Accounts": listed})}))
    gone = [c.address for c in made.changes if ":Delete" in c.call]
    assert [arn.endswith("/logkeep-acme") for arn in gone] == ([True] if goes else [])


def test_the_way_back_stays_open_where_the_accounts_could_not_be_listed() -> None:
    question = members_ask(TWO["security"], BACK.home_region)
    after = with_arrivals(BACK, known_more(BACK, BOTH.healthy)).without([question])
    assert not [c for c in plan(BACK, after).changes if ":Delete" in c.call]


def test_hiding_a_policy_does_not_hide_that_global_events_come_twice() -> None:
    """Found by the law above: a doubt about who delivers is a doubt about who is one too many."""
    (single,) = (fault for fault in of_own() if fault.code == "trail-single-region")
    snapshot = BOTH.spoilt(single)
    leader = f"cloudtrail/{PRODUCTION}/us-east-1"
    before = {r.name: r.verdict for r in diagnose(SHARED, snapshot).routes}
    assert before[leader] == "fails"
    for question in sorted(snapshot.answers):
        after = diagnose(SHARED, snapshot.without([question])).routes
        assert {r.verdict for r in after if r.name == leader} <= {"fails", "unknown"}, question
