"""Three services whose statements lie in one Region's resource policies, of which AWS takes ten."""

from __future__ import annotations

import functools
import json

import msgspec
import pytest

from logkeep.access.policies.granting import Granted, TooMany, granted
from logkeep.access.policies.speaking import Holder
from logkeep.cli.settings import Settings, output
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.policy import request
from logkeep.policy.resource_kinds import LOG_GROUP
from logkeep.route import Allows, Grant
from logkeep.show.plan import plan_text
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from new_kind.stars import OWNER, PLACE, POLICIES, applied, dark, fleet, known_more, policy_named

GROUPS = f"arn:aws:logs:{PLACE}:{OWNER}:log-group:*"
TIDE = policy_named("LogkeepTide", "tide.amazonaws.com")


def with_policies(*policies: dict[str, str]) -> Snapshot:
    """The fleet's stars are dark, and the Region has these policies."""
    return dark().with_answers({POLICIES: reply({"resourcePolicies": list(policies)})})


def foreign(count: int) -> list[dict[str, str]]:
    return [policy_named(f"theirs-{number}") for number in range(count)]


def statements(snapshot: Snapshot) -> dict[str, list[str]]:
    """The Sids of each policy that is there, by its name."""
    body = json.loads(bytes(snapshot.answers[POLICIES].body))["resourcePolicies"]
    return {
        each["policyName"]: [s["Sid"] for s in json.loads(each["policyDocument"])["Statement"]]
        for each in body
    }


@pytest.mark.parametrize("others", [0, 8, 9, 10])
def test_a_statement_joins_another_of_ours_where_there_is_no_room_for_a_policy(
    others: int,
) -> None:
    """Nine foreign policies and one of ours are all that AWS takes (rule 8.2.1)."""
    before = with_policies(*foreign(others), *([TIDE] if others < 10 else []))
    made = plan(fleet(), before)
    kept = {name: [name] for name in (f"theirs-{number}" for number in range(others))}
    after = statements(applied(before, made))
    assert kept.items() <= after.items(), "what is foreign stays as it is"
    match others:
        case 10:
            assert [each.code for each in made.blocked] == ["policies-too-many"]
            assert after == kept
        case 9:
            assert after == {**kept, "LogkeepTide": ["LogkeepTide", "LogkeepStar"]}
        case _:
            assert after == {**kept, "LogkeepTide": ["LogkeepTide"], "LogkeepStar": ["LogkeepStar"]}
    if others < 10:
        then = known_more(fleet(), applied(before, made))
        assert {route.verdict for route in diagnose(fleet(), then).routes} == {"holds"}
        assert plan(fleet(), then).changes == (), "and it stays where it joined"


def test_what_joined_stays_where_it_is_when_there_is_room_again() -> None:
    full = with_policies(*foreign(9), TIDE)
    then = known_more(fleet(), applied(full, plan(fleet(), full)))
    joined = json.loads(bytes(then.answers[POLICIES].body))["resourcePolicies"]
    roomy = then.with_answers({POLICIES: reply({"resourcePolicies": joined[5:]})})
    assert plan(fleet(), roomy).changes == ()


@functools.cache
def needs() -> tuple[Allows, ...]:
    """Three services each let into its own group."""
    found: list[Allows] = []
    for name in ("comet", "moon", "sun"):
        group = f"arn:aws:logs:{PLACE}:{OWNER}:log-group:/{name}"
        service = f"{name}.amazonaws.com"
        given = {"aws:SourceArn": f"arn:aws:route53:::healthcheck/{name}"}
        asked = request(service, "logs:PutLogEvents", f"{group}:log-stream:one", OWNER, given)
        said = Grant(
            f"Logkeep{name.title()}", service, ("logs:PutLogEvents",), f"{group}:*", f"{group}:*",
            OWNER, given["aws:SourceArn"],
        )  # fmt: skip
        found.append(Allows(asked, "light", said))
    return tuple(found)


@pytest.mark.parametrize("others", range(6, 11))
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_three_that_come_at_once_find_room_in_any_order(
    others: int, order: tuple[int, ...]
) -> None:
    before = with_policies(*foreign(others))
    facts = Facts(fleet(), before)
    made = granted(facts, Holder(LOG_GROUP, GROUPS), [needs()[place] for place in order])
    if others == 10:
        assert made == TooMany(10)
        return
    assert isinstance(made, Granted)
    said = {
        str(write.arguments["policyName"]): [
            s["Sid"] for s in msgspec.json.decode(write.arguments["policyDocument"])["Statement"]
        ]
        for write in made.writes
    }
    assert len(said) == min(3, 10 - others)
    assert sorted(sid for sids in said.values() for sid in sids) == [
        "LogkeepComet", "LogkeepMoon", "LogkeepSun"
    ]  # fmt: skip
    assert said == {k: sorted(v) for k, v in said.items()}


@pytest.mark.parametrize("count", [3, 60])
def test_what_waits_for_room_is_told_once_for_many_things(count: int) -> None:
    full = dark(count).with_answers({POLICIES: reply({"resourcePolicies": foreign(10)})})
    made = plan(fleet(), full)
    assert len([each for each in made.unmended if each.code == "star-group-missing"]) == count
    told = plan_text(fleet(), made, output(Settings()))
    assert told.count("withheld[star-group-missing]") == (count if count < 5 else 1)
    assert f"production, {count} routes" in told
