"""permissions.json is the least: each action in it is used, and nothing else ever is."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from typing import Any

import msgspec
import pytest
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from logkeep.access import replicas
from logkeep.aws.answer import answer
from logkeep.aws.apply import apply
from logkeep.aws.collect import collect
from logkeep.aws.permissions import of_call, permits_of
from logkeep.aws.session import Session
from logkeep.fleet import Logs
from logkeep.fleet.retention import Retention
from logkeep.lab.documents import bucket_of
from logkeep.lab.work import IMAGE
from logkeep.plan import plan
from logkeep.snapshot import ask
from logkeep.snapshot.facts import Facts
from logkeep.sources.replication.options import Pair
from logkeep.sources.s3_access import AccessOptions
from logkeep.sources.vpc_flow import FlowOptions
from logkeep.sources.wants import wants
from support.labs import START, Bench, bench, pointed_at, streamed_into
from support.verified import Known, verified
from support.worlds import ACCOUNTS, asking, fleet_of

PRODUCTION = ACCOUNTS["production"]


@pytest.fixture(scope="module")
def made() -> dict[str, Counter[str]]:
    """Every call that each command made over a fleet's whole life, by command."""
    fleet = fleet_of(regions=("us-east-1",))
    kept = Retention("governance", 1, "d")
    archive = msgspec.structs.replace(
        fleet.archive, account=PRODUCTION, encryption="default", lock=kept
    )
    more: dict[str, Any] = {"insights": ("ApiCallRateInsight",), "log_group": "SecurityTrail"}
    fleet = asking(msgspec.structs.replace(fleet, archive=archive), **more)
    access = Logs("s3-access", (ACCOUNTS["staging"],), AccessOptions(buckets=("app-*",)))
    flows = Logs("vpc-flow", (ACCOUNTS["staging"],), FlowOptions())
    stream = FlowOptions(to=("firehose",), stream="flow", stream_account="staging")
    streamed = Logs("vpc-flow", (PRODUCTION,), stream)
    copied = Pair("destination", existing=START.date(), from_="app-data", to="app-copy",
                  account="production")  # fmt: skip
    pair = Logs("replication", (), copied)
    fleet = msgspec.structs.replace(fleet, logs=(*fleet.logs, access, flows, streamed, pair))
    counts: dict[str, Counter[str]] = {c: Counter() for c in ("collect", "apply", "verify")}
    with bench(ACCOUNTS, fleet, regions=("us-east-1",)) as lab:
        session = Session(lab.fleet)
        lab.client(PRODUCTION, "kms").create_key()
        s3(lab, "staging").create_bucket(Bucket="app-data", ObjectLockEnabledForBucket=True)
        vend(lab)
        streamed_into(lab, ACCOUNTS["staging"])
        networked(lab)
        look_and_mend(lab, session, counts)
        pointed_at(lab, PRODUCTION)
        spoils = (fenced, requester_pays, narrowed, suspended, unnamed, doomed, distrusted)
        for spoil in (*spoils, cancelled):
            spoil(lab)
            look_and_mend(lab, session, counts)
        doubled(lab)
        lab.pass_hours(2.2)
        look_and_mend(lab, session, counts)
        look_through(lab, counts)
    move(counts)
    return counts


def vend(lab: Bench) -> None:
    """Somebody has the accesses of a bucket delivered into CloudWatch Logs (rule 9.10)."""
    logs = lab.client(ACCOUNTS["staging"], "logs")
    bucket = "arn:aws:s3:::app-data"
    logs.put_delivery_source(name="data", resourceArn=bucket, logType="S3_SERVER_ACCESS_LOGS")
    logs.create_log_group(logGroupName="/aws/vendedlogs/s3/app-data")
    group = f"arn:aws:logs:us-east-1:{ACCOUNTS['staging']}:log-group:/aws/vendedlogs/s3/app-data"
    into = {"destinationResourceArn": group}
    made = logs.put_delivery_destination(name="group", deliveryDestinationConfiguration=into)
    arn = made["deliveryDestination"]["arn"]
    logs.create_delivery(deliverySourceName="data", deliveryDestinationArn=arn)


def networked(lab: Bench) -> None:
    """A machine, a prefix list and a transit gateway's route table: all that is asked about."""
    ec2 = lab.client(ACCOUNTS["staging"], "ec2")
    ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)
    ec2.create_managed_prefix_list(PrefixListName="own", MaxEntries=1, AddressFamily="IPv4")
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    ec2.create_transit_gateway_route_table(TransitGatewayId=gateway)


def doubled(lab: Bench) -> None:
    """An interface has a flow log of the fleet's besides, which nobody asks for any more."""
    ec2 = lab.client(ACCOUNTS["staging"], "ec2")
    (face, *_) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    tags = [{"Key": "logkeep:fleet", "Value": lab.fleet.name}]
    made = ec2.create_flow_logs(
        ResourceType="NetworkInterface",
        ResourceIds=[face["NetworkInterfaceId"]],
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=lab.fleet.bucket_arn,
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": tags}],
    )
    assert not made["Unsuccessful"]


def move(counts: dict[str, Counter[str]]) -> None:
    """From own trails to the organization's, with the management account in the fleet, and not."""
    here = ("us-east-1",)
    with bench(ACCOUNTS, fleet_of(regions=here), regions=here) as lab:
        session = Session(lab.fleet)
        look_and_mend(lab, session, counts)
        lab.fleet = fleet_of(regions=here, organization=True)
        look_and_mend(lab, session, counts)
        lab.pass_hours(2.2)
        look_and_mend(lab, session, counts)
        members = {name: id_ for name, id_ in ACCOUNTS.items() if name != "security"}
        lab.fleet = fleet_of(members, here, readers=None, organization=True)
        look_and_mend(lab, session, counts)


