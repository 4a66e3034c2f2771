"""What does logkeep.toml say, and what is wrong with it, all at once and each in its place?"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Iterator
from typing import cast

import msgspec

from logkeep.fleet.access import KEYS, read_access
from logkeep.fleet.fleet import Accepted, Archive, Fleet, Logs
from logkeep.fleet.naming import (
    Objection,
    account_objection,
    bucket_objection,
    key_objection,
    prefix_objection,
    principal_objection,
    region_objection,
    regional_bucket,
    regional_objection,
    role_objection,
)
from logkeep.fleet.options import (
    Around,
    Kinds,
    Options,
    by_table,
    heading,
    in_logs,
    keys,
    read_options,
)
from logkeep.fleet.parsing import parse
from logkeep.fleet.retention import Retention, read_retention, retention_objection
from logkeep.fleet.toml_table import (
    Mistake,
    Table,
    TooManyMistakes,
    ValueRule,
    kind_objection,
    meant,
    nearest,
    quoted,
)
from logkeep.value import AccountId, Region, partition_of

FILENAME = "logkeep.toml"
ROLE = "OrganizationAccountAccessRole"
ENCRYPTIONS = ("default", "forced")
"""What may be asked of the archive's encryption."""
_ROOT = (*keys(Fleet), "accounts", "access", "archive", "logs", "accepted")


def read_fleet(
    text: str,
    kinds: Kinds,
    filename: str = FILENAME,
    codes: frozenset[str] | None = None,
) -> Fleet | tuple[Mistake, ...]:
    """The fleet that a file's text describes, or every mistake in it.

    Which kinds of log there are, and what each may be asked, is the caller's to say.
    Where the codes of findings are given, no other may be accepted.
    """
    root = parse(text, filename)
    if isinstance(root, Mistake):
        return (root,)
    mistakes: list[Mistake] = []
    own = (name for name, _ in by_table(kinds) if "." not in name)
    try:
        fleet = _fleet(Table(root, (*_ROOT, *own), filename, "", mistakes), kinds, codes)
    except TooManyMistakes:
        return (*mistakes, Mistake(filename, f"has more than {len(mistakes)} mistakes"))
    return tuple(mistakes) or fleet


def _fleet(root: Table, kinds: Kinds, codes: frozenset[str] | None) -> Fleet:
    name = root.required("name", fleet_objection, 'write `name = "acme"`')
    home = root.required("home-region", region_objection, 'write `home-region = "us-east-1"`')
    accounts = _accounts(root)
    around = Around(home, accounts)
    regions = _regions(root, home)
    entering = root.table("access", KEYS)
    role = entering.text("role", role_objection) or ROLE
    access = read_access(entering, accounts, around.partition)
    archive = _archive(root, name, around, kinds)
    _something_is_asked(root, kinds)
    inside = msgspec.structs.replace(around, archive=archive.bucket, closed=_closed(archive))
    return Fleet(
        name=name,
        home_region=home,
        regions=regions,
        accounts=accounts,
        role=role,
        access=access,
        archive=archive,
        logs=(*_all_logs(root, inside, in_logs(kinds)), *_by_tables(root, inside, kinds)),
        accepted=tuple(
            _accepted(table, around, codes) for table in root.tables("accepted", keys(Accepted))
        ),
    )


def _closed(archive: Archive) -> str:
    """What the archive is to be that keeps some services from delivering into it."""
    if archive.encryption:
        return "a default encryption under its key"
    return "Object Lock" if archive.lock else ""


def fleet_objection(text: str) -> Objection | None:
    """What is wrong with a fleet's name."""
    if re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", text):
        return None
    return Objection("a fleet's name has 1 to 32 lower-case letters, digits and inner hyphens")


def _in_partition(home: Region) -> ValueRule:
    def rule(text: str) -> Objection | None:
        objection = region_objection(text)
        if objection or not home or partition_of(text) == partition_of(home):
            return objection
        says = f"partition `{partition_of(text)}`, where home-region is in `{partition_of(home)}`"
        return Objection(says, "a fleet lives in one partition")

    return rule


def _regions(root: Table, home: Region) -> tuple[Region, ...] | None:
    value = root.values.get("regions", "all")
    if value == "all":
        return None
    if not isinstance(value, list):
        hint = 'write `regions = ["us-east-1"]`, or `"all"`'
        root.wrong("regions", Objection(kind_objection(value, "a list of Regions").says, hint))
        return ()
    if not value:
        root.wrong("regions", Objection("an empty list", 'name the Regions, or write `"all"`'))
    return root.texts("regions", _in_partition(home))


