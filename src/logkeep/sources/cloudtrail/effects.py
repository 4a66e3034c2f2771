"""What each call that writes to a trail does to AWS's later answers, shadows included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from logkeep.access import organization
from logkeep.snapshot import Ask, Reply, reply
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Effect, Write
from logkeep.sources.cloudtrail import organization_trail
from logkeep.sources.cloudtrail.insights import NONE_YET, insights_ask
from logkeep.sources.cloudtrail.options import trail_logs
from logkeep.sources.cloudtrail.trails import (
    Trail,
    TrailList,
    TrailStatus,
    described_ask,
    listed_in,
    selectors_ask,
    status_ask,
    trails,
)
from logkeep.value import AccountId, Arn, Json, Region

Answers = Mapping[Ask, Reply]
FIELDS = {
    "S3BucketName": "s3_bucket_name",
    "S3KeyPrefix": "s3_key_prefix",
    "KmsKeyId": "kms_key_id",
    "IsMultiRegionTrail": "is_multi_region_trail",
    "IncludeGlobalServiceEvents": "include_global_service_events",
    "EnableLogFileValidation": "log_file_validation_enabled",
    "RecursiveLogging": "recursive_logging",
    "CloudWatchLogsLogGroupArn": "cloud_watch_logs_log_group_arn",
    "CloudWatchLogsRoleArn": "cloud_watch_logs_role_arn",
}
"""UpdateTrail's arguments and the fields of DescribeTrails in which they show."""


def _shown(facts: Facts, account: AccountId, trail: Trail) -> tuple[AccountId, ...]:
    """The accounts in which a trail shows: an organization's in every member (rule 1.2.2)."""
    if not trail.is_organization_trail:
        return (account,)
    of = organization_trail.identity(facts).id
    members = [a for a in facts.fleet.accounts.values() if _is_member(facts, a, of)]
    return tuple(dict.fromkeys((account, *members)))


def _is_member(facts: Facts, account: AccountId, of: str) -> bool:
    found = seen(organization.membership(facts, account))
    return found is not None and found.id == of


def _places(facts: Facts, account: AccountId, trail: Trail) -> Iterator[tuple[AccountId, Region]]:
    """Where a trail shows: in all Regions if it is multi-Region, by shadows (1.1.7)."""
    for each in _shown(facts, account, trail):
        everywhere = trail.is_multi_region_trail
        for region in listed_in(facts, each) if everywhere else (trail.home_region,):
            yield each, region


def _relisted(facts: Facts, account: AccountId, trail: Trail) -> Answers:
    """The listings of every account and Region with this trail as it now is."""
    answers: dict[Ask, Reply] = {}
    shown = set(_places(facts, account, trail))
    others = {(a, r) for a in _shown(facts, account, trail) for r in listed_in(facts, a)}
    for place in shown | others:
        question = described_ask(*place)
        found = seen(facts.look(question, TrailList))
        if found is None:
            continue
        kept = [t for t in found.trails if t.arn != trail.arn]
        now = [*kept, trail] if place in shown else kept
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
        is_organization_trail=arguments.get("IsOrganizationTrail", False),
        recursive_logging=arguments.get("RecursiveLogging", msgspec.UNSET),
    )
    quiet = {"IsLogging": False}
    default = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    answers = dict(_relisted(facts, write.account, trail))
    for account, region in _places(facts, write.account, trail):
        answers[status_ask(trail.arn, account, region)] = reply(quiet)
    answers[selectors_ask(trail, write.account)] = reply({"EventSelectors": default})
    if any(logs.options.insights for logs in trail_logs(facts.fleet)):
        answers[insights_ask(trail.arn, write.account, write.region)] = NONE_YET
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
        for account, region in _places(facts, write.account, trail):
            question = status_ask(trail.arn, account, region)
            answers[question] = reply(_started(facts, question, on=on))
        return answers

    return effect


def _started(facts: Facts, question: Ask, *, on: bool) -> Json:
    found = seen(facts.look(question, TrailStatus)) or TrailStatus(is_logging=False)
    began = facts.taken_at if on and not found.is_logging else found.start_logging_time
    return msgspec.to_builtins(
        msgspec.structs.replace(found, is_logging=on, start_logging_time=began)
    )


def _selectors(facts: Facts, write: Write) -> Answers:
    trail = _known(facts, write.account, write.address)
    if trail is None:
        return {}
    chosen = {name: value for name, value in write.arguments.items() if name != "TrailName"}
    return {selectors_ask(trail, write.account): reply(chosen)}


def _insights(facts: Facts, write: Write) -> Answers:
    """What the trail looks for; its listing says that it does, where it says anything of it."""
    trail = _known(facts, write.account, write.address)
    if trail is None:
        return {}
    chosen: Json = write.arguments["InsightSelectors"]
    question = insights_ask(trail.arn, write.account, write.region)
    answers = {question: reply({"InsightSelectors": chosen}) if chosen else NONE_YET}
    if trail.has_insight_selectors is msgspec.UNSET:
        return answers
    changed = msgspec.structs.replace(trail, has_insight_selectors=bool(chosen))
    return {**answers, **_relisted(facts, write.account, changed)}


def _delete(facts: Facts, write: Write) -> Answers:
    """The listings of every account and Region without the trail."""
    trail = _known(facts, write.account, write.address)
    answers: dict[Ask, Reply] = {}
    for account in _shown(facts, write.account, trail) if trail else ():
        for region in listed_in(facts, account):
            question = described_ask(account, region)
            found = seen(facts.look(question, TrailList))
            if found is not None:
                kept = [t for t in found.trails if t.arn != write.address]
                answers[question] = reply({"trailList": msgspec.to_builtins(kept)})
    return answers


def _trust(facts: Facts, write: Write) -> Answers:
    """The organization trusts one service more."""
    question = organization_trail.trusted_ask(facts)
    found = seen(facts.look(question, organization_trail.TrustedList))
    known = {t.service_principal for t in found.enabled_service_principals} if found else set[str]()
    names = sorted(known | {write.arguments["ServicePrincipal"]})
    return {question: reply({"EnabledServicePrincipals": [{"ServicePrincipal": n} for n in names]})}


EFFECTS: dict[str, Effect] = {
    "cloudtrail:CreateTrail": _create,
    "cloudtrail:UpdateTrail": _update,
    "cloudtrail:StartLogging": _logging(True),
    "cloudtrail:StopLogging": _logging(False),
    "cloudtrail:PutEventSelectors": _selectors,
    "cloudtrail:PutInsightSelectors": _insights,
    "cloudtrail:DeleteTrail": _delete,
    "organizations:EnableAWSServiceAccess": _trust,
}