def look_and_mend(lab: Bench, session: Session, counts: dict[str, Counter[str]]) -> None:
    snapshot = collect(lab.fleet, wants(lab.fleet), session)
    witnessed(lab, session)
    for question in replicas.asks(Facts(lab.fleet, snapshot), lab.fleet.archive.bucket):
        if question not in snapshot.answers:  # as `try replicate` asks
            answer(session, question)
    counts["collect"] += taken(session)
    changes = plan(lab.fleet, snapshot).changes
    apply(changes, session, taken_at=snapshot.taken_at, sleep=lambda _: None)
    counts["apply"] += taken(session)


def taken(session: Session) -> Counter[str]:
    """The calls that were made since this was asked last."""
    found = session.calls.counts.copy()
    session.calls.counts.clear()
    return found


def witnessed(lab: Bench, session: Session) -> None:
    """Look into the event history, as a verdict may hang on it (rule 1.1.2)."""
    now = lab.lab.world.now()
    times = {"StartTime": now - datetime.timedelta(hours=1), "EndTime": now}
    named = {name: f"{time:%Y-%m-%dT%H:%M:%SZ}" for name, time in times.items()}
    found = answer(session, ask(PRODUCTION, "us-east-1", "cloudtrail:LookupEvents", **named))
    assert not found.error


def look_through(lab: Bench, counts: dict[str, Counter[str]]) -> None:
    known = Known()
    session = Session(lab.fleet)
    snapshot = collect(lab.fleet, wants(lab.fleet), session)
    verified(lab.fleet, session, snapshot, known)
    lose_a_file(lab)
    _, _, reader = verified(lab.fleet, session, snapshot, known)
    counts["verify"] += session.calls.counts + reader.calls.counts


def lose_a_file(lab: Bench) -> None:
    """Somebody above every policy deletes a log file, whose version stays."""
    bucket = lab.fleet.archive.bucket
    with lab.lab.front.lock:
        key = next(key for key in bucket_of(bucket).keys if "/CloudTrail/" in key)
        s3_backends[PRODUCTION]["aws"].delete_object(bucket, key)


def s3(lab: Bench, account: str = "production") -> Any:
    """A client of S3 in an account, where the archive lies if in no other."""
    return lab.client(ACCOUNTS[account], "s3")


def fenced(lab: Bench) -> None:
    """The bucket asks people to come through an endpoint, so endpoints matter."""
    name = lab.fleet.archive.bucket
    document = json.loads(s3(lab).get_bucket_policy(Bucket=name)["Policy"])
    fence = {
        "Sid": "Fence",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObjectTagging",
        "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    }
    document["Statement"].append(fence)
    s3(lab).put_bucket_policy(Bucket=name, Policy=json.dumps(document))


def requester_pays(lab: Bench) -> None:
    s3(lab).put_bucket_request_payment(
        Bucket=lab.fleet.archive.bucket, RequestPaymentConfiguration={"Payer": "Requester"}
    )


def narrowed(lab: Bench) -> None:
    lab.client(ACCOUNTS["staging"], "cloudtrail").put_event_selectors(
        TrailName="logkeep", EventSelectors=[{"IncludeManagementEvents": True}]
    )
    lab.client(ACCOUNTS["staging"], "cloudtrail").stop_logging(Name="logkeep")


def suspended(lab: Bench) -> None:
    s3(lab).delete_public_access_block(Bucket=lab.fleet.archive.bucket)
    s3(lab).delete_bucket_ownership_controls(Bucket=lab.fleet.archive.bucket)
    lab.client(ACCOUNTS["staging"], "cloudtrail").update_trail(Name="logkeep", KmsKeyId="")


def unnamed(lab: Bench) -> None:
    """The alias is gone, the tagged key is still there."""
    with lab.lab.front.lock:
        kms_backends[PRODUCTION]["us-east-1"].delete_alias("alias/logkeep")


def doomed(lab: Bench) -> None:
    """Somebody could delete the key after all, and does."""
    with lab.lab.front.lock:
        backend = kms_backends[PRODUCTION]["us-east-1"]
        backend.schedule_key_deletion(backend.get_key_id_from_alias("alias/logkeep"), 30)


def distrusted(lab: Bench) -> None:
    """The role that writes to the log group no longer trusts CloudTrail."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    document = {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
    lab.client(ACCOUNTS["staging"], "iam").update_assume_role_policy(
        RoleName="CloudTrail_CloudWatchLogs_Role", PolicyDocument=json.dumps(document)
    )


def cancelled(lab: Bench) -> None:
    """Somebody cancels the job that sends what was there before a rule."""
    control, of = lab.client(ACCOUNTS["staging"], "s3control"), {"AccountId": ACCOUNTS["staging"]}
    (job,) = control.list_jobs(**of)["Jobs"]
    control.update_job_status(**of, JobId=job["JobId"], RequestedJobStatus="Cancelled")


@pytest.mark.parametrize("command", ["collect", "apply", "verify"])
def test_the_shipped_permissions_are_just_the_calls_made(
    made: dict[str, Counter[str]], command: str
) -> None:
    calls = set(made[command]) | (set(made["collect"]) if command != "collect" else set())
    used = {permit.action for call in calls for permit in of_call(call)}
    wanted = {p.action for p in permits_of(command)}
    assert used == wanted
