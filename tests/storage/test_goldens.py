"""What a person reads of an upload and of a replica, on a terminal of 80 columns."""

from __future__ import annotations

import shlex
from typing import Any

import botocore.session
import pytest
from awscli.customizations.s3.subcommands import TRANSFER_ARGS
from botocore import xform_name
from syrupy.assertion import SnapshotAssertion

from logkeep.policy import Unread
from logkeep.show.paint import Paint
from logkeep.show.storage.put import command_of, put_text
from logkeep.show.storage.replicate import replicate_text, summary_text
from logkeep.storage.advice import BY_CUSTOMER, advise
from logkeep.storage.bucket import Bucket, Default
from logkeep.storage.fate import Sides
from logkeep.storage.put import put
from logkeep.storage.replicate import replicate
from logkeep.storage.subject import Subject
from logkeep.storage.upload import Upload
from storage.scenes import (
    KEY,
    OTHER,
    SSE,
    bucket,
    caller,
    deny,
    keys,
    old_rule,
    policy,
    rule,
    sides,
    upload,
    with_kms,
    without,
)

PAINT = Paint(width=80)
HEADER = "x-amz-server-side-encryption"
FORCED = policy(deny({"StringNotEquals": {SSE: "aws:kms"}}), name="bucket policy of logs")
PINNED = policy(
    deny({"StringNotEquals": {f"{SSE}-aws-kms-key-id": KEY}}), name="bucket policy of logs"
)
DEFAULT = Default("aws:kms", KEY, bucket_key=True)
PUTS: dict[str, tuple[Upload, Bucket]] = {
    "plain into a forced bucket": (upload(), bucket(policy=FORCED, default=DEFAULT)),
    "with its header": (
        upload({HEADER: "aws:kms", f"{HEADER}-aws-kms-key-id": KEY}),
        bucket(policy=FORCED, default=DEFAULT),
    ),
    "from another account": (
        upload(caller=caller(OTHER), headers={"x-amz-acl": "private"}),
        bucket(ownership="ObjectWriter"),
    ),
    "a pinned key that is not named": (upload(), bucket(policy=PINNED, default=DEFAULT)),
    "an ACL where there are none": (upload({"x-amz-acl": "private"}), bucket()),
    "SSE-C where it is blocked": (upload(BY_CUSTOMER), bucket(blocked=frozenset({"SSE-C"}))),
    "a policy that is not known": (
        upload(),
        bucket(policy=Unread("s3:GetBucketPolicy", "AccessDenied")),
    ),
    "the default key that only the header names": (
        upload({HEADER: "aws:kms"}),
        bucket(default=DEFAULT),
    ),
}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {HEADER: "AES256"},
        {HEADER: "aws:kms", f"{HEADER}-aws-kms-key-id": KEY},
        {HEADER: "aws:kms:dsse", f"{HEADER}-aws-kms-key-id": KEY, "x-amz-acl": "private"},
        {HEADER: "aws:kms", f"{HEADER}-bucket-key-enabled": "true"},
        {f"{HEADER}-bucket-key-enabled": "false"},
        BY_CUSTOMER,
    ],
    ids=lambda each: " ".join(each.values())[:40],
)
def test_the_advised_command_is_one_that_the_aws_cli_knows(headers: dict[str, str]) -> None:
    words = shlex.split(command_of(upload(headers), bucket()))
    if words[1] == "s3":
        known = {arg["name"]: arg for arg in TRANSFER_ARGS}
        given = dict(zip(words[5::2], words[6::2], strict=True))
        for name, value in given.items():
            assert value in known[name.removeprefix("--")].get("choices", [value])
        return
    assert words[1:3] == ["s3api", "put-object"]
    model = botocore.session.get_session().get_service_model("s3").operation_model("PutObject")
    known = {xform_name(each, "-") for each in model.input_shape.members}
    names = [each.removeprefix("--") for each in words if each.startswith("--")]
    assert {each.removeprefix("no-") for each in names} <= known


UNDER_KEY = {"encryption": "aws:kms", "kms_key": KEY}
OBJECTS: dict[str, tuple[dict[str, Any], Sides]] = {
    "replicated": ({}, sides(old_rule(ID=None))),
    "under a key": (UNDER_KEY, sides(with_kms())),
    "existed before": ({"created": "before"}, sides()),
    "the role may not write": ({}, sides(role=without("s3:ReplicateObject"))),
    "tags that the role may not read": (
        {"tags": {"a": "b"}},
        sides(role=without("s3:GetObjectVersionTagging")),
    ),
    "to two destinations": (
        {},
        sides(rule(), rule(ID="two", Priority=2, Destination={"Bucket": "arn:aws:s3:::dst2"})),
    ),
    "a delete marker": ({"event": "delete-marker"}, sides()),
}


@pytest.mark.parametrize("name", PUTS)
def test_an_upload(name: str, snapshot: SnapshotAssertion) -> None:
    sent, into = PUTS[name]
    outcome = put(sent, into, keys())
    advice = advise(sent, into, keys()) if outcome.answer == "refused" else None
    text = put_text(sent, into, outcome, PAINT, advice)
    assert text == snapshot
    assert all(len(line) <= 80 or " " not in line.strip() for line in text.splitlines()), text


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object(name: str, snapshot: SnapshotAssertion) -> None:
    told, between = OBJECTS[name]
    subject = Subject(**{"key": "logs/a", **told})
    text = replicate_text(subject, "src", replicate(subject, between), PAINT)
    assert text == snapshot
    assert all(len(line) <= 80 or " " not in line.strip() for line in text.splitlines()), text


NARROW = Paint(width=60)


@pytest.mark.parametrize("name", ["plain into a forced bucket", "from another account"])
def test_an_upload_at_60_columns(name: str, snapshot: SnapshotAssertion) -> None:
    sent, into = PUTS[name]
    outcome = put(sent, into, keys())
    advice = advise(sent, into, keys()) if outcome.answer == "refused" else None
    assert put_text(sent, into, outcome, NARROW, advice) == snapshot


@pytest.mark.parametrize("name", ["under a key", "the role may not write"])
def test_an_object_at_60_columns(name: str, snapshot: SnapshotAssertion) -> None:
    told, between = OBJECTS[name]
    subject = Subject(**{"key": "logs/a", **told})
    assert replicate_text(subject, "src", replicate(subject, between), NARROW) == snapshot


def test_a_summary(snapshot: SnapshotAssertion) -> None:
    counts = {"replicated to dst": 98_312, "not replicated: existed before the rule": 1_688}
    assert summary_text(counts, 12, PAINT) == snapshot
