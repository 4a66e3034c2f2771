import datetime
import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from aws.conftest import OWN, PRODUCTION
from aws.front import Answer, Front, json_error, query_error, s3_error, times
from logkeep.aws.answer import answer
from logkeep.aws.applied import ApplyProgress, ChangeFailed, Interrupted, Moved
from logkeep.aws.apply import Applied, apply
from logkeep.aws.calls import UnknownCall
from logkeep.aws.session import Session
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Reply, ask, reply
from logkeep.snapshot.change import Change, made

TAKEN = datetime.datetime(2026, 11, 23, 3, 10, tzinfo=datetime.UTC)
HOME = "us-east-1"
BUCKET = "arn:aws:s3:::archive-logs"
ALIAS = f"arn:aws:kms:{HOME}:{OWN}:alias/logkeep"
TRAIL = f"arn:aws:cloudtrail:{HOME}:{PRODUCTION}:trail/logkeep"
NOTHING = Reply(error="NoSuchBucket")

BY_ALIAS = ask(OWN, HOME, "kms:DescribeKey", KeyId="alias/logkeep")

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "TrailAclCheck",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:GetBucketAcl",
            "Resource": BUCKET,
            "Condition": {"StringEquals": {"aws:SourceArn": [TRAIL]}},
        }
    ],
}


def bucket(call: str) -> Ask:
    return ask(OWN, HOME, call, Bucket="archive-logs")


def trail(call: str, **named: str) -> Ask:
    return ask(PRODUCTION, HOME, call, **named)


STATUS = trail("cloudtrail:GetTrailStatus", Name=TRAIL)


def change(call: str, address: str, arguments: dict[str, Any], **more: Any) -> Change:
    account = PRODUCTION if address == TRAIL else OWN
    return Change(address, "+", account, HOME, call, arguments, **more)


KEY = change(
    "kms:CreateKey",
    ALIAS,
    {"Description": "archive"},
    before=(
        (
            ask(OWN, HOME, "kms:DescribeKey", KeyId="alias/logkeep"),
            Reply(error="NotFoundException"),
        ),
    ),
    after=(
        (
            ask(OWN, HOME, "kms:DescribeKey", KeyId="alias/logkeep"),
            reply({"KeyMetadata": {"KeyId": made("archive-key"), "Enabled": True}}),
        ),
    ),
    makes="archive-key",
)
NAMED = change(
    "kms:CreateAlias",
    ALIAS,
    {"AliasName": "alias/logkeep", "TargetKeyId": made("archive-key")},
    before=((ask(OWN, HOME, "kms:ListAliases"), reply({"Aliases": []})),),
    after=(
        (
            ask(OWN, HOME, "kms:ListAliases"),
            reply({"Aliases": [{"AliasArn": ALIAS, "TargetKeyId": made("archive-key")}]}),
        ),
    ),
)
MADE_BUCKET = change(
    "s3:CreateBucket",
    BUCKET,
    {"Bucket": "archive-logs"},
    before=((bucket("s3:HeadBucket"), Reply(error="404")),),
    after=((bucket("s3:HeadBucket"), reply({"BucketRegion": HOME})),),
)
ALLOWED = change(
    "s3:PutBucketPolicy",
    BUCKET,
    {"Bucket": "archive-logs", "Policy": json.dumps(POLICY)},
    before=((bucket("s3:GetBucketPolicy"), NOTHING),),
    after=((bucket("s3:GetBucketPolicy"), reply({"Policy": json.dumps(POLICY)})),),
)
VERSIONED = change(
    "s3:PutBucketVersioning",
    BUCKET,
    {"Bucket": "archive-logs", "VersioningConfiguration": {"Status": "Enabled"}},
    before=((bucket("s3:GetBucketVersioning"), NOTHING),),
    after=((bucket("s3:GetBucketVersioning"), reply({"Status": "Enabled"})),),
)
MADE_TRAIL = change(
    "cloudtrail:CreateTrail",
    TRAIL,
    {
        "Name": "logkeep",
        "S3BucketName": "archive-logs",
        "IsMultiRegionTrail": True,
        "KmsKeyId": f"arn:aws:kms:{HOME}:{OWN}:key/" + made("archive-key"),
    },
    before=((trail("cloudtrail:DescribeTrails"), reply({"trailList": []})),),
    after=(
        (
            trail("cloudtrail:DescribeTrails"),
            reply(
                {
                    "trailList": [
                        {
                            "TrailARN": TRAIL,
                            "IsMultiRegionTrail": True,
                            "KmsKeyId": f"arn:aws:kms:{HOME}:{OWN}:key/" + made("archive-key"),
                        }
                    ]
                }
            ),
        ),
    ),
)
STARTED = change(
    "cloudtrail:StartLogging",
    TRAIL,
    {"Name": "logkeep"},
    before=(
        (trail("cloudtrail:GetTrailStatus", Name=TRAIL), Reply(error="TrailNotFoundException")),
    ),
    after=((trail("cloudtrail:GetTrailStatus", Name=TRAIL), reply({"IsLogging": True})),),
)
PLAN = (KEY, NAMED, MADE_BUCKET, ALLOWED, VERSIONED, MADE_TRAIL, STARTED)

