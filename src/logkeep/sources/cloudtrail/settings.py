"""A trail's settings: how each is read, and which call writes it in the trail's home Region."""

from __future__ import annotations

from collections.abc import Callable

from logkeep.facts import Facts, map_look, seen
from logkeep.fleet import Logs
from logkeep.integrity.report import ChainReport, verdict
from logkeep.route import Hop, Is
from logkeep.setting import Setting, Thing, Write, not_ours
from logkeep.snapshot import NOT_ASKED, Ask, ask
from logkeep.sources.cloudtrail.selectors import (
    basic_selectors,
    data_covered,
    management_covered,
    widened,
)
from logkeep.sources.cloudtrail.trails import Selectors, Trail, adopted, selectors, status, trails
from logkeep.value import Absent, AccountId, Json, Look, Region, Seen, Unseen, arn_name

FLEET_TAG = "logkeep:fleet"


def logs_of(facts: Facts, account: str) -> Logs | None:
    """What the fleet file says of an account's CloudTrail."""
    entries = (e for e in facts.fleet.logs if e.source == "cloudtrail" and account in e.accounts)
    return next(entries, None)


def _trail(facts: Facts, hop: Hop) -> Look[Trail]:
    look = trails(facts, hop.account)
    if not isinstance(look, Seen):
        return look
    found = next((trail for trail in look.value if trail.arn == hop.arn), None)
    return Seen(found) if found else Absent(f"cloudtrail:DescribeTrails in {hop.account}")


def _described(field: Callable[[Trail], Json]) -> Callable[[Facts, Hop, Is], Look[Json]]:
    """How a setting is read that DescribeTrails shows."""
    return lambda facts, hop, _need: map_look(_trail(facts, hop), field)


def _updated(argument: str) -> Callable[[Facts, Hop, Json], tuple[Write, ...]]:
    """How a setting is written that UpdateTrail takes."""
    return lambda _facts, hop, value: (
        Write(
            hop.arn,
            hop.account,
            hop.region,
            "cloudtrail:UpdateTrail",
            {"Name": hop.arn, argument: value},
        ),
    )


def _read_logging(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return map_look(status(facts, hop.arn, hop.account, hop.region), lambda s: s.is_logging)


def _write_logging(_facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    call = "cloudtrail:StartLogging" if value else "cloudtrail:StopLogging"
    return (Write(hop.arn, hop.account, hop.region, call, {"Name": hop.arn}),)


def _read_error(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    look = status(facts, need.of, hop.account, need.region)
    return map_look(look, lambda s: s.latest_delivery_error or s.latest_digest_delivery_error)


def _read_integrity(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """What the last verification said of the digests and logs of a Region."""
    logs = logs_of(facts, hop.account)
    trail = seen(adopted(facts, logs, hop.account)) if logs else None
    if trail is None:
        return Unseen("logkeep verify", NOT_ASKED)
    look = facts.look(verify_ask(hop.account, need.region, trail.name), ChainReport)
    if not isinstance(look, Seen):
        return Unseen("logkeep verify", "has not been run")
    match verdict(look.value):
        case "holds":
            return Seen("valid")
        case "fails":
            return Seen(f"{look.value.faults_failing} faults")
        case "unknown":
            return Unseen("logkeep verify", "could not read all that should be there")


def verify_ask(account: AccountId, region: Region, trail: str) -> Ask:
    """The question that a report of `logkeep verify` answers."""
    return ask(account, region, "logkeep:Verify", Trail=trail)


def _selected(facts: Facts, hop: Hop) -> Look[Selectors]:
    look = _trail(facts, hop)
    return selectors(facts, look.value, hop.account) if isinstance(look, Seen) else look


def _read_management(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return map_look(_selected(facts, hop), management_covered)


def _read_data(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    kind = need.setting.rsplit(".", 1)[-1]
    return map_look(_selected(facts, hop), lambda found: data_covered(found, kind))


def _write_selectors(facts: Facts, hop: Hop, _value: Json) -> tuple[Write, ...]:
    """One call sets all selectors, so every such need writes the same."""
    logs = logs_of(facts, hop.account)
    kinds = logs.data_events if logs else ()
    found = _selected(facts, hop)
    if isinstance(found, Seen):
        chosen = widened(found.value, kinds, facts.fleet.partition)
    else:
        chosen = {"EventSelectors": basic_selectors(kinds, facts.fleet.partition)}
    arguments: dict[str, Json] = {"TrailName": hop.arn, **chosen}
    return (Write(hop.arn, hop.account, hop.region, "cloudtrail:PutEventSelectors", arguments),)


def _find(facts: Facts, hop: Hop) -> Look[Json]:
    return map_look(_trail(facts, hop), lambda trail: trail.arn)


def _make(facts: Facts, hop: Hop) -> tuple[Write, ...]:
    """A trail that records everything, made whole in one call; started and narrowed by others."""
    arguments: dict[str, Json] = {
        "Name": arn_name(hop.arn),
        "S3BucketName": facts.fleet.archive.bucket,
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True,
        "EnableLogFileValidation": True,
        "KmsKeyId": _wanted_key(hop),
        "TagsList": [{"Key": FLEET_TAG, "Value": facts.fleet.name}],
    }
    if facts.fleet.archive.prefix:
        arguments["S3KeyPrefix"] = facts.fleet.archive.prefix
    return (Write(hop.arn, hop.account, hop.region, "cloudtrail:CreateTrail", arguments),)


def _wanted_key(hop: Hop) -> Json:
    needs = (n for n in hop.needs if isinstance(n, Is) and n.setting == "trail.key")
    return next((need.value for need in needs), "")


SETTINGS: dict[str, Setting] = {
    "trail.logging": Setting(_read_logging, _write_logging),
    "trail.multi-region": Setting(
        _described(lambda t: t.is_multi_region_trail), _updated("IsMultiRegionTrail")
    ),
    "trail.global-events": Setting(
        _described(lambda t: t.include_global_service_events),
        _updated("IncludeGlobalServiceEvents"),
    ),
    "trail.bucket": Setting(_described(lambda t: t.s3_bucket_name), _updated("S3BucketName")),
    "trail.prefix": Setting(_described(lambda t: t.s3_key_prefix), _updated("S3KeyPrefix")),
    "trail.key": Setting(_described(lambda t: t.kms_key_id), _updated("KmsKeyId")),
    "trail.validation": Setting(
        _described(lambda t: t.log_file_validation_enabled), _updated("EnableLogFileValidation")
    ),
    "trail.management-events": Setting(_read_management, _write_selectors),
    "trail.data-events.s3": Setting(_read_data, _write_selectors),
    "trail.data-events.lambda": Setting(_read_data, _write_selectors),
    "trail.integrity": Setting(_read_integrity, not_ours),
    "trail.delivery-error": Setting(_read_error, not_ours),
}

THINGS: dict[str, Thing] = {"trail": Thing(_find, _make)}
