"""What `[[logs]]` may ask of VPC flow logs: where they capture, what, and where they go."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Annotated, Final, TypeAlias

from logkeep.fleet import Fleet, Logs
from logkeep.fleet.naming import Objection
from logkeep.fleet.options import Option, Options, plain
from logkeep.network.fields import DEFAULT, Wrong, read_format
from logkeep.value import AccountId

SOURCE: Final = "vpc-flow"
ARCHIVE: Final = "archive"
CLOUDWATCH: Final = "cloudwatch"
FIREHOSE: Final = "firehose"
STANDARD: Final = "default"
_GROUP_CHARS: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/.#"
)
_ROLE_CHARS: Final = _GROUP_CHARS - {"/", "#"} | {"+", "=", ",", "@"}
_STREAM: Final = re.compile(r"[a-zA-Z0-9_.-]{1,64}")


def _field_objection(text: str) -> Objection | None:
    if text == STANDARD:
        return None
    read = read_format(text)
    return Objection(read.says, read.hint) if isinstance(read, Wrong) else None


def _group_objection(text: str) -> Objection | None:
    """API reference of CloudWatch Logs, CreateLogGroup."""
    if 1 <= len(text) <= 512 and set(text) <= _GROUP_CHARS and not text.startswith("aws/"):
        return None
    return Objection("a log group's name has letters, digits and `_-/.#`, and is no `aws/…`")


def _role_objection(text: str) -> Objection | None:
    if 1 <= len(text) <= 64 and set(text) <= _ROLE_CHARS:
        return None
    return Objection("a role's name has 1 to 64 letters, digits and `+=,.@-_`")


def _stream_objection(text: str) -> Objection | None:
    """API reference of Amazon Data Firehose, CreateDeliveryStream."""
    if _STREAM.fullmatch(text):
        return None
    return Objection("a stream's name has 1 to 64 letters, digits and `_.-`")


class FlowOptions(Options, frozen=True):
    """Who spoke to whom in a network: VPC flow logs, of every VPC of the accounts."""

    capture: Annotated[
        str,
        Option(
            "Where packets are recorded. A flow log of a VPC takes all its subnets and "
            "interfaces, also those added later.",
            example='"subnet"',
            words={"vpc": "vpc", "subnet": "subnet", "interface": "interface"},
        ),
    ] = "vpc"
    traffic: Annotated[
        str,
        Option(
            "Which packets: with ACCEPT no refusal is ever seen, with REJECT nothing that passed.",
            example='"REJECT"',
            words={"ALL": "ALL", "ACCEPT": "ACCEPT", "REJECT": "REJECT"},
        ),
    ] = "ALL"
    to: Annotated[
        tuple[str, ...],
        Option(
            "Where the records go; several are one flow log each, and each is paid for.",
            example='["archive", "cloudwatch", "firehose"]',
            words={ARCHIVE: ARCHIVE, CLOUDWATCH: CLOUDWATCH, FIREHOSE: FIREHOSE},
            alone=True,
        ),
    ] = (ARCHIVE,)
    format: Annotated[
        tuple[str, ...],
        Option(
            "The fields of each record, in their order.",
            example='["version", "vpc-id", "srcaddr", "dstaddr", "action"]',
            left_out="the fourteen of AWS's default format",
            rule=plain(_field_objection),
            alone=True,
        ),
    ] = (STANDARD,)
    parquet: Annotated[
        bool, Option("Whether the files in the archive are Parquet instead of text.", "true")
    ] = False
    log_group: Annotated[
        str,
        Option(
            "The log group in each account and Region that takes them.",
            example='"vpc-flow"',
            left_out="the one in use, else `/logkeep/vpc-flow`",
            rule=plain(_group_objection),
        ),
    ] = ""
    log_role: Annotated[
        str,
        Option(
            "The role in each account by which they are put there.",
            example='"flow-logs"',
            left_out="the one in use, else `LogkeepFlowLogs`",
            rule=plain(_role_objection),
        ),
    ] = ""
    stream: Annotated[
        str,
        Option(
            "The Firehose stream in each Region that takes them. Logkeep makes none, since where "
            "it leads is yours to choose.",
            example='"vpc-flow"',
            left_out="none; `firehose` needs one",
            rule=plain(_stream_objection),
        ),
    ] = ""
    stream_account: Annotated[
        str,
        Option(
            "The account that has the stream.",
            "{account}",
            left_out="each account its own",
            rule=lambda text, around: around.account_objection(text),
        ),
    ] = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of each record."""
        return DEFAULT if STANDARD in self.format else self.format

    def objections(self, given: Collection[str]) -> Iterable[tuple[str, Objection]]:
        """What does not fit together, by key."""
        if STANDARD in self.format and len(self.format) > 1:
            yield "format", Objection("`default` stands alone", "or list every field")
        if self.parquet and ARCHIVE not in self.to:
            yield "parquet", Objection("only files in the archive can be Parquet")
        for key in ("log-group", "log-role"):
            if key in given and CLOUDWATCH not in self.to:
                yield key, Objection("is only asked where `to` names `cloudwatch`")
        for key in ("stream", "stream-account"):
            if key in given and FIREHOSE not in self.to:
                yield key, Objection("is only asked where `to` names `firehose`")
        if FIREHOSE in self.to and "stream" not in given:
            says = "`firehose` needs the stream that takes the records"
            yield "to", Objection(says, 'name it, as in `stream = "vpc-flow"`')


FlowLogs: TypeAlias = Logs[FlowOptions]
"""What the fleet wants of VPC flow logs of some accounts."""


def entries(fleet: Fleet) -> tuple[FlowLogs, ...]:
    """What the fleet wants of VPC flow logs."""
    return fleet.logs_of(SOURCE)


def wanted_for(fleet: Fleet, account: AccountId, to: str) -> FlowLogs | None:
    """The first entry that wants an account's records in a place."""
    found = (e for e in entries(fleet) if account in e.accounts and to in e.options.to)
    return next(found, None)
