"""The kinds of log: one folder each, found by itself."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from logkeep.fleet import Logs
from logkeep.fleet.options import Options, keys
from logkeep.route import Route
from logkeep.snapshot import Ask
from logkeep.snapshot.call import Call, WritingCall
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Effect, Guard, Recording, Setting, Thing, Witness, Write
from logkeep.storage.writers import Writer, shared_writers
from logkeep.value import AccountId, Arn, Aspect, Region
from logkeep.words.aside import Aside
from logkeep.words.cost import Costs
from logkeep.words.due import Due
from logkeep.words.listed import Entry
from logkeep.words.notice import Notice
from logkeep.words.wording import Wording

Each = TypeVar("Each")
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


OwnLogs: TypeAlias = tuple[Logs[Any], ...]
"""What the fleet wants of one kind of log."""


class Source(NamedTuple):
    """A kind of log: its routes, what to ask AWS for them, and how its own resources are set.

    What a kind does not have it leaves out. It is handed what the fleet wants of it.
    """

    name: str
    routes: Callable[[Facts, OwnLogs, bool], Iterable[Route]]
    """The routes as they are; or, if asked, as they will be once the plan's last step is done."""
    wants: Callable[[Facts, OwnLogs], Iterable[Ask]]
    due: Callable[[Facts, OwnLogs], Iterable[Due]]
    """The terms, of the formula that bounds a collect, for what `wants` may ask."""
    settings: Mapping[str, Setting]
    things: Mapping[str, Thing]
    effects: Mapping[str, Effect]
    wording: Wording
    """What it is called, and its words."""
    calls: Mapping[str, Call]
    """The calls that read its own resources."""
    writes: Mapping[str, WritingCall]
    """The calls that change them, in the order in which a plan makes them."""
    resources: Mapping[str, str]
    """The kinds of resource that its permits name, as ARNs."""
    options: type[Options] = Options
    """What `[[logs]]` may ask of it besides its accounts."""
    guards: Mapping[str, Guard] = _NOTHING
    recordings: Mapping[str, Recording] = _NOTHING
    witnesses: Mapping[str, Witness] = _NOTHING
    retired: Callable[[Facts, OwnLogs, frozenset[str]], Iterable[Write]] = (
        lambda _facts, _logs, _holding: ()
    )
    """What of ours no route asks for any more, given the names of the routes that hold without."""
    notices: Callable[[Facts, OwnLogs], Iterable[Notice]] = lambda _facts, _logs: ()
    """What is worth naming on every run and is no fault."""
    asides: Callable[[Facts, OwnLogs, AccountId, Region], Iterable[Aside]] = (
        lambda _facts, _logs, _of, _in: ()
    )
    """What is told between the checks of an account's routes in a Region, deciding nothing."""
    inventory: Mapping[str, Callable[[Facts, OwnLogs], Iterable[Entry]]] = _NOTHING
    """The kinds of thing that `logkeep list` tells of, by their names."""
    costs: Costs = lambda _before, _after, _changes: ()
    not_asked: Mapping[str, Mapping[Aspect, str]] = _NOTHING
    """Aspects that its routes do not ask about, and why: by the first part of a route's name."""
    writers: Callable[[AccountId, Region, Arn], Iterable[Writer]] = lambda _of, _in, _under: ()
    """How it writes an account's logs of a Region into a bucket, under a key if there is one."""


@functools.cache
def sources() -> dict[str, Source]:
    """Every kind of log there is a folder for, by name."""
    folders = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
    kinds: list[Source] = [importlib.import_module(f"{__name__}.{name}").SOURCE for name in folders]
    named = [
        (f"the folder {name}", {kind.name: kind}) for name, kind in zip(folders, kinds, strict=True)
    ]
    return put_together("the kind of log", named)


@functools.cache
def kinds() -> Mapping[str, type[Options]]:
    """What `[[logs]]` may ask of each kind of log: what the reader of a fleet file is handed."""
    found = {name: source.options for name, source in sources().items()}
    for name, own in found.items():
        shared = ("what all kinds share", dict.fromkeys(keys(Logs), ""))
        put_together("the option", [shared, (name, dict.fromkeys(keys(own), ""))])
    return found


def all_writers(account: AccountId, region: Region, key: Arn = "") -> tuple[Writer, ...]:
    """Every AWS service that writes an account's logs into a bucket."""
    own = [each for kind in sources().values() for each in kind.writers(account, region, key)]
    return (*own, *shared_writers(account, region))


def not_asked(source: str, route: str) -> Mapping[Aspect, str]:
    """The aspects that a route of a kind of log does not ask about, and why."""
    return sources()[source].not_asked.get(route.split("/")[0], {})


class TakenTwice(Exception):
    """Two kinds of log claim one name: a mistake in the program, which says whose they are."""


def put_together(what: str, parts: Iterable[tuple[str, Mapping[str, Each]]]) -> dict[str, Each]:
    """What several parts bring by names of their own; raises TakenTwice where two claim one."""
    found: dict[str, Each] = {}
    whose: dict[str, str] = {}
    taken: list[str] = []
    for part, own in parts:
        for name, each in own.items():
            if name in found:
                taken.append(f"{what} `{name}` is claimed by {whose[name]} and by {part}")
            else:
                found[name], whose[name] = each, part
    if taken:
        raise TakenTwice("; ".join(taken))
    return found


def gathered(
    what: str, shared: Mapping[str, Each], own: Callable[[Source], Mapping[str, Each]]
) -> dict[str, Each]:
    """What all kinds of log share by its names, and after it what each of them adds.

    A name is one part's alone: what two kinds need belongs into what all share.
    """
    kinds = [(source.name, own(source)) for source in sources().values()]
    return put_together(what, [("what all kinds share", shared), *kinds])
