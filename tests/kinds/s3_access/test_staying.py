"""Access logs are said to stay where they lie, and not where none has come yet."""

from __future__ import annotations

from kinds.s3_access.worlds import (
    ACCOUNT,
    TARGET,
    bare,
    by_hand,
    fleet,
    policy,
    statement,
)
from logkeep.access.bucket import listing
from logkeep.show.notices import all_words
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.notices import notices
from logkeep.sources.s3_access.words import NOT_CENTRAL


def says(now: Snapshot) -> str:
    found = [each for each in notices(Facts(fleet(), now)) if each.code == NOT_CENTRAL]
    return all_words()[NOT_CENTRAL].says(fleet(), found)


def test_where_a_bucket_logs_its_logs_stay() -> None:
    assert f"stay in {TARGET}, and not in the archive" in says(by_hand(policy(statement())))


def test_before_any_bucket_logs_they_are_only_meant_for_a_target() -> None:
    said = says(bare())
    assert "stay" not in said
    assert said.startswith("the access logs of staging are meant for acme-access-")
    assert said.endswith(", and not for the archive")


def test_no_log_stays_in_a_target_that_is_gone() -> None:
    now = by_hand(policy(statement()))
    question = listing(Facts(fleet(), now), ACCOUNT)
    gone = now.with_answers({question: reply({"Buckets": [{"Name": "app-data"}]})})
    assert f"are meant for {TARGET}, and not for the archive" in says(gone)
