"""The policies of a queue, a topic, a function and a logs destination: read, mended, spoilt."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest

from logkeep.access.policies.spoil import undone
from logkeep.cli.settings import Settings, output
from logkeep.diagnose.diagnosis import Diagnosed, Diagnosis, diagnose
from logkeep.fleet import Fleet, Logs
from logkeep.plan import plan
from logkeep.policy.resource_kinds import (
    DESTINATION,
    FUNCTION,
    QUEUE,
    TOPIC,
    ResourceKind,
    kind_of,
)
from logkeep.show.plan import plan_text
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources import registry, sources
from support.laws import World, every_fault_is_found, first_code
from support.worlds import ACCOUNTS, applied, fleet_of, well

HOME = "us-east-1"
OWNER = ACCOUNTS["production"]
STRANGER = "999999999999"
BEACON = f"arn:aws:beacon:{HOME}:{OWNER}:beacon/main"


class Carrier(NamedTuple):
    """A kind of resource, what AWS is asked and told of its policy, and AWS's limit in bytes."""

    kind: ResourceKind
    resource: str
    """The service, and how the resource is called in its account."""
    action: str
    asked: tuple[str, dict[str, str]]
    answer: Callable[[str, str], object]
    """Of a policy and what carries it."""
    none: Reply
    """What AWS says where there is no policy."""
    sets: str
    """The call that writes the policy; nothing where none does."""
    limit: int

    def arn(self, account: str = OWNER) -> str:
        service, name = self.resource.split(" ")
        return f"arn:aws:{service}:{HOME}:{account}:{name}"

    def question(self, account: str = OWNER) -> Ask:
        call, named = self.asked
        filled = {name: value.format(account=account) for name, value in named.items()}
        return ask(account, HOME, call, **filled)


CARRIERS = (
    Carrier(
        QUEUE,
        "sqs lights",
        "sqs:SendMessage",
        (
            "sqs:GetQueueAttributes",
            {
                "QueueUrl": f"https://sqs.{HOME}.amazonaws.com/{{account}}/lights",
                "AttributeNames": "Policy",
            },
        ),
        lambda text, _: {"Attributes": {"Policy": text}},
        reply({}),
        "sqs:SetQueueAttributes",
        8_192,
    ),
    Carrier(
        TOPIC,
        "sns lights",
        "sns:Publish",
        ("sns:GetTopicAttributes", {"TopicArn": f"arn:aws:sns:{HOME}:{{account}}:lights"}),
        lambda text, _: {"Attributes": {"Policy": text, "SubscriptionsConfirmed": "0"}},
        reply({"Attributes": {"SubscriptionsConfirmed": "0"}}),
        "sns:SetTopicAttributes",
        30_720,
    ),
    Carrier(
        FUNCTION,
        "lambda function:lights",
        "lambda:InvokeFunction",
        (
            "lambda:GetPolicy",
            {"FunctionName": f"arn:aws:lambda:{HOME}:{{account}}:function:lights"},
        ),
        lambda text, _: {"Policy": text, "RevisionId": "1"},
        Reply(error="ResourceNotFoundException", message="no policy is associated"),
        "",
        20_480,
    ),
    Carrier(
        DESTINATION,
        "logs destination:lights",
        "logs:PutSubscriptionFilter",
        ("logs:DescribeDestinations", {"DestinationNamePrefix": "lights"}),
        lambda text, arn: {
            "destinations": [
                {"arn": f"{arn}-2", "accessPolicy": "{}"},
                {"arn": arn, "accessPolicy": text},
            ]
        },
        reply({"destinations": [{"arn": f"arn:aws:logs:{HOME}:{OWNER}:destination:lights"}]}),
        "logs:PutDestinationPolicy",
        5_120,
    ),
)
ALL = [pytest.param(each, id=each.kind.word) for each in CARRIERS]
WRITTEN = [pytest.param(each, id=each.kind.word) for each in CARRIERS if each.sets]


def fleet() -> Fleet:
    """CloudTrail, and the beacon of production."""
    known = fleet_of()
    return msgspec.structs.replace(known, logs=(*known.logs, Logs("beacon", (OWNER,))))


def foreign(of: Carrier, account: str = OWNER, filler: str = "") -> dict[str, Any]:
    """A statement of somebody's that has nothing to do with the beacon."""
    return {
        "Sid": f"Theirs{filler}",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": of.action,
        "Resource": of.arn(account),
    }


