"""Vended logs: what may be the source of a delivery of CloudWatch Logs, besides what moto knows.

Source: CloudWatch Logs API Reference, PutDeliverySource (rule 9.10).
"""

from __future__ import annotations

from typing import Any

from moto.logs.models import DeliverySource, logs_backends

from logkeep.lab import documents
from logkeep.lab.actions import NeededAction
from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.wire import deny, refuse, reply
from logkeep.lab.world import LabWorld


def put_delivery_source(world: World, call: Call, forward: Forward) -> Answer:
    """A bucket as the source of vended logs, which moto does not know (rule 9.10)."""
    arn = str(call.arguments.get("resourceArn") or "")
    bucket = documents.bucket_of(arn.removeprefix("arn:aws:s3:::"))
    if not arn.startswith("arn:aws:s3:::"):
        return forward()
    if bucket is None or bucket.region_name != call.region:
        said = "The resource does not exist in this Region."
        return refuse(call, "ResourceNotFoundException", said)
    if call.arguments.get("logType") != "S3_SERVER_ACCESS_LOGS":
        said = "This service is not allowed for this LogSource."
        return refuse(call, "ValidationException", said)
    assert isinstance(world, LabWorld)
    needed = NeededAction("s3:AllowVendedLogDeliveryForResource", arn, bucket.account_id)
    ruling = world.authorize(call.caller, needed)
    if not ruling.allowed:
        return deny(call, ruling.reason)
    account, name = call.caller.account, str(call.arguments["name"])
    made: Any = DeliverySource(account, call.region, name, arn, "S3_SERVER_ACCESS_LOGS", None)
    backend: Any = logs_backends[account][call.region]
    backend.delivery_sources[name] = made
    return reply(call, {"deliverySource": made.to_dict()})


OVERLAYS: dict[tuple[str, str], Overlay] = {("logs", "PutDeliverySource"): put_delivery_source}
