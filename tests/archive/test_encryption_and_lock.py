"""The archive's encryption and Object Lock, as the fleet file asks for them."""

from __future__ import annotations

import functools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from kinds.vpc_flow.worlds import fleet as flow_fleet
from kinds.vpc_flow.worlds import known_more
from logkeep.access import bucket
from logkeep.access.bucket import Bucket
from logkeep.access.uploads import bucket_of, caller_of, keys_of
from logkeep.archive import locking
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.fleet.naming import Objection
from logkeep.fleet.retention import Retention, read_retention
from logkeep.plan import Plan, plan
from logkeep.policy import Policy, read_policy
from logkeep.policy.write import document_of, statements
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources import all_writers
from logkeep.storage.bucket import Default
from logkeep.storage.headers import SSE
from logkeep.storage.put import put
from logkeep.storage.upload import Upload
from logkeep.storage.writers import enforced
from support.examples import examples
from support.laws import (
    Spoilt,
    World,
    any_fault,
    every_fault_is_found,
    every_fault_is_mended,
    hiding_heals_nothing,
)
from support.worlds import applied, empty, fleet_of, well, with_arrivals

OWN = ("default-encryption-off", "encryption-unforced", "bucket-unlocked")
WAYS = ("default", "forced")


def wanted(encryption: str, lock: str = "compliance 400d") -> Fleet:
    """Trails and flow logs into an archive that is to be encrypted and locked."""
    of = flow_fleet()
    found = read_retention(lock)
    assert isinstance(found, Retention)
    archive = msgspec.structs.replace(of.archive, encryption=encryption, lock=found)
    return msgspec.structs.replace(of, archive=archive)


def healthy(of: Fleet) -> Snapshot:
    before = known_more(of, well(fleet_of()))
    after = known_more(of, applied(before, plan(of, before)))
    return with_arrivals(of, after)


@functools.cache
def world(way: str) -> World:
    return World(wanted(way), healthy, "vpc-flow/")


@pytest.mark.parametrize("way", WAYS)
def test_laws_1_and_2_on_an_archive_that_stands(way: str) -> None:
    of, after = world(way).fleet, world(way).healthy
    found = diagnose(of, after)
    assert {route.verdict for route in found.routes} == {"holds"}
    assert plan(of, after).changes == ()


@pytest.mark.parametrize("way", WAYS)
def test_law_1_from_nothing(way: str) -> None:
    of = msgspec.structs.replace(wanted(way), logs=fleet_of().logs)
    before = known_more(of, empty(of))
    made = plan(of, before)
    assert made.blocked == ()
    after = known_more(of, applied(before, made))
    assert {route.aspects["protected"] for route in diagnose(of, after).routes} == {"holds"}
    assert plan(of, after).changes == ()


@pytest.mark.parametrize("way", WAYS)
def test_each_fault_of_its_own_is_found_and_mended(way: str, subtests: pytest.Subtests) -> None:
    one = World(world(way).fleet, healthy, "vpc-flow/")
    one.healthy = world(way).healthy
    one.faults = [each for each in world(way).faults if each.fault.code in OWN]
    assert {each.fault.code for each in one.faults} == set(OWN)
    every_fault_is_found(one, subtests)
    every_fault_is_mended(one, subtests)


@examples(25)
@given(chosen=st.sampled_from(WAYS).flatmap(lambda way: any_fault(world(way))), data=st.data())
def test_hiding_any_fact_heals_nothing(chosen: tuple[World, Spoilt], data: st.DataObject) -> None:
    one, each = chosen
    snapshot, _ = one.broken(each)
    asked = sorted(q for q in snapshot.answers if "s3:" in q.call or "kms:" in q.call)
    hiding_heals_nothing(one, each, data.draw(st.sampled_from(asked)))


@pytest.mark.parametrize("way", WAYS)
def test_the_key_lets_the_services_in_before_it_is_the_default(way: str) -> None:
    """From then on what sends no header asks for the key."""
    of = wanted(way)
    calls = [change.call for change in _made(of).changes]
    assert calls.index("s3:PutBucketEncryption") > calls.index("kms:PutKeyPolicy")
    assert calls.index("s3:PutObjectLockConfiguration") > -1


def _made(of: Fleet) -> Plan:
    return plan(of, known_more(of, well(fleet_of())))


@pytest.mark.parametrize(
    ("way", "sent", "taken"),
    [
        ("default", {}, True), ("default", {SSE: "aws:kms"}, True),
        ("default", {SSE: "AES256"}, False), ("default", {SSE: "aws:kms:dsse"}, False),
        ("forced", {}, False),
        ("forced", {SSE: "aws:kms"}, True), ("forced", {SSE: "AES256"}, False),
        ("forced", {SSE: "aws:kms:dsse"}, False),
    ],
)  # fmt: skip
def test_what_is_taken_of_a_person(way: str, sent: dict[str, str], taken: bool) -> None:
    facts = Facts(world(way).fleet, world(way).healthy)
    at = bucket.archives(facts)
    upload = Upload(caller=caller_of(facts, at, ""), key="backup/a", headers=sent)
    outcome = put(upload, bucket_of(facts, at), keys_of(facts))
    by = [s.sid for s in _denying(outcome)]
    assert (by != ["LogkeepEncryption"]) is taken


