"""How CloudTrail leads to each call it declares: own trails with all they can have, and moves."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator

from moto.s3.models import s3_backends

from logkeep.fleet import Logs
from logkeep.lab.documents import bucket_of
from logkeep.snapshot import Ask, ask
from logkeep.sources.cloudtrail.options import TrailOptions
from support.labs import Bench
from support.least import PRODUCTION, STAGING, Least
from support.worlds import ACCOUNTS, fleet_of

HERE = ("us-east-1",)
OPTIONS = TrailOptions(
    data_events=("s3", "lambda"), insights=("ApiCallRateInsight",), log_group="SecurityTrail"
)


def history(lab: Bench) -> Iterator[Ask]:
    """The event history, as a verdict may hang on it (rule 1.1.2)."""
    now = lab.lab.world.now()
    times = {"StartTime": now - datetime.timedelta(hours=1), "EndTime": now}
    named = {name: f"{time:%Y-%m-%dT%H:%M:%SZ}" for name, time in times.items()}
    yield ask(PRODUCTION, "us-east-1", "cloudtrail:LookupEvents", **named)


def narrowed(lab: Bench) -> None:
    """A trail selects less, and is switched off."""
    trails = lab.client(STAGING, "cloudtrail")
    trails.put_event_selectors(
        TrailName="logkeep", EventSelectors=[{"IncludeManagementEvents": True}]
    )
    trails.stop_logging(Name="logkeep")


def keyless(lab: Bench) -> None:
    """A trail encrypts by no key of the archive's."""
    lab.client(STAGING, "cloudtrail").update_trail(Name="logkeep", KmsKeyId="")


def distrusted(lab: Bench) -> None:
    """The role that writes to the log group no longer trusts CloudTrail."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    document = {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
    lab.client(STAGING, "iam").update_assume_role_policy(
        RoleName="CloudTrail_CloudWatchLogs_Role", PolicyDocument=json.dumps(document)
    )


def lose_a_file(lab: Bench) -> None:
    """Somebody above every policy deletes a log file, whose version stays."""
    bucket = lab.fleet.archive.bucket
    with lab.lab.front.lock:
        key = next(key for key in bucket_of(bucket).keys if "/CloudTrail/" in key)
        s3_backends[PRODUCTION]["aws"].delete_object(bucket, key)


def own_trails(lab: Bench) -> None:
    """A trail in each account."""
    lab.fleet = fleet_of(regions=HERE)


def of_the_organization(lab: Bench) -> None:
    """One trail for all, with the management account in the fleet."""
    lab.fleet = fleet_of(regions=HERE, organization=True)


def of_members(lab: Bench) -> None:
    """The same, and the management account is not in the fleet."""
    members = {name: id_ for name, id_ in ACCOUNTS.items() if name != "security"}
    lab.fleet = fleet_of(members, HERE, readers=None, organization=True)


def two_hours(lab: Bench) -> None:
    """Time for logs and digests to come."""
    lab.pass_hours(2.2)


LEAST = Least(
    logs=(Logs("cloudtrail", tuple(ACCOUNTS.values()), OPTIONS),),
    spoils=(narrowed, keyless, distrusted),
    asks=history,
    lose=lose_a_file,
    moves=(own_trails, of_the_organization, two_hours, of_members),
)
