"""Kinds whose way is let through by a policy of their own account's, and not by the archive's."""

from __future__ import annotations

import datetime
import functools
import json
from typing import NamedTuple

import msgspec
import pytest

from logkeep.access.bucket import of_bucket
from logkeep.access.log_group import all_groups, group_arn, policies_ask
from logkeep.access.policies.speaking import layers_for
from logkeep.cli.settings import Settings, output
from logkeep.diagnose.diagnosis import Diagnosed, Diagnosis, diagnose
from logkeep.fleet import Fleet, Logs
from logkeep.lab.spoil import faults
from logkeep.plan import plan
from logkeep.policy import decide, request
from logkeep.policy.resource_kinds import LOG_GROUP
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.plan import plan_text
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Write
from logkeep.sources import registry
from logkeep.sources.routes import all_routes
from logkeep.sources.wants import wants
from support.worlds import ACCOUNTS, NOW, answered, applied, fleet_of, well

HOME = "us-east-1"
PRODUCTION = ACCOUNTS["production"]


class Kind(NamedTuple):
    """A toy kind: what it is called, what makes and lets it through, and its fault's codes."""

    name: str
    puts: str
    """The call that writes the policy which lets it through."""
    calls: tuple[str, ...]
    """What a plan makes for one account, in order."""
    codes: frozenset[str]
    """What its faults are found as."""
    refuses: str


RAIN = Kind(
    "rain",
    "s3:PutBucketPolicy",
    (
        "s3:CreateBucket",
        "s3:PutBucketTagging",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "rain:PointGauge",
    ),
    frozenset({"gauge-off", "rain-refuses", "rain-acls", "rain-pays"}),
    "rain-refuses",
)
TIDE = Kind(
    "tide",
    "logs:PutResourcePolicy",
    ("logs:CreateLogGroup", "logs:PutResourcePolicy", "tide:PointBuoy"),
    frozenset({"buoy-off", "tide-group-missing", "resource-policy-refuses"}),
    "resource-policy-refuses",
)
BOTH = [pytest.param(kind, id=kind.name) for kind in (RAIN, TIDE)]


def fleet(kind: Kind) -> Fleet:
    """CloudTrail, and the kind in every account."""
    known = fleet_of()
    logs = (*known.logs, Logs(kind.name, tuple(ACCOUNTS.values())))
    return msgspec.structs.replace(known, logs=logs)


def own_answer(asked: Fleet, question: Ask) -> Reply:
    """What AWS says where nothing of a toy kind is set up."""
    bodies: dict[str, object] = {
        "rain:DescribeGauge": {"target": ""},
        "tide:DescribeBuoy": {"group": ""},
        "logs:DescribeResourcePolicies": {"resourcePolicies": []},
    }
    if question.call in bodies:
        return reply(bodies[question.call])
    if came := evidence_of_today(question):
        return reply(came)
    return answered(asked, question)


def evidence_of_today(question: Ask) -> dict[str, object]:
    """What lies where a toy kind's evidence is looked for, an hour old."""
    arguments, hour_ago = dict(question.arguments), NOW - datetime.timedelta(hours=1)
    if question.call == "s3:ListObjectsV2" and str(arguments["Bucket"]).startswith("rain-"):
        key = f"{hour_ago:%Y-%m-%d-%H-%M-00}-A1B2"
        return {"Contents": [{"Key": key, "LastModified": hour_ago.isoformat(), "Size": 80}]}
    if question.call == "logs:DescribeLogStreams" and arguments["logGroupName"] == "/tide/main":
        at = int(hour_ago.timestamp() * 1000)
        return {"logStreams": [{"logStreamName": "high-water", "lastEventTimestamp": at}]}
    return {}


def with_own(asked: Fleet, known: Snapshot) -> Snapshot:
    """The same with all that is worth asking answered."""
    for _ in range(9):
        new = {q: own_answer(asked, q) for q in wants(asked)(known) if q not in known.answers}
        if not new:
            return known
        known = known.with_answers(new)
    raise AssertionError("the questions never end")


@functools.cache
def before(kind: Kind) -> Snapshot:
    """CloudTrail is all well, and nothing of the kind is there."""
    return with_own(fleet(kind), well(fleet_of()))


@functools.cache
def mended(kind: Kind) -> Snapshot:
    return with_own(fleet(kind), applied(before(kind), plan(fleet(kind), before(kind))))


def spoilt(kind: Kind, writes: tuple[Write, ...], known: Snapshot | None = None) -> Snapshot:
    now = known or mended(kind)
    for write in writes:
        effect = registry.effects()[write.call]
        now = now.with_answers(effect(Facts(fleet(kind), now), write))
    return now


def route(found: Diagnosis, kind: Kind, account: str = PRODUCTION) -> Diagnosed:
    return next(r for r in found.routes if r.name == f"{kind.name}/{account}/{HOME}")


def text_of(kind: Kind, found: Diagnosis) -> str:
    return diagnosis_text(fleet(kind), found, output(Settings()), Around())


