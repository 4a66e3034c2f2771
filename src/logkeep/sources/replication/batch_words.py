"""What is said of the job that sends the objects from before a rule."""

from __future__ import annotations

from typing import Final, cast

from logkeep.fleet import Fleet
from logkeep.sources.replication import failed_words
from logkeep.value import Json
from logkeep.words.cost import Cost, CostWords
from logkeep.words.described import Described, Words, template, worded
from logkeep.words.plain import clean, count, few, people

AGAIN: Final = "set `existing` to a later date, and `logkeep plan` starts another job"


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
        return f"no S3 Batch Replication job was started for them since {since}"
    return f"the job `{clean(str(job['id']))}` ended as {job['status']}{_reasons(job)}"


def _why_failed(finding: Described) -> str:
    """How many a job could not send."""
    job = _job(finding)
    if not job:
        status = clean(str(finding.evidence.get("status")))
        return f"the S3 Batch Replication job has the status {status}"
    failed = f"{job['failed']} of {count(job['objects'], 'object')} could not be sent"
    says = f"{failed} by the job `{clean(str(job['id']))}`{_reasons(job)}"
    such = few(failed_words.lines(finding), 3)
    return f"{says}; of the oldest and the newest: {such}" if such else says


WORDS: Final[dict[str, Words]] = {
    "existing-unreplicated": Words(
        template("objects from before the rule have not been replicated: {arn}"),
        _why_unsent,
        template("`logkeep plan` starts a job; AWS charges for it"),
        "batch job",
        stops=False,
    ),
    "existing-failed": Words(
        template("some objects from before the rule could not be replicated: {arn}"),
        _why_failed,
        template(
            "`logkeep try replicate --all s3://BUCKET` says why each object fails; fix that, then "
            f"{AGAIN}"
        ),
        "objects sent",
        stops=False,
    ),
    "batch-role-missing": worded(
        "the role of the Batch Replication job does not exist: {arn}",
        "S3 Batch Operations uses it to list the bucket and to start each replication",
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
        "the role of the Batch Replication job lacks permissions: {arn}",
        "its own policies or a policy of its organization do not allow the request",
        "`logkeep plan` adds what is missing",
        step="job's policies",
        stops=False,
    ),
    "batch-role-shut-out": worded(
        "the archive's policy denies the role of the Batch Replication job: {arn}",
        "S3 lists a bucket for a job with an inventory, and the statement that protects the "
        "archive's settings does not let the role set one up",
        "`logkeep plan` adds the role to the exceptions of the statement",
        step="job's listing",
        stops=False,
    ),
}


def _of_jobs(fleet: Fleet, cost: Cost) -> str:
    return (
        f"{count(cost.count or 0, 'S3 Batch Replication job')} of {people(fleet, cost.accounts)}, "
        "billed for each job, each object listed and each object sent; "
        "and each replica for its request, transfer and storage"
    )


COSTS: Final[dict[str, CostWords]] = {"batch-job": _of_jobs}
