"""What is there? Asks AWS what a pure function wants to know, until it wants nothing new."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TypeAlias

import msgspec

from logkeep.aws.answer import answer
from logkeep.aws.calls import service_of
from logkeep.aws.errors import THROTTLED_CODES, Unreachable
from logkeep.aws.expected import NotAnAnswer
from logkeep.aws.journal import Journal, Start
from logkeep.aws.session import Session
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Reply, Snapshot
from logkeep.value import AccountId

THREADS = 8
ROUNDS_MAX = 100
JOURNAL_MINUTES_MAX = 30
TRIES_MAX = 4
"""How often a question is put that was asked too often or got no answer, beside the SDK's tries."""
TRIED_AGAIN = THROTTLED_CODES | {NotAnAnswer.__name__}
OF_S3_MAX = 100
"""How many questions to S3 one thread takes: an archive answers for all accounts, and may be asked
by many at a time ("at least 5,500 GET/HEAD requests per second per partitioned prefix", S3 User
Guide, "Best practices design patterns")."""

Due: TypeAlias = SimpleQueue[list[Ask] | None]
"""The shares that threads take up, and for each thread a None that ends it."""
Ended: TypeAlias = SimpleQueue[AccountId | BaseException]
"""Whose share was asked to its end, or what kept it from that."""

Wants: TypeAlias = Callable[[Snapshot], Iterable[Ask]]
"""All questions worth asking, given what is known so far."""


class CollectProgress(msgspec.Struct, frozen=True):
    """How far the collecting is."""

    round: int
    accounts_done: int
    accounts_total: int
    calls_made: int


OnCollectProgress: TypeAlias = Callable[[CollectProgress], None]
"""Is told how far the collecting is, always from the thread that collects."""


class NeverSettles(Exception):
    """The questions never end: a mistake in the program."""


def in_silence(_: object) -> None:
    """Tell nobody."""


def collect(
    fleet: Fleet,
    wants: Wants,
    session: Session,
    progress: OnCollectProgress = in_silence,
    *,
    journal: Path | None = None,
    journal_minutes_max: int = JOURNAL_MINUTES_MAX,
    fleet_file: str = "",
    resuming: Callable[[Journal], None] = in_silence,
) -> Snapshot:
    """The fleet as AWS describes it, as far as `wants` wants to know.

    A run that was interrupted so many minutes ago, for the same fleet file, continues where it
    was, which `resuming` is told; the snapshot's time is then that of its first answer.
    """
    start = msgspec.structs.replace(started(fleet, session), fleet_file=fleet_file)
    kept = Journal(journal, start, minutes_max=journal_minutes_max) if journal else None
    answers = dict(kept.answers) if kept else {}
    if kept and answers:
        resuming(kept)
    # One time for the whole snapshot, its first answer's: questions that name a time stay the same.
    taken_at = kept.started_at if kept else start.started_at
    done = False
    try:
        for number in range(1, ROUNDS_MAX + 1):
            known = Snapshot(fleet.name, taken_at, answers)
            new = sorted({question for question in wants(known) if question not in answers})
            if not new:
                done = True
                return ordered(known)
            # A big fleet's answers are held once: what was known of earlier rounds is let go.
            ask_until_answered(Round(number, session, kept, progress, answers), new)
    finally:
        if kept:
            kept.close(done=done)
    raise NeverSettles(f"new questions still came in round {ROUNDS_MAX}")


def started(fleet: Fleet, session: Session) -> Start:
    """Who collects, and when, by AWS's own clock; raises where AWS does not know the caller."""
    session.begin_again()
    caller = session.identity(again=True)
    if session.calls.newest is None:
        raise Unreachable("an answer came without a `Date`: this is not AWS", "check the endpoint")
    return Start(fleet.name, caller.arn, session.calls.newest, session.endpoint)


def ordered(snapshot: Snapshot) -> Snapshot:
    """The same snapshot with its answers in order, whichever thread brought them."""
    answers = snapshot.answers
    in_order = {question: answers[question] for question in sorted(answers)}
    return Snapshot(snapshot.fleet, snapshot.taken_at, in_order)


class Round:
    """One round of questions that do not depend on each other."""

    def __init__(
        self,
        number: int,
        session: Session,
        journal: Journal | None,
        progress: OnCollectProgress,
        answers: dict[Ask, Reply],
    ) -> None:
        self.number = number
        self.session = session
        self.journal = journal
        self.progress = progress
        self.answers = answers
        """All that is known so far, to which each thread adds what it is answered."""
        self.stopped = threading.Event()
        self.left: Counter[AccountId] = Counter()
        """How many shares of each account there still are."""
        self.done = 0

    def begin(self, shares: list[list[Ask]]) -> None:
        """Take up these shares."""
        self.left = Counter(asks[0].account for asks in shares)
        self.done = 0
        self.tell()

    def finish(self, account: AccountId) -> None:
        """One share of an account is done; after its last its clients are dropped."""
        self.left[account] -= 1
        if self.left[account] == 0:
            self.done += 1
            self.session.drop(account)
        self.tell()

    def tell(self) -> None:
        """Say how many accounts have nothing left to be asked in this round."""
        total, made = len(self.left), self.session.calls.total
        self.progress(CollectProgress(self.number, self.done, total, made))

    def ask(self, due: Due, ended: Ended) -> None:
        """Ask one share after the other, until none is due or the round is stopped."""
        try:
            for questions in iter(due.get, None):
                for question in questions:
                    if self.stopped.is_set():
                        return
                    found = self.answers[question] = answer(self.session, question)
                    if self.journal:
                        self.journal.note(question, found)
                ended.put(questions[0].account)
        except BaseException as error:
            ended.put(error)


def ask_until_answered(round_: Round, questions: list[Ask]) -> None:
    """Have all questions answered, each asked again where AWS was only asked too often.

    What is asked next hangs on them: a guess in place of an answer would ask for the wrong things.
    """
    ask_all(round_, questions)
    for _ in range(TRIES_MAX - 1):
        again = [each for each in questions if round_.answers[each].error in TRIED_AGAIN]
        if not again:
            break
        for _ in again:
            round_.session.calls.note_repeat()
        ask_all(round_, again)


def ask_all(round_: Round, questions: list[Ask]) -> None:
    """Have all questions answered, asked in several accounts and Regions at a time."""
    shares = in_shares(questions)
    threads = min(THREADS, len(shares))
    round_.begin(shares)
    due: Due = SimpleQueue()
    ended: Ended = SimpleQueue()
    for each in (*shares, *[None] * threads):
        due.put(each)
    with ThreadPoolExecutor(threads, "logkeep-collect") as pool:
        try:
            for _ in range(threads):
                pool.submit(round_.ask, due, ended)
            for _ in shares:
                match ended.get():
                    case BaseException() as error:
                        raise error
                    case account:
                        round_.finish(account)
        except BaseException:  # Ctrl-C too: each thread ends with its present call
            round_.stopped.set()
            raise


def in_shares(questions: Iterable[Ask]) -> list[list[Ask]]:
    """What one thread asks: an account's Region, or a part of what it asks of S3 there."""
    shares: dict[tuple[object, ...], list[Ask]] = {}
    of_s3: Counter[tuple[object, ...]] = Counter()
    for question in questions:
        place = (question.account, question.region)
        part = 0
        if service_of(question.call) == "s3":
            of_s3[place] += 1
            part = of_s3[place] // OF_S3_MAX
        shares.setdefault((*place, part), []).append(question)
    return list(shares.values())
