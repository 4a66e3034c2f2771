"""How server access logs lead to each call they declare: some by Logkeep, and some vended."""

from __future__ import annotations

from logkeep.fleet import Logs
from logkeep.sources.s3_access import AccessOptions
from support.labs import Bench
from support.least import STAGING, Least

BUCKET = "app-logged"


def vended(lab: Bench) -> None:
    """Somebody has the accesses of a bucket delivered into CloudWatch Logs (rule 9.10)."""
    lab.client(STAGING, "s3").create_bucket(Bucket=BUCKET)
    logs, name = lab.client(STAGING, "logs"), f"/aws/vendedlogs/s3/{BUCKET}"
    bucket = f"arn:aws:s3:::{BUCKET}"
    logs.put_delivery_source(name="data", resourceArn=bucket, logType="S3_SERVER_ACCESS_LOGS")
    logs.create_log_group(logGroupName=name)
    into = {"destinationResourceArn": f"arn:aws:logs:us-east-1:{STAGING}:log-group:{name}"}
    made = logs.put_delivery_destination(name="group", deliveryDestinationConfiguration=into)
    arn = made["deliveryDestination"]["arn"]
    logs.create_delivery(deliverySourceName="data", deliveryDestinationArn=arn)


LEAST = Least(
    logs=(Logs("s3-access", (STAGING,), AccessOptions(buckets=("app-*",))),), begin=vended
)
