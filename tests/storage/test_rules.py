"""Every row of the rules' tables on storage (2.2.4, 2.2.12, 3.1.2, 3.4.3, 3.4.4), by number.

The tables are written down here once more, and each row is asked through the public command.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from storage.conftest import Tried
from storage.test_own_cases import check

Json = dict[str, Any]
SSE = "x-amz-server-side-encryption"
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
CUSTOMER = {
    f"{SSE}-customer-algorithm": "AES256",
    f"{SSE}-customer-key": "pO3upElrwuEXSoFwCfnZPdSsmt/xWeFa0N9KgDijwVs=",
    f"{SSE}-customer-key-md5": "DWygnHRtgiJ77HCm+1rvHw==",
}
HEADERS: dict[str, Json] = {
    "none": {},
    "AES256": {SSE: "AES256"},
    "aws:kms": {SSE: "aws:kms", f"{SSE}-aws-kms-key-id": KEY},
    "aws:kms:dsse": {SSE: "aws:kms:dsse", f"{SSE}-aws-kms-key-id": KEY},
    "SSE-C": CUSTOMER,
}
TESTED = f"s3:{SSE}"
CONDITIONS: dict[str, Json] = {
    "Null=true": {"Null": {TESTED: "true"}},
    "StringNotEquals AES256": {"StringNotEquals": {TESTED: "AES256"}},
    "StringNotEquals aws:kms": {"StringNotEquals": {TESTED: "aws:kms"}},
    "StringNotEqualsIfExists AES256": {"StringNotEqualsIfExists": {TESTED: "AES256"}},
    "StringNotEquals [AES256, aws:kms]": {"StringNotEquals": {TESTED: ["AES256", "aws:kms"]}},
}
TABLE_2_2_4 = {
    "none": "DENY DENY DENY DENY DENY",
    "AES256": "pass pass DENY pass pass",
    "aws:kms": "pass DENY pass DENY pass",
    "aws:kms:dsse": "pass DENY DENY DENY DENY",
    "SSE-C": "DENY DENY DENY DENY DENY",
}
WRITERS: dict[str, tuple[str, str]] = {
    "CloudTrail, no trail key": ("cloudtrail.amazonaws.com", "AES256"),
    "CloudTrail with trail key": ("cloudtrail.amazonaws.com", "aws:kms"),
    "delivery.logs": ("delivery.logs.amazonaws.com", "none"),
    "logging.s3": ("logging.s3.amazonaws.com", "none"),
    "CWL export": ("logs.us-east-1.amazonaws.com", "none"),
}
TABLE_2_2_12 = {
    "CloudTrail, no trail key": "ok FAILS ok",
    "CloudTrail with trail key": "ok ok FAILS",
    "delivery.logs": "FAILS FAILS FAILS",
    "logging.s3": "FAILS FAILS FAILS",
    "CWL export": "FAILS FAILS FAILS",
}
OF_WRITERS = ("Null=true", "StringNotEquals aws:kms", "StringNotEquals AES256")


def policy(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def deny(condition: Json, bucket: str = "b") -> Json:
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/*", "Condition": condition}  # fmt: skip


def put(name: str, headers: Json, *statements: Json, **request: Any) -> Json:
    asked = {"operation": "PutObject", "key": "o", "headers": headers, **request}
    bucket = {"name": "b", "policy": policy(*statements), "blocked_encryption": []}
    return {"id": name, "request": asked, "bucket": bucket}


def test_2_2_4_every_cell(tried: Tried) -> None:
    cells = {
        f"{sent}: {named}": (put(f"{sent}: {named}", HEADERS[sent], deny(condition)), cell)
        for sent, row in TABLE_2_2_4.items()
        for (named, condition), cell in zip(CONDITIONS.items(), row.split(), strict=True)
    }
    answers = tried("put", [case for case, _ in cells.values()])
    found = {each["id"]: "pass" if each["got"]["allowed"] else "DENY" for each in answers}
    assert found == {name: cell for name, (_, cell) in cells.items()}
    assert len(found) == 25


def test_2_2_12_every_cell(tried: Tried) -> None:
    cells: dict[str, tuple[Json, str]] = {}
    for writer, row in TABLE_2_2_12.items():
        service, sent = WRITERS[writer]
        lets = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::b/*"}  # fmt: skip
        for named, cell in zip(OF_WRITERS, row.split(), strict=True):
            name = f"{writer}: {named}"
            case = put(name, HEADERS[sent], lets, deny(CONDITIONS[named]), principal=service)
            let = {**lets, "Principal": {"Service": service}, "Action": "kms:GenerateDataKey*"}
            case["bucket"]["keys"] = {KEY: {"policy": policy({**let, "Resource": "*"})}}
            cells[name] = (case, cell)
    answers = tried("put", [case for case, _ in cells.values()])
    found = {each["id"]: "ok" if each["got"]["allowed"] else "FAILS" for each in answers}
    assert found == {name: cell for name, (_, cell) in cells.items()}


def test_2_2_12_replication_is_no_put(tried: Tried) -> None:
    rule = {"ID": "a", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::dst"}}  # fmt: skip
    role = "arn:aws:iam::111122223333:role/r"
    cases = [
        {"id": named, "request": {"object": {"key": "o", "encryption": "AES256"}},
         "bucket": {"name": "src", "replication": {"Role": role, "Rules": [rule]},
                    "destinations": {"dst": {"policy": policy(deny(CONDITIONS[named], "dst"))}}}}
        for named in OF_WRITERS
    ]  # fmt: skip
    assert [len(each["got"]["replicated"]) for each in tried("replicate", cases)] == [1, 1, 1]


TABLE_3_1_2 = {
    "created after the rule, SSE-S3 or (old) unencrypted": ["x-ok", "old-plain-takes-default"],
    "SSE-KMS": ["kms-only-selected-needs-key", "kms-all-rights"],
    "DSSE-KMS": ["dsse-not-selected", "dsse-stays-dsse"],
    "SSE-C": ["ssec-both-unblocked", "ssec-blocked-there"],
    "existed before the rule": ["existing-before", "existing-batch"],
    "previously failed / replica made by another rule": [
        "failed-batch", "replica-live", "replica-batch",
    ],
    "delete marker by a user, V2 rule": [
        "marker-v2-on", "marker-v2-off", "marker-of-tag-rule-other-rule-takes",
    ],
    "delete marker by a user, V1 rule": [
        "marker-v1-user", "marker-v1-cross-without-replicatedelete",
    ],
    "delete marker made by lifecycle": ["marker-v1-lifecycle"],
    "DELETE with version id": ["version-delete-never"],
    "source object the bucket owner cannot read": [
        "acl-source-foreign-object", "acl-source-foreign-object-granted",
    ],
    "archived": [
        "archived-flexible", "archived-flexible-restored", "tiering-archived", "archived-instant",
    ],
    "metadata, tags, ACL changes, Object Lock settings source->replica": [
        "metadata-after", "tags-go-along", "retention-all-rights",
    ],
    "metadata changes replica->source": ["metadata-change-of-replica-on"],
    "bucket settings": ["bucket-setting-never"],
}  # fmt: skip
TABLE_3_4_4 = {
    "trust wrong": ["trust-batch-only-again", "trust-denied"],
    "no s3:GetObjectVersionForReplication": ["role-no-read"],
    "no GetObjectVersionAcl or writer-owned object": [
        "role-no-acl-read", "acl-source-foreign-object",
    ],
    "ReplicateObject/override missing on role or bucket policy": [
        "role-no-write", "policy-names-role-without-path", "override-role-missing",
        "override-not-on-bucket",
    ],
    "destination key policy not allowing the role": ["cross-key-policy-silent"],
    "key disabled/pending": ["kms-replica-key-disabled", "replica-key-pending-deletion"],
    "absent key": ["kms-replica-key-in-source-region"],
    "ReplicateDelete missing": ["dm-no-replicatedelete"],
    "source key Decrypt denied": ["kms-no-rights-on-source-key"],
}  # fmt: skip
TABLE_3_4_3 = {
    "AssumeRoleNotPermitted": "trust-denied",
    "DstBucketNotFound": "gone-there",
    "DstBucketObjectLockConfigMissing": "source-locked-destination-not",
    "DstBucketUnversioned": "unversioned-there",
    "DstDelObjNotPermitted": "dm-no-replicatedelete",
    "DstKmsKeyInvalidState": "kms-replica-key-disabled",
    "DstKmsKeyNotFound": "kms-replica-key-in-source-region",
    "DstMultipartInitNotPermitted": "large-object-refused",
    "DstPutObjectNotPermitted": "role-no-write",
    "SrcGetAclNotPermitted": "role-no-acl-read",
    "SrcGetObjectNotPermitted": "role-no-read",
    "SrcKmsKeyInvalidState": "kms-source-key-disabled",
}
NOT_FORETOLD = {
    "a batch job alone": (
        "DstBucketInvalidRegion", "DstObjectHardDeleted", "InitiateReplicationNotPermitted",
        "SrcBucketInvalidRegion", "SrcBucketReplicationConfigMissing", "SrcObjectNotEligible",
        "SrcReplicationNotPending",
    ),
    "AWS's pages disagree whether it is asked, so it is unknown": (
        "DstPutTaggingNotPermitted", "DstPutRetentionNotPermitted", "DstPutLegalHoldNotPermitted",
        "SrcGetTaggingNotPermitted", "SrcGetRetentionNotPermitted", "SrcGetLegalHoldNotPermitted",
    ),
    "S3 asks nothing of its own for it": (
        "DstPutAclNotPermitted", "DstMultipartUploadNotPermitted",
        "DstMultipartCompleteNotPermitted", "SrcHeadObjectNotPermitted",
    ),
    "what was there is gone meanwhile": (
        "DstVersionNotFound", "SrcBucketNotFound", "SrcKeyNotFound", "SrcObjectNotFound",
        "SrcVersionNotFound",
    ),
}  # fmt: skip
"""The codes that no question asked beforehand leads to, and why; the object's own status tells."""
DATA = Path(__file__).parent / "data"
CASES: dict[str, Json] = {
    row["case"]["id"]: row
    for name in ("own-cases.jsonl", "page-cases.jsonl")
    for row in map(json.loads, (DATA / name).read_text().splitlines())
}


def hold(tried: Tried, names: Iterable[str]) -> None:
    rows = [CASES[name] for name in names]
    for row, answer in zip(rows, tried("replicate", [r["case"] for r in rows]), strict=True):
        check(answer["got"], row["expected"])


@pytest.mark.parametrize("row", TABLE_3_1_2)
def test_3_1_2_every_row(tried: Tried, row: str) -> None:
    hold(tried, TABLE_3_1_2[row])


@pytest.mark.parametrize("row", TABLE_3_4_4)
def test_3_4_4_every_mapping(tried: Tried, row: str) -> None:
    assert all("why" in CASES[name]["expected"] for name in TABLE_3_4_4[row])
    hold(tried, TABLE_3_4_4[row])


def test_3_4_3_every_code(tried: Tried) -> None:
    for code, name in TABLE_3_4_3.items():
        assert CASES[name]["expected"]["why"] == code
    hold(tried, TABLE_3_4_3.values())
    others = [code for codes in NOT_FORETOLD.values() for code in codes]
    assert len({*TABLE_3_4_3, *others}) == len(TABLE_3_4_3) + len(others) == 34
