"""What a plan may cost, as a person reads it and as JSON: units and counts, never prices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from logkeep.cost import Cost
from logkeep.fleet import Fleet
from logkeep.show.paint import Paint
from logkeep.value import Json
from logkeep.wording.plain import clean, count, joined, people

DATA = {"s3": "S3 objects", "lambda": "Lambda functions"}


def cost_lines(fleet: Fleet, costs: Iterable[Cost], paint: Paint) -> Iterator[str]:
    """A paragraph for each thing that is billed, with the page that says so."""
    for cost in costs:
        said = f"{WORDS[cost.code](fleet, cost)} ({clean(cost.page)})"
        yield from paint.wrap("cost", said, indent=0, column=6)


def costs_json(fleet: Fleet, costs: Iterable[Cost]) -> list[Json]:
    """What stands under `costs` in the answer of `logkeep plan --json`."""
    return [{**msgspec.to_builtins(c), "says": WORDS[c.code](fleet, c)} for c in costs]


def _key(_fleet: Fleet, cost: Cost) -> str:
    return f"{count(cost.count or 0, 'KMS key')}, billed by the month"


def _requests(_fleet: Fleet, cost: Cost) -> str:
    where = _places(cost.places)
    if cost.count is None:
        return (
            f"requests to KMS for {where}, billed each; the bucket's Bucket Key makes them far "
            "fewer than the objects, and how many is not known before"
        )
    return (
        f"about {count(cost.count, 'request')} to KMS an hour, billed each: one for every log and "
        f"digest of {where}, at twelve logs and a digest an hour; a busy Region writes more, and "
        "reading asks again"
    )


def _storage(_fleet: Fleet, cost: Cost) -> str:
    return (
        f"what {_places(cost.places)} deliver into the archive, billed by S3 by the gigabyte and "
        "month; how much is not known before"
    )


def _data_events(_fleet: Fleet, cost: Cost) -> str:
    kinds = joined([DATA.get(kind, kind) for kind in cost.kinds])
    return (
        f"data events of {kinds} on {count(cost.places, 'trail')}, billed by the event; the first "
        "copy of management events is free, data events are not, and how many there will be is "
        f"not known before{_beyond(cost)}"
    )


def _copies(fleet: Fleet, cost: Cost) -> str:
    """Where another trail records already, so that this copy is not the free one (1.1.12)."""
    where = people(fleet, cost.accounts)
    known = count(cost.places, "further copy", "further copies")
    maybe = f"{cost.places_unknown:,} more that cannot be told" if cost.places_unknown else ""
    told = joined([*([known] if cost.places else []), *([maybe] if maybe else [])])
    return (
        f"{told} of management events, counted by account and Region, in {where}: another trail "
        "records them there, and each copy but the first is billed by the event"
    )


def _insights(_fleet: Fleet, cost: Cost) -> str:
    return (
        f"Insights on {count(cost.places, 'trail')}, billed by the management event analyzed; how "
        "many there will be is not known before"
    )


def _ingestion(_fleet: Fleet, cost: Cost) -> str:
    return (
        f"what {count(cost.places, 'trail')} {_sends(cost.places)} to CloudWatch Logs, billed by "
        "the gigabyte ingested and kept; how much is not known before"
    )


def _sends(number: int) -> str:
    return "sends" if number == 1 else "send"


def _places(number: int) -> str:
    return count(number, "account's Region", "accounts' Regions")


def _beyond(cost: Cost) -> str:
    return ", and accounts that the fleet does not name add theirs" if cost.beyond else ""


WORDS: dict[str, Callable[[Fleet, Cost], str]] = {
    "key": _key,
    "key-requests": _requests,
    "storage": _storage,
    "data-events": _data_events,
    "management-copies": _copies,
    "insights": _insights,
    "log-ingestion": _ingestion,
}
"""The words for every code of a cost."""
