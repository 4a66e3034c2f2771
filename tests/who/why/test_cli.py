"""`logkeep why` and `logkeep who` as commands: exit codes, JSON, files of policy tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logkeep.aws.files import write_snapshot
from logkeep.cli.program import run
from support import scenes
from support.places import shared
from support.worlds import ADMIN, READER

LOG = "arn:aws:s3:::secprod-multiaccount-logs/AWSLogs/222222222222/CloudTrail/a.json.gz"
CASE = {
    "id": "reads",
    "request": {
        "principal": "arn:aws:iam::111111111111:user/u",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::b/k",
        "resource_account": "111111111111",
    },
    "identity_policies": [
        {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
    ],
    "expected": "Allowed",
}


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a fleet file and a snapshot of it."""
    (tmp_path / "logkeep.toml").write_text(scenes.FLEET_TEXT)
    write_snapshot(tmp_path / "s.gz", scenes.healthy())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cases(tmp_path: Path, *lines: object) -> str:
    path = tmp_path / "cases.jsonl"
    text = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("\n".join(text) + "\n")
    return str(path)


@pytest.mark.parametrize(
    ("principal", "expect", "code"),
    [
        (READER, None, 0),
        (READER, "allow", 0),
        (READER, "deny", 1),
        (ADMIN, None, 1),
        (ADMIN, "allow", 1),
        (ADMIN, "deny", 0),
    ],
)
@pytest.mark.usefixtures("fleet")
def test_the_exit_code_says_whether(principal: str, expect: str | None, code: int) -> None:
    more = ["--expect", expect] if expect else []
    assert run(["why", "--snapshot", "s.gz", principal, "s3:GetObject", LOG, *more]) == code


@pytest.mark.parametrize("expect", [[], ["--expect", "allow"], ["--expect", "deny"]])
@pytest.mark.usefixtures("fleet")
def test_cannot_tell_is_neither(expect: list[str]) -> None:
    elsewhere = "arn:aws:s3:::elsewhere/k"
    assert run(["why", "--snapshot", "s.gz", ADMIN, "s3:GetObject", elsewhere, *expect]) == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([READER, "s3:GetObjct", LOG], "did you mean `s3:GetObject`?"),
        ([READER, "s3:GetObject"], "a PRINCIPAL, an ACTION and a RESOURCE"),
        ([READER, "s3:GetObject", LOG, "--context", "x"], "`x` is not KEY=VALUE"),
    ],
)
@pytest.mark.usefixtures("fleet")
def test_a_bad_question_exits_with_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["why", "--snapshot", "s.gz", *arguments]) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == ""


def test_a_file_of_cases_that_is_not_there_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    # Without --snapshot, which means nothing to a file of cases and is refused beside it.
    assert run(["why", "--cases", "nowhere.jsonl"]) == 2
    assert "no such file" in capsys.readouterr().err


@pytest.mark.usefixtures("fleet")
def test_the_json_holds_every_leg(capsys: pytest.CaptureFixture[str]) -> None:
    run(["why", "--json", "--snapshot", "s.gz", ADMIN, "s3:GetObject", LOG])
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["outcome"]) == (1, "ImplicitlyDenied")
    assert [leg["outcome"] for leg in told["legs"]] == ["Allowed", "ImplicitlyDenied"]
    assert told["legs"][1]["nearest"][0]["element"] == "Action"


