"""What lies in an archive: folders, sizes, encryption, newest age, and the records themselves."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from botocore.config import Config

from logkeep.aws.session import plain_sdk
from logkeep.lab.credentials import Credentials
from logkeep.lab.statefile import Running
from logkeep.lab.work import AGENT, RecordedCall


class File(msgspec.Struct, frozen=True):
    """One object of an archive."""

    key: str
    size_bytes: int
    modified_at: datetime

    @property
    def account(self) -> str:
        """The account whose logs it holds (rule 1.3.1)."""
        return self.key.partition("AWSLogs/")[2].split("/")[0]

    @property
    def kind(self) -> str:
        """`CloudTrail` or `CloudTrail-Digest`."""
        return self.key.partition("AWSLogs/")[2].split("/")[1]

    @property
    def folder(self) -> str:
        """The folder of its Region."""
        first, middle, rest = self.key.partition("AWSLogs/")
        return first + middle + "/".join(rest.split("/")[:3]) + "/"


class Archive:
    """A bucket of logs, read as somebody who may."""

    def __init__(self, lab: Running, bucket: str, who: str = "ada", role: str = "") -> None:
        self.bucket = bucket
        sdk = plain_sdk()
        own = keys_of(lab.credentials[who])
        if role:
            sts = sdk.create_client("sts", lab.regions[0], endpoint_url=lab.url, **own)
            given = sts.assume_role(RoleArn=role, RoleSessionName="reader")["Credentials"]
            own = {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            }
        config = Config(s3={"addressing_style": "path"})
        self._s3: Any = sdk.create_client(
            "s3", lab.regions[0], endpoint_url=lab.url, config=config, **own
        )

    def files(self, prefix: str = "") -> list[File]:
        """The objects under a prefix that are logs or digests."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        return [
            File(found["Key"], found["Size"], found["LastModified"])
            for page in pages
            for found in page.get("Contents", ())
            if found["Key"].endswith(".json.gz")
        ]

    def head(self, key: str) -> dict[str, Any]:
        """What S3 says of an object."""
        return self._s3.head_object(Bucket=self.bucket, Key=key)

    def records(self, files: Iterable[File]) -> list[dict[str, Any]]:
        """The records in log files."""
        bodies = (self._s3.get_object(Bucket=self.bucket, Key=f.key)["Body"].read() for f in files)
        return [
            record for body in bodies for record in json.loads(gzip.decompress(body))["Records"]
        ]


def keys_of(found: Credentials) -> dict[str, str]:
    """A user's access key as an SDK takes it."""
    return {
        "aws_access_key_id": found.access_key_id,
        "aws_secret_access_key": found.secret_access_key,
    }


def worked(records: Iterable[dict[str, Any]]) -> Counter[RecordedCall]:
    """The records that ordinary work left behind, and how often each is there."""
    return Counter(
        RecordedCall(
            record["recipientAccountId"],
            record["awsRegion"],
            record["eventName"],
            record.get("errorCode", ""),
            record["requestID"],
        )
        for record in records
        if AGENT in record["userAgent"]
    )


def logs(files: Iterable[File]) -> list[File]:
    """The log files among an archive's objects, without the digests."""
    return [file for file in files if file.kind == "CloudTrail"]
