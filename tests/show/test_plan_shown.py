"""What a plan shows is what apply sends: nothing is cut, and no target is hidden."""

from __future__ import annotations

import json

import msgspec
import pytest

from logkeep.plan import plan
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.snapshot.change import Change
from logkeep.value import Json
from support import scenes
from support.worlds import NOW

MADE = plan(scenes.FLEET, scenes.empty(scenes.FLEET))
ROLE = "arn:aws:iam::111111111111:role/logkeep"


def text_of(*changes: Change) -> str:
    text = plan_text(scenes.FLEET, msgspec.structs.replace(MADE, changes=changes), Paint())
    return "".join(text.split())


def change(call: str, address: str, **arguments: Json) -> Change:
    return Change(address, "~", "111111111111", "us-east-1", call, arguments)


def values(document: Json) -> list[str]:
    match document:
        case dict():
            return [text for each in document.values() for text in values(each)]
        case list():
            return [text for each in document for text in values(each)]
        case _:
            return [str(document)]


@pytest.mark.parametrize("number", range(len(MADE.changes)))
def test_every_value_of_a_document_that_is_written_is_shown(number: int) -> None:
    each = MADE.changes[number]
    alone = msgspec.structs.replace(each, before=(), after=())
    shown = text_of(alone)
    for value in each.arguments.values():
        if isinstance(value, str) and value.startswith('{"'):
            for statement in json.loads(value)["Statement"]:
                for text in values(statement):
                    told = text.replace("{made:archive-key}", "(id assigned by AWS)")
                    assert "".join(told.split()) in shown
    assert MADE.taken_at == NOW


def long_statement(last: str) -> dict[str, Json]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{n:012}:root" for n in range(60)] + [last]},
        "Action": [f"s3:Get{n}" for n in range(60)] + ["*"],
        "Resource": "arn:aws:s3:::" + "x" * 500 + "/*",
    }


@pytest.mark.parametrize("argument", ["Policy", "PolicyDocument", "AssumeRolePolicyDocument"])
def test_a_long_document_is_shown_to_its_end(argument: str) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [long_statement("*")] * 3})
    shown = text_of(change("iam:PutRolePolicy", ROLE, **{argument: document}))
    assert "x" * 500 + "/*" in shown
    assert "s3:Get59" in shown
    assert f"{59:012}" in shown
    assert shown.count(f"arn:aws:iam::{59:012}:root") == 3


def test_a_long_text_is_shown_to_its_end() -> None:
    assert "y" * 900 + "THE-END" in text_of(change("s3:PutX", ROLE, Body="y" * 900 + "THE-END"))


@pytest.mark.parametrize(
    "argument", ["Bucket", "ExpectedBucketOwner", "KeyId", "Name", "TrailName", "TargetKeyId"]
)
def test_a_target_that_the_address_does_not_name_is_shown(argument: str) -> None:
    shown = text_of(change("s3:PutX", "arn:aws:s3:::the-archive", **{argument: "another-one"}))
    assert f"{argument}:another-one" in shown
    same = text_of(change("s3:PutX", "arn:aws:s3:::the-archive", Bucket="the-archive"))
    assert "Bucket:" not in same


def test_a_foreign_allow_that_is_new_is_not_kept() -> None:
    before = {"Version": "2012-10-17", "Statement": [long_statement("a")]}
    new = {"Sid": "Theirs", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    sent = json.dumps({**before, "Statement": [*before["Statement"], new]})
    for text in (sent, sent.replace('"Sid": "Theirs", ', "")):
        shown = text_of(change("s3:PutBucketPolicy", "arn:aws:s3:::the-archive", Policy=text))
        assert "=" not in shown.replace("Symbols:~change", "")
        assert "Allow*to*on*" in shown


def test_of_many_that_change_alike_every_account_is_named() -> None:
    many = [
        change("s3:PutX", f"arn:aws:sns:us-east-1:{n:012}:topic", Status="on") for n in range(1, 40)
    ]
    made = [msgspec.structs.replace(each, account=f"{n:012}") for n, each in enumerate(many, 1)]
    shown = text_of(*made)
    assert all(f"{n:012}" in shown for n in range(1, 40))


@pytest.mark.parametrize("width", [80, 60])
def test_the_trails_of_a_statement_stand_in_one_column(width: int) -> None:
    paint = Paint(width=width, folds=True)
    text = plan_text(scenes.FLEET, MADE, paint)
    lines = [line for line in text.splitlines() if ":trail/" in line and "    arn:" in line]
    assert len(lines) > 6
    assert max(map(len, text.splitlines())) <= width
    for operator in ("arn:aws:cloudtrail:us-east-1:", "arn:aws:cloudtrail:*:"):
        columns = {line.index(operator) for line in lines if operator in line}
        assert len(columns) == 1


def test_what_is_sent_empty_is_shown_to_be() -> None:
    """So that a call which switches something off does not look like one without arguments."""
    off = change("s3:PutBucketLogging", "arn:aws:s3:::app-logs", BucketLoggingStatus={})
    assert "BucketLoggingStatus:(empty)" in text_of(off)
    into: Json = {"LoggingEnabled": {"TargetBucket": "other", "TargetPrefix": ""}}
    on = change("s3:PutBucketLogging", "arn:aws:s3:::app-logs", BucketLoggingStatus=into)
    assert "TargetBucketother,TargetPrefix(empty)" in text_of(on)
