"""An export of a log group in the lab, made by a real client into a bucket that is gone since."""

from __future__ import annotations

import msgspec

from logkeep.fleet import Logs
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.options import TrailOptions
from logkeep.sources.notices import notices
from support.labs import bench
from support.worlds import ACCOUNTS, fleet_of

PRODUCTION = ACCOUNTS["production"]


def test_an_export_into_a_bucket_that_is_gone_since_is_told() -> None:
    found = fleet_of(regions=("us-east-1",))
    wanted = Logs("cloudtrail", (PRODUCTION,), TrailOptions(log_group="trails"))
    fleet = msgspec.structs.replace(found, logs=(wanted,))
    with bench(ACCOUNTS, fleet) as lab:
        lab.mend()
        s3, logs = lab.client(PRODUCTION, "s3"), lab.client(PRODUCTION, "logs")
        for name in ("app-exports", "short-lived"):
            s3.create_bucket(Bucket=name)
            logs.create_export_task(
                taskName=f"to-{name}", logGroupName="trails", fromTime=1, to=2, destination=name
            )
        for each in s3.list_objects_v2(Bucket="short-lived").get("Contents", ()):
            s3.delete_object(Bucket="short-lived", Key=each["Key"])
        s3.delete_bucket(Bucket="short-lived")
        told = notices(Facts(fleet, lab.collect()))
        (only,) = [each for each in told if each.code == "bucket-outside"]
    assert only.evidence["what"] == "the export `to-short-lived` of the log group `trails`"
    assert (only.evidence["bucket"], only.evidence["exists"]) == ("short-lived", False)
