"""`list encryption --objects`: a listing counted by how its objects are encrypted."""

from __future__ import annotations

import csv
import gzip
import json
import urllib.parse
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from logkeep.storage.census import Asked, Counting
from logkeep.storage.many import Row
from support.command_line import Run
from support.examples import examples

KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
SSE = "s3:x-amz-server-side-encryption"
WRONG = {"StringNotEquals": {SSE: "aws:kms"}, "Null": {SSE: "false"}}
FORCED = {"StringNotEquals": {SSE: "AES256"}}
PINNED = {"StringNotEquals": {f"{SSE}-aws-kms-key-id": KEY}}
NAMES = ("Bucket", "Key", "Size", "LastModifiedDate", "EncryptionStatus", "IsDeleteMarker")


def bucket(folder: Path, *conditions: dict[str, Any], default: str = "aws:kms") -> Path:
    """The bucket's file: its default, and a Deny for each condition."""
    statements = [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
         "Resource": "arn:aws:s3:::b/*", "Condition": each}
        for each in conditions
    ]  # fmt: skip
    policy = {"Version": "2012-10-17", "Statement": statements} if statements else None
    named = {"KMSMasterKeyID": KEY} if default == "aws:kms" else {}
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": default, **named}}
    told = {"account": "111122223333", "region": "us-east-1", "policy": policy,
            "encryption": {"Rules": [rule]}}  # fmt: skip
    path = folder / "bucket.json"
    path.write_text(json.dumps(told))
    return path


def rows() -> list[dict[str, Any]]:
    """Objects of every encryption, put in as many years."""
    found = ("NOT-SSE", "SSE-S3", "SSE-KMS", "DSSE-KMS", "SSE-C")
    return [
        {"Bucket": "b", "Key": f"logs/a {n}%+é", "Size": n, "EncryptionStatus": found[n % 5],
         "LastModifiedDate": f"202{n % 5}-01-0{1 + n % 9}T00:00:00.000Z",
         "IsDeleteMarker": n % 50 == 49}
        for n in range(100)
    ]  # fmt: skip


def as_lines(folder: Path, listed: list[dict[str, Any]]) -> Path:
    path = folder / "listing.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in listed))
    return path


def as_inventory(folder: Path, listed: list[dict[str, Any]]) -> Path:
    """The same as S3 Inventory delivers it: CSV without a head, and its manifest."""
    (folder / "data").mkdir()
    with gzip.open(folder / "data" / "part.csv.gz", "wt", encoding="utf-8", newline="") as out:
        write = csv.writer(out, quoting=csv.QUOTE_ALL).writerow
        for row in listed:
            told = {**row, "Key": urllib.parse.quote(row["Key"]),
                    "IsDeleteMarker": str(row["IsDeleteMarker"]).lower()}  # fmt: skip
            write([told[name] for name in NAMES])
    path = folder / "manifest.json"
    files = [{"key": "src/all/data/part.csv.gz", "size": 1}]
    path.write_text(json.dumps({"fileFormat": "CSV", "fileSchema": ", ".join(NAMES),
                                "files": files}))  # fmt: skip
    return path


def counted(run: Run, target: str, listing: Path, described: Path) -> tuple[int, dict[str, Any]]:
    said = run("list", "encryption", "--objects", target, "--listing", listing,
               "--bucket", described, "--json")  # fmt: skip
    return said.code, json.loads(said.out)


@pytest.mark.parametrize(
    ("conditions", "default", "fits"),
    [
        ((), "AES256", {"AES256", "aws:kms", "aws:kms:dsse"}),
        ((), "aws:kms", {"aws:kms", "aws:kms:dsse"}),
        ((WRONG,), "aws:kms", {"aws:kms", "SSE-C"}),
        ((FORCED,), "AES256", {"AES256"}),
    ],
)
def test_what_is_not_as_is_asked(
    logkeep: Run, tmp_path: Path, conditions: tuple[Any, ...], default: str, fits: set[str]
) -> None:
    described = bucket(tmp_path, *conditions, default=default)
    code, found = counted(logkeep, "s3://b/", as_lines(tmp_path, rows()), described)
    assert code == 1
    assert {g["encryption"] for g in found["groups"] if g["fits"]} == fits
    assert found["objects"] == sum(not row["IsDeleteMarker"] for row in rows())
    wrong = [g for g in found["groups"] if g["fits"] is False]
    assert found["not_as_asked"] == sum(g["objects"] for g in wrong)
    old = next(g for g in found["groups"] if g["encryption"] == "")
    assert (old["oldest"][:4], old["newest"][:4]) == ("2020", "2020")