@pytest.mark.usefixtures("fleet")
def test_who_archive_exits_by_its_conclusions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["who", "--archive", "--snapshot", "s.gz", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == 1
    assert {c["verdict"] for c in told["conclusions"]} == {"holds"}


def test_who_archive_exits_with_1_where_broken_and_3_where_unknown(fleet: Path) -> None:
    asks = scenes.bucket_policy_ask()
    document = scenes.policy(asks)
    kept = [s for s in document["Statement"] if s["Sid"] != "LogkeepKeepLogs"]
    broken = scenes.with_policy(scenes.healthy(), asks, {**document, "Statement": kept})
    write_snapshot(fleet / "broken.gz", broken)
    assert run(["who", "--archive", "--snapshot", "broken.gz"]) == 1
    write_snapshot(fleet / "unknown.gz", scenes.healthy().without([asks]))
    assert run(["who", "--archive", "--snapshot", "unknown.gz"]) == 3


def test_every_third_party_vector_passes_without_a_fleet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vectors = shared("cases/policy-vectors.jsonl")
    monkeypatch.chdir(tmp_path)
    assert run(["why", "--cases", str(vectors)]) == 0
    assert "189 of 189 cases as expected" in capsys.readouterr().out
    assert run(["why", "--json", "--cases", str(vectors)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 189
    assert all(set(line) == {"id", "expected", "got", "reason"} for line in lines)


def test_a_failing_case_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = cases(tmp_path, CASE, {**CASE, "id": "fails", "expected": "Denied"})
    assert run(["why", "--cases", path]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "fails: expected Denied, got Allowed: statement 1" in lines[0]
    assert "1 of 2 cases as expected" in lines[1]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "cases.jsonl:2: not JSON"),
        ({**CASE, "expected": "Maybe"}, "cases.jsonl:2: case: Invalid enum value 'Maybe'"),
        ({**CASE, "request": {}}, "cases.jsonl:2: "),
        ({**CASE, "identity_policies": [{"Statement": {}}]}, "identity_policies[0]: "),
        ({k: v for k, v in CASE.items() if k != "id"}, "`id`"),
    ],
)
def test_a_bad_line_is_named_with_its_field_and_the_others_run(
    line: object, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = cases(tmp_path, CASE, line, {**CASE, "id": "last"})
    assert run(["why", "--cases", path]) == 2
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 2
    assert says in told[0]
    assert "cases.jsonl:2:" in told[0]
    assert told[1] == "2 of 3 cases as expected, 1 could not be read"
    assert run(["why", "--json", "--cases", path]) == 2
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert [row["got"] for row in rows] == ["Allowed", "Invalid", "Allowed"]
    assert says in rows[1]["reason"]
    assert rows[2]["id"] == "last"


def test_a_line_of_another_encoding_keeps_no_other_from_running(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = json.dumps(CASE).encode()
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + good + b"\r\n\n" + b'{"id": "caf\xe9"}\n' + good)
    assert run(["why", "--json", "--cases", str(path)]) == 2
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert [row["got"] for row in rows] == ["Allowed", "Invalid", "Allowed"]
    assert rows[1]["reason"] == "cases.jsonl:3: not a text in UTF-8"


def test_an_empty_file_is_a_bad_question(tmp_path: Path) -> None:
    assert run(["why", "--cases", cases(tmp_path, "")]) == 2


def test_foreign_text_cannot_steer_the_terminal(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asks = scenes.bucket_policy_ask()
    document = scenes.policy(asks)
    evil = {
        "Sid": "\x1b[2Jgone",
        "Effect": "Allow",
        "Principal": {"AWS": [READER, "arn:aws:iam::444444444444:role/\x1b]0;x\x07"]},
        "Action": "s3:GetObjectAcl",
        "Resource": "*",
    }
    changed = {**document, "Statement": [*document["Statement"], evil]}
    write_snapshot(fleet / "evil.gz", scenes.with_policy(scenes.healthy(), asks, changed))
    run(["who", "--archive", "--snapshot", "evil.gz"])
    stranger = "arn:aws:iam::444444444444:user/x"
    run(["why", "--snapshot", "evil.gz", stranger, "s3:GetObject", LOG])
    run(["why", "--snapshot", "evil.gz", READER, "s3:GetObjectAcl", LOG])
    run(["who", "--snapshot", "evil.gz", "s3:GetObjectAcl", LOG])
    told = capsys.readouterr()
    assert told.out.count("`\\x1b[2Jgone`") == 3
    assert "role/\\x1b]0;x\\x07" in told.out
    assert "\x1b" not in told.out + told.err
    assert "\x07" not in told.out + told.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "takes an ACTION and a RESOURCE"),
        (["s3:GetObjct", LOG], "did you mean `s3:GetObject`?"),
        (["s3:GetObject", "arn:aws:s3:::b"], "is not about"),
        (["--archive", "s3:GetObject"], "takes no ACTION"),
    ],
)
@pytest.mark.usefixtures("fleet")
def test_a_bad_who_exits_with_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["who", "--snapshot", "s.gz", *arguments]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.usefixtures("fleet")
def test_who_may_do_one_thing_is_told_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["who", "--snapshot", "s.gz", "--json", "s3:getobject", LOG]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["action"]) == (1, "s3:GetObject")
    assert [holder["principal"] for holder in told["holders"]] == [READER]
