"""Where the snapshot comes from: a file that was named, one taken lately, or AWS now."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from logkeep.cli.answer import ProgressLine, say
from logkeep.cli.place import Place
from logkeep.cli.place import made as made_folder
from logkeep.cli.problem import Problem
from logkeep.cli.sdk_settings import sdk_settings
from logkeep.cli.settings import Settings
from logkeep.show.calls import made
from logkeep.snapshot import Ask, Origin, Reply, Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId
from logkeep.words.plain import count, lasting, moment

if TYPE_CHECKING:
    from logkeep.aws.collect import CollectProgress
    from logkeep.aws.journal import Journal
    from logkeep.aws.session import Session

KEPT = "snapshot.gz"
JOURNAL = "collect.journal"
CLOCKS_APART = datetime.timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""


class Taken(msgspec.Struct, frozen=True):
    """What is known of a fleet, read once for the whole command, and how old it was then."""

    facts: Facts
    age: datetime.timedelta | None = None
    """None is just taken."""
    origin: Origin | None = None
    """Where one comes from that was just taken."""

    @property
    def snapshot(self) -> Snapshot:
        """The answers that it is known by."""
        return self.facts.snapshot


def now() -> datetime.datetime:
    """The time on this machine."""
    return datetime.datetime.now(datetime.UTC)


def look(settings: Settings, place: Place) -> Taken:
    """What to answer from: AWS as it is now, unless a snapshot was asked for."""
    known = kept(settings, place)
    return with_report(known if known is not None else collected(settings, place), place)


def kept(settings: Settings, place: Place) -> Taken | None:
    """The snapshot that was named, or the last one if it is young enough; None is to ask AWS."""
    if settings.snapshot is None:
        return None if settings.recent is None else lately(place, settings.recent)
    if settings.recent is not None:
        raise Problem("--snapshot and --recent both say what to answer from", hint="give one")
    return named(settings.snapshot, place)


def closer(
    settings: Settings,
    place: Place,
    asks: Callable[[Facts], Iterable[Ask]],
    session: Session | None = None,
) -> Facts:
    """What is known, and from AWS what a question hangs on besides; nothing else is asked.

    A snapshot that was named is all there is.
    """
    known = kept(settings, place)
    if known is not None and settings.snapshot is not None:
        return known.facts
    from logkeep.aws.collect import collect
    from logkeep.aws.session import Session as NewSession

    before: Mapping[Ask, Reply] = known.snapshot.answers if known else {}

    def wants(found: Snapshot) -> Iterator[Ask]:
        facts = Facts(place.fleet, found.with_answers(before))
        return (question for question in asks(facts) if question not in before)

    used, line = session or NewSession(place.fleet), ProgressLine(settings)
    if known is None:
        say(f"asking AWS about {count(len(place.fleet.accounts), 'account')}")
    try:
        found = collect(place.fleet, wants, used, lambda far: line.show(progress_words(far)))
    finally:
        line.end()
    say(f"{count(used.calls.total, 'API call')} made")
    return Facts(place.fleet, (known.snapshot if known else found).with_answers(found.answers))


def named(path: Path, place: Place) -> Taken:
    """A snapshot by its file's name, of this very fleet."""
    from logkeep.aws.files import read_kept

    snapshot, origin = read_kept(path, len(place.fleet.accounts))
    wanted = place.fleet.name
    if snapshot.fleet != wanted:
        raise Problem(
            f"{path}: a snapshot of fleet `{snapshot.fleet}`, and {place.path.name} is of "
            f"`{wanted}`",
            hint="name the other fleet's file with --fleet",
        )
    age = age_of(snapshot, origin)
    if age < -CLOCKS_APART:
        raise Problem(
            f"{path}: says that it was taken {moment(snapshot.taken_at)}, which is in the future",
            hint=f"this machine's clock says {moment(now())}; set it right, or take a new snapshot",
        )
    age = max(age, datetime.timedelta())
    say(f"using {path}, taken {moment(snapshot.taken_at)}, {lasting(age)} old")
    return Taken(Facts(place.fleet, snapshot), age)


def age_of(snapshot: Snapshot, origin: Origin) -> datetime.timedelta:
    """How long ago a snapshot was taken, by the clock of who answered and not by its file's."""
    return now() + datetime.timedelta(seconds=origin.ahead_s) - snapshot.taken_at


