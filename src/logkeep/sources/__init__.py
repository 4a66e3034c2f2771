"""The kinds of log: one folder each, found by itself."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from logkeep.archive.copies import Comparison
from logkeep.archive.files import ArchiveFiles
from logkeep.archive.founding.offer import Founding
from logkeep.archive.lately import EventHistory
from logkeep.archive.mention import Hidden, Mention
from logkeep.archive.part import NOTHING, Part
from logkeep.archive.parts import ALWAYS
from logkeep.archive.report import Verification
from logkeep.fleet import Logs
from logkeep.fleet.options import Options
from logkeep.route import Hop, Route
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Witness, Write
from logkeep.storage.writers import Writer, shared_writers
from logkeep.value import AccountId, Arn, Aspect, Region
from logkeep.words.cost import Costs
from logkeep.words.listed import ListedEntry
from logkeep.words.notice import Notice
from logkeep.words.step_note import StepNote
from logkeep.words.wording import Wording

if TYPE_CHECKING:  # most commands look at no network
    from logkeep.network.collected import Collected

Each = TypeVar("Each")
On: TypeAlias = Literal["capture", "organization", "member"]
OwnLogs: TypeAlias = tuple[Logs[Any], ...]
"""What the fleet wants of one kind of log."""


class Source(Part, frozen=True, kw_only=True, eq=False):
    """A kind of log: a part with routes, which is handed what the fleet wants of it.

    What a kind does not have it leaves out.
    """

    routes: Callable[[Facts, OwnLogs, bool], Iterable[Route]]
    """The routes as they are; or, if asked, as they will be once the plan's last step is done."""
    passing: Callable[[Facts, OwnLogs], Iterable[Route]] | None = None
    """The same as a plan asks for them, where that is quicker: without the hops that only tell what
    has arrived, unless which of several ways holds hangs on them."""
    sending: Callable[[Facts, OwnLogs], Iterable[Route]] | None = None
    """The routes as they are, where it is quicker to leave out the hops on which no service asks
    anything: those that only tell what has arrived, or what keeps it."""
    wants: Callable[[Facts, OwnLogs], Iterable[Ask]]
    wording: Wording
    """What it is called, and the words of its own routes."""
    uses: tuple[Part, ...] = ()
    """What it shares with other kinds that use it too, such as log groups."""
    options: type[Options] = Options
    """What `[[logs]]` may ask of it besides its accounts."""
    witnesses: Mapping[str, Witness] = NOTHING
    retired: Callable[[Facts, OwnLogs, frozenset[str]], Iterable[Write]] = (
        lambda _facts, _logs, _holding: ()
    )
    """What of ours no route asks for any more, given the names of the routes that hold without."""
    needless: Callable[[Facts, OwnLogs, AccountId], frozenset[str]] = (
        lambda _facts, _logs, _account: frozenset()
    )
    """The changing calls that what the fleet asks for never leads to in an account."""
    notices: Callable[[Facts, OwnLogs], Iterable[Notice]] = lambda _facts, _logs: ()
    """What is worth naming on every run and is no fault."""
    step_notes: Callable[[Facts, OwnLogs, AccountId, Region], Iterable[StepNote]] = (
        lambda _facts, _logs, _of, _in: ()
    )
    """What is told between the checks of an account's routes in a Region, deciding nothing."""
    inventory: Mapping[str, Callable[[Facts, OwnLogs], Iterable[ListedEntry]]] = NOTHING
    """The kinds of thing that `logkeep list` tells of, by their names."""
    costs: Costs = lambda _before, _after, _changes: ()
    founding: Founding | None = None
    """How it looks for what delivers already, where there is no fleet file yet."""
    verification: Callable[[Facts, OwnLogs, ArchiveFiles], Verification] | None = None
    """What of its files can be proven to be whole, and how."""
    comparisons: Callable[[Facts, OwnLogs], Iterable[Comparison]] = lambda _facts, _logs: ()
    """Which copies of objects are held against the objects, and how."""
    to_verify: Callable[[Facts, OwnLogs], Iterable[Ask]] = lambda _facts, _logs: ()
    """What a verification wants to know of AWS besides the archive itself."""
    not_asked: Mapping[str, Mapping[Aspect, str]] = NOTHING
    """Aspects that its routes do not ask about, and why: by the first part of a route's name."""
    network: Callable[[Facts, OwnLogs], Collected] | None = None
    """How it shows the network that it looks at, if it looks at one."""
    silences: Mapping[str, On] = NOTHING
    """The actions by which what captures its logs could be ended, and what each is done to."""
    captures: Callable[[Facts, Hop], tuple[Arn, ...]] = lambda _facts, hop: (hop.arn,)
    """What captures at a hop that speaks, where that is something else than the hop itself."""
    writers: Callable[[AccountId, Region, Arn], Iterable[Writer]] = lambda _of, _in, _under: ()
    """How it writes an account's logs of a Region into a bucket, under a key if there is one."""
    mentions: Callable[[Facts, OwnLogs], Iterable[Mention | Hidden]] = lambda _facts, _logs: ()
    """Which settings that are seen name a bucket, whoever's it is."""
    history: EventHistory | None = None
    """How it reads who changed the archive lately, if it tells."""


def packages() -> tuple[str, ...]:
    """The packages that are a kind of log each."""
    folders = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
    return tuple(f"{__name__}.{name}" for name in folders)


@functools.cache
def sources() -> dict[str, Source]:
    """Every kind of log there is a folder for, by name."""
    kinds = {package: importlib.import_module(package).SOURCE for package in packages()}
    named = [(package, {kind.name: kind}) for package, kind in kinds.items()]
    return put_together("the kind of log", named)


@functools.cache
def kinds() -> Mapping[str, type[Options]]:
    """What `[[logs]]` may ask of each kind of log: what the reader of a fleet file is handed."""
    return {name: source.options for name, source in sources().items()}


def all_writers(account: AccountId, region: Region, key: Arn = "") -> tuple[Writer, ...]:
    """Every AWS service that writes an account's logs into a bucket."""
    own = [each for kind in sources().values() for each in kind.writers(account, region, key)]
    return (*own, *shared_writers(account, region))


def foundings() -> tuple[Founding, ...]:
    """How the kinds of log look for what delivers already, of those that can."""
    found = (source.founding for source in sources().values())
    return tuple(each for each in found if each is not None)


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


def all_parts() -> tuple[Part, ...]:
    """The archive and all else that kinds share, then each kind of log."""
    used = (part for source in sources().values() for part in source.uses)
    return (*dict.fromkeys((*ALWAYS, *used)), *sources().values())


def of_parts(what: str, own: Callable[[Part], Mapping[str, Each]]) -> dict[str, Each]:
    """What each part brings by names of its own, in order; a name is one part's alone."""
    return put_together(what, [(part.name, own(part)) for part in all_parts()])


def gathered(
    what: str, shared: Mapping[str, Each], own: Callable[[Source], Mapping[str, Each]]
) -> dict[str, Each]:
    """What all kinds of log share by its names, and after it what only kinds of log have."""
    kinds = [(source.name, own(source)) for source in sources().values()]
    return put_together(what, [("what all kinds share", shared), *kinds])
