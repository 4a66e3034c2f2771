"""Uploads by the `aws` command: each header against each Deny of rule 2.2.4, and how each lies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from logkeep.lab.server import Lab
from support.aws_cli import Answered, aws

SSE = "s3:x-amz-server-side-encryption"
SENT = {
    "none": (),
    "AES256": ("--sse", "AES256"),
    "aws:kms": ("--sse", "aws:kms"),
    "aws:kms:dsse": ("--server-side-encryption", "aws:kms:dsse"),
    "SSE-C": ("--sse-c", "AES256", "--sse-c-key", "0" * 32),
}
DENIES = {
    "null": {"Null": {SSE: "true"}},
    "not-aes": {"StringNotEquals": {SSE: "AES256"}},
    "not-kms": {"StringNotEquals": {SSE: "aws:kms"}},
    "not-aes-if-exists": {"StringNotEqualsIfExists": {SSE: "AES256"}},
    "neither": {"StringNotEquals": {SSE: ["AES256", "aws:kms"]}},
}
TABLE = """
              null not-aes not-kms not-aes-if-exists neither
none          DENY DENY    DENY    DENY              DENY
AES256        pass pass    DENY    pass              pass
aws:kms       pass DENY    pass    DENY              pass
aws:kms:dsse  pass DENY    DENY    DENY              DENY
SSE-C         DENY DENY    DENY    DENY              DENY
"""
"""As the rule has it."""


@pytest.fixture(scope="module")
def s3(client: Callable[..., Any]) -> Any:
    return client("s3")


@pytest.fixture(scope="module")
def key(client: Callable[..., Any]) -> str:
    return client("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "report.csv"
    path.write_text("place,sum\n", encoding="utf-8")
    return str(path)


def test_tags_that_s3_does_not_take(s3: Any) -> None:
    s3.create_bucket(Bucket="tagged")

    def put(tags: str) -> None:
        s3.put_object(Bucket="tagged", Key="a", Body=b"some", Tagging=tags)

    put("a%20b=c%2Fd")
    for tags, code in (
        ("a=1&a=2", "InvalidArgument"),
        ("&".join(f"k{n}=v" for n in range(11)), "BadRequest"),
        ("aws%3Ax=v", "InvalidTag"),
    ):
        with pytest.raises(ClientError, match=code):
            put(tags)


def made(s3: Any, name: str, key: str = "", *, blocked: str = "NONE") -> str:
    """A bucket of an old account: SSE-C is not blocked (rule 2.2.10)."""
    s3.create_bucket(Bucket=name)
    default: dict[str, Any] = {"SSEAlgorithm": "AES256"}
    if key:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {
        "ApplyServerSideEncryptionByDefault": default,
        "BlockedEncryptionTypes": {"EncryptionType": [blocked]},
    }
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return name


def deny(s3: Any, bucket: str, condition: dict[str, Any]) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": condition,
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def upload(lab: Lab, file: str, bucket: str, sent: str) -> Answered:
    """By `aws s3 cp`, under the header as the key; it knows no DSSE-KMS, which `s3api` does."""
    if sent == "aws:kms:dsse":
        at = ("--bucket", bucket, "--key", sent, "--body", file)
        return aws(lab, "s3api", "put-object", *at, *SENT[sent])
    return aws(lab, "s3", "cp", file, f"s3://{bucket}/{sent}", *SENT[sent])


def rows() -> Iterator[tuple[str, str, bool]]:
    head, *lines = [line.split() for line in TABLE.strip().splitlines()]
    for sent, *cells in lines:
        yield from ((name, sent, cell == "DENY") for name, cell in zip(head, cells, strict=True))


@pytest.mark.parametrize("name", DENIES)
def test_every_row_of_the_table(lab: Lab, s3: Any, key: str, file: str, name: str) -> None:
    """The bucket's default, here a KMS key, makes no difference to what the Deny sees."""
    bucket = made(s3, f"forced-{name}", key)
    deny(s3, bucket, DENIES[name])
    for column, sent, refused in rows():
        if column == name:
            found = upload(lab, file, bucket, sent)
            denied = "AccessDenied" in found.err
            assert (found.code != 0, denied) == (refused, refused), (sent, found)


