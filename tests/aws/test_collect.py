import datetime
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import logkeep.aws.collect as collecting
from aws.conftest import OWN, PRODUCTION, STAGING
from aws.front import Answer, Front, json_answer, json_error, query_error
from logkeep.aws.collect import CollectProgress, NeverSettles, collect
from logkeep.aws.errors import CredentialsProblem
from logkeep.aws.session import Session
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Snapshot, ask, encode
from logkeep.value import Absent, Seen, Unseen

ACCOUNTS = (OWN, PRODUCTION, STAGING)


class Trail(msgspec.Struct):
    arn: str = msgspec.field(name="TrailARN")


class Trails(msgspec.Struct):
    trails: list[Trail] = msgspec.field(name="trailList")


def trails(account: str) -> Ask:
    return ask(account, "us-east-1", "cloudtrail:DescribeTrails")


def wants(snapshot: Snapshot) -> Iterator[Ask]:
    """Trails first, then the status of each trail that was seen."""
    for account in ACCOUNTS:
        yield trails(account)
        yield ask(account, "eu-west-1", "kms:ListKeys")
        found = snapshot.look(trails(account), Trails)
        for trail in found.value.trails if isinstance(found, Seen) else ():
            yield ask(account, "us-east-1", "cloudtrail:GetTrailStatus", Name=trail.arn)


def make_trails(session: Session) -> None:
    own = session.account_client(OWN, "s3", "us-east-1")
    own.create_bucket(Bucket="archive-logs")
    for account in ACCOUNTS:
        client = session.account_client(account, "cloudtrail", "us-east-1")
        client.create_trail(Name="logkeep", S3BucketName="archive-logs")


def asked(front: Front) -> Counter[str]:
    looking = ("DescribeTrails", "ListKeys", "GetTrailStatus")
    return Counter(name for name in front.seen if name in looking)


def test_collects_until_nothing_new_is_wanted(front: Front, session: Session, fleet: Fleet) -> None:
    make_trails(session)
    front.seen.clear()
    snapshot = collect(fleet, wants, session)
    assert set(snapshot.answers) == set(wants(snapshot))
    assert len(snapshot.answers) == 9
    assert asked(front) == {"DescribeTrails": 3, "ListKeys": 3, "GetTrailStatus": 3}


