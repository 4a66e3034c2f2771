"""No condition key in any policy turns an answer into a wrong certainty, whoever asks.

`make laws` goes through every key of the catalogue, in every kind of policy, for every kind of
caller; here a part of that, and the very requests of each kind of log.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.cloudtrail.cloudwatch.streams import asking, set_up
from laws.test_every_kind import asking_only, own_worlds
from logkeep.lab.call import Caller
from logkeep.policy import Request
from logkeep.route import Allows
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.sources.routes import all_routes
from logkeep.value import account_of
from logkeep.who.why import Question, question, why
from support import every_key, scenes
from support.examples import examples
from support.generated import CALLERS
from support.worlds import READER, well

KEYS = every_key.every_key()


def test_the_whole_catalogue_and_every_kind_of_caller_is_asked() -> None:
    services = {key.key.partition(":")[0] for key in KEYS}
    assert {"aws", "s3", "kms", "sts", "logs", "ec2"} <= services
    assert {caller.kind for caller in CALLERS.values()} == {
        *("service", "user", "role", "root", "federated", "anonymous", "provider")
    }


@examples(30)
@given(st.randoms(use_true_random=False), st.sampled_from(KEYS))
def test_a_sure_answer_is_that_of_every_request_that_may_be_made(
    rng: random.Random, key: every_key.Given
) -> None:
    for where in every_key.POSITIONS:
        for who in rng.sample(every_key.WHO, 4):
            assert every_key.compare(rng, where, key, who)[1] is None


def test_a_part_of_the_catalogue_goes_through_all_places_and_callers() -> None:
    counted: Counter[str] = Counter()
    some = random.Random(10**6).sample(KEYS, 20)
    assert list(every_key.disagreements(10**6, counted, some)) == []
    decisions = sum(counted.values())
    assert decisions > 2_000
    # What is open is bounded: hardly ever is unknown what every real request agrees on.
    assert counted["Unknown though sure"] < 0.06 * decisions, counted
    assert all(counted[each] > 0.05 * decisions for each in ("Allowed", "ExplicitlyDenied"))


def own_requests() -> dict[str, Request]:
    """Every request by which a kind of log is delivered, once for each caller and action."""
    fleets = [(asking_only(name), name) for name in sources()]
    worlds = [(f, w) for f, name in fleets for w in (well(f), *own_worlds(name))]
    worlds.append((asking(), set_up(asking())))
    found: dict[str, Request] = {}
    for fleet, snapshot in worlds:
        for route in all_routes(Facts(fleet, snapshot)):
            for hop in (hop for way in route.ways for hop in way):
                for need in (need for need in hop.needs if isinstance(need, Allows)):
                    asked = need.request
                    by = "role" if asked.principal.startswith("arn:") else asked.principal
                    found.setdefault(f"{route.source} {by} {asked.action}", asked)
    return found


OWN = own_requests()
PLACES = {"s3": "bucket", "kms": "key", "sts": "trust", "logs": "log group"}


@pytest.mark.parametrize("name", OWN)
def test_the_requests_of_a_kind_of_log_are_sure_of_what_is_documented_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every key of the catalogue beside what the delivery is known to send."""
    asked, rng = OWN[name], random.Random(name)
    assert asked.unknown == {"*"}
    who, account = asked.principal, account_of(asked.principal)
    caller = Caller(
        account, f"{who}-session" if account else who, "role" if account else "service",
        who, role_arn=who if account else "",
    )  # fmt: skip
    monkeypatch.setitem(CALLERS, who, caller)
    told = every_key.told_by(asked)
    place = PLACES[asked.action.partition(":")[0]]
    places = (place, "rcp", *(("identity", "scp", "boundary") if account else ()))
    for key in rng.sample(KEYS, 60):
        for where in places:
            assert every_key.of_request(rng, where, key, asked, told)[1] is None


@pytest.mark.parametrize("principal", [READER, "cloudtrail.amazonaws.com", "anonymous"])
def test_why_asks_of_a_request_of_which_all_else_is_open(principal: str) -> None:
    facts = Facts(scenes.FLEET, scenes.healthy())
    asked = question(facts, principal, "s3:GetBucketAcl", scenes.FLEET.bucket_arn, {})
    assert isinstance(asked, Question)
    request = why(facts, asked).rulings[0].request
    assert request.unknown == {"*"}
    if principal != "cloudtrail.amazonaws.com":
        sure = {"aws:securetransport", "aws:principalorgid", "aws:currenttime", "aws:epochtime"}
        assert set(request.context) <= sure
