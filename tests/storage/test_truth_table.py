"""A Deny about encryption against every header: each cell of rule 2.2.4, whatever the default."""

from __future__ import annotations

import pytest

from logkeep.storage.advice import BY_CUSTOMER, advise
from logkeep.storage.bucket import Default, Keys
from logkeep.storage.put import put
from storage.scenes import KEY, SSE, bucket, deny, keys, policy, upload

HEADER = "x-amz-server-side-encryption"
SENT = {
    "none": {},
    "AES256": {HEADER: "AES256"},
    "aws:kms": {HEADER: "aws:kms"},
    "aws:kms:dsse": {HEADER: "aws:kms:dsse"},
    "SSE-C": BY_CUSTOMER,
}
DENIES = {
    "null": {"Null": {SSE: "true"}},
    "not-aes": {"StringNotEquals": {SSE: "AES256"}},
    "not-kms": {"StringNotEquals": {SSE: "aws:kms"}},
    "not-aes-if-exists": {"StringNotEqualsIfExists": {SSE: "AES256"}},
    "neither": {"StringNotEquals": {SSE: ["AES256", "aws:kms"]}},
}
REFUSED = {
    "none": set(DENIES),
    "AES256": {"not-kms"},
    "aws:kms": {"not-aes", "not-aes-if-exists"},
    "aws:kms:dsse": {"not-aes", "not-kms", "not-aes-if-exists", "neither"},
    "SSE-C": set(DENIES),
}
DEFAULTS = [Default(), Default("aws:kms", KEY, bucket_key=True), Default("aws:kms:dsse", KEY)]


@pytest.mark.parametrize("default", DEFAULTS, ids=lambda each: each.algorithm)
@pytest.mark.parametrize("sent", SENT)
@pytest.mark.parametrize("name", DENIES)
def test_a_cell_of_the_table(name: str, sent: str, default: Default) -> None:
    forced = bucket(policy=policy(deny(DENIES[name])), default=default)
    outcome = put(upload(SENT[sent]), forced, keys())
    assert outcome.answer == ("refused" if name in REFUSED[sent] else "accepted")
    if outcome.refusal is not None:
        assert (outcome.refusal.code, outcome.refusal.status) == ("AccessDenied", 403)
        assert outcome.refusal.by == "bucket-policy"


@pytest.mark.parametrize("name", DENIES)
def test_a_wrong_header_alone_may_be_refused(name: str) -> None:
    """The last trick of rule 2.2.4: Null in the same statement spares what has no header."""
    if name == "null":
        return
    spared = {**DENIES[name], "Null": {SSE: "false"}}
    forced = bucket(policy=policy(deny(spared)), default=Default("aws:kms", KEY))
    outcome = put(upload(), forced, keys())
    assert outcome.answer == "accepted"
    assert outcome.stored is not None
    assert (outcome.stored.encryption, outcome.stored.key) == ("aws:kms", KEY)
    for sent in ("AES256", "aws:kms", "aws:kms:dsse"):
        refused = put(upload(SENT[sent]), forced, keys()).answer == "refused"
        assert refused == (name in REFUSED[sent])


@pytest.mark.parametrize("default", DEFAULTS, ids=lambda each: each.algorithm)
@pytest.mark.parametrize("name", DENIES)
def test_advice_is_true(name: str, default: Default) -> None:
    forced = bucket(policy=policy(deny(DENIES[name])), default=default)
    advice = advise(upload(), forced, keys())
    assert advice.passing is not None
    assert put(advice.passing, forced, keys()).answer == "accepted"
    assert advice.plain is not None
    assert advice.plain.answer == "accepted"
    assert advice.plain.stored is not None
    assert advice.plain.stored.encryption == default.algorithm


def test_nothing_is_advised_where_headers_do_not_help() -> None:
    closed = bucket(
        policy=policy(deny({}) | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}})
    )
    advice = advise(upload(), closed, Keys())
    assert advice.passing is None
    assert advice.edits == ()
