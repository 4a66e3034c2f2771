"""What lies in a bucket version by version, and what S3 says of each: what a comparison asks."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any, Final

from logkeep.archive.copies import ListedVersion, VersionHead
from logkeep.aws.archive import CANNOT_READ, ArchiveReader, ObjectGone, raise_problem
from logkeep.aws.session import called

FOLDER_PAGES_MAX: Final = 10
CHECKSUM: Final = "Checksum"
NO_CHECKSUM: Final = "ChecksumType"


class VersionReader(ArchiveReader):
    """Reads the versions of one bucket as one account, and only while it is its owner's."""

    def every(self, prefix: str, after: str) -> Iterator[ListedVersion]:
        """All versions and delete markers under a prefix in the order of their keys."""
        given = {**self._given, "Prefix": prefix}
        if after:
            given["KeyMarker"] = after
        try:
            for page in self._client().get_paginator("list_object_versions").paginate(**given):
                kept = (_listed(each, marker=False) for each in page.get("Versions", []))
                markers = (_listed(each, marker=True) for each in page.get("DeleteMarkers", []))
                yield from heapq.merge(kept, markers, key=lambda each: each.key)
        except CANNOT_READ as error:
            raise_problem(error)

    def some_folders(self, prefix: str) -> list[str]:
        """The prefixes of the folders right under a prefix, of no more than some pages."""
        given = {**self._given, "Prefix": prefix, "Delimiter": "/"}
        found: list[str] = []
        try:
            pages = self._client().get_paginator("list_objects_v2").paginate(**given)
            for number, page in enumerate(pages, 1):
                found += [each["Prefix"] for each in page.get("CommonPrefixes", [])]
                if number == FOLDER_PAGES_MAX:
                    break
        except CANNOT_READ as error:
            raise_problem(error)
        return found

    def head_version(self, key: str, version: str) -> VersionHead | None:
        """What S3 says of one version, with its checksums; None where it is not there.

        Checksums of an object under SSE-KMS take kms:Decrypt (S3 API reference, HeadObject); who
        may not decrypt gets the rest.
        """
        named = {**self._given, "Key": key, "VersionId": version}
        client = self._client()
        try:
            try:
                found = called(client, "head_object", {**named, "ChecksumMode": "ENABLED"})
            except CANNOT_READ:
                found = called(client, "head_object", named)
        except CANNOT_READ as error:
            try:
                raise_problem(error)
            except ObjectGone:
                return None
        return _head(found)


def _listed(found: Any, *, marker: bool) -> ListedVersion:
    return ListedVersion(
        found["Key"],
        found["VersionId"],
        found["LastModified"],
        found["IsLatest"],
        marker,
        found.get("Size", 0),
        found.get("ETag", "").strip('"'),
    )


def _head(found: dict[str, Any]) -> VersionHead:
    checksums = {
        name.removeprefix(CHECKSUM): value
        for name, value in found.items()
        if name.startswith(CHECKSUM) and name != NO_CHECKSUM
    }
    return VersionHead(
        size_bytes=found.get("ContentLength", 0),
        etag=found.get("ETag", "").strip('"'),
        status=found.get("ReplicationStatus", ""),
        encryption=found.get("ServerSideEncryption", ""),
        is_customers=bool(found.get("SSECustomerAlgorithm")),
        checksums=checksums,
        checksum_type=found.get("ChecksumType", ""),
    )
