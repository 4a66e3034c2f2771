"""What may stand in a table of the fleet file: its keys, as the annotated fields of a value."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any, TypeAlias, get_args, get_origin

import msgspec

from logkeep.fleet.naming import Objection
from logkeep.fleet.toml_table import Table, ValueRule, kind_objection, meant, quoted
from logkeep.value import AccountId, Arn, Region, partition_of


class Around(msgspec.Struct, frozen=True):
    """What else the file says that an option may have to fit."""

    home_region: Region
    """Empty where it could not be read."""
    accounts: Mapping[str, AccountId]
    archive: str = ""
    """The archive's bucket."""
    closed: str = ""
    """What the archive is to be that keeps some services from delivering into it."""

    @property
    def partition(self) -> str:
        """The partition that the fleet lives in; empty where that could not be read."""
        return partition_of(self.home_region) if self.home_region else ""

    def account_objection(self, text: str) -> Objection | None:
        """What is wrong with an account's name: that the fleet has none of it."""
        if text in self.accounts or text in self.accounts.values():
            return None
        hint = meant(text, self.accounts) or "list it under `[accounts]`"
        return Objection(f"unknown account {quoted(text)}", hint)


OptionRule: TypeAlias = Callable[[str, Around], Objection | None]
"""What a string has to be; None says that nothing is wrong with it."""


def plain(rule: ValueRule) -> OptionRule:
    """A rule that needs to know nothing of the rest of the file."""
    return lambda text, _around: rule(text)


class Option(msgspec.Struct, frozen=True):
    """What is to be known of a key of the file beside its type and what it is if left out."""

    says: str
    """What it is for: above it in a new file, and in the reference page."""
    example: str = ""
    """A value as TOML writes it; `{account}` stands for the name of an account."""
    start: str = ""
    """The value that a new file asks for; nothing leaves it a comment."""
    left_out: str = ""
    """What it is where it is left out, if its default does not say so."""
    alone: bool = False
    """Whether a string stands for a list of one."""
    rule: OptionRule | None = None
    """What a string has to be, or each of several."""
    words: Mapping[str, str] = {}
    """The only words that are understood and what each stands for."""
    least: int = 0
    most: int = 0
    unit: str = ""
    """What a number counts: `minutes`."""


class Options(msgspec.Struct, frozen=True):
    """What a kind of log is asked by `[[logs]]` besides its accounts: here nothing.

    A kind's own are a subclass, each field annotated with an Option. Its first sentence is what
    the fleet file and the reference page say of the kind.
    """

    def objections(self, given: Collection[str]) -> Iterable[tuple[str, Objection]]:
        """What does not fit together, by key; `given` are the keys that the file has."""
        del given
        return ()

    @classmethod
    def clashes(
        cls, found: Sequence[Options], around: Around
    ) -> Iterable[tuple[int, str, Objection]]:
        """What does not fit between tables of one name, by the place of one and its key."""
        del found, around
        return ()

    @classmethod
    def crossing(
        cls, found: Sequence[Options], around: Around
    ) -> Iterable[tuple[int, str, Objection]]:
        """What does not fit between tables of all the kind's names, by place and key."""
        del found, around
        return ()

    @classmethod
    def tables(cls) -> Mapping[str, type[Options]]:
        """The tables of the file that ask for the kind in the place of `[[logs]]`, by name.

        `export` stands as often as it is wanted, `archive.export` once, in the table `archive`.
        """
        return {}

    def archive_readers(self, bucket: Arn, account: AccountId) -> tuple[Arn, ...]:
        """Who reads the archive, besides its declared readers, to bring about what is asked."""
        del bucket, account
        return ()

    def archive_setters(self, bucket: Arn, account: AccountId) -> tuple[Arn, ...]:
        """Which roles of services change a setting of the archive, to bring about what is asked."""
        del bucket, account
        return ()


STRING_OR_MORE = "a string or a list"
STRING, STRINGS, NUMBER, FLAG = "a string", "a list of strings", "a number", "true or false"
DAY = "a date"
BY_ACCOUNT = "a table of strings by account"
TAKES: Mapping[object, str] = {
    str: STRING,
    int: NUMBER,
    bool: FLAG,
    bool | None: FLAG,
    datetime.date | None: DAY,
    tuple[str, ...]: STRINGS,
    tuple[tuple[str, str], ...]: BY_ACCOUNT,
}
"""The types that a kind's option may have, and what each takes in the file."""


class Declared(msgspec.Struct, frozen=True):
    """A field of a value as a key of the file."""

    key: str
    field: str
    type: Any
    default: Any
    option: Option


