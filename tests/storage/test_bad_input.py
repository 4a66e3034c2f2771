"""What cannot be asked as it is asked: a clear sentence each, and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from logkeep.storage.keys import Keys, NoKey, find_key
from storage.scenes import KEY, OTHER, OWNER, configuration, old_rule, rule, with_kms
from support.command_line import Run

BUCKET: dict[str, Any] = {"account": OWNER, "region": "us-east-1", "encryption": None,
                          "policy": None, "ownership": "BucketOwnerEnforced",
                          "public_access": None, "blocked_encryption": [],
                          "versioning": "Enabled", "object_lock": False}  # fmt: skip
TO = {"dst": {"region": "eu-west-1", "versioning": "Enabled"}}


def described(folder: Path, **more: Any) -> Path:
    path = folder / "bucket.json"
    path.write_text(json.dumps({**BUCKET, **more}))
    return path


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (KEY.replace("us-east-1", "us-west-2"), "is in us-west-2, and the bucket in us-east-1"),
        (KEY.rsplit("/", 1)[-1], "is a key's id without an account"),
        ("alias/central", "is a key's alias without an account"),
        (f"arn:aws:kms:us-east-1:{OTHER}:alias/central", f"is an alias of account {OTHER}"),
        ("arn:aws:s3:::logs", "is not the ARN of a KMS key"),
    ],
)
def test_a_key_that_is_named_wrongly(logkeep: Run, tmp_path: Path, key: str, says: str) -> None:
    path = described(tmp_path)
    said = logkeep("try", "put", "s3://logs/a", "--bucket", path, "--sse", "aws:kms",
                   "--kms-key", key)  # fmt: skip
    assert said.code == 2
    assert says in said.err
    assert "hint: name" in said.err or "not the ARN" in said.err


def replicated(logkeep: Run, path: Path) -> tuple[int, str]:
    said = logkeep("try", "replicate", "s3://src/a", "--bucket", path, "--created", "after")
    return said.code, said.err


def key_to(arn: str) -> dict[str, Any]:
    to = {"Bucket": "arn:aws:s3:::dst", "EncryptionConfiguration": {"ReplicaKmsKeyID": arn}}
    return with_kms(Destination=to)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ([rule(ID="a"), rule(ID="b")], "two rules have the same priority: 1 of a; S3 answers"),
        ([old_rule(ID="a"), old_rule(ID="b", Prefix="x")], "may not overlap: `` and `x`"),
        ([rule(Destination={"Bucket": "arn:aws:s3:::src"})], "`src` would replicate into itself"),
        ([key_to(KEY.rsplit("/", 1)[-1])], "is not a key's ARN; an id or alias alone"),
        ([key_to(KEY)], "lies in us-east-1, and `dst` in eu-west-1"),
        ([key_to(f"arn:aws:kms:eu-west-1:{OTHER}:alias/x")], f"an alias of account {OTHER}"),
    ],
)
def test_a_configuration_that_cannot_work(
    logkeep: Run, tmp_path: Path, rules: list[dict[str, Any]], says: str
) -> None:
    path = described(tmp_path, replication=configuration(*rules), destinations=TO)
    code, err = replicated(logkeep, path)
    assert code == 2
    assert says in err


def test_a_cycle_is_told_and_stops_by_itself(logkeep: Run, tmp_path: Path) -> None:
    """S3 accepts replication both ways, and replicas go no further (3.1.2)."""
    back = configuration(rule(Destination={"Bucket": "arn:aws:s3:::src"}))
    to = {"dst": {**TO["dst"], "replication": back}}
    path = described(tmp_path, replication=configuration(rule()), destinations=to)
    _, err = replicated(logkeep, path)
    assert "`src` and `dst` replicate to each other; replicas go no further" in err


def test_all_mistakes_of_a_file_at_once(logkeep: Run, tmp_path: Path) -> None:
    path = described(tmp_path, ownershp="x", versoning="Enabled")
    said = logkeep("try", "put", "s3://logs/a", "--bucket", path)
    assert said.code == 2
    assert "`ownershp` means nothing here; did you mean `ownership`?" in said.err
    assert "`versoning` means nothing here; did you mean `versioning`?" in said.err


@pytest.mark.parametrize(
    "more",
    [
        {"ownership": "Anybody"},
        {"versioning": "Off"},
        {"policy": {"Statement": {"Effect": "allow"}}},
        {"encryption": {"Rules": "none"}},
        {"keys": {"alias/x": {}}},
        {"name": "other"},
    ],
    ids=str,
)
def test_a_document_that_is_none(logkeep: Run, tmp_path: Path, more: dict[str, Any]) -> None:
    said = logkeep("try", "put", "s3://logs/a", "--bucket", described(tmp_path, **more))
    assert said.code == 2
    assert said.err.startswith("error: bucket.json")


@pytest.mark.parametrize(
    "arguments",
    [
        ["put"],
        ["put", "logs/a"],
        ["put", "s3://logs"],
        ["put", "s3://logs/a"],
        ["put", "s3://logs/a", "--bucket", "nowhere.json"],
        ["put", "s3://logs/a", "--cases", "x"],
        ["replicate"],
        ["replicate", "s3://logs/a"],
        ["replicate", "s3://logs/a", "--all"],
        ["replicate", "--cases", "nowhere.jsonl"],
    ],
    ids=" ".join,
)
def test_a_question_that_is_none(logkeep: Run, arguments: list[str]) -> None:
    said = logkeep("try", *arguments)
    assert said.code == 2
    assert said.err.startswith("error: ")


def test_a_case_that_cannot_be_read_is_named_and_the_others_run(
    logkeep: Run, tmp_path: Path
) -> None:
    good = {"id": "good", "request": {"operation": "PutObject"}, "bucket": {}}
    bad = {"id": "bad", "request": {"operation": "Fly"}, "bucket": {"ownership": "Anybody"}}
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(["{", json.dumps(bad), json.dumps(good), "[]", ""]))
    said = logkeep("try", "put", "--cases", path, "--json")
    assert said.code == 2
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert [(row["id"], row["got"] is None) for row in rows] == [
        ("cases.jsonl:1", True), ("bad", True), ("good", False), ("cases.jsonl:4", True),
    ]  # fmt: skip
    assert "`Fly`" in rows[1]["reason"]
    assert "Anybody" in rows[1]["reason"]
    text = logkeep("try", "put", "--cases", path)
    assert text.code == 2
    assert "4 cases, 3 of them not readable" in text.out


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ([rule(Filter={"Tag": {"Key": "a", "Value": "1"}},
               DeleteMarkerReplication={"Status": "Enabled"})],
         "delete markers cannot be replicated by a rule that filters by tags"),
        ([rule(ID="a"), rule(ID="b")], "two rules have the same priority: 1 of a"),
        ([old_rule(ID="a"), rule(ID="b")], "rules with a Filter are mixed with rules of the old"),
        ([rule(Destination={"Bucket": "arn:aws:s3:::src"})], "`src` would replicate into itself"),
    ],
)  # fmt: skip
def test_rules_that_no_bucket_can_have_are_said_beside_the_answer(
    logkeep: Run, tmp_path: Path, rules: list[dict[str, Any]], says: str
) -> None:
    """S3 would not store them: what they would come to is answered, and that they cannot be."""
    lines: list[dict[str, Any]] = [
        {"id": number, "request": {"object": {"key": "a", "tags": {"a": "1"}}},
         "bucket": {"name": "src", "versioning": "Enabled", "replication": configuration(*each)}}
        for number, each in (("bad", rules), ("good", [rule()]))
    ]  # fmt: skip
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    said = logkeep("try", "replicate", "--cases", path, "--json")
    assert said.code == 0
    bad, good = [json.loads(line) for line in said.out.splitlines()]
    assert says in bad["got"]["not_stored"][0]
    assert f"(S3 would not store these rules: {bad['got']['not_stored'][0]}" in bad["reason"]
    assert good["got"]["replicated"]
    assert "not_stored" not in good["got"]
    assert says in logkeep("try", "replicate", "--cases", path).out.replace("\n  ", " ")


def test_what_a_case_leaves_out_of_a_rule_is_in_order(logkeep: Run, tmp_path: Path) -> None:
    bare = rule(Priority=None, DeleteMarkerReplication=None)
    case = {"id": "bare", "request": {"object": {"key": "a"}},
            "bucket": {"name": "src", "versioning": "Enabled",
                       "replication": configuration(bare)}}  # fmt: skip
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(case) + "\n")
    assert logkeep("try", "replicate", "--cases", path, "--json").code == 0


def test_hostile_text_is_made_harmless(logkeep: Run, tmp_path: Path) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{
        "Sid": "Evil\x1b[2J", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": "*"}]}  # fmt: skip
    said = logkeep(
        "try", "put", "s3://logs/a\x1b[2J", "--bucket", described(tmp_path, policy=policy)
    )
    assert said.code == 1
    assert "\x1b" not in said.out + said.err


@pytest.mark.parametrize("account", ["", "1", "11111111111", "1111111111111", "11111111111x", "*"])
def test_a_key_of_an_account_that_is_none_is_no_key(account: str) -> None:
    name = f"arn:aws:kms:us-east-1:{account}:key/11111111-2222-3333-4444-555555555555"
    found = find_key(name, "us-east-1", "111111111111", Keys(assumed="Enabled"))
    assert isinstance(found, NoKey)


@pytest.mark.parametrize(
    "account", ["", "1", "222222222222\n", "x" * 5000, "${aws:x}", "\u0661" * 12]
)
@pytest.mark.parametrize("how", [{"kms_keys": {"us-east-1": ["1"]}}, {"key_state": "Enabled"}])
def test_an_account_that_is_none_is_no_fault_of_ours(
    logkeep: Run, tmp_path: Path, account: str, how: dict[str, Any]
) -> None:
    cases = tmp_path / "cases.jsonl"
    upload = {"operation": "PutObject", "key": "a", "headers": {
        "x-amz-server-side-encryption": "aws:kms"}}  # fmt: skip
    told = {**BUCKET, **how, "account": account, "region": account}
    cases.write_text(json.dumps({"id": "1", "request": upload, "bucket": told}) + "\n")
    said = logkeep("try", "put", "--cases", cases)
    assert said.code in (0, 2)
    assert "Traceback" not in said.err
