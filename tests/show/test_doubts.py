"""What an unknown depends on is said in words, wherever it comes from."""

from __future__ import annotations

import pytest

from logkeep.words.doubts import doubt_words, doubts_words, let_answer


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("aws:sourceip", "what the request carries in `aws:sourceip`"),
        ("aws:requesttag/Team", "what the request carries in `aws:requesttag/Team`"),
        ("kms:ListGrants", "what kms:ListGrants answers"),
        ("s3:HeadBucket of copies", "what s3:HeadBucket of copies answers"),
        ("whose bucket copies is", "whose bucket copies is"),
    ],
)
def test_a_bare_name_becomes_words(name: str, says: str) -> None:
    assert doubt_words(name) == says


def test_keys_are_told_together() -> None:
    told = doubts_words(("aws:sourceip", "aws:useragent", "kms:ListGrants"))
    keys = "what the request carries in `aws:sourceip` and `aws:useragent`"
    assert told == f"{keys} and what kms:ListGrants answers"


@pytest.mark.parametrize(
    "found",
    [
        "s3:GetBucketPolicy(Bucket=b) in 111111111111 us-east-1: InternalError",
        "kms:DescribeKey(KeyId=k) in 111111111111 us-east-1: was not asked",
    ],
)
def test_a_look_up_that_failed_is_settled_by_a_sentence(found: str) -> None:
    said = let_answer(found)
    assert said.count(" ") > 5
    assert not said.startswith(found.partition(":")[0])
