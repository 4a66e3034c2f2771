"""What CloudTrail costs, in words: units and counts, never prices."""

from __future__ import annotations

from logkeep.fleet import Fleet
from logkeep.words.cost import Cost, CostWords
from logkeep.words.plain import count, joined, people

DATA = {"s3": "S3 objects", "lambda": "Lambda functions"}


def _data_events(_fleet: Fleet, cost: Cost) -> str:
    kinds = joined([DATA.get(kind, kind) for kind in cost.kinds])
    return (
        f"data events of {kinds} on {count(cost.places, 'trail')}, billed by the event; the first "
        "copy of management events is free, data events are not, and how many there will be is "
        f"not known in advance{_beyond(cost)}"
    )


def _copies(fleet: Fleet, cost: Cost) -> str:
    """Where another trail records already, so that this copy is not the free one (1.1.12)."""
    where = people(fleet, cost.accounts)
    known = count(cost.places, "further copy", "further copies")
    maybe = f"{cost.places_unknown:,} more that cannot be told" if cost.places_unknown else ""
    listed = joined([*([known] if cost.places else []), *([maybe] if maybe else [])])
    return (
        f"{listed} of management events, counted by account and Region, in {where}: another trail "
        "records them there, and each copy but the first is billed by the event"
    )


def _insights(_fleet: Fleet, cost: Cost) -> str:
    return (
        f"Insights on {count(cost.places, 'trail')}, billed by the management event analyzed; how "
        "many there will be is not known in advance"
    )


def _ingestion(_fleet: Fleet, cost: Cost) -> str:
    return (
        f"what {count(cost.places, 'trail')} {_sends(cost.places)} to CloudWatch Logs, billed by "
        "the gigabyte ingested and kept; the volume is not known in advance"
    )


def _sends(number: int) -> str:
    return "sends" if number == 1 else "send"


def _beyond(cost: Cost) -> str:
    return ", and accounts that the fleet does not name add theirs" if cost.beyond else ""


COSTS: dict[str, CostWords] = {
    "data-events": _data_events,
    "management-copies": _copies,
    "insights": _insights,
    "log-ingestion": _ingestion,
}