def _accounts(root: Table) -> dict[str, AccountId]:
    root.missing("accounts", 'write `[accounts]` and under it `security = "111111111111"`')
    table = root.table("accounts", None)
    if "accounts" in root.values and not table.values:
        root.wrong("accounts", Objection("names no account"))
    found: dict[str, AccountId] = {}
    names: dict[AccountId, str] = {}
    for name in table.values:
        id_ = _account_id(table, name)
        if id_ in names:
            table.wrong(name, Objection(f"`{id_}` is {quoted(names[id_])} already"))
        elif id_:
            names[id_] = name
        found[name] = id_
    return found


def _account_id(table: Table, name: str) -> AccountId:
    value = table.values[name]
    if account_objection(name) is None:
        table.wrong(name, Objection("an account's name is wanted here, not its id"))
    if isinstance(value, int) and not isinstance(value, bool):
        table.wrong(name, Objection("a number, not a string", f'write `"{value:012d}"` in quotes'))
        return ""
    return table.text(name, account_objection)


def _archive(root: Table, fleet: str, around: Around, kinds: Kinds) -> Archive:
    root.missing("archive", "write `[archive]` and under it the account that keeps the logs")
    nested = (name for name, _ in by_table(kinds))
    inner = [name.removeprefix("archive.") for name in nested if name.startswith("archive.")]
    table = root.table("archive", (*keys(Archive), *inner))
    if "archive" in root.values:
        table.missing("account", "name the account that keeps the logs")
    account = _account(table, around)
    home = around.home_region
    given = table.text("region", _in_partition(home))
    region = home if "region" not in table.values else given

    def principal(text: str) -> Objection | None:
        return principal_objection(text, around.partition)

    def key(text: str) -> Objection | None:
        return key_objection(text, around.partition, region)

    return Archive(
        account=account,
        bucket=_bucket(table, fleet, account, region),
        key=table.text("key", key) or "alias/logkeep",
        prefix=table.text("prefix", prefix_objection) or None,
        region=given,
        readers=table.texts("readers", principal),
        administrators=table.texts("administrators", principal) or (),
        intact_since=_moment(table, "intact-since"),
        encryption=table.text("encryption", _encryption_objection),
        lock=_lock(table),
    )


def _encryption_objection(text: str) -> Objection | None:
    if text in ENCRYPTIONS:
        return None
    return Objection(f"unknown value {quoted(text)}", meant(text, ENCRYPTIONS))


def _lock(table: Table) -> Retention | None:
    found = read_retention(table.text("lock", retention_objection))
    return found if isinstance(found, Retention) else None


def _moment(table: Table, key: str) -> datetime.datetime | None:
    """A time; a date is its first moment in UTC, and so is a time without a zone."""
    value = table.values.get(key)
    if isinstance(value, datetime.datetime):
        with contextlib.suppress(OverflowError):
            return (value if value.tzinfo else value.replace(tzinfo=datetime.UTC)).astimezone(
                datetime.UTC
            )
    elif isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=datetime.UTC)
    if value is not None:
        hint = "write it without quotes, such as `2026-12-01` or `2026-12-01T06:00:00Z`"
        table.wrong(key, Objection(kind_objection(value, "a date").says, hint))
    return None


def _account(table: Table, around: Around) -> AccountId:
    name = table.text("account", around.account_objection)
    return around.accounts.get(name, name)


def _bucket(table: Table, fleet: str, account: AccountId, region: Region) -> str:
    def rule(text: str) -> Objection | None:
        known = account and region
        return bucket_objection(text) or (
            regional_objection(text, account, region) if known else None
        )

    if "bucket" in table.values or not (fleet and account and region):
        return table.text("bucket", rule)
    made = regional_bucket(fleet, account, region)
    if made is None:
        says = f"missing, and {region} has no bucket names that nobody else can take"
        table.wrong("bucket", Objection(says, "name one"))
        return ""
    return table.check("bucket", made, rule)


def _all_logs(root: Table, around: Around, kinds: Kinds) -> tuple[Logs[Options], ...]:
    found: list[Logs[Options]] = []
    taken: set[tuple[str, AccountId]] = set()
    for table in root.tables("logs", None):
        logs = _logs(table, around, kinds)
        for account in logs.accounts:
            if logs.source and (logs.source, account) in taken:
                says = f"`{logs.source}` of {quoted(account)} is wanted twice"
                table.wrong("accounts", Objection(says, "name each account under one [[logs]]"))
            taken.add((logs.source, account))
        found.append(logs)
    return tuple(found)