def head(lab: Lab, bucket: str, name: str, *more: str) -> Any:
    return aws(lab, "s3api", "head-object", "--bucket", bucket, "--key", name, *more).json()


def test_an_object_lies_as_its_header_or_the_default_says(
    lab: Lab, s3: Any, key: str, file: str
) -> None:
    """Header before default (rule 2.2.2); aws:kms with no key is the managed one (rule 13.1)."""
    bucket = made(s3, "default-under-key", key)
    for sent in SENT:
        assert upload(lab, file, bucket, sent).code == 0, sent
    lies = {sent: head(lab, bucket, sent) for sent in SENT if sent != "SSE-C"}
    assert {sent: found["ServerSideEncryption"] for sent, found in lies.items()} == {
        "none": "aws:kms", "AES256": "AES256", "aws:kms": "aws:kms", "aws:kms:dsse": "aws:kms:dsse"
    }  # fmt: skip
    assert [s for s, found in lies.items() if found.get("SSEKMSKeyId") == key] == ["none"]


def test_the_customers_key_is_asked_for_again(lab: Lab, s3: Any, file: str, tmp_path: Path) -> None:
    """S3 User Guide, "Using server-side encryption with customer-provided keys (SSE-C)"."""
    bucket = made(s3, "customers-key")
    put = ("s3api", "put-object", "--bucket", bucket, "--key", "k", "--body", file)
    own = ("--sse-customer-algorithm", "AES256", "--sse-customer-key", "0" * 32)
    told = aws(lab, *put, *own).json()
    assert told["SSECustomerAlgorithm"] == "AES256"
    assert "ServerSideEncryption" not in told
    at = ("s3api", "get-object", "--bucket", bucket, "--key", "k")
    assert "InvalidRequest" in aws(lab, *at, str(tmp_path / "copy")).err
    other = (*own[:3], "1" * 32)
    assert "AccessDenied" in aws(lab, *at, *other, str(tmp_path / "copy")).err
    assert aws(lab, *at, *own, str(tmp_path / "copy")).code == 0
    assert aws(lab, "s3api", "head-object", "--bucket", bucket, "--key", "k").code != 0
    assert head(lab, bucket, "k", *own)["SSECustomerAlgorithm"] == "AES256"


def refused(found: Answered) -> str:
    assert found.code != 0, found
    return found.err.partition("(")[2].partition(")")[0]


def test_headers_that_do_not_fit_are_refused(lab: Lab, s3: Any, key: str, file: str) -> None:
    """S3 API reference, PutObject; codes of keys as seen against AWS (rule 13.2)."""
    bucket = made(s3, "misfits", key)
    put = ("s3api", "put-object", "--bucket", bucket, "--key", "k", "--body", file)
    gone = f"{key[:-4]}0000"
    for words, code in (
        (("--ssekms-key-id", key), "InvalidArgument"),
        (("--server-side-encryption", "AES256", "--ssekms-key-id", key), "InvalidArgument"),
        (("--server-side-encryption", "aws:kms", "--ssekms-key-id", gone), "KMS.NotFoundException"),
        (("--acl", "public-read"), "AccessControlListNotSupported"),
        (("--sse-customer-algorithm", "AES256"), "InvalidArgument"),
    ):
        assert refused(aws(lab, *put, *words)) == code, words


def test_what_s3_says_of_an_object(lab: Lab, s3: Any, file: str) -> None:
    bucket = made(s3, "told-of")
    versioning = ("put-bucket-versioning", "--versioning-configuration", "Status=Enabled")
    assert aws(lab, "s3api", versioning[0], "--bucket", bucket, *versioning[1:]).code == 0
    for _ in range(2):
        assert aws(lab, "s3", "cp", file, f"s3://{bucket}/k").code == 0
    at = ("--bucket", bucket)
    attributes = ("--object-attributes", "ETag", "StorageClass", "ObjectSize")
    told = aws(lab, "s3api", "get-object-attributes", *at, "--key", "k", *attributes).json()
    assert (told["StorageClass"], told["ObjectSize"]) == ("STANDARD", 10)
    versions = aws(lab, "s3api", "list-object-versions", *at).json()["Versions"]
    assert [each["IsLatest"] for each in versions] == [True, False]
    assert told["VersionId"] == versions[0]["VersionId"]
