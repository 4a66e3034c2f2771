"""Where one question lists thousands of things, a change of each is told of its own alone."""

from __future__ import annotations

import itertools
from typing import cast

import msgspec
import pytest

from kinds.vpc_flow import worlds as vpc_flow
from logkeep.aws import apply as applying
from logkeep.aws.applied import Moved
from logkeep.aws.apply import ApplyRun, in_silence, nowhere
from logkeep.aws.session import Session
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.plan import plan
from logkeep.plan.costs import with_costs
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.change import Change
from logkeep.snapshot.entries import after_all
from logkeep.snapshot.facts import Facts
from logkeep.sources.registry import calls
from support.steps import lines_run
from support.worlds import NOW, applied

ACCOUNT, HOME = "222222222222", "us-east-1"
TRAILS = ask(ACCOUNT, HOME, "cloudtrail:DescribeTrails")
FLOW_LOGS = ask(vpc_flow.ACCOUNT, HOME, "ec2:DescribeFlowLogs")


def networks(count: int) -> tuple[Fleet, Snapshot]:
    """An account with so many VPCs in one Region, of which nothing is recorded."""
    fleet = vpc_flow.only()
    rows = [
        {"VpcId": f"vpc-{number:04d}", "OwnerId": vpc_flow.ACCOUNT, "CidrBlock": "10.0.0.0/16"}
        for number in range(count)
    ]
    listed = vpc_flow.listed(HOME, "ec2:DescribeVpcs", "Vpcs", rows)
    return fleet, vpc_flow.known_more(fleet, vpc_flow.bare(fleet).with_answers(listed))


def test_a_plan_takes_as_many_letters_for_each_of_many_things_as_of_few() -> None:
    def letters(count: int) -> int:
        made = plan(*networks(count))
        making = [each for each in made.changes if each.call == "ec2:CreateFlowLogs"]
        assert len(making) == count + 1  # and one VPC in the other Region
        return max(len(msgspec.json.encode(change)) for change in making)

    few, many = letters(10), letters(80)
    assert many - few < 10, (few, many)


def test_twice_the_things_take_twice_the_steps() -> None:
    def steps(count: int) -> int:
        fleet, snapshot = networks(count)
        facts = Facts(fleet, snapshot)
        return lines_run(lambda: with_costs(facts, plan(fleet, snapshot)))

    steps(2)  # what is imported and remembered the first time
    one, two, four = map(steps, (20, 40, 80))
    assert four - two <= 2.6 * (two - one), (one, two, four)


def test_what_is_there_after_it_lists_them_all() -> None:
    fleet, snapshot = networks(12)
    made = plan(fleet, snapshot)
    after = applied(snapshot, made)
    body = msgspec.json.decode(after.answers[FLOW_LOGS].body)
    assert len({row["ResourceId"] for row in body["FlowLogs"]}) == 12
    assert plan(fleet, after).changes == ()
    assert {r.aspects["configured"] for r in diagnose(fleet, after).routes} == {"holds"}


def arn(name: str) -> str:
    return f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/{name}"


def trails(**buckets: str) -> Reply:
    """The trails there are, and where each writes."""
    return reply({"trailList": [
        {"TrailARN": arn(name), "S3BucketName": bucket} for name, bucket in buckets.items()
    ]})  # fmt: skip


def pointed(name: str, before: Reply | None, after: Reply) -> Change:
    """A change of one trail, which holds of the listing that trail alone."""
    seen = () if before is None else ((TRAILS, before),)
    named = {"Name": name, "S3BucketName": "ours"}
    return Change(arn(name), "~", ACCOUNT, HOME, "cloudtrail:UpdateTrail", named,
                  before=seen, after=((TRAILS, after),))  # fmt: skip


FIRST = pointed("a", trails(a="old"), trails(a="ours"))
SECOND = pointed("b", trails(b="old"), trails(b="ours"))


def running(*changes: Change) -> ApplyRun:
    """An apply that has made none of its changes, and asks nobody."""
    return ApplyRun(changes, cast(Session, None), NOW, in_silence, lambda _: None, nowhere)


@pytest.mark.parametrize("first", [FIRST, msgspec.structs.replace(FIRST, before=())])
def test_what_a_later_change_holds_of_its_thing_is_no_word_of_another(first: Change) -> None:
    """Its answer lists nothing of the first trail, as AWS does where the trail is gone."""
    run = running(first, SECOND)
    assert run.found_there(first, {TRAILS: trails(a="ours", b="old")}) == {}
    assert run.found_there(first, {TRAILS: trails(a="old", b="old")}) is None
    for gone in (trails(b="old"), trails(b="ours"), trails()):
        assert run.found_there(first, {TRAILS: gone}) is None
    if first.before:
        with pytest.raises(Moved):
            run.refuse_if_moved(first, {TRAILS: trails(b="old")})


def test_what_an_earlier_change_left_of_its_thing_is_no_word_of_another() -> None:
    run = running(FIRST, SECOND)
    run.made.append(FIRST)
    run.expect(FIRST, {TRAILS: trails(a="old", b="old")})
    run.refuse_if_moved(SECOND, {TRAILS: trails(a="ours", b="old")})
    run.refuse_if_moved(SECOND, {TRAILS: trails(a="old", b="old")})  # not yet seen everywhere
    for moved in (trails(a="ours"), trails(), trails(a="ours", b="foreign")):
        with pytest.raises(Moved):
            run.refuse_if_moved(SECOND, {TRAILS: moved})


def test_a_later_change_of_the_same_thing_has_passed_an_earlier_one() -> None:
    begun = pointed("a", trails(a="old"), trails(a="between"))
    run = running(begun, SECOND, msgspec.structs.replace(FIRST, before=()))
    assert run.found_there(begun, {TRAILS: trails(a="between", b="old")}) == {}
    assert run.found_there(begun, {TRAILS: trails(a="ours", b="old")}) == {}
    assert run.found_there(begun, {TRAILS: trails(a="foreign", b="ours")}) is None


def test_things_that_aws_has_yet_to_name_take_one_look_at_their_listing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fleet, snapshot = networks(6)
    making = [c for c in plan(fleet, snapshot).changes
              if (c.call, c.region) == ("ec2:CreateFlowLogs", HOME)]  # fmt: skip
    asked: list[Ask] = []

    def answer(_session: Session, question: Ask) -> Reply:
        asked.append(question)
        return snapshot.answers[question]

    monkeypatch.setattr(applying, "answer", answer)
    run = running(*making)
    for number, change in enumerate(making):
        now = run.look(change)
        assert run.found_there(change, now) is None
        run.refuse_if_moved(change, now)
        run.made.append(change)
        run.assign(change, f"fl-{number}")
        run.expect(change, now)
    assert asked.count(FLOW_LOGS) == 1
    assert list(itertools.chain(*run.looked.values())) == []  # none is kept that nobody asks for


def test_a_listing_that_is_none_stays_as_it_came() -> None:
    """So that nothing is taken for absent in what could not be read."""
    for body in (None, [], {"trailList": 7}, {"trailList": ["a"]}):
        odd = reply(body)
        change = msgspec.structs.replace(FIRST, after=((TRAILS, trails(a="ours")),))
        found = after_all(calls(), {TRAILS: odd}, (change,))
        assert found == {TRAILS: trails(a="ours")}
