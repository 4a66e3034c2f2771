"""What does a new logkeep.toml say? A template to fill in, or what was found, with its doubts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import msgspec

from logkeep.fleet.file import ROLE
from logkeep.fleet.toml_table import bare_key, flat, toml_text
from logkeep.value import AccountId, Arn, Region

EXAMPLE_ACCOUNTS: Mapping[str, AccountId] = MappingProxyType(
    {"security": "111111111111", "production": "222222222222", "staging": "333333333333"}
)
NOTE_CHARS_MAX = 400
"""How much of a note is written; names that strangers gave may be long."""


class Draft(msgspec.Struct, frozen=True):
    """A fleet file before it is written; what is None stays an example behind a `#`."""

    name: str = "acme"
    home_region: Region = "us-east-1"
    accounts: Mapping[str, AccountId] = EXAMPLE_ACCOUNTS
    archive: str = "security"
    """The name of the account that keeps the logs."""
    role: str = ROLE
    bucket: str | None = None
    key: str = "alias/logkeep"
    prefix: str | None = None
    region: Region | None = None
    readers: tuple[Arn, ...] | None = None
    data_events: tuple[str, ...] = ("s3", "lambda")
    organization: bool | None = None
    beside: Mapping[AccountId, str] = {}
    """What is said behind an account, on its line."""
    notes: Mapping[str, tuple[str, ...]] = {}
    """What is said above a key, by the key's name; `accounts` are said below the accounts."""


def template(
    name: str = "acme",
    home_region: Region = "us-east-1",
    accounts: Mapping[str, AccountId] = EXAMPLE_ACCOUNTS,
    archive: str = "security",
) -> str:
    """The commented logkeep.toml that `logkeep init` writes; it reads without a mistake."""
    return draft_text(Draft(name, home_region, accounts, archive))


def draft_text(draft: Draft) -> str:
    """A draft as the text of a fleet file, each key under its explanation."""
    parts = (_head(draft), _accounts(draft), _archive(draft), _logs(draft), _accepted(draft))
    return "\n".join(line for part in parts for line in (*part, "")).rstrip("\n") + "\n"


def comment(text: str) -> str:
    """A text as one line of comment, with nothing in it that would end the line."""
    said = flat(text)
    shown = said if len(said) <= NOTE_CHARS_MAX else said[: NOTE_CHARS_MAX - 1] + "…"
    return f"# {shown}"


def _notes(draft: Draft, key: str) -> Iterator[str]:
    return map(comment, draft.notes.get(key, ()))


def _said(draft: Draft, key: str, value: str | None, example: str) -> Iterator[str]:
    """A key with its value, or an example of it behind a `#`; what was noticed stands above."""
    yield from _notes(draft, key)
    yield f"{key} = {value}" if value is not None else f"# {key} = {example}"


def _text(value: str | None) -> str | None:
    return None if value is None else toml_text(value)


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(toml_text, values))}]"


def _rows(values: Iterable[str]) -> str:
    """A list with each value on its own line where there are several."""
    listed = list(values)
    if len(listed) < 2:
        return _list(listed)
    return "[\n" + "".join(f"    {toml_text(each)},\n" for each in listed) + "]"


def _head(draft: Draft) -> Iterator[str]:
    yield "# The accounts whose logs Logkeep keeps, and where it keeps them."
    yield ""
    yield from _said(draft, "name", toml_text(draft.name), "")
    yield ""
    yield "# Where trails are made and, unless [archive] says otherwise, the bucket."
    yield from _said(draft, "home-region", toml_text(draft.home_region), "")
    yield ""
    yield f"# Or a list such as [{toml_text(draft.home_region)}]."
    yield from _said(draft, "regions", '"all"', "")


def _accounts(draft: Draft) -> Iterator[str]:
    yield "# A name of your own = the account's id."
    yield "[accounts]"
    for name, id_ in draft.accounts.items():
        said = draft.beside.get(id_)
        behind = f"  {comment(said)}" if said else ""
        yield f"{bare_key(name)} = {toml_text(id_)}{behind}"
    yield from _notes(draft, "accounts")
    yield ""
    yield "# The role assumed in every account but the caller's own."
    yield "[access]"
    yield from _said(draft, "role", toml_text(draft.role), "")


def _archive(draft: Draft) -> Iterator[str]:
    readers = None if draft.readers is None else _rows(draft.readers)
    yield "[archive]"
    yield "# The account that keeps the logs of all."
    yield from _said(draft, "account", toml_text(draft.archive), "")
    yield "# Left out: an account-regional name nobody else can take."
    yield from _said(draft, "bucket", _text(draft.bucket), '"my-logs"')
    yield "# An alias, made if absent, or a key's ARN."
    yield from _said(draft, "key", toml_text(draft.key), "")
    yield "# What stands before AWSLogs/ in every key of the bucket."
    yield from _said(draft, "prefix", _text(draft.prefix), '"trails"')
    yield "# Where the bucket and its key lie; left out: home-region."
    yield from _said(draft, "region", _text(draft.region), toml_text(draft.home_region))
    yield "# Who alone may read; left out, a key that Logkeep makes lets nobody decrypt."
    yield from _said(draft, "readers", readers, '["arn:aws:iam::111111111111:role/LogReader"]')
    yield "# Who may change the archive's settings; left out: the role that Logkeep uses there."
    yield '# administrators = ["arn:aws:iam::111111111111:role/LogAdmin"]'


def _logs(draft: Draft) -> Iterator[str]:
    keeper = toml_text(draft.archive)
    wanted = None if draft.organization is None else str(draft.organization).lower()
    yield "# One trail an account."
    yield "[[logs]]"
    yield 'source = "cloudtrail"'
    yield "# Who read which object and called which function; AWS bills these by event."
    yield from _said(draft, "data-events", _list(draft.data_events), "")
    yield '# One bucket, prefix or function is named by its ARN: "arn:aws:s3:::my-bucket/".'
    yield "# What CloudTrail Insights looks for; AWS bills it by event analysed."
    yield '# insights = ["call-rate", "error-rate"]'
    yield "# A CloudWatch Logs group that every trail sends to besides, and the role for it."
    yield '# log-group = "SecurityTrail"'
    yield '# log-role = "CloudTrail_CloudWatchLogs_Role"'
    yield "# How old its newest event may be while the account was active."
    yield "# log-group-silent-minutes = 60"
    yield "# Left out: all accounts."
    yield f"# accounts = [{keeper}]"
    yield "# The name for a trail that has to be made, and the accounts where it has another."
    yield '# trail = "logkeep"'
    yield f'# trails = {{ {keeper} = "audit" }}'
    yield "# One organization trail for all; false wants one an account; left out: what is there."
    yield from _said(draft, "organization", wanted, "true")


def _accepted(draft: Draft) -> Iterator[str]:
    yield "# A finding known and lived with, until."
    yield "# [[accepted]]"
    yield '# code = "trail-single-region"'
    yield f"# account = {toml_text(draft.archive)}"
    yield "# until = 2027-03-31"
    yield '# why = "moving to another Region"'
