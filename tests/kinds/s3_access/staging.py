"""Staging in the lab, with two buckets in two Regions that are to log their accesses."""

from __future__ import annotations

import msgspec

from kinds.s3_access.worlds import ACCOUNT, CACHE, DATA, TARGET
from logkeep.fleet import Fleet, Logs
from logkeep.sources.s3_access import AccessOptions
from support.labs import Bench
from support.worlds import fleet_of

NAMED = AccessOptions(buckets=("app-*",), except_=(CACHE, TARGET), target=TARGET)
EACH = AccessOptions(buckets=("app-*",))


def fleet(options: AccessOptions) -> Fleet:
    """Staging is to log the accesses of its buckets, and nothing else is asked."""
    return msgspec.structs.replace(fleet_of(), logs=(Logs("s3-access", (ACCOUNT,), options),))


def begun(lab: Bench) -> None:
    """Two buckets in two Regions, which people use."""
    s3 = lab.client(ACCOUNT, "s3")
    s3.create_bucket(Bucket=DATA)
    ireland = {"LocationConstraint": "eu-west-1"}
    lab.client(ACCOUNT, "s3", "eu-west-1").create_bucket(
        Bucket=CACHE, CreateBucketConfiguration=ireland
    )


def used(lab: Bench) -> None:
    lab.pass_hours(1.1)
    for name, region in ((DATA, "us-east-1"), (CACHE, "eu-west-1")):
        lab.client(ACCOUNT, "s3", region).put_object(Bucket=name, Key="some", Body=b"some")
    lab.pass_hours(4)
