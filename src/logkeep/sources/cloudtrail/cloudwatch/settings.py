"""What is read of a trail's way into CloudWatch Logs, and which calls make or change it."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access.log_group import bare
from logkeep.route import Hop, Is
from logkeep.snapshot.facts import Facts, map_look
from logkeep.snapshot.setting import Setting, Thing, Write, not_ours
from logkeep.sources.cloudtrail.cloudwatch.arrival import read_error
from logkeep.sources.cloudtrail.cloudwatch.feed import Feed, feeds, trail_of
from logkeep.sources.cloudtrail.cloudwatch.routes import TRAIL
from logkeep.sources.cloudtrail.options import trail_logs
from logkeep.sources.cloudtrail.organization_trail import only_where_allowed
from logkeep.sources.cloudtrail.trails import Trail, trails
from logkeep.value import Absent, Json, Look, Seen


def _trail(facts: Facts, hop: Hop) -> Look[Trail]:
    look = trails(facts, hop.account)
    if not isinstance(look, Seen):
        return look
    found = trail_of(facts, hop.account, hop.arn)
    return Seen(found) if found else Absent(f"cloudtrail:DescribeTrails in {hop.account}")


def _find_trail(facts: Facts, hop: Hop) -> Look[Json]:
    return map_look(_trail(facts, hop), lambda trail: trail.arn)


def _read_group(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return map_look(_trail(facts, hop), lambda t: bare(t.cloud_watch_logs_log_group_arn))


def _read_role(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return map_look(_trail(facts, hop), lambda t: t.cloud_watch_logs_role_arn)


def _point(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    """Group and role are set by one call, for AWS takes none without the other (rule 1.10.1)."""
    found = next((f for f in _asked_for(facts) if f.speaker.arn == hop.arn), None)
    if found is None:
        return ()
    arguments: dict[str, Json] = {
        "Name": hop.arn,
        "CloudWatchLogsLogGroupArn": f"{found.group}:*" if value else "",
        "CloudWatchLogsRoleArn": found.role if value else "",
    }
    return (Write(hop.arn, hop.account, hop.region, "cloudtrail:UpdateTrail", arguments),)


def _asked_for(facts: Facts) -> Iterator[Feed]:
    """Every way into a log group that the fleet asks for."""
    for logs in trail_logs(facts.fleet):
        if logs.options.log_group:
            for account in logs.accounts:
                yield from (f for f in feeds(facts, logs, account) if f.is_asked_for)


SETTINGS: dict[str, Setting] = {
    "trail.log-group": only_where_allowed(Setting(_read_group, _point, ("",))),
    "trail.log-role": only_where_allowed(Setting(_read_role, _point)),
    "loggroup.delivery-error": Setting(read_error, not_ours),
}

THINGS: dict[str, Thing] = {
    TRAIL: Thing(_find_trail, not_ours),
}
