"""A replica of the archive and of another bucket set up by real calls, and nothing left to do."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from kinds.replication.worlds import ABROAD, COPY, PRODUCTION, SOURCE, STAGING, pair
from logkeep.fleet import Logs
from logkeep.sources.replication.options import Replica
from support.labs import Bench, bench, route
from support.worlds import ACCOUNTS, fleet_of

ARCHIVES = "replica/111111111111/secprod-multiaccount-logs/acme-replica"
PAIRS = f"replication/{PRODUCTION}/{SOURCE}/{COPY}"


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS, fleet_of()) as made:
        made.client(PRODUCTION, "s3").create_bucket(Bucket=SOURCE)
        key = made.client(STAGING, "kms", ABROAD).create_key()["KeyMetadata"]["Arn"]
        wanted = (Replica(account="staging", bucket="acme-replica", region=ABROAD, key=key), pair())
        logs = tuple(Logs("replication", (), each) for each in wanted)
        made.fleet = msgspec.structs.replace(made.fleet, logs=(*made.fleet.logs, *logs))
        made.mend()
        yield made


def test_both_are_set_up_and_a_second_plan_is_empty(lab: Bench) -> None:
    found = lab.diagnose()
    for name in (ARCHIVES, PAIRS):
        aspects = route(found, name).aspects
        assert (aspects["configured"], aspects["permitted"]) == ("holds", "holds"), name
    assert route(found, ARCHIVES).aspects["protected"] == "holds"
    assert lab.plan().changes == ()


def test_aws_shows_the_rules_as_they_were_meant(lab: Bench) -> None:
    found = lab.archive("s3").get_bucket_replication(Bucket=lab.fleet.archive.bucket)
    (rule,) = found["ReplicationConfiguration"]["Rules"]
    assert rule["Status"] == "Enabled"
    assert rule["SourceSelectionCriteria"]["SseKmsEncryptedObjects"] == {"Status": "Enabled"}
    own = lab.client(PRODUCTION, "s3").get_bucket_replication(Bucket=SOURCE)
    (rule,) = own["ReplicationConfiguration"]["Rules"]
    assert rule["Destination"]["Bucket"] == f"arn:aws:s3:::{COPY}"


def test_the_archive_is_still_everybodys(lab: Bench) -> None:
    """The role that reads the archive does not count among strangers; trails hold as before."""
    lab.pass_hours(2)
    trails = [each for each in lab.diagnose().routes if each.source == "cloudtrail"]
    assert trails
    assert all(each.aspects["protected"] == "holds" for each in trails)
