"""What is misspelt is never answered as if it had not been said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import Shape, StructureShape

from logkeep.storage import members
from storage.conftest import Tried
from storage.scenes import configuration, rule
from support.command_line import Run

S3: Any = botocore.session.get_session().get_service_model("s3")
DENY: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                        "Resource": "arn:aws:s3:::logs/*"}  # fmt: skip
PLAIN: dict[str, Any] = {"Rules": [{"ApplyServerSideEncryptionByDefault":
                                    {"SSEAlgorithm": "AES256"}}]}  # fmt: skip


def upload(**bucket: Any) -> dict[str, Any]:
    return {"id": "u", "request": {"operation": "PutObject", "headers": {}},
            "bucket": {"name": "logs", **bucket}}  # fmt: skip


def moved(**told: Any) -> dict[str, Any]:
    bucket = {"name": "src", "versioning": "Enabled", "replication": configuration(rule())}
    return {"id": "o", "request": {"object": {"key": "a", **told}}, "bucket": bucket}


def in_bucket(**more: Any) -> dict[str, Any]:
    case = moved()
    case["bucket"] |= more
    return case


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (upload(polcy={"Statement": [DENY]}), "bucket: `polcy` means nothing here; did you mean "
         "`policy`?"),
        (upload(default_encryption={}), "did you mean `encryption`?"),
        (upload(encryption={"Rules": [{"ApplyServerSideEncryptionByDefualt": {}}]}),
         "did you mean `ApplyServerSideEncryptionByDefault`?"),
        (upload(encryption={"Ruls": []}), "did you mean `Rules`?"),
        (upload(public_access={"BlockPublicAcl": True}), "did you mean `BlockPublicAcls`?"),
        (upload(public_access={"BlockPublicAcls": "true"}), "BlockPublicAcls: is neither true"),
        (upload() | {"bukcet": {}}, "case: `bukcet` means nothing here; did you mean `bucket`?"),
        (upload() | {"request": {"hedaers": {}}}, "did you mean `headers`?"),
        (upload() | {"request": {"headers": {"x-amz-server-side-encrytion": "aws:kms"}}},
         "did you mean `x-amz-server-side-encryption`?"),
        (upload() | {"request": {"multipart": "yes"}}, "multipart: is neither true nor false"),
        (moved(storageClass="GLACIER"), "object: `storageClass` means nothing here; did you mean "
         "`storage_class`?"),
        (moved(archived="yes"), "archived: is neither true nor false"),
        (moved(by_lifecycle="yes"), "by_lifecycle: is neither true nor false"),
        (moved(size="5"), "size: is not a whole number"),
        (moved(storage_class="GLACER"), "storage_class: `GLACER` is no storage class of S3's; did "
         "you mean `GLACIER`?"),
        (in_bucket(role={"polices": []}), "bucket.role: `polices` means nothing here; did you mean "
         "`policies`?"),
        (in_bucket(destinations={"dst": {"versoning": "Suspended"}}),
         "destination dst: `versoning` means nothing here; did you mean `versioning`?"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)  # fmt: skip
def test_a_misspelt_member_is_a_mistake(
    logkeep: Run, tmp_path: Path, case: dict[str, Any], says: str
) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(case) + "\n")
    said = logkeep("try", "put", "--cases", path, "--json")
    (answer,) = map(json.loads, said.out.splitlines())
    assert said.code == 2
    assert answer["got"] is None
    assert says in answer["reason"]


def test_what_nothing_here_knows_is_named_beside_the_answer(tried: Tried) -> None:
    case = upload(region="eu-west-1", website={"index": "a"})
    (answer,) = tried("put", [case | {"weather": "rain"}])
    assert answer["got"]["allowed"] is True
    assert answer["got"]["unjudged"] == ["bucket.website"]
    assert "(not looked at: bucket.website)" in answer["reason"]


def test_no_header_of_s3_is_called_misspelt() -> None:
    sent = {
        str(member.serialization.get("name", "")).lower()
        for name in ("PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart",
                     "CompleteMultipartUpload", "HeadObject", "GetObject")
        for member in S3.operation_model(name).input_shape.members.values()
        if member.serialization.get("location") == "header"
    }  # fmt: skip
    assert len(sent) > 40
    assert members.misspelt_headers(sent, "headers") == []


@pytest.mark.parametrize(
    ("shape", "known"),
    [
        ("ServerSideEncryptionRule", members.ENCRYPTION_RULE),
        ("ServerSideEncryptionByDefault", members.BY_DEFAULT),
        ("BlockedEncryptionTypes", members.BLOCKED),
        ("PublicAccessBlockConfiguration", members.PUBLIC_ACCESS),
    ],
)
def test_the_shapes_are_those_of_s3(shape: str, known: tuple[str, ...]) -> None:
    found: Shape = S3.shape_for(shape)
    assert isinstance(found, StructureShape)
    assert sorted(found.members) == sorted(known)
