import datetime
import json

import pytest

from aws.conftest import OWN, PRODUCTION
from aws.front import Front, json_answer, query_error, s3_error, times
from logkeep.aws.answer import answer
from logkeep.aws.archive import ArchiveProblem, ArchiveReader, ObjectGone, ObjectTooLarge
from logkeep.aws.calls import utc_text
from logkeep.aws.session import Session
from logkeep.snapshot import ask

START = datetime.datetime(2026, 11, 23, 3, 0, tzinfo=datetime.UTC)
END = START + datetime.timedelta(hours=1)


@pytest.fixture
def reader(session: Session) -> ArchiveReader:
    client = session.account_client(OWN, "s3", "us-east-1")
    client.create_bucket(Bucket="archive-logs")
    client.put_bucket_versioning(
        Bucket="archive-logs", VersioningConfiguration={"Status": "Enabled"}
    )
    for name in ("AWSLogs/1/a", "AWSLogs/1/b", "AWSLogs/1/c", "AWSLogs/2/a", "other"):
        client.put_object(
            Bucket="archive-logs", Key=name, Body=name.encode(), Metadata={"signature": name}
        )
    return ArchiveReader(session, OWN, "us-east-1", "archive-logs", OWN)


def test_keys_come_in_order_page_by_page(
    reader: ArchiveReader, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    front.seen.clear()
    found = reader.keys("AWSLogs/1/")
    assert (next(found).key, len(front.seen)) == ("AWSLogs/1/a", 1)
    assert [each.key for each in found] == ["AWSLogs/1/b", "AWSLogs/1/c"]
    assert len(front.seen) == 2


def test_keys_begin_after_a_key(reader: ArchiveReader) -> None:
    found = list(reader.keys("AWSLogs/1/", start_after="AWSLogs/1/a"))
    assert [(each.key, each.size_bytes) for each in found] == [
        ("AWSLogs/1/b", 11),
        ("AWSLogs/1/c", 11),
    ]
    assert all(each.modified_at.tzinfo for each in found)


def test_an_object_comes_with_its_metadata_and_version(reader: ArchiveReader) -> None:
    found = reader.get("AWSLogs/1/a")
    assert (found.body, found.metadata) == (b"AWSLogs/1/a", {"signature": "AWSLogs/1/a"})
    versions = reader.session.account_client(OWN, "s3", "us-east-1").list_object_versions(
        Bucket="archive-logs", Prefix="AWSLogs/1/a"
    )
    assert found.version == versions["Versions"][0]["VersionId"]
    assert found.modified_at == versions["Versions"][0]["LastModified"]


def test_an_object_beyond_the_bound_is_not_read(reader: ArchiveReader) -> None:
    assert reader.get("AWSLogs/1/a", size_max=11).body
    with pytest.raises(ObjectTooLarge, match="11 bytes"):
        reader.get("AWSLogs/1/a", size_max=10)


def test_a_missing_object_and_a_refusal_are_told_apart(reader: ArchiveReader, front: Front) -> None:
    with pytest.raises(ObjectGone):
        reader.get("AWSLogs/1/z")
    front.rules.append(times(1, "GET /archive-logs/AWSLogs/1/a?", s3_error("AccessDenied")))
    with pytest.raises(ArchiveProblem, match="AccessDenied: said AWS") as caught:
        reader.get("AWSLogs/1/a")
    assert not isinstance(caught.value, ObjectGone)


def test_a_missing_bucket_is_said(session: Session) -> None:
    reader = ArchiveReader(session, OWN, "us-east-1", "archive-logs", OWN)
    with pytest.raises(ArchiveProblem, match="NoSuchBucket"):
        list(reader.keys(""))


KEYS = ask(
    PRODUCTION,
    "eu-west-1",
    "cloudtrail:ListPublicKeys",
    StartTime=utc_text(START),
    EndTime=utc_text(END),
)


def test_public_keys_are_asked_for_in_their_region_and_account(
    session: Session, front: Front
) -> None:
    bodies: list[str] = []

    def keys(name: str, key: str, body: str) -> object:
        if name != "ListPublicKeys":
            return None
        bodies.append(body)
        more = {} if "NextToken" in body else {"NextToken": "more"}
        fingerprint = "second" if "NextToken" in body else "first"
        own = {"Value": "AQID", "Fingerprint": fingerprint, "ValidityStartTime": 1763866800}
        assert key != "own"
        return json_answer({"PublicKeyList": [own], **more})

    front.rules.append(keys)
    found = json.loads(bytes(answer(session, KEYS).body))["PublicKeyList"]
    assert [each["Fingerprint"] for each in found] == ["first", "second"]
    assert found[0]["Value"] == "AQID"
    assert found[0]["ValidityStartTime"] == "2025-11-23T03:00:00Z"
    assert str(int(START.timestamp())) in bodies[0]


def test_public_keys_that_cannot_be_had_are_an_error(session: Session) -> None:
    assert answer(session, KEYS).error == "500"  # moto has no public keys


def test_an_account_that_lets_nobody_in_is_a_problem_of_the_archive(
    session: Session, front: Front
) -> None:
    front.rules.append(times(9, "AssumeRole", query_error("AccessDenied")))
    reader = ArchiveReader(session, PRODUCTION, "us-east-1", "archive-logs", OWN)
    with pytest.raises(ArchiveProblem, match="cannot assume"):
        reader.get("AWSLogs/1/a")
    with pytest.raises(ArchiveProblem, match="cannot assume"):
        list(reader.keys(""))
