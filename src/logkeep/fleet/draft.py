"""What does a new logkeep.toml say? A template to fill in, or what was found, with its doubts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import msgspec

from logkeep.fleet.file import ROLE
from logkeep.fleet.fleet import Accepted, Archive, Fleet, Logs
from logkeep.fleet.options import Declared, Kinds, Own, by_table, declared, heading, in_logs
from logkeep.fleet.toml_table import bare_key, flat, toml_text
from logkeep.value import AccountId, Arn, Region

EXAMPLE_ACCOUNTS: Mapping[str, AccountId] = MappingProxyType(
    {"security": "111111111111", "production": "222222222222", "staging": "333333333333"}
)
NOTE_CHARS_MAX = 400
"""How much of a note is written; names that strangers gave may be long."""
WIDTH = 96
"""How long a line of explanation may be."""
PROPOSED_READER = (
    "A proposal, because without a reader nobody can open the logs. The role has to be there "
    "before `logkeep plan` lets it read."
)


class LogsDraft(msgspec.Struct, frozen=True):
    """What a new file asks of a kind of log; what it does not ask stays an example behind a `#`."""

    source: str
    values: Mapping[str, str] = {}
    """By the option's key, as TOML writes it."""
    notes: Mapping[str, tuple[str, ...]] = {}
    """What is said above an option, by its key."""


class Draft(msgspec.Struct, frozen=True):
    """A fleet file before it is written; what is None stays an example behind a `#`."""

    logs: tuple[LogsDraft, ...]
    """The kinds of log that are asked for; the others stay examples."""
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
    administrators: tuple[Arn, ...] | None = None
    """Who is proposed: it stays behind a `#`, for whoever is one may open the archive."""
    keeping: Mapping[str, str] = {}
    """What `[archive]` asks besides, such as `encryption`, by the key."""
    perhaps: Mapping[str, str] = {}
    """What a key of `[archive]` may have to say, and does not: it stays behind a `#`."""
    beside: Mapping[AccountId, str] = {}
    """What is said behind an account, on its line."""
    notes: Mapping[str, tuple[str, ...]] = {}
    """What is said above a key, by the key's name; `accounts` are said below the accounts."""


def proposed_reader(account: AccountId, partition: str = "aws") -> Arn:
    """The role that a new file names as the reader, where nobody is known to be one."""
    return f"arn:{partition}:iam::{account}:role/LogReader"


def blank(logs: tuple[LogsDraft, ...], name: str, role: str) -> Draft:
    """A file that nobody has filled in: what has to be named is there to be changed."""
    reader = proposed_reader(EXAMPLE_ACCOUNTS["security"])
    said = {"readers": (PROPOSED_READER,)}
    return Draft(logs, name=name, role=role, readers=(reader,), notes=said)


def all_notes(draft: Draft) -> Mapping[str, tuple[str, ...]]:
    """What is said above every key, of whatever table."""
    found = dict(draft.notes)
    for each in draft.logs:
        for key, said in each.notes.items():
            found[key] = (*found.get(key, ()), *said)
    return found


def started(kinds: Kinds) -> tuple[LogsDraft, ...]:
    """What a file asks for that nobody has filled in: every kind with options that are begun."""
    found = (
        LogsDraft(
            name, {each.key: each.option.start for each in declared(kind) if each.option.start}
        )
        for name, kind in kinds.items()
    )
    return tuple(each for each in found if each.values)


def draft_text(draft: Draft, kinds: Kinds) -> str:
    """A draft as the text of a fleet file, each key under its explanation."""
    asked = {each.source: each for each in draft.logs}
    rest = [_example(draft, name, own) for name, own in in_logs(kinds).items() if name not in asked]
    rest += [_of_table(draft, name, own) for name, own in by_table(kinds)]
    parts = (
        _head(draft),
        _accounts(draft),
        _archive(draft),
        *(_logs(draft, each, kinds[each.source]) for each in draft.logs),
        *rest,
        _accepted(draft),
    )
    return "\n".join(line for part in parts for line in (*part, "")).rstrip("\n") + "\n"


def comment(text: str) -> str:
    """A text as one line of comment, with nothing in it that would end the line."""
    said = flat(text)
    shown = said if len(said) <= NOTE_CHARS_MAX else said[: NOTE_CHARS_MAX - 1] + "…"
    return f"# {shown}"


def _notes(notes: Mapping[str, tuple[str, ...]], key: str) -> Iterator[str]:
    return map(comment, notes.get(key, ()))


def explained(each: Declared) -> str:
    """What a key is for, and what it is where it is left out."""
    left_out = f" Left out: {each.option.left_out}." if each.option.left_out else ""
    return f"{each.option.says}{left_out}"


