"""The three laws through the lab: set up by a plan, replicated, broken by its code, mended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from botocore.exceptions import ClientError

from kinds.replication.staging import ARCHIVES, KEPT, UNDER_KEYS, replicated, used
from kinds.replication.worlds import PRODUCTION, STAGING
from logkeep.diagnose.diagnosis import diagnose
from logkeep.lab.breaking.calls import policies_back
from logkeep.lab.spoil import faults
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Fault, Write
from logkeep.sources.routes import all_routes
from support.labs import Bench, route
from support.laws import first_code
from support.verified import compared

NAMES = (ARCHIVES, UNDER_KEYS, KEPT)


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with replicated() as made:
        yield made


def test_laws_1_and_2_from_nothing_to_arriving(lab: Bench) -> None:
    assert lab.mend().blocked == ()
    used(lab)
    lab.pass_hours(1)
    _, answers = compared(lab.fleet, lab.session)
    found = diagnose(lab.fleet, lab.collect().with_answers(answers))
    for name in NAMES:
        assert route(found, name).verdict == "holds", route(found, name).first
    assert lab.plan().changes == ()


def test_aws_shows_the_rules_as_they_were_meant(lab: Bench) -> None:
    found = lab.archive("s3").get_bucket_replication(Bucket=lab.fleet.archive.bucket)
    (rule,) = found["ReplicationConfiguration"]["Rules"]
    assert rule["Status"] == "Enabled"
    assert rule["SourceSelectionCriteria"]["SseKmsEncryptedObjects"] == {"Status": "Enabled"}
    own = lab.client(PRODUCTION, "s3").get_bucket_replication(Bucket="app-data")
    (rule,) = own["ReplicationConfiguration"]["Rules"]
    assert rule["Destination"]["Bucket"] == "arn:aws:s3:::app-data-copy"
    assert rule["Destination"]["AccessControlTranslation"] == {"Owner": "Destination"}


def test_every_log_of_the_archive_is_in_its_replica(lab: Bench) -> None:
    """Each version under the same id, and encrypted under the replica's own key."""
    at = {"Bucket": lab.fleet.archive.bucket}
    logs = lab.archive("s3").list_object_versions(**at)["Versions"]
    there = lab.client(STAGING, "s3")
    copies = there.list_object_versions(Bucket="acme-replica")["Versions"]
    of_trails = {(v["Key"], v["VersionId"], v["ETag"]) for v in logs if v["Size"]}
    assert len(of_trails) > 10
    assert {(v["Key"], v["VersionId"], v["ETag"]) for v in copies} == of_trails
    head = there.head_object(Bucket="acme-replica", Key=copies[0]["Key"])
    assert head["ReplicationStatus"] == "REPLICA"
    assert head["SSEKMSKeyId"].split(":")[4] == STAGING


def test_the_archive_is_still_everybodys(lab: Bench) -> None:
    """The role that reads the archive does not count among strangers; trails hold as before."""
    trails = [each for each in lab.diagnose().routes if each.source == "cloudtrail"]
    assert trails
    assert all(each.aspects["protected"] == "holds" for each in trails)


def every_fault(facts: Facts) -> list[Fault]:
    """One way of spoiling each code of the route that has most needs."""
    found: dict[str, Fault] = {}
    for each in all_routes(facts):
        if each.name == UNDER_KEYS:
            for hop in each.hops:
                for need in hop.needs:
                    found |= {fault.code: fault for fault in faults(facts, hop, need)}
    return list(found.values())


def test_law_3_every_fault_by_real_calls_is_found_and_mended(lab: Bench) -> None:
    """One after the other; a foreign Deny is taken back by its owner, all else is mended."""
    _, answers = compared(lab.fleet, lab.session)
    facts = Facts(lab.fleet, lab.collect())
    refused = set[str]()
    for fault in every_fault(facts):
        try:
            make(lab, fault.writes)
        except ClientError as error:
            refused.add(error.response["Error"]["Code"])
            continue
        seen = lab.collect().with_answers(answers)
        found = diagnose(lab.fleet, seen)
        assert first_code(route(found, UNDER_KEYS)) == fault.code, fault.says
        for name in (ARCHIVES, KEPT):
            assert route(found, name).verdict == "holds", (fault.says, name)
        blocked = {entry.code for entry in lab.mend(seen).blocked}
        assert blocked <= {fault.code}, fault.says
        if blocked:
            make(lab, policies_back(facts, fault.writes))
    # S3 keeps versions where there is Object Lock, or a replication (rule 2.3.3).
    assert refused == {"InvalidBucketState"}
    assert lab.plan().changes == ()


def make(lab: Bench, writes: Iterable[Write]) -> None:
    for write in writes:
        service, _, operation = write.call.partition(":")
        client = lab.client(write.account, service, write.region)
        client._make_api_call(operation, write.arguments)
