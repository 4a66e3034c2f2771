"""Which buckets do exports of log groups go to, in the accounts and Regions whose groups are read?

An export is one task of CreateExportTask (rule 8.4.1), and whoever exports a group does it again
and again. What was exported long ago cannot be corrected any more: only late tasks are told of.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from logkeep.archive.mention import Hidden, Mention
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.call import Call, Permit, listing
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId, Json, Region, Seen

EXPORTS: Final = "logs:DescribeExportTasks"
LATELY: Final = datetime.timedelta(days=45)
"""Longer than the month that the rarest regular exports take."""
Place = tuple[AccountId, Region]


class Execution(msgspec.Struct, frozen=True, rename="camel"):
    """When a task was made, in milliseconds."""

    creation_time: int = 0


class Task(msgspec.Struct, frozen=True, rename="camel"):
    """An export of a log group into a bucket."""

    task_id: str
    destination: str
    log_group_name: str = ""
    task_name: str = ""
    execution_info: Execution = Execution()


class Tasks(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of logs:DescribeExportTasks."""

    export_tasks: tuple[Task, ...]


def newest_of_each(answer: Mapping[str, Json]) -> dict[str, Json]:
    """The newest task of each group and bucket: a daily export leaves a task a day."""
    newest: dict[tuple[str, str], Json] = {}
    for task in answer.get("exportTasks") or ():
        place = (str(task.get("logGroupName")), str(task.get("destination")))
        if place not in newest or _made(task) > _made(newest[place]):
            newest[place] = task
    return {**answer, "exportTasks": list(newest.values())}


def _made(task: Json) -> int:
    when: dict[str, Json] = task.get("executionInfo") or {}
    made = when.get("creationTime")
    return made if isinstance(made, int) else 0


CALLS: Final[dict[str, Call]] = {
    EXPORTS: listing(
        "exportTasks",
        Permit(EXPORTS),
        each=("taskId", "destination"),
        compact=newest_of_each,
    )
}


def asks(facts: Facts, places: Iterable[Place]) -> Iterator[Ask]:
    """The question, once for each account of the fleet and Region."""
    for account, region in dict.fromkeys(places):
        if facts.fleet.has(account):
            yield ask(account, region, EXPORTS)


def mentions(facts: Facts, places: Iterable[Place]) -> Iterator[Mention | Hidden]:
    """The bucket of every export of late."""
    for question in asks(facts, places):
        look = facts.look(question, Tasks)
        if not isinstance(look, Seen):
            yield Hidden(question.account, look)
            continue
        for task in look.value.export_tasks:
            if _is_late(facts, task):
                yield _mention(facts, question, task)


def _is_late(facts: Facts, task: Task) -> bool:
    """Whether a task was made of late, or nobody says when."""
    made = task.execution_info.creation_time
    since = (facts.taken_at - LATELY).timestamp() * 1000
    return not made or made >= since


def _mention(facts: Facts, question: Ask, task: Task) -> Mention:
    account, region, name = question.account, question.region, task.log_group_name
    arn = f"arn:{facts.fleet.partition}:logs:{region}:{account}:log-group:{name}"
    return Mention(
        what=f"the export `{task.task_name or task.task_id}` of the log group `{name}`",
        setting="destination",
        arn=arn,
        account=account,
        region=region,
        bucket=task.destination,
    )
