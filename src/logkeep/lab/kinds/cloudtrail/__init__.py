"""CloudTrail inside the lab: its API, a record of every call, deliveries and signed digests.

| rule | AWS | here |
|---|---|---|
| 1.1.2 | events are in the history after some minutes | at once |
| 1.1.2 | LookupEvents twice a second | so in a lab that is `paced`, by real time |
| 1.1.9 | five trails a Region, shadows counted | so |
| 1.1.9 | whether a member with five trails of its own gets the copy is not documented | it does |
| 1.1.10 | changes act after a while | at once; an event keeps the selectors of its own moment |
| 1.2.1 | organization trails by the management account or a delegated administrator | so |
| 1.2.1 | who makes one must be allowed to ask Organizations and IAM | not asked |
| 1.2.2 | new members are added | at the next call or tick |
| (Organizations guide) | trusted access turned off: members' copies are deleted, the trail | so |
|  | becomes one of the management account; turned on again nothing happens |  |
| 1.3.1 | delivered about five minutes later | at the next five-minute mark after the event |
| 1.3.3 | a file holds 50 MB at most | so; files above that are split |
| 1.5a | GetBucketAcl at creation, at run time now and then | at creation and before every write |
| 1.5a, d, e | these requests are events in the bucket's and key's accounts | not recorded: how |
|  |  | often is not verified, and an idle organization would never fall silent |
| (KMS guide) | S3 records its own use of a caller's key | not recorded: only calls made are |
| 1.5.4 | with a Bucket Key, whether the trail's ARN is in the context is not verified | it is |
| 1.5h | delivery to SNS | the topic's ARN is checked and kept; nothing is sent |
| 1.7.2 | a run-time fault shows in the status only | so, by trail, account and Region |
| 1.7.3 | tried again for 30 days | every five minutes; the first refusal stands for all behind it |
| 1.9.1-1.9.8 | hourly signed digests, chained | so, on the hour; 1.9.9 (backfill) is not made |
| 1.10.2 | whether CloudTrail names itself (aws:SourceArn) when it assumes the role | it does not |
|  | is not documented |  |
| 1.10.2 | logs:CreateLogStream for a new stream only, surely | asked before every delivery |
| 1.10.3 | more streams under high volume | one a trail and account |
| 1.10.4 | refused events: whether and how long tried again is not documented | not again |
| (Logs guide) | a group's key that is gone or refuses: whether events are still taken is | no |
|  | not documented |  |
| 1.10.2 | CloudTrail's AssumeRole and CreateLogStream are events, surely | not recorded |
| 1.11.2 | STS at a regional endpoint is recorded in that Region | every STS call is regional |
| 1.12.4 | CloudTrail's own PutObjects are data events of the log bucket | once, not for ever: |
|  |  | own.py |
| 1.12.5 | Insights | kept and told; no Insights event is made |
| 1.12.5 | whether a trail without the events they need is refused is not documented | it is not |
"""

from __future__ import annotations

from logkeep.lab.call import Overlay
from logkeep.lab.kind import LabKind, Trusted
from logkeep.lab.kinds.cloudtrail import change, insights, lookup, members, tell
from logkeep.lab.kinds.cloudtrail.deliver import deliver_until, waits
from logkeep.lab.kinds.cloudtrail.records import record

OVERLAYS: dict[tuple[str, str], Overlay] = {
    ("cloudtrail", "AddTags"): change.add_tags,
    ("cloudtrail", "CreateTrail"): change.create_trail,
    ("cloudtrail", "DeleteTrail"): change.delete_trail,
    ("cloudtrail", "DeregisterOrganizationDelegatedAdmin"): members.deregister_administrator,
    ("cloudtrail", "DescribeTrails"): tell.describe_trails,
    ("cloudtrail", "GetEventSelectors"): change.get_event_selectors,
    ("cloudtrail", "GetInsightSelectors"): insights.get_insight_selectors,
    ("cloudtrail", "GetTrail"): tell.get_trail,
    ("cloudtrail", "GetTrailStatus"): tell.get_trail_status,
    ("cloudtrail", "ListPublicKeys"): tell.list_public_keys,
    ("cloudtrail", "ListTags"): tell.list_tags,
    ("cloudtrail", "ListTrails"): tell.list_trails,
    ("cloudtrail", "LookupEvents"): lookup.lookup_events,
    ("cloudtrail", "PutEventSelectors"): change.put_event_selectors,
    ("cloudtrail", "PutInsightSelectors"): insights.put_insight_selectors,
    ("cloudtrail", "RegisterOrganizationDelegatedAdmin"): members.register_administrator,
    ("cloudtrail", "RemoveTags"): change.remove_tags,
    ("cloudtrail", "StartLogging"): change.start_logging,
    ("cloudtrail", "StopLogging"): change.stop_logging,
    ("cloudtrail", "UpdateTrail"): change.update_trail,
}
"""What stands in for moto's CloudTrail, by service and operation."""

KIND = LabKind(
    name="cloudtrail",
    operations=OVERLAYS,
    note=record,
    tick=deliver_until,
    waits=waits,
    names={"cloudtrail": (("TrailName", "trail/"), ("Name", "trail/"), ("ResourceId", "trail/"))},
    # What members and administrators ask of the organization's trail is for their own account.
    without_policies=frozenset({"cloudtrail"}),
    # AWS Organizations User Guide, "AWS CloudTrail and AWS Organizations".
    trusted=(Trusted("cloudtrail", "CloudTrail", linked=True),),
    managed_policies=("AWSCloudTrail_FullAccess", "AWSCloudTrail_ReadOnlyAccess"),
    reads=("cloudtrail:ListPublicKeys",),
    asked='source = "cloudtrail"\ndata-events = ["s3", "lambda"]',
)