BORN = msgspec.structs.replace(
    MADE_BUCKET,
    before=(
        *MADE_BUCKET.before,
        (bucket("s3:GetBucketPolicy"), NOTHING),
        (bucket("s3:GetBucketVersioning"), NOTHING),
        (bucket("s3:GetPublicAccessBlock"), NOTHING),
    ),
    after=(
        (bucket("s3:HeadBucket"), reply({"BucketArn": ""})),
        (bucket("s3:GetBucketPolicy"), Reply(error="NoSuchBucketPolicy")),
        (bucket("s3:GetBucketVersioning"), reply({})),
    ),
)
TRAILED = msgspec.structs.replace(
    MADE_TRAIL, after=(*MADE_TRAIL.after, (STATUS, reply({"IsLogging": False})))
)
CHAINED = (
    KEY,
    NAMED,
    BORN,
    msgspec.structs.replace(ALLOWED, before=()),
    msgspec.structs.replace(VERSIONED, before=()),
    TRAILED,
    msgspec.structs.replace(STARTED, before=()),
)
"""The same plan where each change counts on what the one before it brings about."""


class Naps(list[float]):
    """Sleeps that were asked for, and not taken."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def run(session: Session, plan: tuple[Change, ...] = PLAN, **more: Any) -> Applied:
    return apply(plan, session, taken_at=TAKEN, **more)


def writes(front: Front) -> list[str]:
    """What was sent that changes something."""
    starts = ("Create", "Start", "PUT", "Put", "Update")
    return [name for name in front.seen if name.startswith(starts)]


def state(session: Session) -> dict[Ask, Any]:
    """What AWS answers to the plan's questions."""
    questions = {question for each in PLAN for question, _ in each.after}
    found = {each: answer(session, each) for each in sorted(questions)}
    return {each: (msgspec.json.decode(said.body), said.error) for each, said in found.items()}


def test_a_plan_is_made_in_order(front: Front, session: Session) -> None:
    done = run(session)
    assert done.made == PLAN
    assert done.there == ()
    assert [call.call for call in done.calls] == [each.call for each in PLAN]
    assert not any(call.error for call in done.calls)
    found = state(session)
    aliases = found[ask(OWN, HOME, "kms:ListAliases")][0]["Aliases"]
    keys = [each["TargetKeyId"] for each in aliases if each["AliasArn"] == ALIAS]
    assert keys == [done.values["archive-key"]]
    trails = found[trail("cloudtrail:DescribeTrails")][0]["trailList"]
    assert trails[0]["KmsKeyId"].endswith("key/" + done.values["archive-key"])
    assert found[STATUS][0]["IsLogging"] is True
    assert len(writes(front)) == len(PLAN)


def test_made_again_it_touches_nothing(front: Front, session: Session, fleet: Fleet) -> None:
    first = run(session)
    front.seen.clear()
    again = run(Session(fleet))
    assert again.there == PLAN
    assert (again.made, again.calls) == ((), ())
    assert again.values == first.values
    assert writes(front) == []


