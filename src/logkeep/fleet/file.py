"""What does logkeep.toml say, and what is wrong with it, all at once and each in its place?"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping

from logkeep.fleet import Accepted, Archive, Fleet, Logs
from logkeep.fleet.naming import (
    Objection,
    account_objection,
    bucket_objection,
    group_objection,
    key_objection,
    prefix_objection,
    principal_objection,
    region_objection,
    regional_bucket,
    regional_objection,
    resource_objection,
    role_objection,
    trail_objection,
)
from logkeep.fleet.toml_table import Mistake, Rule, Table, flat, kind_objection, meant, quoted
from logkeep.value import AccountId, Region, partition_of

FILENAME = "logkeep.toml"
ROLE = "OrganizationAccountAccessRole"
DATA_EVENTS = ("s3", "lambda")
INSIGHTS = {"call-rate": "ApiCallRateInsight", "error-rate": "ApiErrorRateInsight"}
"""The types of Insights (rule 1.12.5); AWS's own names are understood too."""
SILENT_MINUTES = 60
SHORTEST_SILENCE = 15
"""An event takes minutes to come, so a shorter silence says nothing."""
LONGEST_SILENCE = 7 * 24 * 60
_ROOT = ("name", "home-region", "regions", "accounts", "access", "archive", "logs", "accepted")
_ARCHIVE = ("account", "bucket", "key", "prefix", "region", "readers", "administrators")
_LOGS = (
    *("source", "accounts", "data-events", "insights", "trail", "trails", "organization"),
    *("log-group", "log-role", "log-group-silent-minutes"),
)
_ACCEPTED = ("code", "account", "until", "why")


def read_fleet(
    text: str,
    sources: frozenset[str],
    filename: str = FILENAME,
    codes: frozenset[str] | None = None,
) -> Fleet | tuple[Mistake, ...]:
    """The fleet that a file's text describes, or every mistake in it.

    Where the codes of findings are given, no other may be accepted.
    """
    root = _parse(text, filename)
    if isinstance(root, Mistake):
        return (root,)
    mistakes: list[Mistake] = []
    fleet = _fleet(Table(root, _ROOT, filename, "", mistakes), sources, codes)
    return tuple(mistakes) or fleet


def _parse(text: str, filename: str) -> dict[str, object] | Mistake:
    try:
        return tomllib.loads(text)
    except RecursionError:
        return Mistake(filename, "nested too deeply")
    except tomllib.TOMLDecodeError as error:
        return _syntax_mistake(str(error), text, filename)
    except ValueError:  # Python itself bounds how many digits it reads
        return Mistake(filename, "a number has too many digits")


def _syntax_mistake(message: str, text: str, filename: str) -> Mistake:
    says = re.sub(r" \(at .*\)$", "", message, flags=re.DOTALL)
    place = re.search(r"\(at line (\d+), column (\d+)\)$", message)
    line, column = place.groups() if place else _end_of(text)
    return Mistake(f"{filename}:{line}:{column}", flat(says[:1].lower() + says[1:]))


def _end_of(text: str) -> tuple[int, int]:
    lines = text.replace("\r\n", "\n").split("\n")
    return len(lines), len(lines[-1]) + 1


def _fleet(root: Table, sources: frozenset[str], codes: frozenset[str] | None) -> Fleet:
    name = root.required("name", fleet_objection, 'write `name = "acme"`')
    home = root.required("home-region", region_objection, 'write `home-region = "us-east-1"`')
    accounts = _accounts(root)
    return Fleet(
        name=name,
        home_region=home,
        regions=_regions(root, home),
        accounts=accounts,
        role=root.table("access", ("role",)).text("role", role_objection) or ROLE,
        archive=_archive(root, name, home, accounts),
        logs=_all_logs(root, home, accounts, sources),
        accepted=tuple(
            _accepted(table, accounts, codes) for table in root.tables("accepted", _ACCEPTED)
        ),
    )


def fleet_objection(text: str) -> Objection | None:
    """What is wrong with a fleet's name."""
    if re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", text):
        return None
    return Objection("a fleet's name has 1 to 32 lower-case letters, digits and inner hyphens")


def _in_partition(home: Region) -> Rule:
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
    for name in table.values:
        id_ = _account_id(table, name)
        twin = next((other for other, known in found.items() if id_ and known == id_), None)
        if twin is not None:
            table.wrong(name, Objection(f"`{id_}` is {quoted(twin)} already"))
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


def _known_account(accounts: Mapping[str, AccountId]) -> Rule:
    def rule(text: str) -> Objection | None:
        if text in accounts or text in accounts.values():
            return None
        return Objection(
            f"unknown account {quoted(text)}", meant(text, accounts) or "list it under `[accounts]`"
        )

    return rule


def _id_of(name: str, accounts: Mapping[str, AccountId]) -> AccountId:
    return accounts.get(name, name)


def _archive(root: Table, fleet: str, home: Region, accounts: Mapping[str, AccountId]) -> Archive:
    root.missing("archive", "write `[archive]` and under it the account that keeps the logs")
    table = root.table("archive", _ARCHIVE)
    if "archive" in root.values:
        table.missing("account", "name the account that keeps the logs")
    account = _id_of(table.text("account", _known_account(accounts)), accounts)
    given = table.text("region", _in_partition(home))
    region = home if "region" not in table.values else given
    principal = _principal(home)
    return Archive(
        account=account,
        bucket=_bucket(table, fleet, account, region),
        key=table.text("key", _key(home, region)) or "alias/logkeep",
        prefix=table.text("prefix", prefix_objection) or None,
        region=given,
        readers=table.texts("readers", principal),
        administrators=table.texts("administrators", principal) or (),
    )