def _denying(outcome: Any) -> list[Any]:
    found = [each.explanation for each in (outcome.refusal,) if each and each.explanation]
    statements_ = [each.decision.statement for each in found]
    return [each for each in statements_ if each]


@pytest.mark.parametrize("way", WAYS)
def test_no_service_is_silenced(way: str) -> None:
    facts = Facts(world(way).fleet, world(way).healthy)
    at = bucket.archives(facts)
    policy = read_policy(document_of(seen(bucket.policy_text(facts, at))), "resource", "archive")
    assert isinstance(policy, Policy)
    writers = all_writers("333333333333", at.region)
    found = enforced(policy, bucket_of(facts, at), Default(), writers)
    assert found.way == {"default": "default", "forced": "header"}[way]
    services = [each for each in found.writers if each.writer.principal.endswith("amazonaws.com")]
    assert len(services) >= 5
    assert {each.verdict for each in services} == {"passes"}


def test_the_other_way_is_another_statement() -> None:
    """What was forced is let through again where only the default is asked for."""
    before, after = world("forced").healthy, wanted("default")
    found = diagnose(after, before)
    codes = {f.code for route in found.routes for hop in route.hops for f in hop.amiss}
    assert "encryption-unforced" in codes
    made = plan(after, before)
    text = next(c.arguments["Policy"] for c in made.changes if c.call == "s3:PutBucketPolicy")
    (own,) = [s for s in statements(document_of(text)) if s["Sid"] == "LogkeepEncryption"]
    assert own["Condition"]["Null"] == {"s3:x-amz-server-side-encryption": "false"}


@pytest.mark.parametrize(
    ("found", "asked", "holds"),
    [
        ("compliance 400d", "compliance 400d", True), ("compliance 2y", "compliance 400d", True),
        ("compliance 1y", "compliance 400d", False), ("governance 2y", "compliance 400d", False),
        ("compliance 400d", "governance 400d", True), ("governance 399d", "governance 400d", False),
    ],
)  # fmt: skip
def test_which_lock_suffices(found: str, asked: str, holds: bool) -> None:
    one, other = read_retention(found), read_retention(asked)
    assert isinstance(one, Retention)
    assert isinstance(other, Retention)
    assert one.suffices_for(other) is holds


@pytest.mark.parametrize(
    "text",
    ["compliance", "400d", "strict 400d", "compliance 0d", "compliance 36501d", "governance 101y",
     "compliance 400h", "Compliance 400d", "compliance 9999999d", ""],
)  # fmt: skip
def test_what_is_no_lock(text: str) -> None:
    found = read_retention(text)
    assert isinstance(found, Objection)
    assert found.says


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "off"),
        ({"ObjectLockEnabled": "Enabled"}, "on, without a default retention"),
        ({"ObjectLockEnabled": "Enabled",
          "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 1}}}, "compliance 1y"),
    ],
)  # fmt: skip
def test_how_a_lock_is_read(answer: dict[str, Any], said: str) -> None:
    of = wanted("default")
    facts = Facts(of, well(fleet_of()))
    at = Bucket(of.archive.bucket, of.archive.account, of.archive_region)
    question = bucket.of_bucket(facts, locking.GET, at)
    told = facts.snapshot.with_answers({question: reply({"ObjectLockConfiguration": answer})})
    assert seen(locking.lock(Facts(of, told), at)) == said


@pytest.mark.parametrize("way", WAYS)
def test_the_plan_names_whom_the_policy_would_silence_and_leaves_out(way: str) -> None:
    (own,) = _made(wanted(way)).silenced
    assert (own.statement, own.is_spared) == ("LogkeepEncryption", True)
    spared = {
        "default": {"CloudTrail, trail without a key"},
        "forced": {"CloudTrail, trail without a key", "vended logs", "S3 server access logs",
                   "CloudWatch Logs export"},
    }  # fmt: skip
    assert set(own.names) == spared[way]
    assert set(own.inferred) == spared[way] - {"CloudTrail, trail without a key"}


def test_the_plan_names_the_services_that_any_policy_of_the_snapshot_silences() -> None:
    of = flow_fleet()
    before = known_more(of, well(fleet_of()))
    facts, at = Facts(of, before), Bucket("app-logs", "333333333333", "eu-west-1")
    deny = {"Sid": "Force", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::app-logs/*",
            "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}}}  # fmt: skip
    told = reply({"Policy": json.dumps({"Version": "2012-10-17", "Statement": [deny]})})
    question = bucket.of_bucket(facts, "s3:GetBucketPolicy", at)
    (found,) = plan(of, before.with_answers({question: told})).silenced
    assert (found.bucket, found.statement, found.is_spared) == ("app-logs", "Force", False)
    assert found.names == ("vended logs", "S3 server access logs", "CloudWatch Logs export")


def test_the_text_of_the_plan(snapshot: SnapshotAssertion) -> None:
    lines = plan_text(wanted("forced"), _made(wanted("forced")), Paint()).splitlines()
    start = lines.index("Forced encryption, once this is applied:")
    assert "\n".join(lines[start : start + 5]) == snapshot