def stops(after: int) -> Callable[[ApplyProgress], None]:
    """Ctrl-C at a certain word of progress."""
    left = [after]

    def progress(_: ApplyProgress) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("plan", [PLAN, CHAINED], ids=["plain", "chained"])
@pytest.mark.parametrize("after", range(1, 3 * len(PLAN), 4))
def test_interrupted_anywhere_and_run_again_it_converges(
    front: Front, session: Session, plan: tuple[Change, ...], after: int
) -> None:
    with pytest.raises(Interrupted) as caught:
        run(session, plan, progress=stops(after))
    stopped = caught.value
    assert stopped.done + stopped.left == plan
    again = run(session, plan, values=stopped.values)
    assert len(again.made) == len(stopped.left)
    assert not any(error for _, error in state(session).values())
    front.seen.clear()
    assert run(session, plan).made == ()
    assert writes(front) == []


def test_a_policy_that_came_to_a_bucket_of_ours_is_not_overwritten(session: Session) -> None:
    run(session, (BORN,))
    foreign = POLICY | {"Statement": [POLICY["Statement"][0] | {"Sid": "SomebodyElse"}]}
    client = session.account_client(OWN, "s3", HOME)
    client.put_bucket_policy(Bucket="archive-logs", Policy=json.dumps(foreign))
    with pytest.raises(Moved) as caught:
        run(session, CHAINED[2:])
    assert b"SomebodyElse" in bytes(caught.value.now.body)


def test_what_moved_is_not_touched(front: Front, session: Session) -> None:
    run(session)
    client = session.account_client(OWN, "s3", HOME)
    foreign = POLICY | {"Statement": [POLICY["Statement"][0] | {"Sid": "SomebodyElse"}]}
    client.put_bucket_policy(Bucket="archive-logs", Policy=json.dumps(foreign))
    front.seen.clear()
    with pytest.raises(Moved, match="archive-logs has moved since 2026-11-23 03:10") as caught:
        run(session)
    moved = caught.value
    assert (moved.change, moved.question) == (ALLOWED, bucket("s3:GetBucketPolicy"))
    assert moved.planned_on == NOTHING
    assert b"SomebodyElse" in bytes(moved.now.body)
    assert moved.done == PLAN[:3]
    assert moved.left == PLAN[3:]
    assert writes(front) == []


def test_order_and_form_of_a_policy_are_no_move(session: Session) -> None:
    run(session, PLAN[2:4])
    planned_on = {"Policy": json.dumps(POLICY)}
    statement = dict(reversed(POLICY["Statement"][0].items()))
    statement["Condition"] = {"StringEquals": {"aws:SourceArn": TRAIL}}
    now = {"Statement": statement, "Version": "2012-10-17"}
    client = session.account_client(OWN, "s3", HOME)
    client.put_bucket_policy(Bucket="archive-logs", Policy=json.dumps(now, indent=1))
    wider = {"Version": "2012-10-17", "Statement": [statement, statement | {"Sid": "Second"}]}
    change_ = msgspec.structs.replace(
        ALLOWED,
        arguments={"Bucket": "archive-logs", "Policy": json.dumps(wider)},
        before=((bucket("s3:GetBucketPolicy"), reply(planned_on)),),
        after=((bucket("s3:GetBucketPolicy"), reply({"Policy": json.dumps(wider)})),),
    )
    assert run(session, (change_,)).made == (change_,)
    assert run(session, (change_,)).there == (change_,)


def test_a_question_not_asked_by_the_plan_cannot_have_moved(session: Session) -> None:
    run(session, PLAN[2:3])
    blind = msgspec.structs.replace(ALLOWED, before=((bucket("s3:GetBucketPolicy"), None),))
    assert run(session, (blind,)).made == (blind,)
    assert run(session, (blind,)).there == (blind,)


