"""Whatever AWS answers, the fleet file made of it reads without a mistake."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from kinds.cloudtrail.founded import (
    AT,
    CALLER,
    DEFAULT,
    DENY,
    GONE,
    KEEPER,
    KEY,
    LOCK,
    LOGKEEP,
    OTHER,
    READER,
    SOURCES,
    TOWER,
    Found,
    asked,
    fleet_in,
    member,
    seed_of,
)
from logkeep.archive.founding.found import founded
from logkeep.archive.founding.report import report
from logkeep.archive.lately import EVENTS
from logkeep.fleet.draft import draft_text, proposed_reader
from support import changes
from support.examples import examples

IDS = st.sampled_from([CALLER, KEEPER, OTHER, "444444444444", "not-an-id", ""])
TEXTS = st.text(max_size=12) | st.sampled_from(['"', "\n[accounts]", "\x85", "\u2028", "𐀀"])
REGIONS = st.sampled_from(["us-east-1", "eu-west-1", "cn-north-1", "nowhere", "eu-west-1a"])
KEYS = st.sampled_from(
    [
        "",
        *[KEY] * 6,
        KEY.replace("eu-west-1", "us-east-1"),
        f"arn:aws:kms:eu-west-1:{KEEPER}:alias/a",
    ]
)
BUCKETS = st.sampled_from(
    [*["acme-logs"] * 6, "Old_Logs", "x", "a" * 70, "logs-111111111111-an", ""]
)
TRAILS = st.builds(
    lambda account, home, name, bucket, key, prefix, multi, shared: {
        "Name": name,
        "HomeRegion": home,
        "TrailARN": f"arn:aws:cloudtrail:{home}:{account}:trail/{name}",
        "S3BucketName": bucket,
        "S3KeyPrefix": prefix,
        "KmsKeyId": key,
        "IsMultiRegionTrail": multi,
        "IsOrganizationTrail": shared,
    },
    IDS,
    REGIONS,
    TEXTS,
    BUCKETS,
    KEYS,
    st.sampled_from(["", "", "", "a", "/a/", "AWSLogs/", "\n"]),
    st.booleans(),
    st.booleans(),
)
MEMBERS = st.builds(
    member, IDS, TEXTS, st.sampled_from(["ACTIVE", "SUSPENDED", "CLOSED", "", "PENDING_CLOSURE"])
)
ALWAYS = [member(CALLER, "Acme"), member(KEEPER, "Log Archive")]
PRINCIPALS = st.lists(
    st.sampled_from([*[READER] * 3, "*", KEEPER, "AROA1", READER + "\n"]) | TEXTS, min_size=1
)
POLICIES = st.just("{") | PRINCIPALS.map(
    lambda names: json.dumps(
        {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": names},
                    "Action": ["kms:Decrypt", "s3:GetObject"],
                }
            ]
        }
    )
)
CALLS = st.sampled_from(
    [
        "organizations:DescribeOrganization",
        "ec2:DescribeRegions",
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "s3:ListBuckets",
        "s3:GetBucketLocation",
        "s3:GetBucketPolicy",
        "s3:ListObjectsV2",
        "kms:GetKeyPolicy",
        "cloudtrail:LookupEvents",
        "sts:GetCallerIdentity",
        "iam:GetAccountAuthorizationDetails",
    ]
)
CHANGERS = (
    st.sampled_from(
        [
            changes.session(TOWER),
            changes.session(GONE),
            changes.root(KEEPER),
            {},
            None,
            "x",
            changes.user("*"),
            changes.user(f"arn:aws:iam::{KEEPER}:user/a*"),
            changes.stranger("1\n2"),
        ]
    )
    | TEXTS.map(changes.user)
    | TEXTS.map(changes.service)
)
EVENTS_ = st.builds(
    changes.event,
    st.sampled_from(sorted(EVENTS.values())),
    st.just(AT),
    CHANGERS,
    st.sampled_from(["acme-logs", KEY]),
)
WORLDS = st.builds(
    Found,
    accounts=st.lists(MEMBERS, max_size=4).map(lambda more: [*ALWAYS, *more]),
    trails=st.fixed_dictionaries(
        {id_: st.lists(TRAILS, min_size=1, max_size=3) for id_ in (CALLER, KEEPER, OTHER)}
    ),
    buckets=st.just({KEEPER: ["acme-logs", "Old_Logs", "x"]})
    | st.dictionaries(IDS, st.lists(BUCKETS, max_size=2), max_size=3),
    location=st.none() | st.just("EU") | REGIONS,
    folders=st.lists(IDS | st.just("o-exampleorg1") | TEXTS, max_size=4),
    key_policy=POLICIES,
    bucket_policy=POLICIES | st.just(json.dumps({"Statement": [DENY]})),
    encryption=st.sampled_from(
        [
            [],
            DEFAULT,
            [{}],
            [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "x\n[",
                        "KMSMasterKeyID": "\u001b",
                    }
                }
            ],
        ]
    ),
    lock=st.sampled_from(
        [
            {},
            LOCK,
            {"ObjectLockEnabled": "Enabled"},
            {**LOCK, "Rule": {"DefaultRetention": {"Mode": "\n[x", "Days": -1}}},
        ]
    ),
    events=st.lists(EVENTS_, max_size=4),
    roles=st.just([TOWER, LOGKEEP]),
    caller=st.sampled_from([f"arn:aws:sts::{KEEPER}:assumed-role/Audit/x", "x", "", TOWER]),
    refused=st.frozensets(st.tuples(IDS, CALLS), max_size=2),
)


@examples(150)
@given(WORLDS, st.booleans(), st.booleans(), st.sampled_from(["us-east-1", "eu-west-1"]))
def test_the_file_reads_without_a_mistake(
    aws: Found, organization: bool, existing: bool, region: str
) -> None:
    seed = seed_of(organization=organization, existing=existing, region=region)
    snapshot = asked(aws, seed)
    if report(snapshot, seed).missing:
        return
    fleet = fleet_in(draft_text(founded(snapshot, seed), SOURCES))
    told = {m["Id"]: m["State"] for m in aws.accounts}
    if organization:
        active = {id_ for id_ in told if id_.isdigit() and ("ACTIVE" in states(aws, id_))}
        assert active <= set(fleet.accounts.values())
    assert fleet.archive.account in fleet.accounts.values()
    proposed = proposed_reader(fleet.archive.account)
    assert fleet.archive.readers is None or set(fleet.archive.readers) <= {READER, proposed}


def states(aws: Found, id_: str) -> list[str]:
    """Every state that an account is told to be in; a hostile answer may tell several."""
    return [m["State"] for m in aws.accounts if m["Id"] == id_]
