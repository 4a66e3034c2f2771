"""What of a trail shows in its delivery to CloudWatch Logs: group, role and stream."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.access.log_group import bare, group_arn
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.speaker import Speaker, as_it_is
from logkeep.sources.cloudtrail.trails import Trail, serving, trails
from logkeep.sources.cloudtrail.ways import wanted
from logkeep.value import AccountId, Arn, Region

DEFAULT_ROLE = "CloudTrail_CloudWatchLogs_Role"
"""The role that CloudTrail's console makes (rule 1.10.2)."""


class Feed(msgspec.Struct, frozen=True):
    """A trail's way into a log group, for the events of one account."""

    speaker: Speaker
    group: Arn
    """Without the `:*` that the trail's setting ends with."""
    role: Arn
    is_asked_for: bool
    """Whether the fleet asks for this group; else it is as found."""

    @property
    def account(self) -> AccountId:
        """Whose events they are."""
        return self.speaker.account

    @property
    def home_region(self) -> Region:
        """Where the log group lies (rule 1.10.1)."""
        return self.speaker.home_region

    @property
    def stream(self) -> Arn:
        """The stream that takes the account's events (rule 1.10.3)."""
        of = self.speaker.organization
        name = f"{self.account}_CloudTrail_{self.home_region}"
        return f"{self.group}:log-stream:{of}_{name}" if of else f"{self.group}:log-stream:{name}"

    @property
    def streams(self) -> Arn:
        """The streams that the role is to write to, as AWS's own sample names them (1.10.2)."""
        own = f"{self.speaker.owner}_CloudTrail_{self.home_region}*"
        of = self.speaker.organization
        return f"{self.group}:log-stream:" + (f"{of}_*" if of else own)


@remembered
def feeds(facts: Facts, logs: TrailLogs, account: AccountId) -> tuple[Feed, ...]:
    """The ways of an account's events into log groups, one of each home Region."""
    found: dict[Region, Feed] = {}
    for each in _all(facts, logs, account):
        found.setdefault(each.home_region, each)
    return tuple(found.values())


def _all(facts: Facts, logs: TrailLogs, account: AccountId) -> Iterator[Feed]:
    """The wanted trail's way, then that of every other trail at the archive that has one."""
    first = wanted(facts, logs, account, intended=False)
    trail = trail_of(facts, first.asked, first.arn)
    if logs.options.log_group or (trail and trail.cloud_watch_logs_log_group_arn):
        group = wanted_group(facts, logs, trail, first)
        role = wanted_role(facts, logs, trail, first)
        yield Feed(first, group, role, bool(logs.options.log_group))
    for other in serving(facts, account):
        if other.arn != first.arn and other.cloud_watch_logs_log_group_arn:
            named = bare(other.cloud_watch_logs_log_group_arn)
            role = other.cloud_watch_logs_role_arn
            yield Feed(as_it_is(facts, account, other), named, role, is_asked_for=False)


def trail_of(facts: Facts, asked: AccountId, arn: Arn) -> Trail | None:
    """A trail as an account shows it."""
    return next((t for t in seen(trails(facts, asked)) or () if t.arn == arn), None)


def wanted_group(facts: Facts, logs: TrailLogs, trail: Trail | None, who: Speaker) -> Arn:
    """The group that the fleet asks for, else the trail's; both in the trail's home (1.10.1)."""
    if logs.options.log_group:
        return group_arn(facts.fleet.partition, who.home_region, who.owner, logs.options.log_group)
    return bare(trail.cloud_watch_logs_log_group_arn) if trail else ""


def wanted_role(facts: Facts, logs: TrailLogs, trail: Trail | None, who: Speaker) -> Arn:
    """The role that the fleet names, else the one the trail has, else AWS's own name."""
    if not logs.options.log_role and trail and trail.cloud_watch_logs_role_arn:
        return trail.cloud_watch_logs_role_arn
    return (
        f"arn:{facts.fleet.partition}:iam::{who.owner}:role/{logs.options.log_role or DEFAULT_ROLE}"
    )
