"""What stops `apply` leaves what was made, says what is left, and is made good by the next."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import msgspec
import pytest

from aws.front import Front, json_error, query_error, times
from aws.planned import (
    BUCKET,
    KEY,
    MADE_BUCKET,
    MADE_TRAIL,
    NAMED,
    PLAN,
    TRAIL,
    Naps,
    change,
    run,
)
from logkeep.aws.applied import ApplyProgress, ChangeFailed, Interrupted
from logkeep.aws.calls import UnknownCall
from logkeep.aws.session import Session


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
