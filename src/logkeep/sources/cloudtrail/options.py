"""What `[[logs]]` may ask of CloudTrail, and which names of trails and data events AWS accepts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Final, TypeAlias

from logkeep.fleet import Fleet, Logs
from logkeep.fleet.naming import (
    Objection,
    account_objection,
    bucket_objection,
    group_objection,
    is_ip_address,
    region_objection,
    role_objection,
)
from logkeep.fleet.options import Around, Option, Options, plain
from logkeep.fleet.toml_table import meant, quoted
from logkeep.value import AccountId, ArnParts, parse_arn

SOURCE: Final = "cloudtrail"
DATA_EVENTS: Final = ("s3", "lambda")
INSIGHTS: Final[Mapping[str, str]] = MappingProxyType(
    {"call-rate": "ApiCallRateInsight", "error-rate": "ApiErrorRateInsight"}
)
"""The types of Insights (rule 1.12.5); AWS's own names are understood too."""
SHORTEST_SILENCE: Final = 15
"""An event takes minutes to come (rule 1.5), so a shorter silence says nothing."""
LONGEST_SILENCE: Final = 7 * 24 * 60
_FUNCTION = re.compile(r"function:[A-Za-z0-9_-]{1,64}")
_TRAIL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])")


def _data_event(text: str, around: Around) -> Objection | None:
    """All of a kind, or the ARN of a bucket, of a prefix in it, or of a function."""
    if text in DATA_EVENTS:
        return None
    if text.startswith("arn:"):
        return resource_objection(text, around.partition)
    return Objection(f"unknown data event {quoted(text)}", meant(text, DATA_EVENTS))


def trail_objection(text: str) -> Objection | None:
    """What CloudTrail holds against a trail's name (rule 1.1.4)."""
    if not 3 <= len(text) <= 128:
        return Objection(f"a trail name has 3 to 128 characters, this has {len(text)}")
    if not _TRAIL.fullmatch(text):
        return Objection(
            "a trail name has only letters, digits and `._-`, and begins and ends "
            "with a letter or digit"
        )
    if re.search(r"[._-]{2}", text):
        return Objection("a trail name has no two of `._-` in a row")
    return Objection("a trail name is not an IP address") if is_ip_address(text) else None


class TrailOptions(Options, frozen=True, dict=True):
    """Who did what: one trail an account, or the organization's for all."""

    data_events: Annotated[
        tuple[str, ...],
        Option(
            "Who read which object and called which function. AWS bills these by event, so they "
            'are off unless they are asked for, such as by ["s3", "lambda"] for all of both. One '
            'bucket, prefix or function is named by its ARN: "arn:aws:s3:::my-bucket/".',
            '["s3", "lambda"]',
            rule=_data_event,
        ),
    ] = ()
    insights: Annotated[
        tuple[str, ...],
        Option(
            "What CloudTrail Insights looks for; AWS bills it by event analysed.",
            '["call-rate", "error-rate"]',
            words=INSIGHTS,
        ),
    ] = ()
    """By AWS's names."""
    log_group: Annotated[
        str,
        Option(
            "A CloudWatch Logs group that every trail also sends to.",
            '"SecurityTrail"',
            rule=plain(group_objection),
        ),
    ] = ""
    log_role: Annotated[
        str,
        Option(
            "The role that CloudTrail writes there with.",
            '"CloudTrail_CloudWatchLogs_Role"',
            left_out="the trail's own, else AWS's name",
            rule=plain(role_objection),
        ),
    ] = ""
    log_group_silent_minutes: Annotated[
        int,
        Option(
            "How old its newest event may be while the account was active.",
            "60",
            least=SHORTEST_SILENCE,
            most=LONGEST_SILENCE,
            unit="minutes",
        ),
    ] = 60
    trail: Annotated[
        str,
        Option(
            "The name for a trail that has to be made.",
            '"logkeep"',
            start='"logkeep"',
            rule=plain(trail_objection),
        ),
    ] = "logkeep"
    trails: Annotated[
        tuple[tuple[AccountId, str], ...],
        Option(
            "The accounts whose trail has another name.",
            '{ {account} = "audit" }',
            rule=plain(trail_objection),
        ),
    ] = ()
    organization: Annotated[
        bool | None,
        Option(
            "One organization trail for all; false means one for each account.",
            "true",
            left_out="what is there, else one an account",
        ),
    ] = None

    def trail_name(self, account: AccountId) -> str:
        """The name for an account's trail where it has to be made."""
        return self._names.get(account, self.trail)

    @cached_property
    def _names(self) -> dict[AccountId, str]:
        return dict(self.trails)

    def objections(self, given: Collection[str]) -> Iterable[tuple[str, Objection]]:
        """A role says nothing without a group to write to."""
        if "log-role" in given and "log-group" not in given:
            says = "there is no log group to write to"
            yield "log-role", Objection(says, "name it: `log-group`")


TrailLogs: TypeAlias = Logs[TrailOptions]
"""What the fleet wants of CloudTrail, and of which accounts."""


def resource_objection(text: str, partition: str) -> Objection | None:
    """What is wrong with an ARN whose data events are wanted: a bucket, a prefix or a function."""
    parts = parse_arn(text)
    if "*" in text:
        return Objection("selectors know no wildcards", "a bucket's ARN takes all that begins so")
    if parts is None or parts.service not in ("s3", "lambda"):
        hint = "write `s3`, `lambda`, `arn:aws:s3:::BUCKET/` or a function's ARN"
        return Objection("not the ARN of a bucket, a prefix or a function", hint)
    if partition and parts.partition != partition:
        return Objection(f"the fleet lives in partition `{partition}`, not `{parts.partition}`")
    return _data_bucket_objection(parts) if parts.service == "s3" else _function_objection(parts)


def _data_bucket_objection(parts: ArnParts) -> Objection | None:
    """The slash after the bucket's name matters (rule 1.12.2)."""
    name, slash, _ = parts.resource.partition("/")
    start = f"arn:{parts.partition}:s3:::{name}"
    if parts.region or parts.account:
        hint = f"did you mean `{start}/`?"
        return Objection("a bucket's ARN has no Region and no account", hint)
    if not name:
        return Objection("names no bucket", "write `s3` for all buckets")
    objection = bucket_objection(name)
    if objection is not None or slash:
        return objection
    return Objection("a slash is wanted after the bucket's name", f"did you mean `{start}/`?")


def _function_objection(parts: ArnParts) -> Objection | None:
    """A function's ARN is exact: another version or alias is another ARN (API, DataResource)."""
    if not _FUNCTION.fullmatch(parts.resource):
        hint = f"write `arn:{parts.partition}:lambda:REGION:ACCOUNT:function:NAME`"
        return Objection("not a function's ARN without version or alias", hint)
    return region_objection(parts.region) or account_objection(parts.account)


def trail_logs(fleet: Fleet) -> tuple[TrailLogs, ...]:
    """What the fleet wants of CloudTrail."""
    return fleet.logs_of(SOURCE)


def wanted_accounts(logs: Iterable[TrailLogs]) -> list[AccountId]:
    """The accounts whose CloudTrail is wanted, each once."""
    return list(dict.fromkeys(account for each in logs for account in each.accounts))
