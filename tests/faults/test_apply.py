"""Applying ends in words and with what is done, whatever comes in place of AWS's answer."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from logkeep.aws import connection
from logkeep.aws.applied import Applied, ChangeFailed
from logkeep.aws.apply import apply
from logkeep.aws.calls import method_of, service_of
from logkeep.aws.expected import NotAnAnswer
from logkeep.aws.session import Session, called
from logkeep.aws.writes import WRITES
from logkeep.plan import Plan
from support.examples import WHOLE
from support.faults import CHIEF, FAULTS, PAGES, Faults, Page, faults
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

WHOLE_ANSWER_S = 1.0
SECURITY, PRODUCTION, _ = ACCOUNTS.values()


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with pytest.MonkeyPatch.context() as patch, bench(ACCOUNTS, fleet_of(readers=None)) as made:
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        made.session = Session(made.fleet)
        yield made


@pytest.fixture
def spoilt(lab: Bench) -> Iterator[Faults]:
    with faults(lab.lab) as made:
        yield made


def applied(lab: Bench, made: Plan) -> ChangeFailed | Applied:
    try:
        return apply(made.changes, lab.session, taken_at=made.taken_at, sleep=lambda _: None)
    except ChangeFailed as stopped:
        return stopped


def least(shape: Any) -> Any:
    """The least that the SDK sends for a shape."""
    match shape.type_name:
        case "structure":
            return {name: least(shape.members[name]) for name in shape.required_members}
        case "list":
            return [least(shape.member)]
        case "string":
            return shape.enum[0] if shape.enum else "x" * max(shape.metadata.get("min", 1), 3)
        case _:
            return True


@pytest.mark.parametrize("call", sorted(WRITES))
def test_no_page_is_taken_for_a_change_that_was_made(lab: Bench, spoilt: Faults, call: str) -> None:
    client = lab.archive(service_of(call))
    shape = client.meta.service_model.operation_model(call.partition(":")[2]).input_shape
    given = least(shape)
    for fault in PAGES:
        spoilt.spoilt = {call: fault}.get
        with pytest.raises((NotAnAnswer, ClientError)):
            called(client, method_of(call), given)
    assert call in spoilt.seen


def test_every_write_that_gets_no_answer_ends_in_words_and_is_made_good(
    lab: Bench, spoilt: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = lab.plan()
    monkeypatch.setattr(connection, "WHOLE_ANSWER_S", WHOLE_ANSWER_S)
    calls = list(dict.fromkeys(change.call for change in made.changes))
    assert len(calls) > 9
    for number, call in enumerate(calls):
        for fault in FAULTS[number % 4 :: 4]:  # each write gets a part, all writes get all
            spoilt.spoilt = {call: fault}.get
            end = applied(lab, made)
            if isinstance(end, ChangeFailed):
                assert (end.change.call, end.unanswered) == (call, True), fault
                assert end.left
    spoilt.spoilt = {}.get
    assert isinstance(applied(lab, made), Applied)
    again = applied(lab, made)
    assert isinstance(again, Applied)
    assert (again.made, again.calls) == ((), ())
    assert lab.plan().changes == ()


ENTER = "sts:AssumeRole"


@pytest.mark.parametrize("when", ["at first", "at the renewal"])
def test_what_comes_in_place_of_a_role_s_credentials_ends_it_in_words(
    lab: Bench, spoilt: Faults, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """And what was made until then is told as done; the next one goes on from there."""
    monkeypatch.setattr(connection, "WHOLE_ANSWER_S", WHOLE_ANSWER_S)
    lab.mend()
    for fault in CHIEF if WHOLE else ("reset",):
        lab.archive("s3").put_bucket_versioning(**suspended(lab))
        lab.client(PRODUCTION, "cloudtrail").stop_logging(Name="logkeep")
        made = lab.plan()
        assert {change.account for change in made.changes} == {SECURITY, PRODUCTION}
        lab.session = Session(lab.fleet)
        if when == "at first":
            spoilt.spoilt = {ENTER: fault}.get
        else:
            lab.client(PRODUCTION, "cloudtrail")
            expired = iter(("cloudtrail:StartLogging",))
            spoilt.spoilt = functools.partial(renewed, fault, expired, spoilt)
            spoilt.pages["expired"] = EXPIRED
        end = applied(lab, made)
        assert isinstance(end, ChangeFailed), fault
        assert {change.account for change in end.done} == {SECURITY}
        assert {change.account for change in end.left} == {PRODUCTION}
        spoilt.spoilt = {}.get
        lab.session = Session(lab.fleet)
        assert isinstance(applied(lab, made), Applied)
        assert lab.plan().changes == ()


EXPIRED = Page(
    b'{"__type": "ExpiredTokenException", "message": "The token is expired"}',
    "application/x-amz-json-1.1",
    "400 Bad Request",
)


def renewed(fault: str, expired: Iterator[str], spoilt: Faults, call: str) -> str | None:
    """The first call finds its token expired, and its renewal a fault."""
    if call == ENTER and "cloudtrail:StartLogging" in spoilt.seen:
        return fault
    return "expired" if call == "cloudtrail:StartLogging" and next(expired, "") else None


def suspended(lab: Bench) -> dict[str, Any]:
    return {"Bucket": lab.fleet.archive.bucket, "VersioningConfiguration": {"Status": "Suspended"}}
