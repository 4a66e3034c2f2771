"""What a fleet file names that is not there is said, and the lab breaks what is there."""

from __future__ import annotations

import msgspec

from kinds.s3_access.worlds import ACCOUNT, asked_out, bare, fleet
from logkeep.access.bucket import listing
from logkeep.fleet import Logs
from logkeep.lab.breaking.act import usual_account
from logkeep.show.notices import all_words
from logkeep.snapshot import Reply, Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.notices import notices
from logkeep.sources.s3_access import AccessOptions
from logkeep.sources.s3_access.words import UNMATCHED
from logkeep.words.notice import Notice
from support.worlds import fleet_of


def told(*buckets: str, now: Snapshot | None = None) -> list[Notice]:
    of = fleet(AccessOptions(buckets=buckets))
    facts = Facts(of, asked_out(of, now or bare()))
    return [each for each in notices(facts) if each.code == UNMATCHED]


def test_a_name_and_a_pattern_that_no_bucket_has_are_said() -> None:
    found = told("app-dtaa", "app-*", "log-?")
    assert [each.evidence["named"] for each in found] == ["app-dtaa", "log-?"]
    words = all_words()[UNMATCHED]
    assert words.says(fleet(), found[:1]) == (
        "no bucket of staging is called `app-dtaa`, so none logs its accesses by that"
    )
    assert len({words.sameness(each) for each in found}) == 2


def test_what_is_there_or_could_not_be_listed_is_not_said() -> None:
    assert told("app-data", "*cache", "*") == []
    hidden = bare().with_answers(
        {listing(Facts(fleet(), bare()), ACCOUNT): Reply(error="AccessDenied")}
    )
    assert told("app-dtaa", now=hidden) == []


def test_the_lab_breaks_logs_of_an_account_that_has_them() -> None:
    logs = Logs("s3-access", ("222222222222",), AccessOptions())
    of = msgspec.structs.replace(fleet_of(), logs=(*fleet_of().logs, logs))
    facts = Facts(of, bare())
    assert usual_account(facts, "accesslog-stale") == "222222222222"
    assert usual_account(facts, "trail-off") == usual_account(facts, "bucket-public") == ACCOUNT
