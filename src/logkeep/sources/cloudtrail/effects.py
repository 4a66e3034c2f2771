"""What each call that writes to a trail does to AWS's later answers, shadows included."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from logkeep.facts import Facts, seen
from logkeep.setting import Effect, Write
from logkeep.snapshot import Ask, Reply, reply
from logkeep.sources.cloudtrail.trails import (
    Status,
    Trail,
    TrailList,
    described_ask,
    regions,
    selectors_ask,
    status_ask,
    trails,
)
from logkeep.value import AccountId, Arn, Json

Answers = Mapping[Ask, Reply]
FIELDS = {
    "S3BucketName": "s3_bucket_name",
    "S3KeyPrefix": "s3_key_prefix",
    "KmsKeyId": "kms_key_id",
    "IsMultiRegionTrail": "is_multi_region_trail",
    "IncludeGlobalServiceEvents": "include_global_service_events",
    "EnableLogFileValidation": "log_file_validation_enabled",
}
"""UpdateTrail's arguments and the fields of DescribeTrails in which they show."""


def _places(facts: Facts, account: AccountId, trail: Trail) -> tuple[str, ...]:
    """The Regions in which a trail shows: all for a multi-Region trail, by shadows (1.1.7)."""
    everywhere = regions(facts, account) or (facts.fleet.home_region,)
    return everywhere if trail.is_multi_region_trail else (trail.home_region,)


def _relisted(facts: Facts, account: AccountId, trail: Trail) -> Answers:
    """The listings of every Region with this trail as it now is."""
    answers: dict[Ask, Reply] = {}
    shown = _places(facts, account, trail)
    for region in {*shown, *regions(facts, account), facts.fleet.home_region}:
        question = described_ask(account, region)
        found = seen(facts.look(question, TrailList))
        if found is None:
            continue
        kept = [t for t in found.trails if t.arn != trail.arn]
        now = [*kept, trail] if region in shown else kept
        listed = sorted(now, key=lambda each: each.arn)
        answers[question] = reply({"trailList": msgspec.to_builtins(listed)})
    return answers


def _create(facts: Facts, write: Write) -> Answers:
    """A trail made by API does not log until it is started (rule 1.1.5)."""
    arguments = write.arguments
    trail = Trail(
        name=arguments["Name"],
        home_region=write.region,
        arn=write.address,
        s3_bucket_name=arguments["S3BucketName"],
        s3_key_prefix=arguments.get("S3KeyPrefix", ""),
        kms_key_id=arguments.get("KmsKeyId", ""),
        is_multi_region_trail=arguments.get("IsMultiRegionTrail", False),
        include_global_service_events=arguments.get("IncludeGlobalServiceEvents", True),
        log_file_validation_enabled=arguments.get("EnableLogFileValidation", False),
    )
    quiet = {"IsLogging": False}
    default = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    answers = dict(_relisted(facts, write.account, trail))
    for region in _places(facts, write.account, trail):
        answers[status_ask(trail.arn, write.account, region)] = reply(quiet)
    answers[selectors_ask(trail, write.account)] = reply({"EventSelectors": default})
    return answers


def _known(facts: Facts, account: AccountId, arn: Arn) -> Trail | None:
    return next((t for t in seen(trails(facts, account)) or () if t.arn == arn), None)


def _update(facts: Facts, write: Write) -> Answers:
    trail = _known(facts, write.account, write.address)
    if trail is None:
        return {}
    changed = {FIELDS[name]: value for name, value in write.arguments.items() if name in FIELDS}
    return _relisted(facts, write.account, msgspec.structs.replace(trail, **changed))


def _logging(on: bool) -> Callable[[Facts, Write], Answers]:
    def effect(facts: Facts, write: Write) -> Answers:
        trail = _known(facts, write.account, write.address)
        if trail is None:
            return {}
        answers: dict[Ask, Reply] = {}
        for region in _places(facts, write.account, trail):
            question = status_ask(trail.arn, write.account, region)
            answers[question] = reply(_started(facts, question, on=on))
        return answers

    return effect


def _started(facts: Facts, question: Ask, *, on: bool) -> Json:
    found = seen(facts.look(question, Status)) or Status(is_logging=False)
    began = facts.snapshot.taken_at if on and not found.is_logging else found.start_logging_time
    return msgspec.to_builtins(
        msgspec.structs.replace(found, is_logging=on, start_logging_time=began)
    )


def _selectors(facts: Facts, write: Write) -> Answers:
    trail = _known(facts, write.account, write.address)
    if trail is None:
        return {}
    chosen = {name: value for name, value in write.arguments.items() if name != "TrailName"}
    return {selectors_ask(trail, write.account): reply(chosen)}


def _delete(facts: Facts, write: Write) -> Answers:
    """The listings of every Region without the trail."""
    answers: dict[Ask, Reply] = {}
    for region in regions(facts, write.account) or (facts.fleet.home_region,):
        question = described_ask(write.account, region)
        found = seen(facts.look(question, TrailList))
        if found is not None:
            kept = [t for t in found.trails if t.arn != write.address]
            answers[question] = reply({"trailList": msgspec.to_builtins(kept)})
    return answers


EFFECTS: dict[str, Effect] = {
    "cloudtrail:CreateTrail": _create,
    "cloudtrail:UpdateTrail": _update,
    "cloudtrail:StartLogging": _logging(True),
    "cloudtrail:StopLogging": _logging(False),
    "cloudtrail:PutEventSelectors": _selectors,
    "cloudtrail:DeleteTrail": _delete,
}
