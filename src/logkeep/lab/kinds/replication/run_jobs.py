"""What becomes of a Batch Replication job: it lists what a rule means and sends each by the rule.

S3 User Guide, "Replicating existing objects with Batch Replication" and "Job statuses": New,
Preparing while the list is made, Suspended where somebody has to confirm, Ready, Active, Complete;
Failed where the list cannot be made. How long each takes, and the codes of a failed list, are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from logkeep.lab import documents
from logkeep.lab.call import World
from logkeep.lab.kinds.replication.configuration import configuration_of
from logkeep.lab.kinds.replication.deliver import send_again
from logkeep.lab.kinds.replication.jobs import SERVICE
from logkeep.lab.kinds.replication.state import Job, ReplicationFailure, state_of
from logkeep.lab.objects.in_store import version_of
from logkeep.lab.objects.kept import kept_of
from logkeep.lab.objects.replication import meant
from logkeep.lab.objects.replication_place import thing_of

LISTED: Final = timedelta(minutes=4)
BEGUN: Final = timedelta(minutes=8)
A_MINUTE: Final = 50
"""How many objects a job sends in a minute."""


def run_until(world: World, now: datetime) -> None:
    """Bring every job on to where it is by now."""
    for job in state_of(world).jobs:
        while _step(world, job, now):
            pass


def _step(world: World, job: Job, now: datetime) -> bool:
    """One step of a job, if its time has come."""
    age = now - job.created
    match job.status:
        case "New":
            job.status = "Preparing"
            return True
        case "Preparing" if age >= LISTED:
            _list(world, job, job.created + LISTED)
            return True
        case "Ready" if age >= BEGUN:
            job.status = "Active"
            return True
        case "Active":
            return _send(world, job, now)
        case _:
            return False


def _list(world: World, job: Job, at: datetime) -> None:
    """Make the list as the job's role, or fail."""
    held = documents.bucket_of(job.source)
    for action in ("s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration"):
        arn = f"arn:aws:s3:::{job.source}"
        ruling = world.authorize_role(job.asked["RoleArn"], SERVICE, action, arn, _for(job))
        if not ruling.allowed:
            _fail(job, at, "ManifestGenerationFailed", f"Access denied: {ruling.reason}")
            return
    if held is None or held.account_id != job.account or held.region_name != job.region:
        _fail(job, at, "ManifestGenerationFailed", "The source bucket is not there")
    elif configuration_of(held) is None:
        _fail(job, at, "ManifestGenerationFailed", "The source bucket has no replication rule")
    else:
        job.objects = list(_chosen(world, held, job))
        job.status = "Suspended" if job.asked.get("ConfirmationRequired") else "Ready"


def _for(job: Job) -> dict[str, str]:
    return {"aws:SourceAccount": job.account}


def _fail(job: Job, at: datetime, code: str, reason: str) -> None:
    job.status, job.ended = "Failed", at
    job.failures.append({"FailureCode": code, "FailureReason": reason[:256]})


def _chosen(world: World, held: Any, job: Job) -> Iterator[tuple[str, str]]:
    """The versions that fit the filter, of those that a rule of the bucket means."""
    made: dict[str, Any] = job.asked["ManifestGenerator"]["S3JobManifestGenerator"]
    wanted: dict[str, Any] = made.get("Filter") or {}
    rules = (configuration_of(held) or {})["Rules"]
    for key in sorted(held.keys):
        for version in held.keys.getlist(key):
            if not hasattr(version, "storage_class"):
                continue  # a delete marker
            thing = replace(thing_of(world, held, version), status="")
            eligible = not wanted.get("EligibleForReplication") or meant(thing, rules)
            if eligible and _fits(version, wanted):
                yield key, version.version_id


def _fits(version: Any, wanted: dict[str, Any]) -> bool:
    named: dict[str, list[str]] = wanted.get("KeyNameConstraint") or {}
    key: str = version.name
    tests: dict[str, Callable[[str], bool]] = {
        "MatchAnyPrefix": key.startswith,
        "MatchAnySuffix": key.endswith,
        "MatchAnySubstring": key.__contains__,
    }
    if any(not any(map(tests[how], texts)) for how, texts in named.items() if texts):
        return False
    at = version.last_modified.replace(tzinfo=None)
    since, until = (wanted.get(name) for name in ("CreatedAfter", "CreatedBefore"))
    if (since and at < since.replace(tzinfo=None)) or (until and at > until.replace(tzinfo=None)):
        return False
    statuses: list[str] = wanted.get("ObjectReplicationStatuses") or []
    return not statuses or (kept_of(version).replication or "NONE") in statuses


def _send(world: World, job: Job, now: datetime) -> bool:
    """Send what is due, one after the other; whether that was the last of it."""
    state = state_of(world)
    held = documents.bucket_of(job.source)
    minutes = (now - job.created - BEGUN) / timedelta(minutes=1)
    due = min(len(job.objects), int(minutes * A_MINUTE))
    if job.source in state.stuck:
        return False
    for key, version_id in job.objects[job.sent + job.failed : due]:
        if _one(world, job, held, key, version_id, now):
            job.sent += 1
        else:
            job.failed += 1
    if job.sent + job.failed == len(job.objects):
        job.status, job.ended = "Complete", now
    return False


def _one(world: World, job: Job, held: Any, key: str, version_id: str, now: datetime) -> bool:
    arn = f"arn:aws:s3:::{job.source}/{key}"
    ruling = world.authorize_role(
        job.asked["RoleArn"], SERVICE, "s3:InitiateReplication", arn, _for(job)
    )
    if not ruling.allowed:
        code = "InitiateReplicationNotPermitted"
        failure = ReplicationFailure(job.source, key, version_id, "", frozenset({code}), code)
        state_of(world).failures.append(failure)
        return False
    version = version_of(held, key, version_id) if held is not None else None
    return version is not None and send_again(world, held, version, now)
