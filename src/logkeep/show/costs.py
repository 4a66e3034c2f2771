"""What a plan may cost, as a person reads it and as JSON: units and counts, never prices."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from logkeep.fleet import Fleet
from logkeep.show.paint import Paint
from logkeep.sources import gathered
from logkeep.value import Json
from logkeep.words.cost import Cost, CostWords
from logkeep.words.plain import clean, count


def cost_lines(fleet: Fleet, costs: Iterable[Cost], paint: Paint) -> Iterator[str]:
    """A paragraph for each thing that is billed, with the page that says so."""
    words = all_words()
    for cost in costs:
        said = f"{words[cost.code](fleet, cost)} ({clean(cost.page)})"
        yield from paint.wrap("cost", said, indent=0, column=6)


def costs_json(fleet: Fleet, costs: Iterable[Cost]) -> list[Json]:
    """What stands under `costs` in the answer of `logkeep plan --json`."""
    words = all_words()
    return [{**msgspec.to_builtins(c), "says": words[c.code](fleet, c)} for c in costs]


def _key(_fleet: Fleet, cost: Cost) -> str:
    return f"{count(cost.count or 0, 'KMS key')}, billed by the month"


def _requests(_fleet: Fleet, cost: Cost) -> str:
    where = _places(cost)
    if cost.count is None:
        return (
            f"requests to KMS for {where}, billed each; the bucket's Bucket Key makes them far "
            "fewer than the objects, and how many is not known in advance"
        )
    return (
        f"about {count(cost.count, 'request')} to KMS an hour, billed each: one for every log and "
        f"digest of {where}, at twelve logs and a digest an hour; a busy Region writes more, and "
        "every read is a request too"
    )


def _storage(_fleet: Fleet, cost: Cost) -> str:
    return (
        f"storage of the logs of {_places(cost)} in the archive, billed by S3 by the gigabyte "
        "and month; the volume is not known in advance"
    )


def _places(cost: Cost) -> str:
    """Where it comes about: twelve accounts in two Regions, of whose Regions not all may be."""
    accounts, regions = (len(cost.accounts), len(cost.regions))
    where = f"{count(accounts, 'account')} in {count(regions, 'Region')}"
    return (
        where if cost.places == accounts * regions else f"{where} ({cost.places:,} places in all)"
    )


WORDS: Mapping[str, CostWords] = {"key": _key, "key-requests": _requests, "storage": _storage}
"""The words for what the archive itself costs."""


@functools.cache
def all_words() -> Mapping[str, CostWords]:
    """The words for every code of a cost."""
    return gathered("the code of a cost", WORDS, lambda source: source.wording.costs)
