"""Against a plain moto server, which knows nothing of the lab: the product needs no lab."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aws.front import Answer, Front
from logkeep.aws.apply import apply
from logkeep.aws.collect import collect
from logkeep.aws.session import Session
from logkeep.diagnose.diagnosis import Diagnosis, diagnose
from logkeep.fleet import Fleet
from logkeep.plan import Plan, plan
from logkeep.sources.wants import wants
from support.worlds import fleet_of

FLEET = fleet_of(regions=("us-east-1", "eu-west-1"), readers=None)
BUCKET = FLEET.archive.bucket


PAYER = "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>"


def payer(name: str, _key: str, _body: str) -> Answer | None:
    """Who pays, which moto is not asked: it answers with the objects of the bucket."""
    return ("200 OK", "application/xml", PAYER) if "requestPayment" in name else None


@pytest.fixture(scope="module", autouse=True)
def moto() -> Iterator[None]:
    server = Front()
    server.rules.append(payer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", server.url)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield
    server.close()


def look(fleet: Fleet = FLEET) -> Diagnosis:
    return diagnose(fleet, collect(fleet, wants(fleet), Session(fleet)))


def mend() -> Plan:
    snapshot = collect(FLEET, wants(FLEET), Session(FLEET))
    made = plan(FLEET, snapshot)
    apply(made.changes, Session(FLEET), taken_at=snapshot.taken_at, sleep=lambda _: None)
    return made


def client(service: str, account: str = "111111111111") -> Any:
    return Session(FLEET).account_client(account, service, "us-east-1")


def verdicts(found: Diagnosis, aspect: Any) -> set[str]:
    return {route.aspects[aspect] for route in found.routes}


def test_set_up_from_nothing_and_settled() -> None:
    assert verdicts(look(), "configured") == {"fails"}
    assert mend().changes
    found = look()
    assert verdicts(found, "configured") == verdicts(found, "permitted") == {"holds"}
    assert mend().changes == ()


def test_what_never_arrived_is_never_said_to_arrive() -> None:
    mend()
    found = look()
    assert "holds" not in verdicts(found, "arriving") | verdicts(found, "intact")


def test_a_broken_bucket_policy_is_found_and_mended() -> None:
    mend()
    s3 = client("s3")
    document = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    statements = [s for s in document["Statement"] if s["Sid"] != "LogkeepCloudTrailWrite"]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({**document, "Statement": statements}))
    found = look()
    assert {route.first[1].code for route in found.routes if route.first} == {"bucket-refuses"}
    mend()
    assert verdicts(look(), "permitted") == {"holds"}


def test_a_stopped_trail_is_found_and_mended() -> None:
    mend()
    client("cloudtrail", "333333333333").stop_logging(Name="logkeep")
    off = [route for route in look().routes if route.first and route.first[1].code == "trail-off"]
    assert {route.account for route in off} == {"333333333333"}
    assert [change.call for change in mend().changes] == ["cloudtrail:StartLogging"]
    assert verdicts(look(), "configured") == {"holds"}


def test_a_malformed_policy_is_a_finding_and_no_crash() -> None:
    mend()
    s3 = client("s3")
    before = s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
    s3.put_bucket_policy(Bucket=BUCKET, Policy='{"Version": "2012-10-17", "Statement": [{"Ef')
    found = look()
    codes = {f.code for r in found.routes for h in r.hops for f in h.findings}
    assert "policy-malformed" in codes
    assert verdicts(found, "permitted") == {"unknown"}
    assert mend().changes == ()
    s3.put_bucket_policy(Bucket=BUCKET, Policy=before)
