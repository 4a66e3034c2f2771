"""Which AWS services a forced-encryption policy silences: each cell of rule 2.2.12."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.sources import all_writers
from logkeep.storage.bucket import Default
from logkeep.storage.writers import Enforced, enforced
from storage.scenes import KEY, OWNER, REGION, SSE, bucket, deny, policy

NAMES = ("CloudTrail, trail without a key", "CloudTrail, trail with a key",
         "vended logs", "S3 server access logs",
         "CloudWatch Logs export", "replication")  # fmt: skip
DENIES: dict[str, dict[str, Any]] = {
    "null": {"Null": {SSE: "true"}},
    "must be aws:kms": {"StringNotEquals": {SSE: "aws:kms"}},
    "must be AES256": {"StringNotEquals": {SSE: "AES256"}},
}
SILENT = {
    "null": set(NAMES[2:5]),
    "must be aws:kms": {NAMES[0], *NAMES[2:5]},
    "must be AES256": {NAMES[1], *NAMES[2:5]},
}


def found(condition: dict[str, Any], **more: object) -> Enforced:
    writers = all_writers(OWNER, REGION, KEY)
    return enforced(policy(deny(condition, **more)), bucket(), Default("aws:kms", KEY), writers)


def silenced(told: Enforced) -> set[str]:
    return {each.writer.name for each in told.writers if each.verdict == "silenced"}


@pytest.mark.parametrize("name", DENIES)
def test_a_column_of_the_table(name: str) -> None:
    told = found(DENIES[name])
    assert tuple(each.writer.name for each in told.writers) == NAMES
    assert silenced(told) == SILENT[name]
    assert {each.verdict for each in told.writers} <= {"silenced", "passes"}
    assert told.way == "header"


def test_what_is_inferred_is_marked() -> None:
    told = found(DENIES["null"])
    assert {each.writer.name for each in told.writers if each.writer.is_inferred} == set(NAMES[2:5])


def test_todays_way_silences_nobody_who_sends_no_header() -> None:
    told = found({"StringNotEquals": {SSE: "aws:kms"}, "Null": {SSE: "false"}})
    assert told.way == "default"
    assert told.passes == ("none", "aws:kms", "SSE-C")
    assert silenced(told) == {NAMES[0]}


def test_services_may_be_spared() -> None:
    told = found({**DENIES["null"], "Bool": {"aws:PrincipalIsAWSService": "false"}})
    assert told.way == "header"
    assert silenced(told) == set()


def test_a_deny_of_everything_leaves_replication_open() -> None:
    """What S3 says of encryption when it replicates is not documented."""
    told = found(DENIES["null"], Action="s3:*")
    assert {e.writer.name: e.verdict for e in told.writers}["replication"] == "unknown"


def test_a_folder_of_ones_own_can_be_forced_alone() -> None:
    told = found(DENIES["null"], Resource="arn:aws:s3:::logs/uploads/*")
    assert told.way == "header"
    assert silenced(told) == {NAMES[3]}  # access logs may lie under any prefix


def test_a_pinned_key_is_named() -> None:
    pinned = {"StringNotEquals": {f"{SSE}-aws-kms-key-id": KEY}}
    told = found(pinned)
    assert told.pinned == (KEY,)
    assert NAMES[1] not in silenced(told)
    writers = all_writers(OWNER, REGION, KEY.replace("1", "9"))
    other = enforced(policy(deny(pinned)), bucket(), Default(), writers)
    assert NAMES[1] in silenced(other)


def test_no_word_of_encryption_enforces_nothing() -> None:
    told = found({"Bool": {"aws:SecureTransport": "false"}})
    assert told.way == "nothing"
    assert silenced(told) == set()
    assert told.passes == ("none", "AES256", "aws:kms", "aws:kms:dsse", "SSE-C")
