"""CreateJob, ListJobs, DescribeJob and UpdateJobStatus as S3 Batch Operations answers them.

S3 API Reference of each; S3 User Guide, "Job statuses" and "Troubleshooting S3 Batch Operations".
The lab runs S3ReplicateObject over a manifest that S3 generates, and refuses all else.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from logkeep.lab.call import Answer, Call, Forward, World
from logkeep.lab.kind import Needed
from logkeep.lab.kinds.replication.state import Job, state_of
from logkeep.lab.wire import deny, refuse, reply

SERVICE: Final = "batchoperations.s3.amazonaws.com"
ENDED: Final = ("Complete", "Failed", "Cancelled")
KEPT: Final = timedelta(days=90)
PAGE_MAX: Final = 1000


def to_create(world: World, call: Call) -> list[Needed]:  # noqa: ARG001
    """The job, and its tags if there are any (Service Authorization Reference, Amazon S3)."""
    needed: list[Needed] = [("s3:CreateJob", "*", {})]
    if call.arguments.get("Tags"):
        needed.append(("s3:PutJobTagging", _arn(call, "*"), {}))
    return needed


def on_job(world: World, call: Call) -> list[Needed]:  # noqa: ARG001
    """The operation on its job."""
    return [(call.action, _arn(call, str(call.arguments["JobId"])), {})]


def _arn(call: Call, id_: str) -> str:
    return f"arn:aws:s3:{call.region}:{call.caller.account}:job/{id_}"


def create_job(world: World, call: Call, _forward: Forward) -> Answer:
    """Take a job, or give the one that was made by the same token."""
    if call.arguments["AccountId"] != call.caller.account:
        return deny(call, "Access Denied")
    refused = next(_refusals(call.arguments), None)
    if refused:
        return refuse(call, "InvalidRequest", refused)
    ruling = world.authorize_passing(call.caller, str(call.arguments["RoleArn"]), SERVICE)
    if not ruling.allowed:
        return deny(call, ruling.reason)
    state, token = state_of(world), call.arguments["ClientRequestToken"]
    own = [job for job in _of_place(world, call) if job.asked["ClientRequestToken"] == token]
    if own and own[0].asked != call.arguments:
        said = "The client request token was used for a job with other parameters"
        return refuse(call, "IdempotencyException", said)
    if not own:
        id_ = str(uuid.UUID(int=state.random.getrandbits(128), version=4))
        own = [Job(id_, call.caller.account, call.region, dict(call.arguments), call.at)]
        state.jobs += own
    return reply(call, {"JobId": own[0].id})


def _refusals(asked: dict[str, Any]) -> Iterator[str]:
    """What is wrong with what is asked; the words are ours."""
    if "S3ReplicateObject" not in asked["Operation"]:
        yield "The lab runs no other operation than S3ReplicateObject"
    if ("Manifest" in asked) == ("ManifestGenerator" in asked):
        yield "Jobs must be created with either a manifest file or a ManifestGenerator"
    elif "Manifest" in asked:
        yield "The lab takes generated manifests alone"
    if asked["Report"]["Enabled"]:
        yield "The lab writes no reports"


def _of_place(world: World, call: Call) -> list[Job]:
    """The account's jobs in a Region that S3 still knows."""
    found = (j for j in state_of(world).jobs if (j.account, j.region) == _place(call))
    return [job for job in found if job.ended is None or call.at - job.ended <= KEPT]


def _place(call: Call) -> tuple[str, str]:
    return call.caller.account, call.region


def list_jobs(world: World, call: Call, _forward: Forward) -> Answer:
    """The jobs of the account in the Region, the newest first."""
    if call.arguments["AccountId"] != call.caller.account:
        return deny(call, "Access Denied")
    wanted: list[str] = call.arguments.get("JobStatuses") or []
    found = [job for job in _of_place(world, call) if not wanted or job.status in wanted]
    found.sort(key=lambda job: job.created, reverse=True)
    start, size = (
        int(call.arguments.get("NextToken") or 0),
        min(int(call.arguments.get("MaxResults") or PAGE_MAX), PAGE_MAX),
    )
    page = found[start : start + size]
    more = {"NextToken": str(start + size)} if start + size < len(found) else {}
    return reply(call, {"Jobs": [_row(job) for job in page], **more})


def _row(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = {
        "JobId": job.id,
        "Operation": "S3ReplicateObject",
        "Priority": job.asked["Priority"],
        "Status": job.status,
        "CreationTime": job.created,
        "ProgressSummary": {
            "TotalNumberOfTasks": len(job.objects),
            "NumberOfTasksSucceeded": job.sent,
            "NumberOfTasksFailed": job.failed,
        },
    }
    if job.asked.get("Description"):
        found["Description"] = job.asked["Description"]
    if job.ended is not None:
        found["TerminationDate"] = job.ended
    return found


def _found(world: World, call: Call) -> Job | None:
    own = (job for job in _of_place(world, call) if job.id == call.arguments["JobId"])
    return next(own, None)


def _no_such_job(call: Call) -> Answer:
    return refuse(call, "NoSuchJob", "The specified job does not exist.", status=404)


def describe_job(world: World, call: Call, _forward: Forward) -> Answer:
    """All that is known of a job."""
    job = _found(world, call)
    if job is None:
        return _no_such_job(call)
    found = {name: value for name, value in _row(job).items() if name != "Operation"}
    given = {name: job.asked[name] for name in _GIVEN if name in job.asked}
    more: dict[str, Any] = {"JobArn": _arn(call, job.id), **given, "FailureReasons": job.failures}
    if job.why:
        more["StatusUpdateReason"] = job.why
    return reply(call, {"Job": {**found, **more}})


_GIVEN = ("ConfirmationRequired", "Operation", "Report", "RoleArn", "ManifestGenerator")


def update_job_status(world: World, call: Call, _forward: Forward) -> Answer:
    """Confirm a job that waits for it, or cancel one that has not ended."""
    job, wanted = _found(world, call), str(call.arguments["RequestedJobStatus"])
    if job is None:
        return _no_such_job(call)
    if job.status in ENDED or (wanted == "Ready" and job.status != "Suspended"):
        said = f"Job status transition from {job.status} to {wanted} is not allowed"
        return refuse(call, "JobStatusException", said)
    job.status, job.why = wanted, str(call.arguments.get("StatusUpdateReason") or "")
    if wanted == "Cancelled":
        job.ended = call.at
    why = {"StatusUpdateReason": job.why} if job.why else {}
    return reply(call, {"JobId": job.id, "Status": job.status, **why})