def lets_in(of: Carrier, account: str = OWNER) -> dict[str, Any]:
    """What lets the beacon in, as we write it."""
    condition = {"aws:SourceArn": BEACON}
    return {
        "Sid": "LogkeepBeacon",
        "Effect": "Allow",
        "Principal": {"Service": "beacon.amazonaws.com"},
        "Action": of.action,
        "Resource": of.arn(account),
        "Condition": {"StringEquals": condition},
    }


def text(*body: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": body})


@functools.cache
def base() -> Snapshot:
    """CloudTrail of the fleet, all well."""
    return well(fleet_of())


def known(of: Carrier, policy: Reply | str, account: str = OWNER) -> Snapshot:
    """The fleet with one target, whose policy AWS shows as this."""
    listed = ask(OWNER, HOME, "beacon:ListTargets")
    shown = policy if isinstance(policy, Reply) else reply(of.answer(policy, of.arn(account)))
    targets = reply({"targets": [of.arn(account)]})
    return base().with_answers({listed: targets, of.question(account): shown})


def route(found: Diagnosis) -> Diagnosed:
    return next(each for each in found.routes if each.source == "beacon")


def permitted(snapshot: Snapshot) -> str:
    return route(diagnose(fleet(), snapshot)).aspects["permitted"]


def refused(of: Carrier, snapshot: Snapshot) -> bool:
    found = route(diagnose(fleet(), snapshot))
    return (found.aspects["permitted"], first_code(found)) == ("fails", of.kind.refuses)


def wanted_by_kind(snapshot: Snapshot) -> set[Ask]:
    """What the kind asks AWS for."""
    return set(sources()["beacon"].wants(Facts(fleet(), snapshot), fleet().logs_of("beacon")))


@pytest.mark.parametrize("of", ALL)
def test_its_policy_is_asked_for_and_read(of: Carrier) -> None:
    assert kind_of(of.arn(), of.action) is of.kind
    wanted = wanted_by_kind(known(of, of.none).without([of.question()]))
    assert of.question() in wanted
    assert permitted(known(of, text(foreign(of), lets_in(of)))) == "holds"
    assert plan(fleet(), known(of, text(foreign(of), lets_in(of)))).changes == ()


@pytest.mark.parametrize("of", ALL)
def test_a_missing_grant_is_found_by_its_code(of: Carrier) -> None:
    other = {**lets_in(of), "Condition": {"StringEquals": {"aws:SourceArn": f"{BEACON}2"}}}
    elsewhere = {**lets_in(of), "Resource": f"{of.arn()}2"}
    for policy in (of.none, text(foreign(of)), text(other), text(elsewhere)):
        assert refused(of, known(of, policy)), policy


@pytest.mark.parametrize("of", WRITTEN)
@pytest.mark.parametrize("before", ["none", "foreign"])
def test_a_plan_composes_the_grant_and_keeps_what_is_foreign(of: Carrier, before: str) -> None:
    kept = [foreign(of)] if before == "foreign" else []
    bare = known(of, text(*kept) if kept else of.none)
    made = plan(fleet(), bare)
    assert made.blocked == ()
    (change,) = made.changes
    assert (change.call, change.account, change.region) == (of.sets, OWNER, HOME)
    assert of.kind.refuses in plan_text(fleet(), made, output(Settings()))
    after = applied(bare, made)
    assert statements(of, change.arguments) == [*kept, lets_in(of)]
    assert permitted(after) == "holds"
    assert (plan(fleet(), after).changes, plan(fleet(), after).blocked) == ((), ())


def statements(of: Carrier, arguments: Any) -> list[dict[str, Any]]:
    """The statements of the policy that a call sets, which names its resource as AWS asks."""
    match of.kind.word:
        case "queue":
            url = of.question().arguments[-1][1]
            assert arguments == {"QueueUrl": url, "Attributes": arguments["Attributes"]}
            (policy,) = arguments["Attributes"].values()
        case "topic":
            assert (arguments["TopicArn"], arguments["AttributeName"]) == (of.arn(), "Policy")
            policy = arguments["AttributeValue"]
        case _:
            assert arguments["destinationName"] == "lights"
            policy = arguments["accessPolicy"]
    return json.loads(policy)["Statement"]


@pytest.mark.parametrize("of", ALL)
def test_what_is_not_ours_to_write_is_blocked(of: Carrier) -> None:
    """Of a function nothing is written, and of a stranger's resource its owner writes it."""
    for account in (STRANGER,) if of.sets else (STRANGER, OWNER):
        bare = known(of, text(foreign(of, account)), account)
        assert refused(of, bare)
        told = blocked_for(of, bare, of.kind.refuses, account)
        whose = "production" if account == OWNER else STRANGER
        assert f"ask not ours to change: ask {whose} to allow {of.action} to" in told
        assert of.kind.only_read == (not of.sets)


def blocked_for(of: Carrier, snapshot: Snapshot, code: str, account: str = OWNER) -> str:
    """No call is made of it, and the plan names the resource whose policy is in the way."""
    made = plan(fleet(), snapshot)
    assert made.changes == ()
    assert [(each.code, each.arn) for each in made.blocked] == [(code, of.arn(account))]
    assert made.blocked[0].routes == (f"beacon/{of.arn(account)}",)
    told = plan_text(fleet(), made, output(Settings()))
    assert f"blocked[{code}]" in told
    assert of.arn(account) in told.replace("\n", "").replace(" ", "")
    return " ".join(told.split())


def short(of: Carrier) -> dict[str, Any]:
    """The same in the form that lists accounts."""
    condition = {"StringEquals": {"aws:SourceAccount": OWNER}}
    return {**lets_in(of), "Sid": "LogkeepBeaconShort", "Condition": condition}


@pytest.mark.parametrize("of", WRITTEN)
def test_exact_short_then_blocked_by_its_own_limit_to_the_byte(of: Carrier) -> None:
    """AWS's numbers stand in this file once more, beside what the code says."""
    assert of.kind.limit == of.limit
    for form in (lets_in(of), short(of)):
        whole = {"Version": "2012-10-17", "Statement": [foreign(of), form]}
        room = "x" * (of.limit - len(msgspec.json.encode(whole)))
        full = foreign(of, filler=room)
        fits = known(of, text(full))
        (change,) = plan(fleet(), fits).changes
        assert statements(of, change.arguments) == [full, form]
        after = applied(fits, plan(fleet(), fits))
        assert permitted(after) == "holds"
        assert plan(fleet(), after).changes == ()
    told = blocked_for(of, known(of, text(foreign(of, filler=f"{room}x"))), "policy-too-long")
    assert "owner production" in told
    assert f"AWS takes {of.limit:,}" in told
    assert f"blocked[policy-too-long]: {of.kind.policy} has no room" in told
    assert "archive" not in told


@pytest.mark.parametrize("of", ALL)
def test_what_could_not_be_read_is_unknown(of: Carrier) -> None:
    unasked = known(of, of.none).without([of.question()])
    denied = known(of, Reply(error="AccessDenied", message="no"))
    broken = known(of, "this is no policy")
    for snapshot in (unasked, denied, broken):
        assert permitted(snapshot) == "unknown"
        made = plan(fleet(), snapshot)
        assert (made.changes, [each.verdict for each in made.blocked]) == ((), ["unknown"])


@pytest.mark.parametrize("of", WRITTEN)
def test_a_spoilt_policy_is_found_and_mended(of: Carrier, subtests: pytest.Subtests) -> None:
    """Laws 1 to 3, by every fault that calls to AWS can make; a foreign Deny is its owner's."""
    healthy = known(of, text(foreign(of), lets_in(of)))
    world = World(fleet(), lambda _: healthy, "beacon/")
    assert len(world.faults) == 2
    every_fault_is_found(world, subtests)
    for each in world.faults:
        made = plan(fleet(), world.spoilt(each.fault))
        denied = "Deny" in each.fault.says
        assert [b.code for b in made.blocked] == ([of.kind.denies] if denied else [])
        after = applied(world.spoilt(each.fault), made)
        assert permitted(after) == ("fails" if denied else "holds")
        assert plan(fleet(), after).changes == ()
        (write,) = each.fault.writes
        back = undone(Facts(fleet(), healthy), write)
        assert back is not None
        mended = registry.effects()[back.call](Facts(fleet(), world.spoilt(each.fault)), back)
        assert permitted(world.spoilt(each.fault).with_answers(mended)) == "holds"


def test_nothing_spoils_a_policy_that_no_call_writes() -> None:
    of = next(each for each in CARRIERS if not each.sets)
    healthy = known(of, text(foreign(of), lets_in(of)))
    assert World(fleet(), lambda _: healthy, "beacon/").faults == []
    deny = {**lets_in(of), "Sid": "Closed", "Effect": "Deny"}
    closed = known(of, text(lets_in(of), deny))
    assert refused(of, closed)
    blocked_for(of, closed, of.kind.denies)
