"""Public reports and published configurations: each comes out as it is, and no more is claimed."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from cases.reports import fleet_of_report, world_of_report
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.show.diagnosis_json import diagnosis_json
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.sources.notices import notices
from logkeep.value import Standing
from support.places import shared_rows, without

REPORTS = "cases/public-reports.jsonl"
NAMED: dict[str, Any] = {each["id"]: each for each in shared_rows(REPORTS)}
MANAGEMENT, ARCHIVE, PRODUCTION, AUDIT = (str(n) * 12 for n in range(1, 5))


class Right(NamedTuple):
    """What is right of a report: how each account's route stands, and what the plan does."""

    permitted: dict[str, Standing]
    configured: frozenset[str] = frozenset()
    """The codes that fail among what is configured."""
    calls: frozenset[str] = frozenset()
    """Calls that the plan has to have for delivery."""
    blocked: frozenset[str] = frozenset()
    arrives: bool = True


BOTH_HOLD: dict[str, Standing] = {ARCHIVE: "holds", PRODUCTION: "holds"}
NO_KEY = frozenset({"trail-no-key"})
RIGHT = {
    # Contested: unknown until a log is seen, and the plan offers the missing statement.
    "N01-sra": Right(dict.fromkeys((MANAGEMENT, ARCHIVE, PRODUCTION, AUDIT), "unknown"),
                     calls=frozenset({"kms:PutKeyPolicy"}), blocked=frozenset({"key-refuses"}),
                     arrives=False),
    "N04-either-header": Right(BOTH_HOLD, configured=NO_KEY),
    "N05-calledvia": Right(BOTH_HOLD),
    "N07-confused-deputy-rcp": Right({ARCHIVE: "unknown", PRODUCTION: "unknown"},
                                     blocked=frozenset({"bucket-refuses"})),
    "N10-nozaq": Right({ARCHIVE: "holds"}),
    "N11-cdk-grant": Right(BOTH_HOLD),
    "B01-stringequals-wildcard": Right({ARCHIVE: "fails", PRODUCTION: "fails"},
                                       calls=frozenset({"s3:PutBucketPolicy"}), arrives=False),
    "B03-trussworks-deny": Right({ARCHIVE: "fails", PRODUCTION: "fails"},
                                 blocked=frozenset({"bucket-denies"}), arrives=False),
    "B04-legacy-accounts": Right({ARCHIVE: "unknown", PRODUCTION: "unknown"}, configured=NO_KEY),
    "B05-tf35028-no-describe": Right({ARCHIVE: "holds", PRODUCTION: "fails"},
                                     calls=frozenset({"kms:PutKeyPolicy"})),
    "N14-s3-colons": Right(BOTH_HOLD, configured=frozenset({"log-bucket-loop"})),
    "B07-lza-loop": Right(dict.fromkeys((MANAGEMENT, ARCHIVE, PRODUCTION), "holds"),
                          configured=frozenset({"log-bucket-loop"})),
}  # fmt: skip
"""Each with a configuration of its own; the verdicts are those that `symptom` names."""
ELSEWHERE = {
    "N16-controltower-kms": "as N11: test_a_key_that_lets_it_do_all_but_look",
    "N17-split-own-trails": "tests/laws/test_sharing.py",
    "N18-bucket-key-documented": "test_a_log_that_arrived_settles_what_a_bucket_key_leaves_open",
    "B10-bucket-key-account-missing": "test_an_account_that_the_context_leaves_out_fails",
}
"""The reports without a configuration, and the tests that set theirs up."""
AREAS = {
    "vpc-flow-logs": "vpc-flow",
    "s3-access-logs": "s3-access",
    "route53": "route53",
    "ec2-agent": "cloudwatch-agent",
    "realtime": "stream",
    "log-group-kms": "stream",
}
"""The areas that are a kind of log of their own, which has its tests in its own folder."""
OF_STORAGE = ("replication", "forced-encryption")
"""The areas that `try put` and `try replicate` answer, tested in tests/storage."""


@without(REPORTS)
def test_every_report_of_cloudtrail_is_a_test() -> None:
    mine = {name for name, each in NAMED.items() if each["area"].startswith("cloudtrail")}
    assert mine <= RIGHT.keys() | ELSEWHERE.keys()
    left = {each["area"] for each in NAMED.values()} - {NAMED[name]["area"] for name in mine}
    assert left <= {*AREAS, *OF_STORAGE}


