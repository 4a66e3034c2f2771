"""A rule that sends objects out of the fleet is named, with the bucket that is meant perhaps."""

from __future__ import annotations

import copy
from typing import Any

import msgspec

from kinds.replication.worlds import HOME, PRODUCTION, SOURCE, STAGING, bare, fleet, pair, planned
from logkeep.access.bucket import Bucket, listing, of_bucket
from logkeep.access.replicas import CONFIGURATION
from logkeep.diagnose.diagnosis import diagnose
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.notices import notices
from logkeep.words.notice import Notice

FLEET = fleet(pair())
WELL = planned(FLEET, bare(FLEET))
AT = Bucket(SOURCE, PRODUCTION, HOME)


def also_into(name: str, status: str = "Enabled") -> Snapshot:
    """The bucket replicated into one more by a rule that somebody else made."""
    question = of_bucket(Facts(FLEET, WELL), CONFIGURATION, AT)
    body: dict[str, Any] = msgspec.json.decode(WELL.answers[question].body)
    rules: list[dict[str, Any]] = body["ReplicationConfiguration"]["Rules"]
    other = copy.deepcopy(rules[0])
    other |= {"ID": "by-hand", "Priority": 9, "Status": status,
              "Destination": {"Bucket": f"arn:aws:s3:::{name}"}}  # fmt: skip
    rules.append(other)
    return WELL.with_answers({question: reply(body)})


def outside(snapshot: Snapshot) -> list[Notice]:
    found = notices(Facts(FLEET, snapshot))
    return [each for each in found if each.code == "bucket-outside"]


def test_a_name_that_is_wrong_by_a_letter() -> None:
    (found,) = outside(also_into("app-logs-cop"))
    assert found.evidence == {
        "what": f"the replication rule `by-hand` of `{SOURCE}`", "setting": "Destination.Bucket",
        "bucket": "app-logs-cop", "exists": True, "alike": "app-logs-copy",
    }  # fmt: skip
    (other,) = outside(also_into("somebody-elses"))
    assert other.evidence["alike"] is None


def test_it_is_no_fault_and_a_rule_that_is_off_sends_nothing() -> None:
    assert outside(WELL) == []
    assert outside(also_into("somebody-elses", "Disabled")) == []
    after = diagnose(FLEET, also_into("somebody-elses"))
    assert {route.verdict for route in after.routes} == {"holds"}


def test_a_list_that_could_not_be_read_claims_nothing() -> None:
    hidden = {listing(Facts(FLEET, WELL), STAGING): Reply(error="AccessDenied")}
    (found,) = outside(also_into("app-logs-cop").with_answers(hidden))
    assert not found.known
    assert found.account == STAGING
