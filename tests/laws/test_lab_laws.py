"""The laws through the lab: real calls, real deliveries, real digests (DESIGN.md, section 1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.kms.models import kms_backends

from logkeep.aws.session import Session
from logkeep.cli.kept_report import report_answers
from logkeep.diagnose.diagnosis import Diagnosis, diagnose
from logkeep.fleet import Fleet
from logkeep.lab.spoil import faults
from logkeep.lab.statefile import running
from logkeep.lab.work import work
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Fault, Write
from logkeep.sources.cloudtrail.organization_trail import wanted
from logkeep.sources.cloudtrail.spoil import ELSEWHERE, OTHER_KEY
from logkeep.sources.routes import all_routes
from support.labs import Bench, bench
from support.verified import verified as verified_by
from support.worlds import ACCOUNTS, fleet_of


@pytest.fixture(scope="module", params=[False, True], ids=["own trails", "organization"])
def lab(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with bench(ACCOUNTS, fleet_of(organization=request.param)) as made:
        yield made


def verified(lab: Bench) -> Diagnosis:
    snapshot = lab.collect()
    report, _, _ = verified_by(lab.fleet, Session(lab.fleet), snapshot)
    return diagnose(lab.fleet, snapshot.with_answers(report_answers(report.folders, lab.fleet)))


def test_law_1_from_nothing_to_all_five_aspects(lab: Bench) -> None:
    assert lab.diagnose().summary["holds"] == 0
    lab.mend()
    work(running(lab.lab))
    lab.pass_hours(2.2)
    found = verified(lab)
    assert {v for route in found.routes for v in route.aspects.values()} == {"holds"}


def test_law_2_a_plan_from_a_fresh_collect_is_empty(lab: Bench) -> None:
    lab.mend()
    again = lab.plan()
    assert again.changes == ()
    assert again.blocked == ()


def every_fault(lab: Bench) -> list[tuple[str, Fault]]:
    """One way of spoiling each code, and the route it is spoilt for."""
    facts = Facts(lab.fleet, lab.collect())
    found: dict[str, tuple[str, Fault]] = {}
    for route in all_routes(facts):
        for hop in route.hops:
            for need in hop.needs:
                for fault in faults(facts, hop, need):
                    found[fault.code] = (route.name, fault)
    return list(found.values())


def elsewhere(lab: Bench) -> str:
    """Another bucket and key that CloudTrail may use; gives the key's ARN."""
    trail = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    root = {"AWS": f"arn:aws:iam::{lab.fleet.archive.account}:root"}
    names = [f"arn:aws:s3:::{ELSEWHERE}", f"arn:aws:s3:::{ELSEWHERE}/*"]
    bucket = [{**trail, "Action": ["s3:GetBucketAcl", "s3:PutObject"], "Resource": names}]
    key = [
        {**trail, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
    ]
    lab.archive("s3").create_bucket(Bucket=ELSEWHERE)
    lab.archive("s3").put_bucket_policy(Bucket=ELSEWHERE, Policy=document(bucket))
    made = lab.archive("kms").create_key(Policy=document(key))
    return made["KeyMetadata"]["Arn"]


def document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def make(lab: Bench, fault: Fault, other_key: str) -> None:
    for write in fault.writes:
        service, _, operation = write.call.partition(":")
        if operation == "DisableKey":  # the archive's own policy keeps everybody from it
            kms_backends[write.account][write.region].disable_key(write.arguments["KeyId"])
            continue
        client = lab.client(write.account, service, write.region)
        arguments = dict(write.arguments)
        if OTHER_KEY in str(arguments.get("KmsKeyId")):
            arguments["KmsKeyId"] = other_key
        client._make_api_call(operation, arguments)


TWO = dict(list(ACCOUNTS.items())[:2])
SMALL = [
    pytest.param(fleet_of(TWO, ("us-east-1",)), id="own trails"),
    pytest.param(fleet_of(TWO, organization=True), id="organization"),
]


@pytest.fixture(params=SMALL)
def small(request: pytest.FixtureRequest) -> Iterator[Bench]:
    fleet: Fleet = request.param
    with bench(TWO, fleet, regions=fleet.regions) as made:
        yield made


def distrusted(lab: Bench) -> list[tuple[str, Fault]]:
    """Somebody ends the trust in CloudTrail, and with it the organization's trail (rule 1.2.1)."""
    if not wanted(lab.fleet):
        return []
    (account, *_), home = lab.fleet.accounts.values(), lab.fleet.home_region
    arguments: dict[str, Any] = {"ServicePrincipal": "cloudtrail.amazonaws.com"}
    end = Write("", account, home, "organizations:DisableAWSServiceAccess", arguments)
    says = "the organization trusts CloudTrail no more"
    # The management account is left with a trail of its own, so a member's route it is.
    return [(lab.diagnose().routes[-1].name, Fault("organization-access-off", says, (end,)))]


OTHERS_TO_MEND = {"bucket-denies", "key-denies", "header-forced", "readers-too-many"} | {
    "reader-can-write",
    "writer-can-read",
    "archive-open-to-strangers",
}
"""What a foreign statement brings about, which no plan changes."""


def test_law_3_every_fault_by_real_calls_is_found_and_mended(small: Bench) -> None:
    """Spoilt one after the other; what is a foreign Deny is taken back, all else is mended."""
    lab = small
    lab.mend()
    other_key = elsewhere(lab)
    for name, fault in [*every_fault(lab), *distrusted(lab)]:
        before = policies(lab)
        make(lab, fault, other_key)
        seen = lab.collect()
        found = diagnose(lab.fleet, seen)
        broken = [route for route in found.routes if route.verdict == "fails"]
        assert name in {route.name for route in broken}, fault.says
        for route in broken:
            assert route.first is not None
            assert route.first[1].code == fault.code, (fault.says, route.name)
        blocked = {entry.code for entry in lab.mend(seen).blocked}
        assert not blocked or fault.code in OTHERS_TO_MEND, (fault.says, blocked)
        if blocked:
            put_back(lab, before)
            lab.mend()
    assert lab.plan().changes == ()
    for route in lab.diagnose().routes:
        assert route.aspects["configured"] == route.aspects["permitted"] == "holds"


def policies(lab: Bench) -> tuple[str, str]:
    bucket = lab.archive("s3").get_bucket_policy(Bucket=lab.fleet.archive.bucket)["Policy"]
    return bucket, lab.archive("kms").get_key_policy(KeyId=key_id(lab), PolicyName="default")[
        "Policy"
    ]


def key_id(lab: Bench) -> str:
    found = lab.archive("kms").describe_key(KeyId="alias/logkeep")
    return found["KeyMetadata"]["KeyId"]


def put_back(lab: Bench, before: tuple[str, str]) -> None:
    """What the owner of the foreign statement would do."""
    name = lab.fleet.archive.bucket
    lab.archive("s3").put_bucket_policy(Bucket=name, Policy=before[0])
    keys = lab.archive("kms")
    keys.put_key_policy(KeyId=key_id(lab), PolicyName="default", Policy=before[1])
