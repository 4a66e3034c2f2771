"""What is said of the job that sends what was in a bucket before its rule."""

from __future__ import annotations

from typing import Final, cast

from logkeep.fleet import Fleet
from logkeep.value import Json
from logkeep.words.cost import Cost, CostWords
from logkeep.words.described import Described, Words, template, worded
from logkeep.words.plain import clean, count, people

AGAIN: Final = "put a later day under `existing`, and `logkeep plan` starts another job"


def _job(finding: Described) -> dict[str, Json]:
    found = finding.evidence.get("job")
    return cast("dict[str, Json]", found) if isinstance(found, dict) else {}


def _reasons(job: dict[str, Json]) -> str:
    said = [clean(str(each)) for each in job.get("reasons") or () if each]
    return f": {'; '.join(said)}" if said else ""


def _why_unsent(finding: Described) -> str:
    """That there is no job, or what became of it."""
    job, since = _job(finding), finding.evidence.get("since")
    if not job:
        return f"no S3 Batch Replication job has been started for it since {since}"
    return f"the job `{clean(str(job['id']))}` has ended as {job['status']}{_reasons(job)}"


def _why_failed(finding: Described) -> str:
    """How many a job could not send."""
    job = _job(finding)
    if not job:
        return f"S3 says of the job that sends it: {clean(str(finding.evidence.get('status')))}"
    failed = f"{job['failed']} of {count(job['objects'], 'object')} could not be sent"
    return f"{failed} by the job `{clean(str(job['id']))}`{_reasons(job)}"


WORDS: Final[dict[str, Words]] = {
    "existing-unreplicated": Words(
        template("what was there before the rule has not been replicated: {arn}"),
        _why_unsent,
        template("`logkeep plan` starts a job, at a price"),
        "batch job",
        stops=False,
    ),
    "existing-failed": Words(
        template("some of what was there before the rule could not be replicated: {arn}"),
        _why_failed,
        template(
            "`logkeep try replicate --all s3://BUCKET` says what refuses which; mend it, then "
            f"{AGAIN}"
        ),
        "objects sent",
        stops=False,
    ),
    "batch-role-missing": worded(
        "the role of the Batch Replication job is not there: {arn}",
        "S3 Batch Operations lists the bucket and begins each replication by it",
        "`logkeep plan` makes it",
        step="job's role",
        stops=False,
    ),
    "batch-role-untrusted": worded(
        "S3 Batch Operations may not assume the role of the job: {arn}",
        "its trust policy does not let batchoperations.s3.amazonaws.com assume it",
        "`logkeep plan` adds the statement",
        step="job's trust",
        stops=False,
    ),
    "batch-role-refuses": worded(
        "the role of the Batch Replication job may not do all it has to: {arn}",
        "its own policies, or its organization's, do not let the request through",
        "`logkeep plan` adds what is missing",
        step="job's policies",
        stops=False,
    ),
    "batch-role-shut-out": worded(
        "the archive's policy shuts out the role of the Batch Replication job: {arn}",
        "S3 lists a bucket for a job by an inventory, and the statement that closes the archive's "
        "settings keeps the role from setting one up",
        "`logkeep plan` names the role in the statement, beside the administrators",
        step="job's listing",
        stops=False,
    ),
}


def _of_jobs(fleet: Fleet, cost: Cost) -> str:
    return (
        f"{count(cost.count or 0, 'S3 Batch Replication job')} of {people(fleet, cost.accounts)}, "
        "billed by the job, by each object listed and by each object sent; "
        "and each replica as any other: its request, transfer and storage"
    )


COSTS: Final[dict[str, CostWords]] = {"batch-job": _of_jobs}
