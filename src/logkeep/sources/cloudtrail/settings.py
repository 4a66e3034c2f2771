"""A trail's settings: how each is read, and which call writes it in the trail's home Region."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from logkeep.route import Exists, Hop, Is
from logkeep.snapshot.facts import Facts, map_look, remembered, seen
from logkeep.snapshot.setting import Setting, Thing, Write, not_ours
from logkeep.sources.cloudtrail import intact, spoil
from logkeep.sources.cloudtrail.insights import read_insights, write_insights
from logkeep.sources.cloudtrail.options import TrailLogs, trail_logs
from logkeep.sources.cloudtrail.selectors import (
    DATA_TYPES,
    GLOBAL,
    MANAGEMENT,
    data_coverage,
    kind_of,
    management_coverage,
)
from logkeep.sources.cloudtrail.trails import Selectors, Trail, selectors, status, trails
from logkeep.sources.cloudtrail.widening import NEW, widened
from logkeep.value import Absent, AccountId, Json, Look, Seen, arn_name

FLEET_TAG = "logkeep:fleet"


def logs_of(facts: Facts, account: AccountId) -> TrailLogs | None:
    """What the fleet file says of an account's CloudTrail; of one it does not name, the
    organization's.
    """
    named, organizations = _logs_by_account(facts)
    return named.get(account, organizations)


@remembered
def _logs_by_account(facts: Facts) -> tuple[dict[AccountId, TrailLogs], TrailLogs | None]:
    """The first entry that names each account, and the organization's."""
    entries = trail_logs(facts.fleet)
    named = {account: entry for entry in reversed(entries) for account in entry.accounts}
    return named, next((entry for entry in entries if entry.options.organization), None)


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


def _selected(facts: Facts, hop: Hop) -> Look[Selectors]:
    look = _trail(facts, hop)
    return selectors(facts, look.value, hop.account) if isinstance(look, Seen) else look


def _read_management(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return map_look(_selected(facts, hop), lambda found: management_coverage(found).says())


def _read_data(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """How much is selected of all of a kind; or of the one resource that the need is of."""
    wanted = need.of or need.setting.rsplit(".", 1)[-1]
    partition = facts.fleet.partition
    found = _selected(facts, hop)
    return map_look(found, lambda s: data_coverage(s, wanted, partition).says(need.of))


@functools.lru_cache(1024)
def selected_need(kind: str) -> Is:
    """That a trail selects every event of a kind: `management`, `s3`, `lambda` or one resource."""
    if kind == MANAGEMENT:
        return Is("trail.management-events", "all", "management-events-off")
    if kind == GLOBAL:
        return Is("trail.global-events", True, "global-events-off")
    if kind in DATA_TYPES:
        return Is(f"trail.data-events.{kind}", "all", "data-events-off")
    what = "function" if kind_of(kind) == "lambda" else "bucket"
    return Is(f"trail.data-events.{what}", "all", "data-events-off", of=kind)


def _kinds(hop: Hop) -> tuple[str, ...]:
    """The kinds of events that a trail has to select, by what it needs."""
    needs = [need for need in hop.needs if isinstance(need, Is)]
    data = (need for need in needs if need.setting.startswith("trail.data-events."))
    named = tuple(need.of or need.setting.rsplit(".", 1)[-1] for need in data)
    return (MANAGEMENT, *named) if _wants(hop, "trail.management-events") else named


def _write_selectors(facts: Facts, hop: Hop, _value: Json) -> tuple[Write, ...]:
    """One call sets all selectors, so every such need writes the same."""
    found = seen(_selected(facts, hop)) or NEW
    chosen = _widened(facts, found, _kinds(hop))
    arguments: dict[str, Json] = {"TrailName": hop.arn, **chosen}
    return (Write(hop.arn, hop.account, hop.region, "cloudtrail:PutEventSelectors", arguments),)


@remembered
def _widened(facts: Facts, found: Selectors, kinds: tuple[str, ...]) -> Mapping[str, Json]:
    """Thousands of trails that are alike are widened alike."""
    return widened(found, kinds, facts.fleet.partition)


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
    if any(isinstance(need, Exists) and need.kind == "organization" for need in hop.needs):
        arguments["IsOrganizationTrail"] = True
    if _wants(hop, "trail.recursive-logging"):
        arguments["RecursiveLogging"] = False
    return (Write(hop.arn, hop.account, hop.region, "cloudtrail:CreateTrail", arguments),)


def _wants(hop: Hop, setting: str) -> bool:
    return any(isinstance(need, Is) and need.setting == setting for need in hop.needs)


def _wanted_key(hop: Hop) -> Json:
    needs = (n for n in hop.needs if isinstance(n, Is) and n.setting == "trail.key")
    return next((need.value for need in needs), "")


SETTINGS: dict[str, Setting] = {
    "trail.logging": Setting(_read_logging, _write_logging, (False,)),
    "trail.multi-region": Setting(
        _described(lambda t: t.is_multi_region_trail),
        _updated("IsMultiRegionTrail"),
        spoil=spoil.at_home,
    ),
    "trail.global-events": Setting(
        _described(lambda t: t.include_global_service_events),
        _updated("IncludeGlobalServiceEvents"),
    ),
    "trail.bucket": Setting(
        _described(lambda t: t.s3_bucket_name), _updated("S3BucketName"), (spoil.ELSEWHERE,)
    ),
    "trail.prefix": Setting(
        _described(lambda t: t.s3_key_prefix), _updated("S3KeyPrefix"), ("moved",)
    ),
    "trail.key": Setting(
        _described(lambda t: t.kms_key_id), _updated("KmsKeyId"), spoil=spoil.other_key
    ),
    "trail.validation": Setting(
        _described(lambda t: t.log_file_validation_enabled),
        _updated("EnableLogFileValidation"),
        (False,),
    ),
    "trail.management-events": Setting(_read_management, _write_selectors, spoil=spoil.narrowed),
    "trail.data-events.s3": Setting(_read_data, _write_selectors, spoil=spoil.narrowed),
    "trail.data-events.lambda": Setting(_read_data, _write_selectors, spoil=spoil.narrowed),
    "trail.data-events.bucket": Setting(_read_data, _write_selectors, spoil=spoil.narrowed),
    "trail.data-events.function": Setting(_read_data, _write_selectors, spoil=spoil.narrowed),
    "trail.recursive-logging": Setting(
        # Where it is not shown nothing is asked of it; AWS's own default is on (rule 1.1.5).
        _described(lambda t: t.recursive_logging is not False),
        _updated("RecursiveLogging"),
        (True,),
    ),
    "trail.insights": Setting(read_insights, write_insights, spoil=spoil.without_insights),
    "trail.integrity": Setting(intact.read, not_ours, tells=intact.tells),
    "trail.delivery-error": Setting(_read_error, not_ours),
}

THINGS: dict[str, Thing] = {"trail": Thing(_find, _make, spoil.gone)}
