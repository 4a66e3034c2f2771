"""`list encryption --objects` and `try replicate --all` without a listing: AWS is asked of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from logkeep.aws.archive import ArchiveReader
from logkeep.aws.session import Session
from logkeep.cli.live_listing import Looking
from storage.test_any_bucket import REPLICA, SOURCE, document, set_up
from support import scenes
from support.command_line import Run
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, READER, fleet_of

PRODUCTION = ACCOUNTS["production"]
MANY = 40
"""More than are asked at a time."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS, fleet_of()) as made:
        set_up(made)
        s3 = made.client(PRODUCTION, "s3")
        key = made.client(PRODUCTION, "kms").create_key()["KeyMetadata"]["Arn"]
        s3.put_object(Bucket=SOURCE, Key="b/kms", Body=b"xx", ServerSideEncryption="aws:kms",
                      SSEKMSKeyId=key, Tagging="team=web")  # fmt: skip
        for number in range(MANY):
            s3.put_object(
                Bucket=SOURCE, Key=f"many/{number}", Body=b"x", ServerSideEncryption="AES256"
            )
        s3.delete_object(Bucket=SOURCE, Key="many/0")
        yield made


@pytest.fixture
def asked(lab: Bench, logkeep: Run, tmp_path: Path) -> Run:
    assert lab.fleet
    (tmp_path / "logkeep.toml").write_text(scenes.FLEET_TEXT)
    return logkeep


def groups(said: str) -> dict[str, int]:
    return {each["encryption"]: each["objects"] for each in json.loads(said)["groups"]}


def test_what_lies_in_a_bucket_is_counted_as_aws_says_of_each(asked: Run) -> None:
    said = asked("list", "encryption", "--objects", f"s3://{SOURCE}", "--json")
    assert groups(said.out) == {"AES256": MANY, "aws:kms": 1}, said.err
    made = re.search(r"(\d+) API calls made to look at the objects", said.err)
    assert made is not None
    assert MANY + 1 < int(made[1]) < MANY + 8  # one an object, the listing, and entering
    said = asked("list", "encryption", "--objects", f"s3://{SOURCE}/b/", "--json")
    assert groups(said.out) == {"aws:kms": 1}
    (group,) = json.loads(said.out)["groups"]
    assert (group["bytes"], group["key"].startswith("arn:aws:kms:")) == (2, True)
    assert group["oldest"]


def outcomes(said: str) -> dict[str, int]:
    return {each["says"]: each["objects"] for each in json.loads(said)["outcomes"]}


def test_each_object_is_judged_as_it_would_be_alone(asked: Run, lab: Bench) -> None:
    lab.pass_hours(1)
    for key in ("a", "b/kms", "many/1"):
        alone = json.loads(asked("try", "replicate", f"s3://{SOURCE}/{key}", "--json").out)
        said = asked("try", "replicate", "--all", f"s3://{SOURCE}/{key}", "--json")
        listed = json.loads(said.out)
        among = [each["says"] for each in listed["outcomes"]]
        assert len(among) == 1, said.err
        assert (alone["why"] or REPLICA) in among[0], (key, alone, listed)
    said = asked("try", "replicate", "--all", f"s3://{SOURCE}/many/", "--json")
    assert sum(outcomes(said.out).values()) == MANY - 1
    assert f"judged {MANY - 1} objects of s3://{SOURCE}/many/" in said.err


def deny(lab: Bench, action: str, resource: str) -> None:
    role: dict[str, Any] = {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": action,
                            "Resource": resource}  # fmt: skip
    lab.client(PRODUCTION, "s3").put_bucket_policy(Bucket=SOURCE, Policy=document(role))


@pytest.fixture
def denied(lab: Bench) -> Iterator[Bench]:
    s3 = lab.client(PRODUCTION, "s3")
    before = s3.get_bucket_policy(Bucket=SOURCE)["Policy"]
    yield lab
    s3.put_bucket_policy(Bucket=SOURCE, Policy=before)


def test_what_could_not_be_looked_at_is_unknown_and_said(asked: Run, denied: Bench) -> None:
    deny(denied, "s3:GetObject", f"arn:aws:s3:::{SOURCE}/many/*")
    said = asked("list", "encryption", "--objects", f"s3://{SOURCE}/many/", "--json")
    assert (said.code, groups(said.out)) == (3, {"?": MANY - 1}), said.out
    assert f"{MANY - 1} objects could not be looked at by s3:HeadObject, the first with 403" in (
        said.err
    )
    assert "it takes s3:GetObject" in said.err
    said = asked("try", "replicate", "--all", f"s3://{SOURCE}/many/", "--json")
    assert said.code == 3, said.out
    assert all(each.startswith("cannot tell") for each in outcomes(said.out))


def test_a_bucket_that_may_not_be_listed_is_an_error(asked: Run, denied: Bench) -> None:
    deny(denied, "s3:ListBucket", f"arn:aws:s3:::{SOURCE}")
    for line in (("list", "encryption", "--objects"), ("try", "replicate", "--all")):
        said = asked(*line, f"s3://{SOURCE}")
        assert (said.code, said.out) == (2, "")
        assert f"the objects of `{SOURCE}` could not be listed: AccessDenied" in said.err
        assert "s3:ListBucket" in said.err


def test_what_has_gone_since_it_was_listed_is_not_counted(lab: Bench) -> None:
    reader = ArchiveReader(Session(lab.fleet), PRODUCTION, "us-east-1", SOURCE, PRODUCTION)
    looking = Looking(reader, with_tags=True)
    listed = next(reader.keys("b/"))
    row = looking.row(listed)
    assert row is not None
    assert (row.Key, row.Tags) == ("b/kms", {"team": "web"})
    assert looking.row(msgspec.structs.replace(listed, key="many/0")) is None
    assert list(looking.notes()) == []


def test_the_archive_is_looked_at_by_its_reader(asked: Run, lab: Bench) -> None:
    lab.mend()
    lab.pass_hours(1)
    name, s3 = lab.fleet.archive.bucket, lab.archive("s3")
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    others = {"Sid": "ReadersAlone", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
              "Resource": f"arn:aws:s3:::{name}/*",
              "Condition": {"ArnNotEquals": {"aws:PrincipalArn": READER}}}  # fmt: skip
    s3.put_bucket_policy(Bucket=name, Policy=document(*policy["Statement"], others))
    said = asked("list", "encryption", "--objects", f"s3://{name}", "--json")
    assert set(groups(said.out)) == {"aws:kms"}


def test_a_prefix_under_which_nothing_lies_is_counted_as_nothing(asked: Run) -> None:
    said = asked("list", "encryption", "--objects", f"s3://{SOURCE}/none/", "--json")
    assert (said.code, groups(said.out)) == (0, {})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("list encryption --objects s3://b --bucket b.json", "--objects takes a --listing where"),
        ("list encryption --objects s3://b --snapshot s.gz", "a snapshot holds no bucket's"),
        ("list encryption --objects s3://b --columns Key", "--columns goes with the --listing"),
        ("list trails --objects s3://b", "--objects goes with `list encryption`"),
        ("try replicate --all s3://b --bucket b.json", "--all takes a --listing where"),
        ("try replicate --all s3://b --snapshot s.gz", "a snapshot holds no bucket's objects"),
        ("try replicate s3://b/k --listing l.jsonl", "a --listing takes --all"),
    ],
)
def test_what_cannot_be_listed_is_said(asked: Run, line: str, says: str) -> None:
    said = asked(*line.split())
    assert (said.code, said.out) == (2, ""), said
    assert says in said.err