@without(REPORTS)
@pytest.mark.parametrize("name", RIGHT)
def test_it_comes_out_as_it_is(name: str) -> None:
    right, config = RIGHT[name], NAMED[name]["broken_config"]
    fleet = fleet_of_report(config)
    snapshot = world_of_report(config, arrives=right.arrives)
    found = diagnose(fleet, snapshot)
    assert {r.account: r.aspects["permitted"] for r in found.routes} == right.permitted
    amiss = (f for r in found.routes for hop in r.hops for f in hop.amiss)
    failing = {f.code for f in amiss if (f.aspect, f.verdict) == ("configured", "fails")}
    assert failing == right.configured
    made = plan(fleet, snapshot)
    assert right.calls <= {change.call for change in made.changes}
    delivery = {b.code for b in made.blocked if b.aspect == "permitted"}
    assert delivery == right.blocked
    if "fails" not in right.permitted.values():
        assert all(b.verdict == "unknown" for b in made.blocked if b.aspect == "permitted")


@without(REPORTS)
def test_a_key_that_lets_it_do_all_but_look() -> None:
    """The next change of the trail will be refused: named, and no fault of the delivery."""
    config = NAMED["N11-cdk-grant"]["broken_config"]
    fleet = fleet_of_report(config)
    snapshot = world_of_report(config, arrives=True)
    told = [n for n in notices(Facts(fleet, snapshot)) if n.code == "trail-change-refused"]
    assert {notice.account for notice in told} == {ARCHIVE, PRODUCTION}
    off = {**config, "trails": [{**t, "EnableLogFileValidation": False} for t in config["trails"]]}
    made = plan(fleet, world_of_report(off, arrives=True))
    (document,) = (c.arguments["Policy"] for c in made.changes if c.call == "kms:PutKeyPolicy")
    assert "LogkeepCloudTrailDescribe" in document


def with_bucket_key(*, listed: tuple[str, ...]) -> dict[str, Any]:
    """The key policy of CloudTrail's guide over a bucket with a Bucket Key."""
    config = NAMED["N05-calledvia"]["broken_config"]
    key = config["trails"][0]["KmsKeyId"]
    service = {"Service": "cloudtrail.amazonaws.com"}
    trails = [f"arn:aws:cloudtrail:*:{account}:trail/*" for account in listed]
    own, _, look = config["key_policy"]["Statement"][:3]
    encrypt = {
        "Sid": "Encrypt", "Effect": "Allow", "Principal": service,
        "Action": "kms:GenerateDataKey*", "Resource": "*",
        "Condition": {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails}},
    }  # fmt: skip
    opens = {"Sid": "Open", "Effect": "Allow", "Principal": service, "Action": "kms:Decrypt",
             "Resource": "*"}  # fmt: skip
    document = {"Version": "2012-10-17", "Statement": [own, encrypt, look, opens]}
    bucket = {**config["bucket"], "default_key": key, "bucket_key": True}
    return {**config, "bucket": bucket, "key_policy": document}


@without(REPORTS)
def test_a_log_that_arrived_settles_what_a_bucket_key_leaves_open() -> None:
    config = with_bucket_key(listed=(ARCHIVE, PRODUCTION))
    fleet = fleet_of_report(config)
    for arrives, verdict in ((False, "unknown"), (True, "holds")):
        found = diagnose(fleet, world_of_report(config, arrives=arrives))
        assert {r.aspects["permitted"] for r in found.routes} == {verdict}


@without(REPORTS)
def test_an_account_that_the_context_leaves_out_fails() -> None:
    config = with_bucket_key(listed=(ARCHIVE,))
    fleet = fleet_of_report(config)
    snapshot = world_of_report(config, arrives=False)
    permitted = {r.account: r.aspects["permitted"] for r in diagnose(fleet, snapshot).routes}
    assert permitted == {ARCHIVE: "unknown", PRODUCTION: "fails"}
    changes = plan(fleet, snapshot).changes
    (document,) = (c.arguments["Policy"] for c in changes if c.call == "kms:PutKeyPolicy")
    assert PRODUCTION in document


def test_the_areas_that_are_left_out_are_kinds_that_are_not_there_or_have_their_own_tests() -> None:
    assert {"s3-access"} <= sources().keys() & set(AREAS.values())


@without(REPORTS)
@pytest.mark.parametrize("name", ["N01-sra", "N07-confused-deputy-rcp", "B04-legacy-accounts"])
def test_what_would_settle_it_is_a_sentence_and_true(name: str) -> None:
    """Only where the arrival of a log shows that a request passes is one to be waited for."""
    config = NAMED[name]["broken_config"]
    fleet = fleet_of_report(config)
    found = diagnose(fleet, world_of_report(config, arrives=False))
    told = diagnosis_json(fleet, found, everything=False)
    open_ = [
        each
        for route in told["routes"]
        for hop in route["hops"]
        for each in hop["findings"]
        if each["verdict"] == "unknown" and each["aspect"] == "permitted"
    ]
    assert open_
    for each in open_:
        assert each["settle"].count(" ") > 5, each["settle"]
        waits = "wait for a log to arrive" in each["settle"]
        assert waits == (each["evidence"]["action"] != "s3:GetBucketAcl")
