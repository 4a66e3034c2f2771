"""How replication leads to each call it declares: a pair that sends what was there before, too."""

from __future__ import annotations

from logkeep.fleet import Logs
from logkeep.sources.replication.options import Pair
from support.labs import START, Bench
from support.least import STAGING, Least

COPIED = Pair(
    "destination",
    existing=START.date(),
    from_="app-data",
    to="app-copy",
    account="production",
)


def begun(lab: Bench) -> None:
    """The bucket that is copied."""
    s3 = lab.client(STAGING, "s3")
    s3.create_bucket(Bucket="app-data", ObjectLockEnabledForBucket=True)


def cancelled(lab: Bench) -> None:
    """Somebody cancels the job that sends what was there before a rule."""
    control, of = lab.client(STAGING, "s3control"), {"AccountId": STAGING}
    (job,) = control.list_jobs(**of)["Jobs"]
    control.update_job_status(**of, JobId=job["JobId"], RequestedJobStatus="Cancelled")


LEAST = Least(logs=(Logs("replication", (), COPIED),), begin=begun, spoils=(cancelled,))
