"""The reference page of the fleet file, made from the types that it is read into."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

import msgspec

from logkeep.fleet import Accepted, Archive, Fleet, Logs
from logkeep.fleet.draft import first_sentence
from logkeep.fleet.options import (
    STRING,
    STRING_OR_MORE,
    STRINGS,
    TAKES,
    Declared,
    Kinds,
    by_table,
    declared,
    heading,
    in_logs,
)
from logkeep.fleet.retention import Retention
from logkeep.value import Json

HEAD = """\
# The fleet file

`logkeep.toml` says which accounts there are, where their logs are kept, and which logs are wanted.
`logkeep init` writes one with every key explained. Unknown keys, unknown accounts and typos are
errors, named all at once, each with its place.

`make golden` rewrites this page from the types that the file is read into.
"""
ACCOUNTS = """\
## `[accounts]`

A name of your own = the account's id, twelve digits in quotes. Everywhere else in the file an
account may be named by either.

## `[access]`

`role` is the name of the role that is assumed in every account but the caller's own. Left out:
`OrganizationAccountAccessRole`.

Where the roles ask for an external id, `external-id` is that of all accounts, and
`[access.external-ids]` holds those of single ones (`staging = "an-id"`). `session-name` stands in
the records of what Logkeep does (left out: `logkeep`), and `session-minutes` is how long a session
lasts (15 to 720; left out: 60): it is renewed five minutes before its end.

`through` lists, by their ARNs, roles that the caller enters before, one by another
(`["arn:aws:iam::111111111111:role/Hub"]`). Logkeep then works as the last of them, and enters every
other account from there; sessions last 60 minutes at most (rule of STS). The SDK's profile can do
the same for all programs (`role_arn`, `source_profile`), and MFA is left to it (`mfa_serial`);
AWS_PROFILE names it.

`boundary` names a policy of your own that bounds every role Logkeep makes for a service to deliver
by (`"logkeep-roles"`, or with its path `"security/logkeep-roles"`): a permissions boundary, which
has to be in each account before. `logkeep permissions` then lets Logkeep make such roles, and give
them rights, within it alone. A role that is there already without it keeps its rights: put the
boundary on it yourself.
"""
EXAMPLE_ACCOUNT = '"security"'
BESIDES: Mapping[object, str] = {
    str | None: STRING,
    tuple[str, ...] | None: STRINGS,
    datetime.date: "a date",
    datetime.datetime | None: "a date, or a date and time",
    Retention | None: STRING,
}
"""What else the tables take that all fleets have."""
COLUMNS = "| key | takes | default | what it is for |\n|---|---|---|---|"


def _takes(each: Declared) -> str:
    found = TAKES.get(each.type) or BESIDES[each.type]
    return STRING_OR_MORE if each.option.alone else found


def reference(kinds: Kinds) -> str:
    """The whole page: what all fleets have, then what may be asked of each kind of log."""
    parts = [
        HEAD,
        "## At the top\n",
        _table(Fleet),
        ACCOUNTS,
        "## `[archive]`\n",
        _table(Archive),
        "## `[[logs]]`\n",
        "An entry for each kind of log, or several for different accounts.\n",
        _table(Logs),
    ]
    for name, own in in_logs(kinds).items():
        parts += [f'### `source = "{name}"`\n', f"{first_sentence(own)}\n"]
        parts += [_table(own)] if declared(own) else ["It has no options of its own.\n"]
    for name, own in by_table(kinds):
        parts += [f"## `{heading(name)}`\n", f"{first_sentence(own)}\n", _table(own)]
    parts += ["## `[[accepted]]`\n", "What a finding is that is known and lived with.\n"]
    return "\n".join((*parts, _table(Accepted)))


def _table(kind: type[msgspec.Struct]) -> str:
    return "\n".join((COLUMNS, *map(_row, declared(kind)))) + "\n"


def _row(each: Declared) -> str:
    says = " ".join((each.option.says, *_more(each)))
    cells = (f"`{each.key}`", _takes(each), _left_out(each), says)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _left_out(each: Declared) -> str:
    """What it is where it is left out, or that it may not be left out."""
    if each.option.left_out:
        return each.option.left_out
    if each.default is msgspec.NODEFAULT:
        return "required"
    return f"`{_toml(each.default)}`" if each.default not in ("", (), None) else "nothing"


def _toml(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else msgspec.json.encode(value).decode()


def _more(each: Declared) -> Iterator[str]:
    """The words that are understood, the bounds of a number, an example."""
    option = each.option
    if option.words:
        yield f"One or more of {', '.join(f'`{word}`' for word in option.words)}."
    if option.most:
        yield f"From {option.least} to {option.most} {option.unit}".strip() + "."
    default = each.default
    if option.example and (default is msgspec.NODEFAULT or option.example != _toml(default)):
        yield f"Example: `{option.example.replace('{account}', EXAMPLE_ACCOUNT)}`."