def test_threads_do_not_show(
    front: Front, session: Session, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_trails(session)
    front.rules.append(lambda name, *_: json_answer({}) if name == "GetTrailStatus" else None)
    many = collect(fleet, wants, session)
    monkeypatch.setattr(collecting, "THREADS", 1)
    one = collect(fleet, lambda found: reversed(list(wants(found))), session)
    assert list(many.answers) == list(one.answers)
    assert list(encode(many))[1:] == list(encode(one))[1:]


def test_time_is_the_newest_that_aws_answered_with(
    front: Front, session: Session, fleet: Fleet
) -> None:
    front.ahead = datetime.timedelta(days=2000)
    snapshot = collect(fleet, wants, session)
    assert abs(snapshot.taken_at - front.now()) < datetime.timedelta(seconds=10)


def test_an_account_that_lets_nobody_in_is_unseen_and_the_rest_goes_on(
    front: Front, session: Session, fleet: Fleet
) -> None:
    make_trails(session)
    fresh = Session(fleet)

    def refuse(name: str, _key: str, body: str) -> Answer | None:
        closed = name == "AssumeRole" and STAGING in body
        return query_error("AccessDenied") if closed else None

    front.rules.append(refuse)
    snapshot = collect(fleet, wants, fresh)
    assert isinstance(snapshot.look(trails(PRODUCTION), Trails), Seen)
    closed = snapshot.look(trails(STAGING), Trails)
    assert isinstance(closed, Unseen)
    assert "cannot assume" in closed.error
    assert "Logkeep" in closed.error


def test_what_aws_says_is_not_there_is_absent(session: Session, fleet: Fleet) -> None:
    question = ask(OWN, "us-east-1", "s3:HeadBucket", Bucket="archive-logs")
    snapshot = collect(fleet, lambda _: [question], session)
    assert isinstance(snapshot.look(question, dict), Absent)


def test_progress_is_told_by_the_collecting_thread(session: Session, fleet: Fleet) -> None:
    told: list[tuple[CollectProgress, threading.Thread]] = []
    collect(fleet, wants, session, lambda found: told.append((found, threading.current_thread())))
    assert {thread for _, thread in told} == {threading.main_thread()}
    assert [found.accounts_done for found, _ in told] == sorted(f.accounts_done for f, _ in told)
    assert told[-1][0].accounts_done == told[-1][0].accounts_total == 3
    assert told[-1][0].calls_made == session.calls.total


def test_clients_are_dropped_after_use(
    session: Session, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for those of few accounts (`tests/aws/test_session.py`)."""
    monkeypatch.setattr("logkeep.aws.session.FEW", 0)
    collect(fleet, wants, session)
    assert all(not entry.clients for entry in session._entries.values())


def test_questions_without_end_are_a_mistake_of_ours(
    session: Session, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "ROUNDS_MAX", 3)

    def endless(snapshot: Snapshot) -> list[Ask]:
        return [ask(OWN, "us-east-1", "s3:HeadBucket", Bucket=f"bucket-{len(snapshot.answers)}")]

    with pytest.raises(NeverSettles):
        collect(fleet, endless, session)


class Killed(BaseException):
    """What a killed run feels."""


def kill_in_round(number: int, progress: CollectProgress) -> None:
    if progress.round == number:
        raise Killed


def test_a_killed_run_goes_on_where_it_was(
    front: Front, session: Session, fleet: Fleet, tmp_path: Path
) -> None:
    make_trails(session)
    journal = tmp_path / "journal"
    with pytest.raises(Killed):
        collect(fleet, wants, session, lambda found: kill_in_round(2, found), journal=journal)
    assert journal.stat().st_mode & 0o077 == 0
    with journal.open("ab") as file:
        file.write(b'{"question":{"account":"1')  # a line that was never finished
    front.seen.clear()
    snapshot = collect(fleet, wants, Session(fleet), journal=journal)
    assert asked(front) == {"GetTrailStatus": 3}
    assert len(snapshot.answers) == 9
    assert not journal.exists()


def left_by(journal: Path, fleet: Fleet, session: Session) -> None:
    with pytest.raises(Killed):
        collect(fleet, wants, session, lambda found: kill_in_round(2, found), journal=journal)


def test_an_old_or_foreign_journal_is_not_believed(
    front: Front, session: Session, fleet: Fleet, tmp_path: Path
) -> None:
    make_trails(session)
    journal = tmp_path / "journal"
    left_by(journal, fleet, session)
    front.seen.clear()
    left_by(journal, msgspec.structs.replace(fleet, name="another"), session)
    assert asked(front)["DescribeTrails"] == 3
    front.seen.clear()
    front.ahead = datetime.timedelta(minutes=31)
    left_by(journal, msgspec.structs.replace(fleet, name="another"), session)
    assert asked(front)["DescribeTrails"] == 3
    journal.write_bytes(b"no journal at all\n")
    front.seen.clear()
    collect(fleet, wants, session, journal=journal)
    assert asked(front)["DescribeTrails"] == 3


def test_passing_errors_are_asked_again_by_the_next_run(
    front: Front, session: Session, fleet: Fleet, tmp_path: Path
) -> None:
    make_trails(session)
    journal = tmp_path / "journal"
    slow = json_error("ThrottlingException")
    front.rules.append(lambda name, *_: slow if name == "ListKeys" else None)
    left_by(journal, fleet, session)
    front.rules.clear()
    front.seen.clear()
    snapshot = collect(fleet, wants, session, journal=journal)
    assert asked(front) == {"GetTrailStatus": 3, "ListKeys": 3}
    assert not any(found.error for found in snapshot.answers.values())


def test_credentials_that_expire_on_the_way_leave_the_journal(
    front: Front, session: Session, fleet: Fleet, tmp_path: Path
) -> None:
    make_trails(session)
    journal = tmp_path / "journal"

    def expire(name: str, key: str, _body: str) -> Answer | None:
        expired = name == "GetTrailStatus" and key == "own"
        return json_error("ExpiredTokenException") if expired else None

    front.rules.append(expire)
    with pytest.raises(CredentialsProblem):
        collect(fleet, wants, session, journal=journal)
    front.rules.clear()
    front.seen.clear()
    assert len(collect(fleet, wants, session, journal=journal).answers) == 9
    assert asked(front)["DescribeTrails"] == 0


def test_ctrl_c_leaves_the_journal(
    front: Front, session: Session, fleet: Fleet, tmp_path: Path
) -> None:
    make_trails(session)
    journal = tmp_path / "journal"

    def interrupt(name: str, _key: str, _body: str) -> None:
        if name == "GetTrailStatus" and front.seen.count(name) == 1:
            os.kill(os.getpid(), signal.SIGINT)

    front.rules.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        collect(fleet, wants, session, journal=journal)
    front.rules.clear()
    front.seen.clear()
    assert len(collect(fleet, wants, session, journal=journal).answers) == 9
    assert asked(front)["DescribeTrails"] == 0
