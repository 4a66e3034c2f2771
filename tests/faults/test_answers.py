"""No answer that is not AWS's is taken for one, whichever call it is given to."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from logkeep.aws import connection
from logkeep.aws.answer import answer
from logkeep.aws.calls import CALLS
from logkeep.aws.pace import Pace
from logkeep.aws.session import Session
from logkeep.diagnose.diagnosis import diagnose
from logkeep.lab.kinds.replication.jobs import SERVICE
from logkeep.lab.work import IMAGE
from logkeep.snapshot import Ask, Snapshot, ask
from logkeep.value import Json, Unseen
from support.faults import DRIP_S, FAULTS, Faults, faults
from support.hanging import no_hanging
from support.labs import START, Bench, bench, pointed_at, streamed_into
from support.worlds import ACCOUNTS, fleet_of

SECURITY = ACCOUNTS["security"]
LOCKED = "a-locked-bucket"
PREFIXES = "own-prefixes"
WHOLE_ANSWER_S = 0.05


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    """The fleet set up and its first logs there, with all that a call may be asked about."""
    with bench(ACCOUNTS, fleet_of(readers=None)) as made:
        made.mend()
        made.pass_hours(3)
        more(made)
        yield made


def more(lab: Bench) -> None:
    """What the fleet does not need, and some call reads."""
    lab.archive("s3").create_bucket(Bucket=LOCKED, ObjectLockEnabledForBucket=True)
    pointed_at(lab, SECURITY)
    lab.archive("logs").create_log_group(logGroupName="trails")
    lab.archive("logs").create_log_stream(logGroupName="trails", logStreamName="1")
    ec2 = lab.archive("ec2")
    ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)
    ec2.create_managed_prefix_list(PrefixListName=PREFIXES, MaxEntries=1, AddressFamily="IPv4")
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    ec2.create_transit_gateway_route_table(TransitGatewayId=gateway)
    lab.archive("s3").put_bucket_lifecycle_configuration(
        Bucket=lab.fleet.archive.bucket,
        LifecycleConfiguration={
            "Rules": [{"ID": "all", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]
        },
    )
    streamed_into(lab, SECURITY)
    a_job(lab)
    lab.archive("s3control").put_public_access_block(
        AccountId=SECURITY,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )


def a_job(lab: Bench) -> None:
    """A job that will fail, as its role may list no bucket."""
    trust = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = lab.archive("iam").create_role(RoleName="job", AssumeRolePolicyDocument=document)
    bucket = f"arn:aws:s3:::{LOCKED}"
    generator = {"SourceBucket": bucket, "EnableManifestOutput": False, "Filter": {}}
    lab.archive("s3control").create_job(
        AccountId=SECURITY,
        Operation={"S3ReplicateObject": {}},
        Report={"Enabled": False},
        ClientRequestToken="one",
        Priority=1,
        RoleArn=role["Role"]["Arn"],
        ManifestGenerator={"S3JobManifestGenerator": generator},
    )


@pytest.fixture(scope="module")
def asked(lab: Bench) -> dict[str, Ask]:
    """One question for every call that there is."""
    found = {question.call: question for question in lab.collect().answers}
    bucket = lab.fleet.archive.bucket
    client = lab.archive("s3")
    key = client.list_objects_v2(Bucket=bucket, MaxKeys=1)["Contents"][0]["Key"]
    home = (SECURITY, "us-east-1")
    key_id = dict(found["kms:GetKeyPolicy"].arguments)["KeyId"]
    trail = dict(found["cloudtrail:GetTrailStatus"].arguments)["Name"]
    extra = [
        ask(*home, "s3:HeadObject", Bucket=bucket, Key=key),
        ask(*home, "s3:GetObjectTagging", Bucket=bucket, Key=key),
        ask(*home, "kms:ListKeys"),
        ask(*home, "kms:ListAliases"),
        ask(*home, "logs:DescribeLogGroups", logGroupNamePrefix="trails"),
        ask(*home, "logs:DescribeLogStreams", logGroupName="trails", logStreamNamePrefix="1"),
        ask(*home, "cloudtrail:ListPublicKeys", StartTime="2026-11-22T00:00:00Z",
            EndTime="2026-11-24T00:00:00Z"),
        ask(*home, "cloudtrail:LookupEvents", StartTime="2026-11-22T00:00:00Z",
            EndTime="2026-11-24T00:00:00Z"),
        ask(*home, "cloudtrail:GetInsightSelectors", TrailName=trail),
        ask(*home, "cloudtrail:ListTags", ResourceId=trail),
        ask(*home, "organizations:ListAWSServiceAccessForOrganization"),
        ask(*home, "organizations:ListDelegatedAdministrators",
            ServicePrincipal="cloudtrail.amazonaws.com"),
        ask(*home, "s3:HeadBucket", Bucket=bucket),
        ask(*home, "s3:GetBucketLogging", Bucket=bucket),
        ask(*home, "s3:GetObjectLockConfiguration", Bucket=LOCKED),
        ask(*home, "kms:ListResourceTags", KeyId=key_id),
        ask(*home, "firehose:DescribeDeliveryStream", DeliveryStreamName="flow"),
        ask(*home, "firehose:ListTagsForDeliveryStream", DeliveryStreamName="flow"),
    ]  # fmt: skip
    extra += [
        ask(*home, call) for call in CALLS if call.startswith("ec2:") and not CALLS[call].needs
    ]
    extra += [
        ask(*home, call)
        for call in (
            "logs:DescribeDeliverySources",
            "logs:DescribeDeliveries",
            "logs:DescribeExportTasks",
        )
    ]
    (job,) = lab.archive("s3control").list_jobs(AccountId=SECURITY)["Jobs"]
    extra += [
        ask(*home, "s3control:ListJobs", AccountId=SECURITY),
        ask(*home, "s3control:DescribeJob", AccountId=SECURITY, JobId=job["JobId"]),
    ]
    extra += network_questions(lab, home)
    return found | {question.call: question for question in extra}


def network_questions(lab: Bench, home: tuple[str, str]) -> list[Ask]:
    """The questions about one prefix list, and about one route table of a transit gateway."""
    ec2 = lab.archive("ec2")
    (own,) = ec2.describe_managed_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": [PREFIXES]}]
    )["PrefixLists"]
    table = ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"][0]
    about = {"TransitGatewayRouteTableId": table["TransitGatewayRouteTableId"]}
    return [
        ask(*home, "ec2:GetManagedPrefixListEntries", PrefixListId=own["PrefixListId"]),
        ask(*home, "ec2:GetTransitGatewayRouteTablePropagations", **about),
        ask(*home, "ec2:SearchTransitGatewayRoutes", **about),
    ]


@pytest.fixture
def spoilt(lab: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with faults(lab.lab) as made:
        yield made


@pytest.mark.parametrize("call", sorted(CALLS))
def test_what_is_not_awss_answers_nothing(
    lab: Bench,
    asked: dict[str, Ask],
    spoilt: Faults,
    call: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    question = asked[call]
    session = Session(lab.fleet)
    session.pace = Pace(sleep=lambda _: None)
    truth = answer(session, question)
    assert truth.error != "NotAnAnswer", truth.message
    assert call in spoilt.seen, "a fault would reach no call"
    monkeypatch.setattr(connection, "WHOLE_ANSWER_S", WHOLE_ANSWER_S)
    for fault in FAULTS:
        spoilt.spoilt = {call: fault}.get
        session.begin_again()
        spoilt.dripped = 0
        with no_hanging():
            found = answer(session, question)
        if spoilt.dripped * DRIP_S > 10 * WHOLE_ANSWER_S:
            assert found != truth, "it was waited for what drips"
        if found != truth and (call, fault) != ("s3:GetBucketPolicy", "half"):
            look = Snapshot("", START, {question: found}).look(question, Json)
            assert isinstance(look, Unseen), fault
            assert found.message, fault


def test_half_a_policy_is_a_broken_one(lab: Bench, spoilt: Faults) -> None:
    """Nothing tells it from a policy that was broken before; both are unknown."""
    spoilt.spoilt = {"s3:GetBucketPolicy": "half"}.get
    found = diagnose(lab.fleet, lab.collect())
    assert {route.aspects["permitted"] for route in found.routes} == {"unknown"}
