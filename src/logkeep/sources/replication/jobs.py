"""Which S3 Batch Replication job has sent what was in a bucket before its rule, and how did it end?

S3 keeps a job for 90 days after its end (API_control_ListJobs). After that the oldest objects are
looked for in the destination: what was there first was sent by the job, or by nothing.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from logkeep.access import bucket
from logkeep.access.bucket import Bucket
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look
from logkeep.sources.replication import arrival
from logkeep.sources.replication.pairs import Wish, of_source
from logkeep.value import Json, Look, Seen, Time, Unseen

LIST: Final = "s3control:ListJobs"
DESCRIBE: Final = "s3control:DescribeJob"
KEPT: Final = datetime.timedelta(days=90)
PAGES_MAX: Final = 20
"""Of a thousand jobs each."""
GIVEN_UP: Final = {
    "Failed": "failed",
    "Failing": "failed",
    "Cancelled": "cancelled",
    "Cancelling": "cancelled",
}
"""How a job ends that has not sent all there was, by its status."""
COMPLETE: Final = "complete"
LEFT_BEHIND: Final = "objects failed"
UNDER_WAY: Final = "under way"
NONE: Final = "no job"


class Progress(msgspec.Struct, frozen=True, rename="pascal"):
    """How many objects a job has dealt with."""

    total_number_of_tasks: int = 0
    number_of_tasks_succeeded: int = 0
    number_of_tasks_failed: int = 0


class Job(msgspec.Struct, frozen=True, rename="pascal"):
    """A job as the listing tells of it."""

    job_id: str = ""
    description: str = ""
    status: str = "New"
    creation_time: Time | None = None
    """None of one that a plan would make."""
    termination_date: Time | None = None
    progress_summary: Progress = Progress()

    @property
    def state(self) -> str:
        """How far it has come."""
        if self.status == "Complete":
            return LEFT_BEHIND if self.progress_summary.number_of_tasks_failed else COMPLETE
        return GIVEN_UP.get(self.status, UNDER_WAY)


class JobList(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3control:ListJobs."""

    jobs: tuple[Job, ...] = ()
    next_token: str = ""


class JobFailure(msgspec.Struct, frozen=True, rename="pascal"):
    """Why a job failed as a whole."""

    failure_code: str = ""
    failure_reason: str = ""


class Details(msgspec.Struct, frozen=True, rename="pascal"):
    """What s3control:DescribeJob tells besides."""

    failure_reasons: tuple[JobFailure, ...] = ()
    status_update_reason: str = ""


