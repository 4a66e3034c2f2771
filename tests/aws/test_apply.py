"""What a plan holds is made in order, once, and only where nothing has moved since."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

from aws.conftest import OWN
from aws.front import Answer, Front, s3_error
from aws.planned import (
    ALIAS,
    ALLOWED,
    BORN,
    CHAINED,
    HOME,
    KEY,
    NAMED,
    NOTHING,
    PLAN,
    POLICY,
    STATUS,
    TRAIL,
    VERSIONED,
    bucket,
    run,
    state,
    trail,
    writes,
)
from logkeep.aws.applied import ApplyProgress, ChangeFailed, Interrupted, Moved
from logkeep.aws.session import Session
from logkeep.fleet import Fleet
from logkeep.snapshot import ask, reply
from logkeep.snapshot.change import Change, made


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
