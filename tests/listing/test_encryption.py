"""`logkeep list encryption`: every bucket's default, what its policy enforces, whom it silences."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kinds.replication.worlds import KEY, UNDER_KEY, bucket_answers, owned
from logkeep.access.bucket import Bucket, listing, of_bucket
from logkeep.show.listing import listing_json, listing_text
from logkeep.show.paint import Paint
from logkeep.snapshot import Ask, Reply, Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.encryption import asks
from logkeep.sources.inventory import inventory
from logkeep.words.listed import Item
from support.worlds import fleet_of, well

FLEET = fleet_of()
SSE = "s3:x-amz-server-side-encryption"
AT = Bucket("app-logs", "222222222222", "us-east-1")


def deny(**condition: Any) -> dict[str, Any]:
    statement = {"Sid": "Force", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                 "Resource": f"arn:aws:s3:::{AT.name}/*", "Condition": condition}  # fmt: skip
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def snapshot(**answers: Any) -> Snapshot:
    found = well(FLEET).with_answers(owned([AT])).with_answers(bucket_answers(AT, **answers))
    missing = {q: Reply(error="AccessDenied") for q in asks(Facts(FLEET, found))}
    return found.with_answers({q: r for q, r in missing.items() if q not in found.answers})


def told(found: Snapshot, hidden: Ask | None = None) -> Item:
    answers = {hidden: Reply(error="AccessDenied")} if hidden else {}
    listed = inventory(Facts(FLEET, found.with_answers(answers)), ("encryption",))
    return next(i for i in listed.sections[0].items if i.name == AT.name)


def of(item: Item) -> dict[str, Any]:
    return {said.name: said.value for said in item.said}


def test_nothing_is_enforced_without_a_policy() -> None:
    found = of(told(snapshot()))
    assert (found["default"], found["enforces"]) == ("AES256", "nothing")


def test_the_default_and_its_key() -> None:
    found = told(snapshot(GetBucketEncryption={"ServerSideEncryptionConfiguration": UNDER_KEY}))
    assert (of(found)["default"], of(found)["key"]) == ("aws:kms", KEY)


@pytest.mark.parametrize(
    ("condition", "way", "passes", "silenced"),
    [
        ({"Null": {SSE: "true"}}, "header", {"AES256", "aws:kms", "aws:kms:dsse"}, True),
        ({"StringNotEquals": {SSE: "aws:kms"}}, "header", {"aws:kms"}, True),
        (
            {"StringNotEquals": {SSE: "aws:kms"}, "Null": {SSE: "false"}},
            "default",
            {"none", "aws:kms", "SSE-C"},
            False,
        ),
    ],
    ids=["null", "must be aws:kms", "wrong header alone"],
)
def test_which_way_it_is_enforced_and_whom_it_silences(
    condition: dict[str, Any], way: str, passes: set[str], silenced: bool
) -> None:
    """Rules 2.2.4 and 2.2.12."""
    found = of(told(snapshot(GetBucketPolicy=deny(**condition))))
    assert (found["enforces"], set(found["passes"])) == (way, passes)
    assert ("S3 server access logs" in found["silences"]) is silenced
    assert ("CloudTrail, trail without a key" in found["silences"]) is ("aws:kms" in str(condition))
    assert "replication" not in found["silences"]


@pytest.mark.parametrize("call", ["s3:GetBucketPolicy", "s3:GetBucketEncryption"])
def test_what_could_not_be_read_is_unknown(call: str) -> None:
    found = told(snapshot(), of_bucket(Facts(FLEET, snapshot()), call, AT))
    assert [said.unread for said in found.said if said.unread]


def test_an_account_that_could_not_be_listed_is_named() -> None:
    hidden = {listing(Facts(FLEET, snapshot()), AT.account): Reply(error="AccessDenied")}
    listed = inventory(Facts(FLEET, snapshot().with_answers(hidden)), ("encryption",))
    assert not listed.complete
    assert [each.account for each in listed.sections[0].unlisted] == [AT.account]


def test_the_text_and_the_json() -> None:
    found = snapshot(GetBucketPolicy=deny(Null={SSE: "true"}))
    listed = inventory(Facts(FLEET, found), ("encryption",))
    text = listing_text(FLEET, listed, Paint())
    assert "a header: an upload without one is refused, whatever the default" in text
    assert "S3 server access logs by `Force`, if it sends what is believed" in text
    assert listing_json(listed)["encryption"]


def test_without_its_name_nothing_is_asked_of_other_buckets() -> None:
    listed = inventory(Facts(FLEET, snapshot()))
    assert "encryption" not in [section.kind for section in listed.sections]
