"""Ordinary work in every account: what developers do all day, by real API calls."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import ClientError

from logkeep.lab.organization import Credentials

AGENT = "ordinary-work"
"""What every call of the work says of itself in its user agent, by which its records are known."""

IMAGE = "ami-12c6146b"
"""An image that moto has."""


class Made(msgspec.Struct, frozen=True, order=True):
    """One call that was made, as each account that should record it will."""

    account: str
    region: str
    name: str
    error: str
    request_id: str


class Workplace:
    """Where the work is done: the lab's address, its people, and who did what so far."""

    def __init__(
        self,
        url: str,
        accounts: Mapping[str, str],
        regions: tuple[str, ...],
        credentials: Mapping[str, Credentials],
    ) -> None:
        self.url = url
        self.accounts = accounts
        self.regions = regions
        self.credentials = credentials
        self.made: list[Made] = []
        self._sdk = boto3.Session()

    def client(self, service: str, who: Credentials | Mapping[str, str], region: str) -> Any:
        """A client of a user, or of a role's session."""
        if isinstance(who, Credentials):
            keys = {
                "aws_access_key_id": who.access_key_id,
                "aws_secret_access_key": who.secret_access_key,
            }
        else:
            keys = {
                "aws_access_key_id": who["AccessKeyId"],
                "aws_secret_access_key": who["SecretAccessKey"],
                "aws_session_token": who["SessionToken"],
            }
        config = Config(
            user_agent_extra=AGENT,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
        )
        make: Any = self._sdk.client
        return make(service, region, endpoint_url=self.url, config=config, **keys)

    def do(
        self, account: str, region: str, call: Callable[..., Any], *, also: str = "", **given: Any
    ) -> Any:
        """Make one call and note it for its account, and for another that records it too."""
        error = ""
        try:
            answer: Any = call(**given)
        except ClientError as refused:
            answer: Any = refused.response
            error = str(answer["Error"]["Code"])
        operation = call.__name__
        name = "".join(part.capitalize() for part in operation.split("_"))
        said = str(answer["ResponseMetadata"]["RequestId"])
        for each in (account, also):
            if each:
                self.made.append(Made(each, region, name, error, said))
        return answer


def work(place: Workplace, day: str = "monday") -> list[Made]:
    """A stretch of ordinary work in all accounts; what was made, one entry a record to come."""
    before = len(place.made)
    for account, name in place.accounts.items():
        for part in (_people, _files, _machines, _function, _refused):
            part(place, account, name, day)
        _switched(place, account, name)
    return sorted(place.made[before:])


def _of(place: Workplace, user: str, name: str) -> Credentials:
    return place.credentials[f"{user}@{name}"]


def _people(place: Workplace, account: str, name: str, day: str) -> None:
    """An administrator makes a user; IAM is recorded in us-east-1 (rule 1.11.1)."""
    iam = place.client("iam", _of(place, "admin", name), "us-east-1")
    place.do(account, "us-east-1", iam.create_user, UserName=f"temp-{day}")


def _files(place: Workplace, account: str, name: str, day: str) -> None:
    """A developer makes a bucket, puts two objects and reads one."""
    home = place.regions[0]
    s3 = place.client("s3", _of(place, "developer", name), home)
    bucket = f"{name}-reports-{account}"
    place.do(account, home, s3.create_bucket, Bucket=bucket)
    for part in ("north", "south"):
        key = f"{day}/{part}.csv"
        place.do(account, home, s3.put_object, Bucket=bucket, Key=key, Body=b"region,sum\n")
    place.do(account, home, s3.get_object, Bucket=bucket, Key=f"{day}/north.csv")


def _machines(place: Workplace, account: str, name: str, _day: str) -> None:
    """A developer starts a machine, in the last Region."""
    region = place.regions[-1]
    ec2 = place.client("ec2", _of(place, "developer", name), region)
    size = {"InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    place.do(account, region, ec2.run_instances, ImageId=IMAGE, **size)


def _function(place: Workplace, account: str, name: str, _day: str) -> None:
    """An administrator looks at a key's list."""
    home = place.regions[0]
    kms = place.client("kms", _of(place, "admin", name), home)
    place.do(account, home, kms.list_keys)


def _refused(place: Workplace, account: str, name: str, _day: str) -> None:
    """An intern asks for more than an intern may: a refusal is recorded too."""
    home = place.regions[0]
    iam = place.client("iam", _of(place, "intern", name), "us-east-1")
    del home
    place.do(account, "us-east-1", iam.list_users)


def _switched(place: Workplace, account: str, name: str) -> None:
    """The management account's administrator switches into a member account and looks around."""
    master = next(iter(place.accounts))
    if account == master:
        return
    home = place.regions[0]
    sts = place.client("sts", _of(place, "admin", place.accounts[master]), home)
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    given = {"RoleArn": role, "RoleSessionName": "admin"}
    answer = place.do(master, home, sts.assume_role, also=account, **given)
    ec2 = place.client("ec2", answer["Credentials"], home)
    place.do(account, home, ec2.describe_instances)
    del name


def unused() -> tuple[Any, ...]:
    return io, json, zipfile, Iterator
