"""What `[[logs]]` may ask of S3 server access logs: which buckets, and where their logs go."""

from __future__ import annotations

import fnmatch
from typing import Annotated, Final, TypeAlias

from logkeep.fleet import Logs
from logkeep.fleet.naming import Objection, bucket_objection, prefix_objection
from logkeep.fleet.options import Around, Option, Options, plain
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId

SOURCE: Final = "s3-access"
_PATTERN_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-*?")


def _pattern_objection(text: str) -> Objection | None:
    """A bucket's name, in which `*` and `?` stand for other characters."""
    if text and set(text) <= _PATTERN_CHARS:
        return None
    return Objection("a bucket's name or a pattern such as `app-*` is wanted here")


def _target_objection(text: str, around: Around) -> Objection | None:
    """No access log comes where the default is SSE-KMS or Object Lock is on (rules 9.4, 9.5)."""
    if text == around.archive and around.closed:
        says = f"the archive is to have {around.closed}, and S3 delivers no access log into that"
        return Objection(says, "name another bucket")
    return bucket_objection(text)


def is_like(bucket: str, pattern: str) -> bool:
    """Whether a bucket's name is the given one, or fits the pattern."""
    return fnmatch.fnmatchcase(bucket, pattern)


class AccessOptions(Options, frozen=True):
    """Who asked what of a bucket: S3 server access logs, bucket by bucket, best effort."""

    buckets: Annotated[
        tuple[str, ...],
        Option(
            "Which buckets log: names, or patterns with `*` and `?`.",
            example='["app-*"]',
            left_out="every bucket of the accounts",
            rule=plain(_pattern_objection),
        ),
    ] = ("*",)
    except_: Annotated[
        tuple[str, ...],
        Option(
            "Which of them do not, by name or pattern.",
            example='["app-scratch"]',
            rule=plain(_pattern_objection),
        ),
    ] = ()
    target: Annotated[
        str,
        Option(
            "The bucket that takes the logs; it has to be in the account and Region of the "
            "buckets that log (rule of S3).",
            example='"app-access-logs"',
            left_out="one in each account and Region, made if absent",
            rule=_target_objection,
        ),
    ] = ""
    prefix: Annotated[
        str,
        Option(
            "What the keys of new settings begin with.",
            example='"access"',
            rule=plain(prefix_objection),
        ),
    ] = ""
    partitioned: Annotated[
        bool,
        Option(
            "Whether the keys of new settings have a folder for each bucket and day.",
            example="true",
        ),
    ] = True

    def takes(self, bucket: str) -> bool:
        """Whether a bucket is to log."""

        def is_in(patterns: tuple[str, ...]) -> bool:
            return any(is_like(bucket, pattern) for pattern in patterns)

        return is_in(self.buckets) and not is_in(self.except_)


AccessLogs: TypeAlias = Logs[AccessOptions]
"""What the fleet wants of S3 server access logs of some accounts."""


def options_of(facts: Facts, account: AccountId, bucket: str) -> AccessOptions:
    """What is asked of a bucket: by the first entry that names it, else the defaults."""
    for logs in facts.fleet.logs_of(SOURCE):
        if account in logs.accounts and logs.options.takes(bucket):
            return logs.options
    return AccessOptions()
