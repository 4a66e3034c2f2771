"""Whom an archive's policies name as readers, and who stays doubtful."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.archive.founding.readers import Readers, readers

KEEPER = "111111111111"
ROLE = f"arn:aws:iam::{KEEPER}:role/LogReader"
ROOT = f"arn:aws:iam::{KEEPER}:root"
ABROAD = "arn:aws:iam::222222222222:role/Soc"


def document(action: Any, *names: Any, effect: str = "Allow", **more: Any) -> str:
    statement = {"Effect": effect, "Principal": {"AWS": list(names)}, "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def found(bucket: str | None, key: str | None) -> Readers:
    return readers(bucket, key, KEEPER, "aws")


def test_a_role_of_the_archives_account_needs_only_the_key_to_name_it() -> None:
    assert found(None, document("kms:Decrypt", ROLE, ROOT)) == Readers((ROLE,), ())


def test_a_role_from_abroad_needs_both_policies_to_name_it() -> None:
    key, bucket = document("kms:Decrypt", ABROAD), document("s3:GetObject", ABROAD)
    assert found(bucket, key).certain == (ABROAD,)
    assert found(None, key).certain == ()
    assert found(bucket, document("kms:Decrypt", ROLE)).doubtful[0][0] == ABROAD


def test_without_a_key_the_bucket_alone_says_who_reads() -> None:
    assert found(document(["s3:GetObject", "s3:ListBucket"], ROLE), None).certain == (ROLE,)


@pytest.mark.parametrize("action", ["kms:*", "*", "kms:D*", ["kms:Decrypt", "kms:*"]])
def test_who_may_everything_is_no_reader_for_certain(action: Any) -> None:
    doubtful = found(None, document(action, ROLE))
    assert doubtful.certain == ()
    assert [name for name, _ in doubtful.doubtful] == [ROLE]


@pytest.mark.parametrize(
    "name", ["*", "AROAEXAMPLEID", "arn:aws:sts::111111111111:assumed-role/x/y", "222222222222"]
)
def test_whoever_is_no_role_or_user_is_doubtful(name: str) -> None:
    doubtful = found(document("s3:GetObject", name), None)
    assert doubtful.certain == ()
    assert len(doubtful.doubtful) == 1


def test_the_account_that_a_key_delegates_to_is_no_doubt() -> None:
    assert found(None, document("kms:*", ROOT)) == Readers((), ())
    assert found(None, document("kms:*", KEEPER)) == Readers((), ())


def test_who_is_denied_is_not_named_as_a_reader() -> None:
    assert found(None, document("kms:Decrypt", ROLE, effect="Deny")) == Readers((), ())


def test_services_are_no_readers() -> None:
    service = {"Service": "cloudtrail.amazonaws.com"}
    assert found(document("s3:GetObject", ROLE, Principal=service), None) == Readers((), ())


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8) | st.sampled_from([ROLE, "kms:Decrypt"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Principal", "AWS", "Action", "x"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.text(max_size=20) | JSON.map(json.dumps), JSON.map(json.dumps))
def test_no_policy_however_broken_stops_the_look(bucket: str, key: str) -> None:
    assert set(found(bucket, key).certain) <= {ROLE}
