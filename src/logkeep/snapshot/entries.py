"""Which entries of a listing are about one thing, and what does it say once many have changed?

One question may list thousands of things, and a plan may change each of them: what is said of one
change is about its own thing alone, else a plan would grow with the square of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from logkeep.snapshot.call import Call, Entry
from logkeep.snapshot.change import Change
from logkeep.snapshot.snapshot import Ask, Reply, reply
from logkeep.value import UNREADABLE, Arn, Json

Calls = Mapping[str, Call]
Entries = list[dict[str, Any]]
WHOLE: Final = ""
UNNAMED: Final = "{made:"
"""How a name begins in whose place AWS will put one."""


def entry_of(call: Call | None, address: Arn) -> Entry | None:
    """How a call's listing tells the thing at an address from others; None where it does not."""
    entry = None if call is None else call.entry
    return entry if entry is not None and entry.address in address else None


def names_of(entry: Entry, address: Arn) -> tuple[str, str]:
    """What an entry about the thing at an address may be called: by its ARN, or what follows."""
    return address, address.partition(entry.address)[2]


def own_entries(call: Call | None, address: Arn, body: Json) -> Json:
    """A listing's entries about one thing; the whole answer where it lists other things."""
    entry = entry_of(call, address)
    if entry is None or not body:
        return body
    names = names_of(entry, address)
    entries = cast("Entries", body.get(entry.under, []))
    return {entry.under: [each for each in entries if each.get(entry.name) in names]}


class Listing:
    """A listing by the names of its entries, so that one is found without a look at the others."""

    def __init__(self, entry: Entry, found: Reply) -> None:
        self.entry = entry
        self.body: dict[str, Json] = msgspec.json.decode(found.body)
        self.named = by_name(entry, self.body.get(entry.under, []))

    def own(self, address: Arn) -> Reply:
        """The answer with nothing in it but what is about one thing."""
        known = (self.named.get(name, []) for name in dict.fromkeys(names_of(self.entry, address)))
        return reply({self.entry.under: [each for entries in known for each in entries]})

    def change(self, address: Arn, own: Reply) -> None:
        """Put what is about one thing in the place of what was."""
        body: dict[str, Json] = msgspec.json.decode(own.body)
        now = by_name(self.entry, body.get(self.entry.under, []))
        for name in names_of(self.entry, address):
            if name not in now:
                self.named.pop(name, None)
        self.named |= now

    def whole(self) -> Reply:
        """The whole answer."""
        listed = [each for entries in self.named.values() for each in entries]
        return reply({**self.body, self.entry.under: listed})


def by_name(entry: Entry, entries: Entries) -> dict[str | None, Entries]:
    """The entries of a listing by the name that each is known by."""
    found: dict[str | None, Entries] = {}
    for each in entries:
        name = each.get(entry.name)
        found.setdefault(name if isinstance(name, str) else None, []).append(each)
    return found


class Answers:
    """Answers that one change after another makes others, each told of its own thing alone."""

    def __init__(self, calls: Calls, answers: dict[Ask, Reply]) -> None:
        self.calls = calls
        self.answers = answers
        """All answers; those of listings as they were when they were last asked for whole."""
        self.listings: dict[Ask, Listing] = {}
        self.changed: set[Ask] = set()
        """The listings of which `answers` has not what they say by now."""

    def listing(self, question: Ask, address: Arn) -> Listing | None:
        """The listing that a question answers, where it tells the thing at an address from others.

        None where it does not, or is no listing: nothing is taken for absent in that.
        """
        entry = entry_of(self.calls.get(question.call), address)
        if entry is None:
            return None
        if question not in self.listings:
            found = self.answers.get(question)
            if found is None or found.error:
                return None
            try:
                self.listings[question] = Listing(entry, found)
            except (*UNREADABLE, AttributeError, TypeError):
                return None
        return self.listings[question]

    def thing(self, question: Ask, address: Arn) -> str:
        """Of which thing a question's answer is told to a change: that at its address, or all.

        What AWS has yet to name is one thing here: a listing tells nothing of any of it.
        """
        if self.listing(question, address) is None:
            return WHOLE
        return UNNAMED if UNNAMED in address else address

    def own(self, question: Ask, address: Arn) -> Reply | None:
        """The answer to a question, of a listing what is about one thing."""
        listing = self.listing(question, address)
        return self.whole(question) if listing is None else listing.own(address)

    def whole(self, question: Ask) -> Reply | None:
        """The answer to a question, with all that is listed."""
        if question in self.changed:
            self.changed.remove(question)
            self.answers[question] = self.listings[question].whole()
        return self.answers.get(question)

    def change(self, address: Arn, told: Iterable[tuple[Ask, Reply]]) -> None:
        """Take what is answered once a change to one thing is made."""
        for question, now in told:
            listing = self.listing(question, address)
            if listing is not None and not now.error:
                listing.change(address, now)
                self.changed.add(question)
            else:
                self.answers[question] = now
                self.listings.pop(question, None)
                self.changed.discard(question)

    def settle(self) -> None:
        """Have all answers say what has changed."""
        for question in tuple(self.changed):
            self.whole(question)


class OwnAnswers(Mapping[Ask, Reply]):
    """Answers as one change is told of them: of listings what is about its own thing."""

    def __init__(self, answers: Answers, address: Arn) -> None:
        self.of = answers
        self.address = address

    def __getitem__(self, question: Ask) -> Reply:
        found = self.of.own(question, self.address)
        if found is None:
            raise KeyError(question)
        return found

    def __iter__(self) -> Iterator[Ask]:
        return iter(self.of.answers)

    def __len__(self) -> int:
        return len(self.of.answers)


def after_all(
    calls: Calls, before: Mapping[Ask, Reply], changes: Sequence[Change]
) -> dict[Ask, Reply]:
    """What the questions of changes will answer once all of them are made, listings whole."""
    answers = Answers(calls, dict(before))
    for change in changes:
        answers.change(change.address, change.after)
    answers.settle()
    asked = (question for change in changes for question, _ in change.after)
    return {question: answers.answers[question] for question in asked}