def _lines(text: str) -> Iterator[str]:
    """A text as lines of comment."""
    line = "#"
    for word in text.split():
        if line != "#" and len(line) + 1 + len(word) > WIDTH:
            yield line
            line = "#"
        line += f" {word}"
    yield line


def _said(
    draft: Draft,
    each: Declared,
    value: str | None,
    notes: Mapping[str, tuple[str, ...]] | None = None,
) -> Iterator[str]:
    """A key under its explanation, or an example of it behind a `#`; then what was noticed."""
    perhaps = _perhaps(draft).get(each.key) if notes is None else None
    example = perhaps or each.option.example.replace("{account}", toml_text(draft.archive))
    yield from _lines(explained(each))
    yield from _notes(draft.notes if notes is None else notes, each.key)
    yield f"{each.key} = {value}" if value is not None else _behind(f"{each.key} = {example}")


def _perhaps(draft: Draft) -> Mapping[str, str]:
    """What keys of `[archive]` may have to say, as TOML writes it."""
    who = {"administrators": _rows(draft.administrators)} if draft.administrators else {}
    return {**{key: toml_text(value) for key, value in draft.perhaps.items()}, **who}


def _behind(text: str) -> str:
    """Lines of the file as a comment, which count once each `#` is taken away."""
    return "\n".join(f"# {line}" for line in text.split("\n"))


def _of(kind: type[msgspec.Struct]) -> Mapping[str, Declared]:
    return {each.key: each for each in declared(kind)}


def _text(value: str | None) -> str | None:
    return None if value is None else toml_text(value)


def texts(values: Iterable[str]) -> str:
    """A list of strings as TOML writes it."""
    return f"[{', '.join(map(toml_text, values))}]"


def _rows(values: Iterable[str]) -> str:
    """A list with each value on its own line where there are several."""
    listed = list(values)
    if len(listed) < 2:
        return texts(listed)
    return "[\n" + "".join(f"    {toml_text(each)},\n" for each in listed) + "]"


def _head(draft: Draft) -> Iterator[str]:
    values = {
        "name": toml_text(draft.name),
        "home-region": toml_text(draft.home_region),
        "regions": '"all"',
    }
    yield "# The accounts whose logs Logkeep keeps, and where it keeps them."
    for key, each in _of(Fleet).items():
        yield ""
        yield from _said(draft, each, values[key])


def _accounts(draft: Draft) -> Iterator[str]:
    yield "# A name of your own = the account's id."
    yield "[accounts]"
    for name, id_ in draft.accounts.items():
        said = draft.beside.get(id_)
        behind = f"  {comment(said)}" if said else ""
        yield f"{bare_key(name)} = {toml_text(id_)}{behind}"
    yield from _notes(draft.notes, "accounts")
    yield ""
    yield "# The role assumed in every account but the caller's own."
    yield "[access]"
    yield from _notes(draft.notes, "role")
    yield f"role = {toml_text(draft.role)}"


def _archive(draft: Draft) -> Iterator[str]:
    values = {
        "account": toml_text(draft.archive),
        "bucket": _text(draft.bucket),
        "key": toml_text(draft.key),
        "prefix": _text(draft.prefix),
        "region": _text(draft.region),
        "readers": None if draft.readers is None else _rows(draft.readers),
        **{key: toml_text(value) for key, value in draft.keeping.items()},
    }
    yield "[archive]"
    for key, each in _of(Archive).items():
        yield from _said(draft, each, values.get(key))


def _logs(draft: Draft, asked: LogsDraft, kind: Own) -> Iterator[str]:
    yield from _lines(first_sentence(kind))
    yield "[[logs]]"
    yield f"source = {toml_text(asked.source)}"
    for each in (_of(Logs)["accounts"], *declared(kind)):
        yield from _said(draft, each, asked.values.get(each.key), asked.notes)


def _example(draft: Draft, name: str, kind: Own) -> Iterator[str]:
    """A kind of log that is not asked for, as an example."""
    yield from _lines(first_sentence(kind))
    yield "# [[logs]]"
    yield f"# source = {toml_text(name)}"
    for each in declared(kind):
        yield from _said(draft, each, None, {})


def _of_table(draft: Draft, name: str, kind: Own) -> Iterator[str]:
    """A table of a kind's own, as an example."""
    yield from _lines(first_sentence(kind))
    yield f"# {heading(name)}"
    for each in declared(kind):
        yield from _said(draft, each, None, {})


def first_sentence(kind: Own) -> str:
    """What a kind of log says of itself."""
    return (kind.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")


def _accepted(draft: Draft) -> Iterator[str]:
    yield "# A finding known and lived with, until."
    yield "# [[accepted]]"
    for each in declared(Accepted):
        yield from _said(draft, each, None)