def _something_is_asked(root: Table, kinds: Kinds) -> None:
    """A file may ask for no logs, where it asks for what has tables of its own."""
    own = [name for name, _ in by_table(kinds)]
    archive = root.values.get("archive")
    nested = cast("dict[str, object]", archive) if isinstance(archive, dict) else {}
    if {*root.values, *(f"archive.{name}" for name in nested)}.isdisjoint(own):
        first = min(in_logs(kinds), default="")
        others = "".join(f", or `{heading(name)}`" for name in own)
        root.missing("logs", f'write `[[logs]]` and under it `source = "{first}"`{others}')


def _by_tables(root: Table, around: Around, kinds: Kinds) -> Iterator[Logs[Options]]:
    """What is asked of the kinds that have tables of their own."""
    for source, kind in kinds.items():
        every: list[tuple[Table, Options]] = []
        for name, own in kind.tables().items():
            tables = _tables(root, name, keys(own))
            found = [read_options(own, table, around) for table in tables]
            for place, key, objection in own.clashes(found, around):
                tables[place].wrong(key, objection)
            every += zip(tables, found, strict=True)
        for place, key, objection in kind.crossing([options for _, options in every], around):
            every[place][0].wrong(key, objection)
        yield from (Logs(source, (), options) for _, options in every)


def _tables(root: Table, name: str, known: tuple[str, ...] | None) -> tuple[Table, ...]:
    outer, _, inner = name.rpartition(".")
    if not outer:
        return root.tables(name, known)
    around = root.values.get(outer)
    if not isinstance(around, dict) or inner not in around:
        return ()
    return (root.table(outer, None).table(inner, known),)


def _logs(table: Table, around: Around, kinds: Kinds) -> Logs[Options]:
    def rule(text: str) -> Objection | None:
        if text in kinds:
            return None
        return Objection(f"unknown source {quoted(text)}", meant(text, kinds))

    source = table.required("source", rule, meant("", kinds))
    # What is asked of a misspelt kind is read as what was meant, to name all mistakes at once.
    written = table.values.get("source")
    as_if = source or (nearest(written, kinds) if isinstance(written, str) else "")
    _note_unknown(table, as_if, kinds)
    named = table.texts("accounts", around.account_objection)
    known = around.accounts
    chosen = known.values() if named is None else (known.get(name, name) for name in named)
    return Logs(
        source=source,
        accounts=tuple(dict.fromkeys(id_ for id_ in chosen if id_)),
        options=read_options(kinds.get(as_if, Options), table, around),
    )


def _note_unknown(table: Table, source: str, kinds: Kinds) -> None:
    """Note what the kind of log does not know; of an unknown kind, what no kind knows."""
    shared = keys(Logs)
    others = {key: name for name, kind in kinds.items() for key in keys(kind)}
    own = keys(kinds[source]) if source in kinds else tuple(others)
    for key in table.values:
        if key in others and key not in (*shared, *own):
            says = f"unknown key {quoted(key)} of source `{source}`"
            table.wrong(key, Objection(says, f"`{others[key]}` has an option of that name"))
        elif key not in (*shared, *own):
            table.unknown(key, (*shared, *own))


def _accepted(table: Table, around: Around, codes: frozenset[str] | None) -> Accepted:
    return Accepted(
        code=table.required("code", _code(codes), "name the finding"),
        until=_until(table),
        why=table.required("why", _why_objection, "say why it is lived with"),
        account=_account(table, around) or None,
    )


def _code(codes: frozenset[str] | None) -> ValueRule:
    def rule(text: str) -> Objection | None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
            return Objection("not a finding's code", "a code looks like `trail-missing`")
        if codes is None or text in codes:
            return None
        return Objection(f"no finding is called {quoted(text)}", meant(text, codes))

    return rule


def _why_objection(text: str) -> Objection | None:
    return None if text.strip() else Objection("says nothing", "say why it is lived with")


def _until(table: Table) -> datetime.date:
    value = table.values.get("until")
    hint = "write a date without quotes, such as `2027-03-31`"
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if value is None:
        table.missing("until", hint)
    else:
        table.wrong("until", Objection(kind_objection(value, "a date").says, hint))
    return datetime.date.min