def test_a_resource_that_may_no_longer_be_seen_stops_it(front: Front, session: Session) -> None:
    run(session, PLAN[2:3])
    front.rules.append(lambda name, *_: s3_error("AccessDenied") if "?policy" in name else None)
    with pytest.raises(ChangeFailed) as caught:
        run(session, (ALLOWED,))
    assert (caught.value.code, caught.value.left) == ("AccessDenied", (ALLOWED,))
    assert "s3:GetBucketPolicy" in caught.value.message


def test_what_aws_does_not_see_yet_is_tried_again(front: Front, session: Session) -> None:
    insufficient = json_error("InsufficientS3BucketPolicyException")
    front.rules.append(times(2, "CreateTrail", insufficient))
    naps, told = Naps(), list[ApplyProgress]()
    done = run(session, sleep=naps, progress=told.append)
    assert naps == [1.0, 2.0]
    assert [each.error for each in done.calls if each.address == TRAIL] == [
        "InsufficientS3BucketPolicyException",
        "InsufficientS3BucketPolicyException",
        "",
        "",
    ]
    assert [each.state for each in told].count("waiting") == 2


def test_patience_ends(front: Front, session: Session) -> None:
    front.rules.append(
        times(99, "CreateTrail", json_error("InsufficientEncryptionPolicyException"))
    )
    naps = Naps()
    with pytest.raises(ChangeFailed) as caught:
        run(session, sleep=naps)
    assert len(naps) == 6
    assert caught.value.done == PLAN[:5]
    assert caught.value.left == PLAN[5:]
    assert len(caught.value.calls) == 5 + 7


def test_a_refusal_that_we_did_not_bring_about_is_final(front: Front, session: Session) -> None:
    run(session, PLAN[:5])
    front.rules.append(times(99, "CreateTrail", json_error("InsufficientS3BucketPolicyException")))
    naps = Naps()
    with pytest.raises(ChangeFailed, match=r"cloudtrail:CreateTrail on .*: said AWS") as caught:
        run(session, sleep=naps)
    assert naps == []
    assert caught.value.change == MADE_TRAIL
    assert [call.error for call in caught.value.calls] == ["InsufficientS3BucketPolicyException"]


def test_an_account_that_lets_nobody_in_stops_it_with_its_reason(
    front: Front, session: Session
) -> None:
    front.rules.append(times(99, "AssumeRole", query_error("AccessDenied")))
    with pytest.raises(ChangeFailed, match="cannot assume") as caught:
        run(session)
    assert caught.value.left == PLAN[5:]


def test_expired_credentials_stop_it_with_what_is_left(front: Front, session: Session) -> None:
    session.identity()
    front.rules.append(times(99, "CreateAlias", json_error("ExpiredTokenException")))
    with pytest.raises(ChangeFailed) as caught:
        run(session)
    assert caught.value.code == "ExpiredTokenException"
    assert caught.value.done == (KEY,)


def test_expired_role_credentials_are_renewed(front: Front, session: Session) -> None:
    front.rules.append(times(1, "CreateTrail", json_error("ExpiredTokenException")))
    assert run(session).made == PLAN
    assert front.seen.count("AssumeRole") == 2


def test_calls_outside_the_tables_are_refused_before_anything_is_touched(
    front: Front, session: Session
) -> None:
    deletes = change("s3:DeleteBucket", BUCKET, {"Bucket": "archive-logs"})
    names = msgspec.structs.replace(MADE_BUCKET, makes="bucket")
    for wrong in (deletes, names):
        with pytest.raises(UnknownCall, match="`s3:"):
            run(session, (MADE_BUCKET, wrong))
    assert front.seen == []


def test_a_value_that_nothing_assigned_stops_it(session: Session) -> None:
    with pytest.raises(ChangeFailed, match=r"nothing assigned \{made:archive-key\}"):
        run(session, (NAMED,))


def test_progress_tells_every_change_and_its_end(session: Session) -> None:
    told: list[ApplyProgress] = []
    run(session, progress=told.append)
    assert [each.change for each in told if each.state == "made"] == list(PLAN)
    numbers = [each.number for each in told]
    assert numbers == sorted(numbers)
    assert {each.total for each in told} == {len(PLAN)}
    assert numbers[-1] == len(PLAN)