@pytest.mark.parametrize("kind", BOTH)
def test_a_plan_makes_all_of_it_and_the_next_is_empty(kind: Kind) -> None:
    made = plan(fleet(kind), before(kind))
    assert made.blocked == ()
    of_one = [change.call for change in made.changes if change.account == PRODUCTION]
    assert of_one == list(kind.calls)
    found = diagnose(fleet(kind), mended(kind))
    assert {r.verdict for r in found.routes} == {"holds"}
    again = plan(fleet(kind), mended(kind))
    assert (again.changes, again.blocked) == ((), ())


@pytest.mark.parametrize("kind", BOTH)
def test_a_refusal_alone_is_mended_where_it_is_and_nowhere_else(kind: Kind) -> None:
    """What the trial showed: `plan` said `No changes` beside a broken route."""
    bare = mended(kind).with_answers(unsaid(kind))
    found = route(diagnose(fleet(kind), bare), kind)
    assert found.first is not None
    assert (found.first[1].code, found.first[1].verdict) == (kind.refuses, "fails")
    made = plan(fleet(kind), bare)
    (change,) = made.changes
    assert (change.call, change.account, made.blocked) == (kind.puts, PRODUCTION, ())
    assert f"because {kind.refuses} for production" in plan_text(
        fleet(kind), made, output(Settings())
    )
    assert route(diagnose(fleet(kind), applied(bare, made)), kind).verdict == "holds"


def unsaid(kind: Kind) -> dict[Ask, Reply]:
    """The policy of production's own bucket or Region without a statement of ours."""
    facts = Facts(fleet(kind), mended(kind))
    if kind is RAIN:
        question = next(q for q in asked_of(kind) if q.call == "s3:GetBucketPolicy")
        return {question: Reply(error="NoSuchBucketPolicy")}
    (question,) = policies_ask(all_groups(group_arn("aws", HOME, PRODUCTION, "/tide/main")))
    assert question in facts.snapshot.answers
    return {question: reply({"resourcePolicies": []})}


def asked_of(kind: Kind) -> list[Ask]:
    """What is asked of production for the kind alone."""
    shared = before(kind) if kind is RAIN else mended(kind)
    without = set(well(fleet_of()).answers)
    found = {**shared.answers, **mended(kind).answers}
    return [q for q in found if q.account == PRODUCTION and q not in without]


@pytest.mark.parametrize("kind", BOTH)
def test_what_could_not_be_read_is_unknown_and_never_refused(kind: Kind) -> None:
    for question in asked_of(kind):
        hidden = diagnose(fleet(kind), mended(kind).without([question]))
        assert route(hidden, kind).verdict in ("unknown", "holds"), question
        denied = Reply(error="AccessDenied", message="no")
        refused_ = diagnose(fleet(kind), mended(kind).with_answers({question: denied}))
        assert "fails" not in {r.verdict for r in refused_.routes}, question
    unread = diagnose(fleet(kind), mended(kind).without(unsaid(kind)))
    assert route(unread, kind).verdict == "unknown"
    assert "archive" not in text_of(kind, unread), "nothing of the archive's is amiss"


@pytest.mark.parametrize("kind", BOTH)
def test_each_of_its_faults_is_found_by_its_code_and_touches_no_other(kind: Kind) -> None:
    facts = Facts(fleet(kind), mended(kind))
    codes: set[str] = set()
    for each in all_routes(facts):
        if each.source != kind.name:
            continue
        for hop in each.hops:
            for need in hop.needs:
                for fault in faults(facts, hop, need):
                    codes.add(fault.code)
                    broken = spoilt(kind, fault.writes)
                    found = diagnose(fleet(kind), broken)
                    touched = [r for r in found.routes if r.verdict != "holds"]
                    assert [r.name for r in touched] == [each.name], fault.says
                    assert touched[0].first is not None
                    assert touched[0].first[1].code == fault.code, fault.says
                    assert f"error[{fault.code}]" in text_of(kind, found)
                    is_mended_or_blocked(kind, broken)
    assert codes == kind.codes


@pytest.mark.parametrize(("kind", "verdict"), [(RAIN, "unknown"), (TIDE, "fails")])
def test_silence_means_what_its_rhythm_says(kind: Kind, verdict: str) -> None:
    """Rain may stay away and is best effort; the tide comes whether anybody looks or not."""
    came = [question for question in asked_of(kind) if evidence_of_today(question)]
    assert len(came) == 1
    nothing: dict[str, object] = {"Contents": []} if kind is RAIN else {"logStreams": []}
    silent = route(
        diagnose(fleet(kind), mended(kind).with_answers({came[0]: reply(nothing)})), kind
    )
    assert silent.aspects["arriving"] == verdict
    assert silent.first is not None
    assert silent.first[1].code == f"{kind.name}-stale"
    assert {a: v for a, v in silent.aspects.items() if a in ("configured", "permitted")} == {
        "configured": "holds",
        "permitted": "holds",
    }
    unread = diagnose(fleet(kind), mended(kind).without(came))
    assert route(unread, kind).aspects["arriving"] == "unknown"