def lately(place: Place, age_max: datetime.timedelta) -> Taken | None:
    """The snapshot kept beside the fleet file, if it is young and all it hangs on is the same."""
    from logkeep.aws.disk import FileProblem
    from logkeep.aws.files import read_kept

    try:
        snapshot, origin = read_kept(place.kept / KEPT, len(place.fleet.accounts))
    except FileProblem:
        return None
    age = age_of(snapshot, origin)
    same = (origin.fleet_file, origin.settings) == (place.digest, sdk_settings(os.environ))
    if snapshot.fleet != place.fleet.name or not same or not -CLOCKS_APART <= age <= age_max:
        return None
    age = max(age, datetime.timedelta())
    say(f"using the snapshot taken {lasting(age)} ago; without --recent AWS is asked")
    return Taken(Facts(place.fleet, snapshot), age)


def collected(
    settings: Settings,
    place: Place,
    session: Session | None = None,
    *,
    goes_on: bool = False,
    in_full: bool = False,
) -> Taken:
    """The fleet as AWS describes it now; kept for --recent.

    What a run was told that was interrupted just before is not asked again where that is young
    enough for --recent, or where going on was asked for.
    """
    say(f"asking AWS about {count(len(place.fleet.accounts), 'account')}")
    from logkeep.aws.collect import JOURNAL_MINUTES_MAX, collect
    from logkeep.aws.files import write_snapshot
    from logkeep.aws.session import Session as NewSession
    from logkeep.sources.wants import wants

    line = ProgressLine(settings)
    folder = made_folder(place)
    used = session or NewSession(place.fleet)
    resumed: list[datetime.datetime] = []

    def resuming(journal: Journal) -> None:
        resumed.append(journal.started_at)
        say(f"going on with a run that was interrupted: {count(len(journal.answers), 'answer')} "
            f"from {moment(journal.started_at)} on are kept")  # fmt: skip

    try:
        snapshot = collect(
            place.fleet,
            wants(place.fleet),
            used,
            lambda progress: line.show(progress_words(progress)),
            journal=folder / JOURNAL,
            journal_minutes_max=JOURNAL_MINUTES_MAX if goes_on else _minutes(settings.recent),
            fleet_file=place.digest,
            resuming=resuming,
        )
    finally:
        line.end()
    if in_full:
        say(made(used.calls.total, used.calls.pages, used.calls.repeats))
    else:
        say(f"{count(used.calls.total, 'API call')} made")
    origin = origin_of(place, used)
    write_snapshot(folder / KEPT, snapshot, origin)
    age = age_of(snapshot, origin) if resumed else None
    return Taken(Facts(place.fleet, snapshot), age, origin)


def _minutes(age: datetime.timedelta | None) -> int:
    return 0 if age is None else int(age.total_seconds()) // 60


def origin_of(place: Place, session: Session) -> Origin:
    """Where what a session brought just now comes from."""
    ahead = (session.calls.newest or now()) - now()
    return Origin(
        session.identity().arn,
        session.endpoint,
        sdk_settings(os.environ),
        place.digest,
        round(ahead.total_seconds()) if abs(ahead) > CLOCKS_APART else 0,
    )


def progress_words(progress: CollectProgress) -> str:
    """How far the collecting is, in one line."""
    done = f"{progress.accounts_done}/{progress.accounts_total} accounts"
    return f"collecting, round {progress.round}: {done}, {count(progress.calls_made, 'call')}"


def forget(place: Place) -> None:
    """Let the next command ask AWS anew: what was kept is no longer so."""
    (place.kept / KEPT).unlink(missing_ok=True)
    (place.kept / JOURNAL).unlink(missing_ok=True)


def with_report(taken: Taken, place: Place) -> Taken:
    """The snapshot with what verifications have found among its answers."""
    from logkeep.cli.kept_copies import kept_copies
    from logkeep.cli.kept_report import kept_answers

    answers = {**kept_answers(place), **kept_copies(place)}
    if not answers:
        return taken
    facts = Facts(place.fleet, taken.snapshot.with_answers(answers))
    return msgspec.structs.replace(taken, facts=facts)


def unread(snapshot: Snapshot) -> Mapping[AccountId, str]:
    """The accounts whose role could not be assumed, and what AWS said."""
    found: dict[AccountId, str] = {}
    for question, reply in snapshot.answers.items():
        if reply.error and reply.message.startswith("cannot assume "):
            found[question.account] = f"{reply.error}: {reply.message}"
    return found


def as_json(text: object) -> str:
    """A value as JSON that is safe on a terminal: everything but ASCII is escaped."""
    return json.dumps(text, ensure_ascii=True, indent=2).replace("\x7f", "\\u007f") + "\n"


def as_line(event: str, found: Mapping[str, object]) -> str:
    """One event of a stream of lines, as JSON that is safe on a terminal."""
    text = json.dumps({"schema": found["schema"], "event": event, **found}, ensure_ascii=True)
    return text.replace("\x7f", "\\u007f") + "\n"
