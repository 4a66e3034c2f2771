"""Of what is changed or gone an earlier version is looked for, and whoever took its place."""

from __future__ import annotations

import datetime
import gzip
import json
from collections.abc import Sequence

import pytest

from kinds.cloudtrail.integrity.archive import (
    BUCKET,
    CHAIN,
    HOUR,
    MINUTE,
    START,
    Archive,
    built,
    key_of_hour,
    log_key,
)
from logkeep.archive.files import CannotList, Fetched, Version
from logkeep.archive.report import Earlier
from logkeep.sources.cloudtrail.integrity.earlier import with_earlier

LOG = log_key(START + HOUR + 10 * MINUTE)
GONE = START + 3 * HOUR
OLD = Version("old", START + HOUR, is_marker=False)
MARKER = Version("marker", GONE, is_marker=True)
NEWER = Version("newer", GONE, is_marker=False)
WHO = "arn:aws:iam::111111111111:user/eve"


class NoVersions(Archive):
    """An archive whose versions may not be listed."""

    def versions(self, key: str) -> Sequence[Version]:
        raise CannotList(f"{key}: AccessDenied")


def other(found: Fetched) -> Fetched:
    return Fetched(gzip.compress(b'{"Records": []}'), found.metadata)


def of(archive: Archive, key: str) -> Earlier | None:
    """What is said of a file that is at fault."""
    report = with_earlier(archive.whole(), archive, [CHAIN.folder])
    (fault,) = [f for chain in report.chains for f in chain.faults if f.key == key]
    return fault.earlier


@pytest.mark.parametrize("key", [LOG, key_of_hour(1), key_of_hour(3)])
def test_the_version_under_a_delete_marker_is_whole(key: str) -> None:
    """The newest digest, which nothing vouches for, is held against its own signature."""
    archive = built(1, 1, 1, 1)
    whole = archive.objects.pop((BUCKET, key))
    if key == key_of_hour(3):  # nothing tells that it was there but its place's other content
        archive.objects[BUCKET, key] = other(whole)
    archive.objects["old", key] = whole
    archive.older[key] = [MARKER, OLD]
    assert of(archive, key) == Earlier(
        "old", OLD.modified, GONE, "marker", is_whole=True, above="marker"
    )


def test_of_several_versions_the_newest_whole_one_is_named() -> None:
    archive = built(1, 1, 1, 1)
    whole = archive.objects[BUCKET, LOG]
    archive.objects[BUCKET, LOG] = archive.objects["newer", LOG] = other(whole)
    archive.objects["old", LOG] = whole
    archive.older[LOG] = [NEWER, OLD]
    assert of(archive, LOG) == Earlier("old", OLD.modified, GONE, is_whole=True, above="newer")
    latest = Version("latest", GONE + HOUR, is_marker=False)
    archive.older[LOG] = [latest, NEWER, OLD]
    assert of(archive, LOG) == Earlier("old", OLD.modified, GONE, is_whole=True)


def test_a_version_that_is_changed_too_is_not_called_whole() -> None:
    archive = built(1, 1, 1, 1)
    archive.objects["old", LOG] = other(archive.objects.pop((BUCKET, LOG)))
    archive.older[LOG] = [MARKER, OLD]
    found = of(archive, LOG)
    assert found is not None
    assert found.is_whole is False


def test_a_version_that_cannot_be_read_is_neither_whole_nor_changed() -> None:
    archive = built(1, 1, 1, 1)
    del archive.objects[BUCKET, LOG]
    archive.older[LOG] = [MARKER, OLD]
    found = of(archive, LOG)
    assert found is not None
    assert found.is_whole is None


def test_without_versions_or_the_right_to_list_them_the_fault_stands_alone() -> None:
    archive = built(1, 1, 1, 1)
    del archive.objects[BUCKET, LOG]
    assert of(archive, LOG) is None
    refused = NoVersions(archive.objects, archive.keys_of_aws)
    assert of(refused, LOG) is None


@pytest.mark.parametrize("error", [None, "AccessDenied"])
def test_the_archives_own_logs_tell_who_deleted_it(error: str | None) -> None:
    archive = built(1, 1, 1, 1)
    archive.objects["old", LOG] = archive.objects.pop((BUCKET, LOG))
    archive.older[LOG] = [MARKER, OLD]
    record = {
        "eventName": "DeleteObject",
        "eventTime": f"{GONE:%Y-%m-%dT%H:%M:%SZ}",
        "errorCode": error,
        "userIdentity": {"arn": WHO, "accountId": "111111111111"},
        "requestParameters": {"bucketName": BUCKET, "key": LOG},
    }
    told = gzip.compress(json.dumps({"Records": [record]}).encode())
    at = GONE + datetime.timedelta(minutes=5)
    archive.objects[BUCKET, log_key(at, "Told000000000000")] = Fetched(told)
    found = of(archive, LOG)
    assert found is not None
    said = f"{WHO} by DeleteObject at {GONE:%Y-%m-%dT%H:%M:%SZ}"
    assert found.by == ("" if error else said)
