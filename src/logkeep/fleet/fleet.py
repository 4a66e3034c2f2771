"""What you want: the accounts, the archive and the logs of a fleet, as `logkeep.toml` says them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any, Generic, TypeVar, cast

import msgspec

from logkeep.fleet.access import Access
from logkeep.fleet.options import Option, Options
from logkeep.fleet.retention import Retention
from logkeep.value import AccountId, Arn, Region, partition_of

Own = TypeVar("Own", bound=Options)


class Archive(msgspec.Struct, frozen=True):
    """Where every log goes, and who may do what with it."""

    account: Annotated[AccountId, Option("The account that has the archive.")]
    bucket: Annotated[
        str,
        Option(
            "The bucket that keeps them, made if absent.",
            '"my-logs"',
            left_out="an account-regional name nobody else can take",
        ),
    ]
    key: Annotated[str, Option("An alias, made if absent, or a key's ARN.", '"alias/logkeep"')] = (
        "alias/logkeep"
    )
    prefix: Annotated[
        str | None,
        Option(
            "The key prefix in the bucket, before AWSLogs/.",
            '"trails"',
            left_out="nothing, or what an adopted trail has",
        ),
    ] = None
    """None leaves what is adopted the prefix it has."""
    region: Annotated[
        Region,
        Option("The Region of the bucket and its key.", '"eu-west-1"', left_out="home-region"),
    ] = ""
    readers: Annotated[
        tuple[Arn, ...] | None,
        Option(
            "The only principals that may read.",
            '["arn:aws:iam::111111111111:role/LogReader"]',
            left_out="a key that Logkeep makes lets nobody decrypt",
        ),
    ] = None
    """None means the fleet file does not say."""
    administrators: Annotated[
        tuple[Arn, ...],
        Option(
            "Who may change the archive's settings.",
            '["arn:aws:iam::111111111111:role/LogAdmin"]',
            left_out="the role that Logkeep uses there",
        ),
    ] = ()
    intact_since: Annotated[
        datetime.datetime | None,
        Option(
            "From when on its logs have to be proven complete and unchanged.",
            "2026-12-01",
            left_out="the oldest object in the archive",
        ),
    ] = None
    encryption: Annotated[
        str,
        Option(
            'How uploads have to be encrypted: `"default"` makes the archive\'s key the default '
            'and refuses another header; `"forced"` refuses an upload without a header too. '
            "AWS services are left out of both, so no log is refused.",
            '"default"',
            left_out="nothing is asked",
        ),
    ] = ""
    lock: Annotated[
        Retention | None,
        Option(
            "Object Lock for what comes in: `governance` or `compliance`, and for how many days "
            "(`d`) or years (`y`). It cannot be switched off again.",
            '"compliance 400d"',
            left_out="nothing is asked",
        ),
    ] = None


class Logs(msgspec.Struct, Generic[Own], frozen=True, cache_hash=True):
    """One kind of log that the fleet wants, of which accounts, and what is asked of it."""

    source: Annotated[str, Option("The kind of log.")]
    accounts: Annotated[
        tuple[AccountId, ...],
        Option("Whose logs they are.", "[{account}]", left_out="all accounts"),
    ]
    options: Own = cast(Any, Options())
    """The kind's own options."""


class Accepted(msgspec.Struct, frozen=True):
    """A finding that is known and lived with until a date."""

    code: Annotated[str, Option("The code of the finding.", '"trail-single-region"')]
    until: Annotated[datetime.date, Option("The last day on which it is.", "2027-03-31")]
    why: Annotated[str, Option("Why it is.", '"moving to another Region"')]
    account: Annotated[
        AccountId | None, Option("In which account alone.", "{account}", left_out="in all")
    ] = None


class Fleet(msgspec.Struct, frozen=True, dict=True):
    """Everything the fleet file says, with account names resolved to ids."""

    name: Annotated[
        str, Option("The fleet's name; names and tags of what Logkeep makes have it.", '"acme"')
    ]
    home_region: Annotated[
        Region,
        Option(
            "Where trails are made and, unless [archive] says otherwise, the bucket.",
            '"us-east-1"',
        ),
    ]
    regions: Annotated[
        tuple[Region, ...] | None,
        Option('"all", or a list of Regions.', '"all"', left_out="every Region that is enabled"),
    ]
    """None means every Region enabled in the account."""
    accounts: dict[str, AccountId]
    role: str
    archive: Archive
    logs: tuple[Logs[Any], ...]
    accepted: tuple[Accepted, ...] = ()
    access: Access = Access()

    def logs_of(self, source: str) -> tuple[Logs[Any], ...]:
        """What the fleet wants of one kind of log."""
        return tuple(each for each in self.logs if each.source == source)

    @cached_property
    def archive_readers(self) -> tuple[Arn, ...]:
        """Who reads the archive besides its declared readers, to bring about what is asked."""
        bucket, account = self.bucket_arn, self.archive.account
        options = (cast("Options", each.options) for each in self.logs)
        asked = (each.archive_readers(bucket, account) for each in options)
        return tuple(dict.fromkeys(arn for arns in asked for arn in arns))

    @cached_property
    def archive_setters(self) -> tuple[Arn, ...]:
        """Which roles of services change a setting of the archive, to bring about what is asked."""
        bucket, account = self.bucket_arn, self.archive.account
        options = (cast("Options", each.options) for each in self.logs)
        asked = (each.archive_setters(bucket, account) for each in options)
        return tuple(dict.fromkeys(arn for arns in asked for arn in arns))

    def place(self, account: AccountId) -> tuple[int, AccountId]:
        """Where an account is told among others: in the order of the file, all others after."""
        return self._order.get(account, len(self._order)), account

    def in_order(self, accounts: Iterable[AccountId]) -> list[AccountId]:
        """Accounts in the one order in which they are told, each once."""
        return sorted(set(accounts), key=self.place)

    @cached_property
    def _order(self) -> dict[AccountId, int]:
        return {account: number for number, account in enumerate(self.accounts.values())}

    @cached_property
    def partition(self) -> str:
        """The partition the fleet lives in."""
        return partition_of(self.home_region)

    @cached_property
    def archive_region(self) -> Region:
        """The Region of the archive's bucket and key."""
        return self.archive.region or self.home_region

    @cached_property
    def bucket_arn(self) -> Arn:
        """The ARN of the archive's bucket."""
        return f"arn:{self.partition}:s3:::{self.archive.bucket}"

    def boundary(self, account: AccountId) -> Arn:
        """The policy that bounds what Logkeep's roles in an account may; empty for none."""
        name = self.access.boundary
        return f"arn:{self.partition}:iam::{account}:policy/{name}" if name else ""

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
