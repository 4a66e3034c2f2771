"""`logkeep try put` and `try replicate` on a described bucket: answers, JSON and exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from storage.scenes import KEY, OTHER, SSE, configuration, deny, rule
from storage.test_many import DOCUMENT
from support.command_line import Run

FORCED = {"Version": "2012-10-17", "Statement": [deny({"Null": {SSE: "true"}})]}


def described(folder: Path, **more: Any) -> Path:
    path = folder / "bucket.json"
    kept = {name: value for name, value in DOCUMENT.items() if "destination" not in name}
    path.write_text(json.dumps({**kept, "replication": None, **more}))
    return path


def asked(logkeep: Run, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    said = logkeep("try", *arguments, "--json")
    found: dict[str, Any] = json.loads(said.out)
    assert found["schema"] == 1
    return said.code, found


class TestPut:
    """An upload."""

    def test_accepted(self, logkeep: Run, tmp_path: Path) -> None:
        code, found = asked(logkeep, "put", "s3://logs/a", "--bucket", described(tmp_path))
        assert (code, found["allowed"], found["status"]) == (0, True, 200)
        assert found["stored"]["encryption"] == "AES256"
        assert found["stored"]["owner"] == "222222222222"

    def test_refused_with_what_would_pass(self, logkeep: Run, tmp_path: Path) -> None:
        path = described(tmp_path, policy=FORCED)
        code, found = asked(logkeep, "put", "s3://logs/a", "--bucket", path)
        assert (code, found["code"], found["blocked_by"]) == (1, "AccessDenied", "bucket-policy")
        assert found["statement"]["sid"] == "Force"
        assert found["passes"] == "aws s3 cp a s3://logs/a --sse AES256"
        assert found["plain"]["edits"][0]["how"] == "drop"
        assert found["plain"]["then"]["allowed"] is True
        code, found = asked(logkeep, "put", "s3://logs/a", "--bucket", path, "--sse", "AES256")
        assert (code, found["allowed"]) == (0, True)

    @pytest.mark.parametrize(
        ("arguments", "stored"),
        [
            (["--sse", "aws:kms", "--kms-key", KEY, "--bucket-key"], ("aws:kms", KEY, True)),
            (["--sse", "aws:kms", "--kms-key", KEY, "--no-bucket-key"], ("aws:kms", KEY, False)),
            (["--sse", "aws:kms:dsse", "--kms-key", KEY], ("aws:kms:dsse", KEY, None)),
            (["--sse", "sse-c"], ("SSE-C", None, None)),
            (["--acl", "bucket-owner-full-control", "--multipart"], ("AES256", None, None)),
        ],
        ids=lambda each: " ".join(map(str, each)),
    )
    def test_its_options_are_its_headers(
        self, logkeep: Run, tmp_path: Path, arguments: list[str], stored: tuple[Any, ...]
    ) -> None:
        path = described(tmp_path, key_state="Enabled")
        code, found = asked(logkeep, "put", "s3://logs/a", "--bucket", path, *arguments)
        assert code == 0
        told = found["stored"]
        assert (told["encryption"], told["key"], told["bucket_key"]) == stored

    def test_whose_policies_are_not_told(self, logkeep: Run, tmp_path: Path) -> None:
        who = "arn:aws:iam::222222222222:role/Writer"
        path = described(tmp_path)
        code, found = asked(logkeep, "put", "s3://logs/a", "--bucket", path, "--as", who)
        assert (code, found["allowed"]) == (3, None)
        assert found["unknown"] == ["iam:GetAccountAuthorizationDetails"]
        stranger = who.replace("222222222222", OTHER)
        code, found = asked(logkeep, "put", "s3://logs/a", "--bucket", path, "--as", stranger)
        assert (code, found["code"]) == (1, "AccessDenied")

    def test_what_the_file_leaves_out_is_unknown(self, logkeep: Run, tmp_path: Path) -> None:
        path = tmp_path / "bucket.json"
        path.write_text("{}")
        code, found = asked(logkeep, "put", "s3://logs/a", "--bucket", path)
        assert code == 3
        assert "s3:GetBucketEncryption: it is not told" in found["unknown"]


class TestReplicate:
    """An object."""

    def path(self, folder: Path, **more: Any) -> Path:
        return described(folder, **{"replication": configuration(rule()),
                                    "destinations": DOCUMENT["destinations"], **more})  # fmt: skip

    def test_replicated(self, logkeep: Run, tmp_path: Path) -> None:
        path = self.path(tmp_path)
        code, found = asked(logkeep, "replicate", "s3://src/a?versionId=x", "--bucket", path,
                            "--created", "after", "--sse", "AES256", "--tag", "a=b")  # fmt: skip
        assert (code, found["status_header"]) == (0, "PENDING")
        (copy,) = found["replicated"]
        assert (copy["destination"], copy["owner"], copy["acl"]) == ("dst", "222222222222", "off")

    @pytest.mark.parametrize(
        ("arguments", "code", "why"),
        [
            (["--created", "before"], 1, "existed before the rule"),
            (["--storage-class", "GLACIER", "--created", "after"], 1, "archived object"),
            (["--delete-marker"], 1, "DeleteMarkerReplication Disabled"),
            (["--delete-marker", "--by-lifecycle"], 1, "lifecycle actions are not replicated"),
            (["--sse", "aws:kms", "--created", "after"], 1, "SseKmsEncryptedObjects not selected"),
            (["--sse", "AES256"], 3, "it is not known whether the object is older than the rule"),
            (["--created", "after"], 3, "the object's encryption is not known"),
        ],
        ids=lambda each: str(each),
    )
    def test_not_replicated(
        self, logkeep: Run, tmp_path: Path, arguments: list[str], code: int, why: str
    ) -> None:
        path = self.path(tmp_path)
        found = asked(logkeep, "replicate", "s3://src/a", "--bucket", path, *arguments)
        assert (found[0], found[1]["why"], found[1]["replicated"]) == (code, why, [])

    def test_a_failure_has_awss_code(self, logkeep: Run, tmp_path: Path) -> None:
        path = self.path(tmp_path, destinations={"dst": {"exists": False}})
        code, found = asked(logkeep, "replicate", "s3://src/a", "--bucket", path,
                            "--created", "after", "--sse", "AES256", "--tag", "-")  # fmt: skip
        assert (code, found["why"], found["status_header"]) == (1, "DstBucketNotFound", "FAILED")

    def test_a_tag_is_a_pair(self, logkeep: Run, tmp_path: Path) -> None:
        said = logkeep("try", "replicate", "s3://src/a", "--bucket", self.path(tmp_path),
                       "--tag", "audit")  # fmt: skip
        assert said.code == 2
        assert "--tag `audit` is not KEY=VALUE" in said.err
