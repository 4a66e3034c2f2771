"""Numbered events of every account and Region, and which of them the archive has, by whose file."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import Any

import boto3
from botocore.config import Config

from logkeep.fleet import Fleet
from support.labs import Bench
from support.worlds import ACCOUNTS

EVENT = "CreateQueue"
REGIONS = ("us-east-1", "eu-west-1")
MINUTES = 10
"""Between one event of every account and Region and the next."""


class Diary:
    """A lab whose accounts do something every few minutes, each time under another number."""

    def __init__(self, lab: Bench, accounts: tuple[str, ...] = tuple(ACCOUNTS.values())) -> None:
        self.lab = lab
        self.accounts = accounts
        self.made: list[str] = []

    def live(self, minutes: int) -> None:
        """Let time go by, with an event of every account and Region every few minutes."""
        for _ in range(minutes // MINUTES):
            for account in self.accounts:
                for region in REGIONS:
                    name = f"{account}-{region}-{len(self.made)}"
                    self.lab.client(account, "sqs", region).create_queue(QueueName=name)
                    self.made.append(name)
            self.lab.pass_hours(MINUTES / 60)

    def recorded(self) -> Counter[str]:
        """How often each event is in the archive, by the files that were delivered."""
        s3 = reader(self.lab)
        return Counter(
            record["requestParameters"]["queueName"]
            for key in keys(self.lab, "/CloudTrail/")
            for record in read(s3, self.lab.fleet.archive.bucket, key)["Records"]
            if record["eventName"] == EVENT
        )


def wish(lab: Bench, fleet: Fleet) -> None:
    """The fleet file now says something else."""
    lab.fleet = lab.session.fleet = fleet


def reader(lab: Bench) -> Any:
    """A client of the role that may read the logs."""
    sts = lab.client(ACCOUNTS["security"], "sts")
    role = f"arn:aws:iam::{ACCOUNTS['security']}:role/LogReader"
    given = sts.assume_role(RoleArn=role, RoleSessionName="count")["Credentials"]
    return boto3.client(
        "s3",
        region_name=lab.fleet.archive_region,
        endpoint_url=lab.lab.endpoint_url,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        config=Config(s3={"addressing_style": "path"}),
    )


def keys(lab: Bench, part: str) -> list[str]:
    """The names of the archive's objects that have this in them."""
    pages = lab.archive("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=lab.fleet.archive.bucket)
    return [o["Key"] for page in found for o in page.get("Contents", ()) if part in o["Key"]]


def read(s3: Any, bucket: str, key: str) -> dict[str, Any]:
    """What one log file holds."""
    return json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))