def is_mended_or_blocked(kind: Kind, broken: Snapshot) -> None:
    """Laws 1 and 2."""
    made = plan(fleet(kind), broken)
    after = applied(broken, made)
    blocked = {name for each in made.blocked for name in each.routes}
    for each in diagnose(fleet(kind), after).routes:
        fine = each.aspects["configured"] == each.aspects["permitted"] == "holds"
        assert fine or each.name in blocked, each.first
    assert plan(fleet(kind), after).changes == ()


@pytest.mark.parametrize("kind", BOTH)
def test_what_nobody_of_the_fleet_can_mend_is_blocked(kind: Kind) -> None:
    """Law 1: a foreign Deny is its owner's; an organization's is the management account's."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": ["s3:*", "logs:*"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [{**deny, "Sid": "Closed"}]}
    closed = {"Policy": {"Content": json.dumps(policy)}}
    rcp = next(
        q
        for q in mended(kind).answers
        if q.call == "organizations:DescribePolicy"
        and dict(q.arguments)["PolicyId"] == "p-RCPFullAWSAccess"
    )
    made = plan(fleet(kind), mended(kind).with_answers({rcp: reply(closed), **unsaid(kind)}))
    mine = [each for each in made.blocked if f"{kind.name}/{PRODUCTION}/{HOME}" in each.routes]
    assert mine
    assert mine[0].evidence["layer"] == "rcp"
    assert kind.puts not in {change.call for change in made.changes}


ALLOWED = {
    "Effect": "Allow",
    "Principal": {"Service": "somebody.amazonaws.com"},
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}


def test_a_policy_on_one_bucket_says_nothing_of_another() -> None:
    """What the trial showed: planning `s3:PutBucketPolicy` on any bucket changed the archive's."""
    facts = Facts(fleet(RAIN), mended(RAIN))
    archive = of_bucket(facts, "s3:GetBucketPolicy")
    named = {"Bucket": f"rain-{PRODUCTION}", "Policy": "{}"}
    arn = f"arn:aws:s3:::rain-{PRODUCTION}"
    write = Write(arn, PRODUCTION, HOME, "s3:PutBucketPolicy", named)
    changed = registry.effects()[write.call](facts, write)
    assert [dict(q.arguments)["Bucket"] for q in changed] == [f"rain-{PRODUCTION}"]
    assert archive not in changed


def test_a_foreign_resource_policy_that_allows_is_enough() -> None:
    """Rule 8.2.1: every policy of the Region speaks, whoever wrote it, and the group's own."""
    named = {**ALLOWED, "Principal": {"Service": "tide.amazonaws.com"}}
    text = json.dumps({"Version": "2012-10-17", "Statement": [named]})
    group = group_arn("aws", HOME, PRODUCTION, "/tide/main")
    of_region, of_group = policies_ask(group)
    for question in (of_region, of_group):
        others = {each: reply({"resourcePolicies": []}) for each in (of_region, of_group)}
        shown = reply({"resourcePolicies": [{"policyName": "theirs", "policyDocument": text}]})
        known = mended(TIDE).with_answers({**others, question: shown})
        assert route(diagnose(fleet(TIDE), known), TIDE).verdict == "holds"
        assert plan(fleet(TIDE), known).changes == ()


def test_a_resource_policy_of_a_region_that_is_full_is_blocked() -> None:
    """Rule 8.2.1: ten of them an account and Region."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [ALLOWED]})
    taken = [
        {"policyName": f"theirs-{n}", "policyDocument": text} for n in range(LOG_GROUP.several)
    ]
    full = {question: reply({"resourcePolicies": taken}) for question in unsaid(TIDE)}
    made = plan(fleet(TIDE), mended(TIDE).with_answers(full))
    assert made.changes == ()
    assert [(each.code, each.accounts) for each in made.blocked] == [
        ("policies-too-many", (PRODUCTION,))
    ]
    assert "no room for one resource policy more" in plan_text(
        fleet(TIDE), made, output(Settings())
    )


def test_a_statement_about_people_is_not_enforced_on_a_log_group() -> None:
    """Rule 8.2.1: only service principals are asked for, so a Deny of everybody stops no user."""
    deny = {**ALLOWED, "Effect": "Deny", "Principal": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    shown = reply({"resourcePolicies": [{"policyName": "theirs", "policyDocument": text}]})
    facts = Facts(fleet(TIDE), mended(TIDE).with_answers(dict.fromkeys(unsaid(TIDE), shown)))
    group = group_arn("aws", HOME, PRODUCTION, "/tide/main")
    asked = {
        who: request(who, "logs:PutLogEvents", f"{group}:log-stream:one", PRODUCTION, {})
        for who in (f"arn:aws:iam::{PRODUCTION}:user/admin", "tide.amazonaws.com")
    }
    told = [decide(each, layers_for(facts, each)).outcome for each in asked.values()]
    assert told == ["Allowed", "ExplicitlyDenied"]
