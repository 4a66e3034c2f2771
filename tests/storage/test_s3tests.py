"""The uploads among the third-party authorization tests, as uploads: the headers make the keys."""

from __future__ import annotations

from typing import Any

from logkeep.storage.headers import CUSTOMER, CUSTOMER_KEY, CUSTOMER_MD5
from storage.conftest import Tried
from storage.vectors import CUSTOMER_KEY as KEY
from storage.vectors import CUSTOMER_MD5 as MD5
from support.places import shared_rows, without

ROWS = [
    row
    for row in shared_rows("cases/policy-vectors.jsonl")
    if row["id"].startswith("s3tests/") and row["request"]["action"] == "s3:PutObject"
]
pytestmark = without("cases/policy-vectors.jsonl")


def case_of(row: dict[str, Any]) -> dict[str, Any]:
    """The upload that carries the row's condition keys as headers, into a bucket with ACLs on."""
    asked = row["request"]
    _, _, path = asked["resource"].partition(":::")
    name, _, key = path.partition("/")
    headers = {k.removeprefix("s3:"): v for k, v in asked["context"].items()}
    if CUSTOMER in headers:
        headers |= {CUSTOMER_KEY: KEY, CUSTOMER_MD5: MD5}
    return {
        "id": row["id"],
        "request": {
            "operation": "PutObject",
            "key": key,
            "headers": headers,
            "principal": asked["principal"],
            "identity": row["identity_policies"],
        },
        "bucket": {
            "name": name,
            "account": asked["resource_account"],
            "ownership": "ObjectWriter",
            "policy": row["resource_policy"],
            "aliases": {},
            "keys": {"arn:aws:kms:us-east-1:111111111111:key/k1": {}},
        },
    }


def test_all_uploads_are_read() -> None:
    assert len(ROWS) == 16


def test_every_upload_comes_out_as_expected(tried: Tried) -> None:
    for row, answer in zip(ROWS, tried("put", map(case_of, ROWS)), strict=True):
        assert answer["got"]["allowed"] is (row["expected"] == "Allowed"), (row["id"], answer)