def test_an_inventory_is_read_as_its_lines(logkeep: Run, tmp_path: Path) -> None:
    described = bucket(tmp_path, WRONG)
    lines = counted(logkeep, "s3://b/logs/", as_lines(tmp_path, rows()), described)
    assert counted(logkeep, "s3://b/logs/", as_inventory(tmp_path, rows()), described) == lines
    assert counted(logkeep, "s3://b/other/", tmp_path / "manifest.json", described)[1][
        "objects"] == 0  # fmt: skip


def test_a_pinned_key_is_not_told_by_an_inventory(logkeep: Run, tmp_path: Path) -> None:
    listed = [{"Key": "a", "EncryptionStatus": "SSE-KMS", **more} for more in (
        {}, {"SSEKMSKeyId": KEY}, {"SSEKMSKeyId": KEY.replace("1111", "2222")})]  # fmt: skip
    code, found = counted(
        logkeep, "s3://b/", as_lines(tmp_path, listed), bucket(tmp_path, WRONG, PINNED)
    )
    told = {g["key"]: g["fits"] for g in found["groups"]}
    assert told == {"": None, KEY: True, KEY.replace("1111", "2222"): False}
    assert code == 1


@examples(50)
@given(
    st.lists(
        st.tuples(st.sampled_from(["SSE-S3", "SSE-KMS", "NOT-SSE", "?", None]),
                  st.sampled_from([None, "k1", "k2"]), st.integers(0, 9), st.booleans()),
    )
)  # fmt: skip
def test_nothing_is_lost_and_nothing_counted_twice(
    listed: list[tuple[str | None, str | None, int, bool]],
) -> None:
    counting = Counting(Asked("header", ("AES256",)))
    for encryption, key, size, marker in listed:
        counting.add(
            Row(Key="a", EncryptionStatus=encryption, SSEKMSKeyId=key, Size=size,
                IsDeleteMarker=marker)
        )  # fmt: skip
    found = counting.census()
    assert found.objects == sum(not marker for *_, marker in listed)
    assert sum(g.bytes for g in found.groups) == sum(s for *_, s, m in listed if not m)
    assert sum(Counter(g.fits for g in found.groups).values()) == len(found.groups)


def test_memory_does_not_grow_with_the_objects_or_their_keys() -> None:
    counting = Counting(Asked("default", ("aws:kms",)))
    for number in range(20_000):
        counting.add(Row(Key="a", EncryptionStatus="SSE-KMS", SSEKMSKeyId=f"k{number}"))
    found = counting.census()
    assert len(found.groups) <= 1001
    assert found.objects == 20_000


def test_the_text(logkeep: Run, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    said = logkeep("list", "encryption", "--objects", "s3://b/", "--listing",
                   as_lines(tmp_path, rows()), "--bucket", bucket(tmp_path, WRONG))  # fmt: skip
    assert said.out == snapshot


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.jsonl", "{", "a.jsonl:1"),
        ("a.csv", "x", "does not say its columns"),
        ("manifest.json", "{}", "manifest.json"),
        ("manifest.json", '{"fileFormat":"ORC","fileSchema":"Key","files":[]}', "not CSV"),
        ("manifest.json", '{"fileFormat":"CSV","fileSchema":"Size","files":[]}', "name `Key`"),
        ("manifest.json", '{"fileFormat":"CSV","fileSchema":"Key","files":[{"key":"d/x.csv"}]}',
         "lies neither beside"),
        ("a.jsonl.gz", "not gzip", "not a gzipped file"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(logkeep: Run, tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    said = logkeep("list", "encryption", "--objects", "s3://b/", "--listing", path,
                   "--bucket", bucket(tmp_path))  # fmt: skip
    assert said.code == 2
    assert says in said.err


def test_a_row_of_other_columns(logkeep: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with open(path, "w") as out:
        out.write('"a","1"\n"b"\n')
    said = logkeep("list", "encryption", "--objects", "s3://b/", "--listing", path,
                   "--columns", "Key, Size", "--bucket", bucket(tmp_path))  # fmt: skip
    assert "a.csv:2: 1 columns, and 2 are named" in said.err


@pytest.mark.parametrize(
    "verb", [("list", "encryption", "--objects"), ("try", "replicate", "--all")]
)
def test_a_listing_of_another_bucket_is_not_taken_for_this_ones(
    verb: tuple[str, ...], tmp_path: Path, logkeep: Run
) -> None:
    path = as_lines(tmp_path, [{"Bucket": "other", "Key": "a", "EncryptionStatus": "SSE-S3"}])
    of = str(bucket(tmp_path))
    found = logkeep(*verb, "s3://b", "--listing", str(path), "--bucket", of)
    assert found.code == 2
    assert "`a` lies in `other`, not in `b`" in found.err