@functools.cache
def declared(kind: type[msgspec.Struct]) -> tuple[Declared, ...]:
    """The keys that the annotated fields of a value stand for, in their order.

    Raises TypeError where a kind's own option could not be read from a file, or says nothing.
    """
    found: list[Declared] = []
    for field in msgspec.structs.fields(kind):
        inner, *said = (
            get_args(field.type) if get_origin(field.type) is Annotated else (field.type,)
        )
        option = next((each for each in said if isinstance(each, Option)), None)
        if option is not None:
            key = field.name.rstrip("_").replace("_", "-")  # `except_` is `except`
            found.append(Declared(key, field.name, inner, field.default, option))
        if issubclass(kind, Options) and (option is None or inner not in TAKES):
            raise TypeError(f"{kind.__name__}.{field.name} is no Option of a type in TAKES")
    return tuple(found)


def keys(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The keys that the annotated fields of a value stand for."""
    return tuple(each.key for each in declared(kind))


Own: TypeAlias = type[Options]
Kinds: TypeAlias = Mapping[str, Own]
"""What each kind of log may be asked, by the kind's name; whoever reads a file hands it in."""


def by_table(kinds: Kinds) -> tuple[tuple[str, Own], ...]:
    """The tables that kinds have in the place of `[[logs]]`, by name."""
    return tuple(pair for kind in kinds.values() for pair in kind.tables().items())


def in_logs(kinds: Kinds) -> Kinds:
    """The kinds that `[[logs]]` asks for; the others have tables of their own."""
    return {name: kind for name, kind in kinds.items() if not kind.tables()}


def heading(name: str) -> str:
    """A table's name as the file writes it: one of several, or the only one within another."""
    return f"[{name}]" if "." in name else f"[[{name}]]"


def read_options(kind: Own, table: Table, around: Around) -> Options:
    """What a table asks of a kind of log; what is wrong is noted, and reads as if left out."""
    values = {each.field: _read(each, table, around) for each in declared(kind)}
    found = kind(**values)
    for key, objection in found.objections(frozenset(table.values)):
        table.wrong(key, objection)
    return found


def _read(each: Declared, table: Table, around: Around) -> object:
    option, key = each.option, each.key

    def rule(text: str) -> Objection | None:
        if option.words and text not in {*option.words, *option.words.values()}:
            return Objection(f"unknown value {quoted(text)}", meant(text, option.words))
        return option.rule(text, around) if option.rule else None

    match TAKES[each.type]:
        case "a string":
            text = table.text(key, rule)
            return option.words.get(text, text) or each.default
        case "a list of strings":
            texts = table.texts(key, rule, alone=option.alone)
            named = each.default if texts is None else texts
            return tuple(dict.fromkeys(option.words.get(text, text) for text in named))
        case "a number":
            return _number(each, table)
        case "true or false":
            return _flag(each, table)
        case "a date":
            return _day(each, table)
        case _:
            return _by_account(key, rule, table, around)


def _flag(each: Declared, table: Table) -> bool | None:
    value = table.values.get(each.key)
    if isinstance(value, bool):
        return value
    if value is not None:
        table.wrong(each.key, kind_objection(value, FLAG))
    return each.default


def _day(each: Declared, table: Table) -> datetime.date | None:
    value = table.values.get(each.key)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if value is not None:
        hint = f"write a date without quotes, such as `{each.option.example}`"
        table.wrong(each.key, Objection(kind_objection(value, DAY).says, hint))
    return each.default


def _number(each: Declared, table: Table) -> int:
    option, value = each.option, table.values.get(each.key, each.default)
    unit = f" {option.unit}" if option.unit else ""
    if not isinstance(value, int) or isinstance(value, bool):
        wanted = f"a number of{unit}" if unit else NUMBER
        table.wrong(each.key, kind_objection(value, wanted))
    elif not option.least <= value <= option.most:
        says = f"{value}{unit}, where {option.least} to {option.most} can be told"
        table.wrong(each.key, Objection(says))
    else:
        return value
    return each.default


def _by_account(
    key: str, rule: ValueRule, table: Table, around: Around
) -> tuple[tuple[AccountId, str], ...]:
    """Strings by account; an account that is not in the fleet is a mistake."""
    named = table.table(key, None)
    found: list[tuple[AccountId, str]] = []
    for account in named.values:
        objection = around.account_objection(account)
        if objection is not None:
            named.wrong(account, objection)
        found.append((around.accounts.get(account, account), named.text(account, rule)))
    return tuple(found)