def _partition(home: Region) -> str:
    return partition_of(home) if home else ""


def _principal(home: Region) -> Rule:
    return lambda text: principal_objection(text, _partition(home))


def _key(home: Region, region: Region) -> Rule:
    return lambda text: key_objection(text, _partition(home), region)


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


def _all_logs(
    root: Table, home: Region, accounts: Mapping[str, AccountId], sources: frozenset[str]
) -> tuple[Logs, ...]:
    root.missing("logs", 'write `[[logs]]` and under it `source = "cloudtrail"`')
    found: list[Logs] = []
    taken: set[tuple[str, AccountId]] = set()
    for table in root.tables("logs", _LOGS):
        logs = _logs(table, home, accounts, sources)
        for account in logs.accounts:
            if logs.source and (logs.source, account) in taken:
                says = f"`{logs.source}` of {quoted(account)} is wanted twice"
                table.wrong("accounts", Objection(says, "name each account under one [[logs]]"))
            taken.add((logs.source, account))
        found.append(logs)
    return tuple(found)


def _logs(
    table: Table, home: Region, accounts: Mapping[str, AccountId], sources: frozenset[str]
) -> Logs:
    def source(text: str) -> Objection | None:
        if text in sources:
            return None
        return Objection(f"unknown source {quoted(text)}", meant(text, sources))

    named = table.texts("accounts", _known_account(accounts))
    chosen = accounts.values() if named is None else (_id_of(name, accounts) for name in named)
    return Logs(
        source=table.required("source", source, meant("", sources)),
        accounts=tuple(dict.fromkeys(id_ for id_ in chosen if id_)),
        trail=table.text("trail", trail_objection) or "logkeep",
        data_events=table.texts("data-events", _data_event(_partition(home))) or (),
        insights=_insights(table),
        organization=_yes_or_no(table, "organization"),
        trails=_trails(table, accounts),
        log_group=table.text("log-group", group_objection),
        log_role=_of_group(table, "log-role"),
        log_group_silent_minutes=_minutes(table),
    )


def _of_group(table: Table, key: str) -> str:
    """A role's name, which says nothing without a log group."""
    if key in table.values and "log-group" not in table.values:
        table.wrong(key, Objection("there is no log group to write to", "name it: `log-group`"))
    return table.text(key, role_objection)


def _minutes(table: Table) -> int:
    """How long a log group may be silent; CloudTrail itself takes some minutes (rule 1.5)."""
    key = "log-group-silent-minutes"
    value = table.values.get(key, SILENT_MINUTES)
    if not isinstance(value, int) or isinstance(value, bool):
        table.wrong(key, kind_objection(value, "a number of minutes"))
    elif not SHORTEST_SILENCE <= value <= LONGEST_SILENCE:
        says = f"{value} minutes, where {SHORTEST_SILENCE} to {LONGEST_SILENCE} can be told"
        table.wrong(key, Objection(says))
    else:
        return value
    return SILENT_MINUTES


def _data_event(partition: str) -> Rule:
    """All of a kind, or the ARN of a bucket, of a prefix in it, or of a function."""

    def rule(text: str) -> Objection | None:
        if text in DATA_EVENTS:
            return None
        if text.startswith("arn:"):
            return resource_objection(text, partition)
        return Objection(f"unknown data event {quoted(text)}", meant(text, DATA_EVENTS))

    return rule


def _insights(table: Table) -> tuple[str, ...]:
    def rule(text: str) -> Objection | None:
        if text in INSIGHTS or text in INSIGHTS.values():
            return None
        return Objection(f"unknown kind of Insights {quoted(text)}", meant(text, INSIGHTS))

    named = table.texts("insights", rule) or ()
    return tuple(dict.fromkeys(INSIGHTS.get(name, name) for name in named))


def _yes_or_no(table: Table, key: str) -> bool | None:
    value = table.values.get(key)
    if value is None or isinstance(value, bool):
        return value
    table.wrong(key, kind_objection(value, "true or false"))
    return None


def _trails(table: Table, accounts: Mapping[str, AccountId]) -> dict[AccountId, str]:
    """The names of trails by account; an account that is not in the fleet is a mistake."""
    named = table.table("trails", None)
    known = _known_account(accounts)
    found: dict[AccountId, str] = {}
    for account in named.values:
        objection = known(account)
        if objection is not None:
            named.wrong(account, objection)
        found[_id_of(account, accounts)] = named.text(account, trail_objection)
    return found


def _accepted(
    table: Table, accounts: Mapping[str, AccountId], codes: frozenset[str] | None
) -> Accepted:
    account = table.text("account", _known_account(accounts))
    return Accepted(
        code=table.required("code", _code(codes), "name the finding"),
        until=_until(table),
        why=table.required("why", _why_objection, "say why it is lived with"),
        account=_id_of(account, accounts) or None,
    )


def _code(codes: frozenset[str] | None) -> Rule:
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