class Described(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3control:DescribeJob."""

    job: Details


def only_replications(answer: Mapping[str, Json]) -> dict[str, Json]:
    """The listing without the jobs that do something else."""
    jobs = [job for job in answer.get("Jobs") or () if job.get("Operation") == "S3ReplicateObject"]
    return {**answer, "Jobs": jobs}


def description(facts: Facts, wish: Wish) -> str:
    """What a job is called, by which it is found again: one for each bucket and prefix."""
    name = f"logkeep-{facts.fleet.name}-existing-objects-of-{wish.source.name}"
    prefix = wish.filter.prefix
    return f"{name}-{hashlib.sha256(prefix.encode()).hexdigest()[:8]}" if prefix else name


def listing_ask(at: Bucket) -> Ask:
    """The question which jobs there are where a bucket lies."""
    return ask(at.account, at.region, LIST, AccountId=at.account)


def _describing(at: Bucket, job: Job) -> Ask:
    return ask(at.account, at.region, DESCRIBE, AccountId=at.account, JobId=job.job_id)


def _pages(facts: Facts, at: Bucket) -> Iterator[Ask]:
    """The questions for the listing, page by page as far as it was seen, and for the next one."""
    question = listing_ask(at)
    for _ in range(PAGES_MAX):
        yield question
        page = facts.look(question, JobList)
        if not isinstance(page, Seen) or not page.value.next_token:
            return
        token = page.value.next_token
        question = ask(at.account, at.region, LIST, AccountId=at.account, NextToken=token)


def all_of(facts: Facts, wish: Wish) -> Look[tuple[Job, ...]]:
    """Every job that was made for a wish, on whichever day; S3 tells in no order (ListJobs)."""
    name, found, more = description(facts, wish), list[Job](), ""
    for question in _pages(facts, wish.source):
        look = facts.look(question, JobList)
        if not isinstance(look, Seen):
            return look
        found += [job for job in look.value.jobs if job.description == name]
        more = look.value.next_token
    if more:
        says = f"there are more jobs than {PAGES_MAX} pages"
        return Unseen(listing_ask(wish.source).says(), says)
    return Seen(tuple(found))


def latest(facts: Facts, wish: Wish) -> Look[Job | None]:
    """The newest job that was made on the day that the fleet file names, or after it."""
    return map_look(all_of(facts, wish), lambda found: _newest(facts, wish, found))


def _newest(facts: Facts, wish: Wish, found: tuple[Job, ...]) -> Job | None:
    day = wish.options.existing
    made = [(job.creation_time or facts.taken_at, job) for job in found]
    own = [(at, job) for at, job in made if day is not None and at.date() >= day]
    return max(own, key=lambda pair: pair[0])[1] if own else None


def is_wanted_today(facts: Facts, wish: Wish) -> bool:
    """Whether the day has come on which a job is wanted."""
    day = wish.options.existing
    return day is not None and day <= facts.taken_at.date()


def _is_forgotten(facts: Facts, wish: Wish) -> bool:
    """Whether a job of that day may have ended so long ago that S3 tells nothing of it."""
    day = wish.options.existing
    return day is not None and day < (facts.taken_at - KEPT).date()


def asks(facts: Facts, wish: Wish) -> Iterator[Ask]:
    """The questions that show what became of the job."""
    yield from _pages(facts, wish.source)
    look = latest(facts, wish)
    if not isinstance(look, Seen):
        return
    job = look.value
    if job is not None and job.state not in (COMPLETE, UNDER_WAY):
        yield _describing(wish.source, job)
    left = job is not None and job.state == LEFT_BEHIND
    if left or _must_be_seen_there(facts, wish, job):
        yield from arrival.asks(facts, wish, oldest=True)


def state(facts: Facts, wish: Wish) -> Look[str]:
    """What became of what was there: by the job, or long after it by the oldest objects."""
    look = latest(facts, wish)
    if not isinstance(look, Seen):
        return look
    job = look.value
    if not _must_be_seen_there(facts, wish, job):
        return Seen(job.state if job is not None else NONE)
    found = arrival.worst(facts, wish, oldest=True)
    if not isinstance(found, Seen):
        return found
    if found.value in (arrival.REPLICATED, arrival.EMPTY):
        return Seen(COMPLETE)
    if job is None:
        return Seen(NONE)
    says = (
        f"a job is complete that may be older than the rule into `{wish.destination.name}`, where "
        "the oldest objects are not: put a later day"
    )
    return Unseen(DESCRIBE, says)


def _must_be_seen_there(facts: Facts, wish: Wish, job: Job | None) -> bool:
    """Whether the objects alone tell: the job is forgotten, or was another destination's too."""
    if job is None:
        return _is_forgotten(facts, wish)
    name = description(facts, wish)
    others = (w for w in of_source(facts, wish.source.name) if w.options.existing is not None)
    return job.state == COMPLETE and any(
        description(facts, w) == name and w.destination.name != wish.destination.name
        for w in others
    )


def job_evidence(facts: Facts, wish: Wish) -> dict[str, Json]:
    """The newest job as evidence; nothing where none is known."""
    look = latest(facts, wish)
    job = look.value if isinstance(look, Seen) else None
    if job is None:
        return {}
    counts = job.progress_summary
    more = facts.look(_describing(wish.source, job), Described)
    found = more.value.job if isinstance(more, Seen) else Details()
    reasons = [each.failure_reason or each.failure_code for each in found.failure_reasons]
    return {
        "id": job.job_id,
        "status": job.status,
        "created": job.creation_time.isoformat() if job.creation_time else None,
        "objects": counts.total_number_of_tasks,
        "sent": counts.number_of_tasks_succeeded,
        "failed": counts.number_of_tasks_failed,
        "reasons": [*reasons, *([found.status_update_reason] if not reasons else [])],
    }


def is_source_known(facts: Facts, wish: Wish) -> bool:
    """Whether the bucket is seen to be there, so that its account and Region are no guess."""
    owned = bucket.owned_names(facts, wish.source.account)
    return isinstance(owned, Seen) and wish.source.name in owned.value
