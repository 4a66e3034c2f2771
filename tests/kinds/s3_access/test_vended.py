"""Accesses that go into CloudWatch Logs another way are named, and never taken for none (9.10)."""

from __future__ import annotations

from typing import Any

from kinds.s3_access.worlds import (
    ACCOUNT,
    DATA,
    HOME,
    bare,
    by_hand,
    fleet,
    policy,
    statement,
)
from logkeep.show.notices import all_words
from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.notices import notices
from logkeep.sources.s3_access.vended import DELIVERIES, LOG_TYPE, SOURCES
from logkeep.sources.s3_access.words import VENDED
from logkeep.sources.wants import wants
from logkeep.words.notice import Notice

OF_SOURCES, OF_DELIVERIES = ask(ACCOUNT, HOME, SOURCES), ask(ACCOUNT, HOME, DELIVERIES)


def told(now: Snapshot) -> list[Notice]:
    return [each for each in notices(Facts(fleet(), now)) if each.code == VENDED]


def source(name: str, kind: str = LOG_TYPE, bucket: str = DATA) -> dict[str, Any]:
    return {"name": name, "logType": kind, "resourceArns": [f"arn:aws:s3:::{bucket}"]}


def delivery(of: str, into: str) -> dict[str, Any]:
    return {"id": f"{of}-{into}", "deliverySourceName": of, "deliveryDestinationType": into}


def vending(sources: list[dict[str, Any]], deliveries: list[dict[str, Any]]) -> Snapshot:
    answers = {OF_SOURCES: reply({"deliverySources": sources})}
    return bare().with_answers({**answers, OF_DELIVERIES: reply({"deliveries": deliveries})})


def says(found: list[Notice]) -> str:
    words = all_words()[VENDED]
    return (words.says if found[0].known else words.not_seen)(fleet(), found)


def test_a_bucket_whose_accesses_are_vended_logs_is_named_with_where_they_go() -> None:
    found = told(vending([source("one")], [delivery("one", "CWL"), delivery("one", "S3")]))
    assert [(each.evidence["bucket"], each.evidence["into"]) for each in found] == [
        (DATA, "CWL S3")
    ]
    assert says(found) == (
        "the accesses of app-data of staging go into CloudWatch Logs and a bucket already, as "
        "vended logs"
    )


def test_what_is_not_delivered_or_of_another_kind_is_none() -> None:
    assert told(bare()) == []
    assert told(vending([source("one")], [delivery("two", "CWL")])) == []
    assert told(vending([source("one", "ACCESS_LOGS")], [delivery("one", "CWL")])) == []
    assert told(vending([source("one", bucket="other")], [delivery("one", "CWL")])) == []


def test_what_could_not_be_seen_is_said_once_an_account_and_region() -> None:
    hidden = bare().with_answers({OF_SOURCES: Reply(error="AccessDenied")})
    (found,) = told(hidden)
    assert not found.known
    assert "could not be seen" in says([found])
    half = vending([source("one")], []).with_answers({OF_DELIVERIES: Reply(error="AccessDenied")})
    assert [each.known for each in told(half)] == [False]


def test_it_is_asked_only_where_a_bucket_does_not_log_as_wanted() -> None:
    def asked(now: Snapshot) -> set[str]:
        return {question.region for question in wants(fleet())(now) if question.call == SOURCES}

    assert asked(bare()) == {HOME, "eu-west-1"}
    assert asked(by_hand(policy(statement(DATA)))) == set()