def test_a_key_without_a_name_yet_is_not_made_twice(front: Front, session: Session) -> None:
    def stop_at_alias(found: ApplyProgress) -> None:
        if found.change == NAMED:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        run(session, progress=stop_at_alias)
    front.seen.clear()
    done = run(session, values=caught.value.values)
    assert done.there == (KEY,)
    assert "CreateKey" not in front.seen
    assert done.values == caught.value.values


def ctrl_c(wanted: str) -> Callable[[str, str, str], None]:
    """Ctrl-C while a call is on its way; AWS makes it all the same."""

    def rule(name: str, _key: str, _body: str) -> None:
        if name == wanted:
            os.kill(os.getpid(), signal.SIGINT)

    return rule


@pytest.mark.parametrize("call", ["CreateAlias", "PUT /archive-logs?policy", "CreateTrail"])
def test_ctrl_c_in_the_middle_of_a_call_is_made_good(
    front: Front, session: Session, call: str
) -> None:
    front.rules.append(ctrl_c(call))
    with pytest.raises(Interrupted) as caught:
        run(session)
    assert caught.value.calls[-1].error == "Interrupted"
    for _ in range(100):
        if call in front.finished:
            break
        time.sleep(0.02)
    front.rules.clear()
    again = run(session, values=caught.value.values)
    assert again.there == (*caught.value.done, caught.value.left[0])
    assert again.made == caught.value.left[1:]


def test_a_key_that_somebody_else_gave_the_name_is_a_move(session: Session) -> None:
    policy = {"Version": "2012-10-17", "Statement": POLICY["Statement"]}
    own = msgspec.structs.replace(
        KEY,
        after=(
            *KEY.after,
            (
                ask(OWN, HOME, "kms:GetKeyPolicy", KeyId=made("archive-key")),
                reply({"Policy": json.dumps(policy)}),
            ),
        ),
    )
    client = session.account_client(OWN, "kms", HOME)
    key = client.create_key()["KeyMetadata"]["KeyId"]
    client.create_alias(AliasName="alias/logkeep", TargetKeyId=key)
    with pytest.raises(Moved):
        run(session, (own, NAMED))
    client.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    assert run(session, (own, NAMED)).values == {"archive-key": key}


def test_what_aws_still_shows_from_before_our_own_change_is_no_move(
    front: Front, session: Session
) -> None:
    run(session, PLAN[2:3])
    suspended = msgspec.structs.replace(
        VERSIONED,
        arguments={"Bucket": "archive-logs", "VersioningConfiguration": {"Status": "Suspended"}},
        before=VERSIONED.after,
        after=((bucket("s3:GetBucketVersioning"), reply({"Status": "Suspended"})),),
    )
    fresh = msgspec.structs.replace(
        VERSIONED, before=((bucket("s3:GetBucketVersioning"), reply({})),)
    )
    stale = "200 OK", "application/xml", "<VersioningConfiguration/>"
    front.rules.append(lambda name, *_: stale if name.startswith("GET /archive-logs?v") else None)
    assert run(session, (fresh, suspended)).made == (fresh, suspended)


def test_a_move_between_two_changes_of_one_setting_is_seen(front: Front, session: Session) -> None:
    run(session, PLAN[2:3])
    looks = bucket("s3:GetBucketVersioning")
    fresh = msgspec.structs.replace(VERSIONED, before=((looks, reply({})),))
    again = msgspec.structs.replace(
        fresh,
        before=VERSIONED.after,
        after=((looks, reply({"Status": "Enabled", "MFADelete": "Enabled"})),),
    )

    versioning = " /archive-logs?versioning"

    def foreign(name: str, _key: str, _body: str) -> Answer | None:
        moved = name == "GET" + versioning and "PUT" + versioning in front.seen
        body = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
        return ("200 OK", "application/xml", body) if moved else None

    front.rules.append(foreign)
    with pytest.raises(Moved) as caught:
        run(session, (fresh, again))
    assert (caught.value.done, caught.value.change) == ((fresh,), again)
