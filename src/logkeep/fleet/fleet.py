"""What you want: the accounts, the archive and the logs of a fleet, as `logkeep.toml` says them."""

from __future__ import annotations

import datetime
from functools import cached_property

import msgspec

from logkeep.value import AccountId, Arn, Region, partition_of


class Archive(msgspec.Struct, frozen=True):
    """Where every log goes, and who may do what with it."""

    account: AccountId
    bucket: str
    key: str = "alias/logkeep"
    """An alias, made if absent, or a key's ARN."""
    prefix: str | None = None
    """The S3 key prefix of every trail; None leaves an adopted trail the one it has."""
    region: Region = ""
    """The bucket's Region; empty means the fleet's home Region."""
    readers: tuple[Arn, ...] | None = None
    """Who alone may read; None means the fleet file does not say."""
    administrators: tuple[Arn, ...] = ()
    """Who may change the archive's settings; none named means the role Logkeep uses there."""


class Logs(msgspec.Struct, frozen=True):
    """One kind of log that the fleet wants, and of which accounts."""

    source: str
    accounts: tuple[AccountId, ...]
    trail: str = "logkeep"
    """The name for a trail that has to be made."""
    data_events: tuple[str, ...] = ()
    insights: tuple[str, ...] = ()
    """The types of Insights that every trail is to look for, by AWS's names."""
    organization: bool | None = None
    """Whether one organization trail is wanted; None takes what is there, else one an account."""
    trails: dict[AccountId, str] = msgspec.field(default_factory=dict[AccountId, str])
    """The accounts whose trail has another name than the rest."""
    log_group: str = ""
    """The CloudWatch Logs group that every trail is to send to besides; none asks for none."""
    log_role: str = ""
    """The role that CloudTrail writes there with; none takes the trail's own, else AWS's name."""
    log_group_silent_minutes: int = 60
    """The age beyond which a group's newest event is stale where the account was active."""

    def __hash__(self) -> int:
        # What is looked up is remembered by its Logs, and a dict has no hash of its own.
        named = tuple(sorted(self.trails.items()))
        kept = (self.trail, self.data_events, self.organization, self.log_group, self.log_role)
        return hash((self.source, self.accounts, named, self.insights, *kept))

    def trail_name(self, account: AccountId) -> str:
        """The name for an account's trail where it has to be made."""
        return self.trails.get(account, self.trail)


class Accepted(msgspec.Struct, frozen=True):
    """A finding that is known and lived with until a date."""

    code: str
    until: datetime.date
    why: str
    account: AccountId | None = None


class Fleet(msgspec.Struct, frozen=True, dict=True):
    """Everything the fleet file says, with account names resolved to ids."""

    name: str
    home_region: Region
    regions: tuple[Region, ...] | None
    """None means every Region enabled in the account."""
    accounts: dict[str, AccountId]
    role: str
    archive: Archive
    logs: tuple[Logs, ...]
    accepted: tuple[Accepted, ...] = ()

    @property
    def partition(self) -> str:
        """The partition the fleet lives in."""
        return partition_of(self.home_region)

    @property
    def archive_region(self) -> Region:
        """The Region of the archive's bucket and key."""
        return self.archive.region or self.home_region

    @property
    def bucket_arn(self) -> Arn:
        """The ARN of the archive's bucket."""
        return f"arn:{self.partition}:s3:::{self.archive.bucket}"

    def has(self, account: AccountId) -> bool:
        """Whether the fleet names an account."""
        return account in self._names

    def account_name(self, account: AccountId) -> str:
        """The fleet's name for an account, or its id where it has none."""
        return self._names.get(account, account)

    @cached_property
    def _names(self) -> dict[AccountId, str]:
        """Each account's first name, told from the accounts."""
        return {account: name for name, account in reversed(self.accounts.items())}
