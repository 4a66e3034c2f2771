"""The data events that CloudTrail's own deliveries cause in the account of the bucket.

Rule 1.12.4: whoever logs the data events of the log bucket also logs CloudTrail's own PutObjects,
unless RecursiveLogging is off (rule 1.1.6). AWS goes on so for ever. The lab stops after one turn,
so that an idle organization falls silent: writing a file that holds nothing but such events, or a
digest of such files only, causes no event.
"""

from __future__ import annotations

from datetime import datetime

from logkeep.lab.call import World
from logkeep.lab.kinds.cloudtrail.records import assemble, tagged_identity
from logkeep.lab.kinds.cloudtrail.requests import SERVICE
from logkeep.lab.kinds.cloudtrail.routing import route
from logkeep.lab.kinds.cloudtrail.state import Event, Json, Trail, TrailState


def note_own_write(
    world: World, state: TrailState, trail: Trail, bucket_name: str, key: str, at: datetime
) -> None:
    """Record CloudTrail's PutObject for the bucket's owner."""
    bucket = world.bucket(bucket_name)
    if bucket is None:
        return
    record = assemble(
        state,
        at=at,
        source="s3.amazonaws.com",
        name="PutObject",
        region=bucket.region,
        account=bucket.account,
        identity=tagged_identity(SERVICE),
        read_only=False,
        category="Data",
        parameters=_parameters(trail, bucket_name, bucket.region, key),
    )
    record |= {"sourceIPAddress": SERVICE, "userAgent": SERVICE}
    record["sharedEventID"] = state.unique_id()
    record["resources"] = [
        {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket_name}/{key}"},
        {
            "accountId": bucket.account,
            "type": "AWS::S3::Bucket",
            "ARN": f"arn:aws:s3:::{bucket_name}",
        },
    ]
    route(world, state, Event(bucket.account, bucket.region, at, record, "Data", own=bucket_name))


def _parameters(trail: Trail, bucket: str, region: str, key: str) -> Json:
    headers: Json = {"x-amz-server-side-encryption": "AES256"}
    if trail.key_arn:
        headers = {
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id": trail.key_arn,
        }
    return {
        "bucketName": bucket,
        "Host": f"{bucket}.s3.{region}.amazonaws.com",
        "key": key,
        "x-amz-acl": "bucket-owner-full-control",
        **headers,
    }
