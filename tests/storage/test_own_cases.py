"""Cases of our own from AWS's pages and public reports, through the public command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from storage.conftest import Tried

DATA = Path(__file__).parent / "data"
ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for name in ("own-cases.jsonl", "page-cases.jsonl")  # of the second each names its page
    for line in (DATA / name).read_text().splitlines()
]


@pytest.mark.parametrize("kind", ["put", "replicate"])
def test_every_case(tried: Tried, kind: str, subtests: pytest.Subtests) -> None:
    rows = [row for row in ROWS if row["kind"] == kind]
    answers = tried(kind, [row["case"] for row in rows])
    for row, answer in zip(rows, answers, strict=True):
        with subtests.test(row["case"]["id"]):
            check(answer["got"], row["expected"])


def check(got: dict[str, Any], wanted: dict[str, Any]) -> None:
    """What came out against what AWS does."""
    if "replicated" in wanted:
        assert [each["destination"] for each in got["replicated"]] == wanted["replicated"]
        assert not wanted.get("why") or got["why"] == wanted["why"]
        assert "status" not in wanted or got["status_header"] == wanted["status"]
        for name, value in wanted.get("copy", {}).items():
            assert got["replicated"][0][name] == value
        return
    assert got["allowed"] is wanted["allowed"]
    if "code" in wanted:
        assert got["code"] in wanted["code"].split("|")
    for name in ("encryption", "key", "bucket_key", "owner"):
        if name in wanted:
            assert got["stored"][name] == wanted[name]


@pytest.mark.parametrize("operation", ["UploadPart", "CompleteMultipartUpload"])
def test_a_part_says_nothing_of_encryption(tried: Tried, operation: str) -> None:
    """aws/aws-sdk-java#1876 and ClickHouse/ClickHouse#64570: HTTP 400, InvalidArgument."""
    headers = {"x-amz-server-side-encryption": "AES256"}
    case = {"id": "x", "request": {"operation": operation, "headers": headers}, "bucket": {}}
    (answer,) = tried("put", [case])
    assert (answer["got"]["code"], answer["got"]["status"]) == ("InvalidArgument", 400)


def test_whether_a_part_is_held_to_the_header_is_contested(tried: Tried) -> None:
    """Large files pass such policies; boto/botocore#471 saw a part refused."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::b/*",
            "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}}}  # fmt: skip
    policy = {"Version": "2012-10-17", "Statement": [deny]}
    request = {"operation": "UploadPart", "key": "a", "headers": {}}
    (answer,) = tried(
        "put", [{"id": "x", "request": request, "bucket": {"name": "b", "policy": policy}}]
    )
    assert answer["got"]["allowed"] is None
    assert "in parts" in answer["got"]["settle"]


def test_what_a_policy_leaves_open_is_not_said_as_if_it_were_known(tried: Tried) -> None:
    row = next(r for r in ROWS if r["case"]["id"] == "x-ok")["case"]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::dst/*",
            "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}  # fmt: skip
    bucket = json.loads(json.dumps(row["bucket"]))
    bucket["destinations"]["dst"]["policy"]["Statement"].append(deny)
    (answer,) = tried("replicate", [{**row, "bucket": bucket}])
    assert answer["got"]["unknown"] == ["aws:sourcevpce"]
    assert answer["got"]["why"].startswith("perhaps ")
