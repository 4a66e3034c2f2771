"""What asks a lab straight is answered as what asks it over a connection."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from logkeep.aws.connection import Bounded
from logkeep.aws.expected import NotAnAnswer
from logkeep.aws.session import Session
from support import door
from support.faults import faults
from support.labs import bench

REAL = Bounded.connect
ACCOUNTS = {"management": "111111111111", "security": "222222222222"}


def asked(session: Session) -> list[Any]:
    """Answers of each protocol, with and without bodies, and refusals."""
    s3, iam, kms, ec2, trails = (
        session.account_client("111111111111", service, "us-east-1")
        for service in ("s3", "iam", "kms", "ec2", "cloudtrail")
    )
    said: list[Any] = []

    def note(call: Any, **given: Any) -> None:
        try:
            found = call(**given)
        except s3.exceptions.ClientError as error:
            found = error.response
        for name in ("HTTPHeaders", "RequestId", "HostId"):
            found["ResponseMetadata"].pop(name, None)
        if "Body" in found:
            found["Body"] = found["Body"].read()
        said.append(found)

    key = "a b+c/é%.txt"
    note(s3.create_bucket, Bucket="here")
    note(s3.put_object, Bucket="here", Key=key, Body=b"one\r\ntwo")
    note(s3.get_object, Bucket="here", Key=key)
    note(s3.head_object, Bucket="here", Key=key)
    packed = {"Bucket": "here", "Key": key}
    note(s3.put_object, **packed, Body=gzip.compress(b"one", mtime=0), ContentEncoding="gzip")
    note(s3.get_object, **packed)
    note(s3.head_object, Bucket="here", Key="none")
    note(s3.list_objects_v2, Bucket="here", Prefix="a b+c/")
    note(s3.get_bucket_policy, Bucket="here")
    note(s3.delete_object, Bucket="here", Key=key)
    note(s3.delete_bucket, Bucket="here")
    note(iam.get_account_authorization_details)
    note(iam.get_role, RoleName="none")
    note(kms.describe_key, KeyId="alias/none")
    note(ec2.describe_regions)
    note(trails.describe_trails)
    return said


def test_the_answers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with bench(ACCOUNTS) as lab:
        straight, connected = asked(Session(lab.fleet)), list[Bounded]()
        with monkeypatch.context() as patch:
            patch.setattr(door, "OPEN", [])
            patch.setattr(Bounded, "connect", lambda made: connected.append(made) or REAL(made))
            served = asked(Session(lab.fleet))
    assert connected
    assert straight == served


def test_who_stands_before_the_lab_is_not_passed_by() -> None:
    """Else a test that spoils answers would spoil none, and hold whatever it says of them."""
    with bench(ACCOUNTS) as lab:
        s3 = lab.session.account_client("111111111111", "s3", "us-east-1")
        s3.list_buckets()
        with faults(lab.lab) as made:
            s3.list_buckets()
            assert made.seen == ["s3:ListBuckets"]
            made.spoilt = {"s3:ListBuckets": "empty-404"}.get
            with pytest.raises(NotAnAnswer):
                s3.list_buckets()
            assert made.seen == ["s3:ListBuckets"] * 2
