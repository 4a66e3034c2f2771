"""A fleet whose production account logs the accesses of its buckets, and snapshots of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from logkeep.access.bucket import CALLS, Bucket, listing, of_account, of_bucket
from logkeep.archive.effects import NOT_SET
from logkeep.fleet import Fleet, Logs
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.s3_access import AccessOptions
from logkeep.sources.s3_access.logging import LOCK, LOGGING
from logkeep.sources.s3_access.vended import SOURCES
from logkeep.sources.wants import wants
from support.worlds import fleet_of, well

ACCOUNT = "333333333333"
HOME = "us-east-1"
DATA, CACHE, TARGET = "app-data", "app-cache", "app-access-logs"


def fleet(options: AccessOptions | None = None) -> Fleet:
    """The fleet acme, whose staging account 333333333333 is to log accesses."""
    found = fleet_of()
    wanted = options or AccessOptions(buckets=("app-*",))
    return msgspec.structs.replace(found, logs=(*found.logs, Logs("s3-access", (ACCOUNT,), wanted)))


def facts(of: Fleet, now: Snapshot) -> Facts:
    return Facts(of, now)


def bucket_answers(
    name: str,
    region: str = HOME,
    *,
    logging: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    **others: Reply,
) -> dict[Ask, Reply]:
    """What AWS says of a bucket: nothing is set but what is given, by the call's name."""
    at, seen_from = Bucket(name, ACCOUNT, region), Bucket(name, ACCOUNT, HOME)
    some = facts(fleet(), well(fleet_of()))
    place = reply({"LocationConstraint": None if region == HOME else region})
    found = {of_bucket(some, call, at): Reply(error=code) for call, code in NOT_SET.items()}
    found |= {
        of_bucket(some, "s3:GetBucketLocation", seen_from): place,
        of_bucket(some, "s3:GetBucketLocation", at): place,
        of_bucket(some, "s3:GetBucketVersioning", at): reply({}),
        of_bucket(some, "s3:GetBucketAcl", at): reply({"Grants": []}),
        of_bucket(some, "s3:GetBucketRequestPayment", at): reply({"Payer": "BucketOwner"}),
        of_bucket(some, LOGGING, at): reply({"LoggingEnabled": logging} if logging else {}),
        of_account(some, at): Reply(error="NoSuchPublicAccessBlockConfiguration"),
    }
    if policy is not None:
        asked = of_bucket(some, "s3:GetBucketPolicy", at)
        found[asked] = reply({"Policy": json.dumps(policy)})
    for call, answer in others.items():
        found[of_bucket(some, f"s3:{call}", at)] = answer
    assert set(NOT_SET) <= {*CALLS, LOCK}
    return found


def snapshot(names: Iterable[str], *answers: dict[Ask, Reply]) -> Snapshot:
    """CloudTrail all well, these buckets in the account, and what AWS says of them."""
    some = facts(fleet(), well(fleet_of()))
    owned = reply({"Buckets": [{"Name": name} for name in names]})
    merged: dict[Ask, Reply] = {listing(some, ACCOUNT): owned}
    for each in answers:
        merged |= each
    return well(fleet_of()).with_answers(merged)


def asked_out(of: Fleet, now: Snapshot) -> Snapshot:
    """The snapshot when everything worth asking was asked: buckets that are not there are not."""
    missing = {
        question: Reply(error="404")
        for question in wants(of)(now)
        if question not in now.answers and question.call == "s3:HeadBucket"
    }
    silent = {
        question: Reply(error="NoSuchPublicAccessBlockConfiguration")
        for question in wants(of)(now)
        if question not in now.answers and question.call.endswith("GetPublicAccessBlock")
    }
    vended = {
        question: reply({"deliverySources": []})
        for question in wants(of)(now)
        if question not in now.answers and question.call == SOURCES
    }
    return now.with_answers({**missing, **silent, **vended})


def bare() -> Snapshot:
    """Two buckets in two Regions that do not log, and nothing to take their logs."""
    return asked_out(
        fleet(),
        snapshot((DATA, CACHE), bucket_answers(DATA), bucket_answers(CACHE, "eu-west-1")),
    )


def statement(*sources: str) -> dict[str, Any]:
    """The statement that S3's guide gives (rule 9.2)."""
    return {
        "Sid": "S3ServerAccessLogsPolicy",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{TARGET}/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": [f"arn:aws:s3:::{each}" for each in sources]},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        },
    }


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


INTO_TARGET = {"TargetBucket": TARGET, "TargetPrefix": "data/"}


def by_hand(document: dict[str, Any] | None, **target: Reply) -> Snapshot:
    """A bucket that logs into another by hand, as people set it up."""
    return asked_out(
        fleet(),
        snapshot(
            (DATA, TARGET),
            bucket_answers(DATA, logging=INTO_TARGET),
            bucket_answers(TARGET, policy=document, **target),
        ),
    )
