"""The route of what was in a bucket before its rule: one S3 Batch Replication job sends it.

S3 User Guide, "Replicating existing objects with Batch Replication" and "Configuring an IAM role
for S3 Batch Replication" (rule 3.3.3). The objects go by the rule and by its role; what the job's
own role may is only to list them and to begin.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access.key import FLEET_TAG
from logkeep.access.replicas import replication
from logkeep.access.service_requests import becomes, call_for, may_say, unsaid
from logkeep.route import Allows, Arrived, Exists, Grant, Hop, Is, Status
from logkeep.snapshot import Ask, Reply, reply
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Effect, Fault, Setting, Write, not_ours
from logkeep.sources.replication import failed, jobs, let_in
from logkeep.sources.replication.options import SOURCE, batch_role
from logkeep.sources.replication.pairs import Wish, arn_of, wishes
from logkeep.sources.replication.requests import Side, request_of, sends
from logkeep.storage.rules import Replication
from logkeep.value import Arn, Json, Look, Seen, Unseen, account_of

SERVICE: Final = "batchoperations.s3.amazonaws.com"
TRUST_SID: Final = "LogkeepBatchAssumes"
STARTS_SID: Final = "LogkeepBatchInitiates"
LISTS_SID: Final = "LogkeepBatchLists"
STARTS: Final = ("s3:InitiateReplication",)
LISTS: Final = ("s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration")
JOB: Final = "batch job"
CREATE: Final = "s3control:CreateJob"
UPDATE: Final = "s3control:UpdateJobStatus"
STARTED: Final = "started"
PRIORITY: Final = 10
SETTLE: Final = "the end of the job: `logkeep list replication` tells how far it is"


def hops(facts: Facts, wish: Wish) -> tuple[Hop, ...]:
    """The role of the job, the bucket that it lists, and the job itself: pointed last."""
    role, source = batch_role(arn_of(facts, wish.source), wish.source.account), wish.source
    own = (Exists("role", "batch-role-missing"), _assumes(facts, wish, role))
    home, account = facts.fleet.home_region, account_of(role)
    name = f"arn:{facts.fleet.partition}:s3:{source.region}:{source.account}:job/"
    of = wish.existing_route
    status = Status("replication.existing-objects", (jobs.COMPLETE,), (jobs.LEFT_BEHIND,), True)
    ran = (
        Is("replication.existing", STARTED, "existing-unreplicated", of=of),
        Arrived("existing-failed", None, status=status, of=of, settle=SETTLE),
    )
    listed = arn_of(facts, source)
    shut_out = Is("replication.listed-by-job", let_in.LET_IN, "batch-role-shut-out", "permitted")
    lets_in = (shut_out,) if wish.is_archives else ()
    return (
        Hop(role, "batch role", account, home, (*own, *_of_role(facts, wish, role))),
        Hop(listed, "listed bucket", source.account, source.region,
            (*lets_in, *_of_source(facts, wish, role))),
        Hop(f"{name}{jobs.description(facts, wish)}", JOB, source.account, source.region, ran,
            speaks=True),
    )  # fmt: skip


def _assumes(facts: Facts, wish: Wish, role: Arn) -> Allows:
    grant = Grant(TRUST_SID, SERVICE, ("sts:AssumeRole",), role, role, account_of(role))
    call = call_for(facts, SERVICE, wish.source.account, arn_of(facts, wish.source))
    asked = becomes(facts, unsaid(call), role, may_say(call))
    return Allows(asked, "the switch into the role", grant, code="batch-role-untrusted")


def _asked(facts: Facts, wish: Wish) -> Iterator[tuple[str, tuple[str, ...], Arn, Side]]:
    arn, account = arn_of(facts, wish.source), wish.source.account
    yield STARTS_SID, STARTS, f"{arn}/*", Side(f"{arn}/{wish.filter.prefix}object", account)
    yield LISTS_SID, LISTS, arn, Side(arn, account)


def _of_role(facts: Facts, wish: Wish, role: Arn) -> Iterator[Allows]:
    """What the role's own policies have to let it do."""
    for sid, actions, where, side in _asked(facts, wish):
        grant = Grant(sid, role, actions, where, where, account_of(role))
        for action in actions:
            asked = request_of(facts, role, action, side)
            yield Allows(asked, sends(action), grant, code="batch-role-refuses", policy_of=role,
                         parted=True)  # fmt: skip


def _of_source(facts: Facts, wish: Wish, role: Arn) -> Iterator[Allows]:
    """What the policy of the bucket must not deny to the role."""
    for _, actions, _, side in _asked(facts, wish):
        for action in actions:
            asked = request_of(facts, role, action, side)
            yield Allows(asked, sends(action), code="source-refuses", parted=True)


def _wish(facts: Facts, need: Is) -> Wish | None:
    own = wishes(facts, facts.fleet.logs_of(SOURCE))
    return next((wish for wish in own if wish.existing_route == need.of), None)


def _read(facts: Facts, _hop: Hop, need: Is) -> Look[Json]:
    """What became of the objects that were there before the rule."""
    wish = _wish(facts, need)
    if wish is None:
        return Unseen(jobs.LIST, "no such replication is asked for")
    return jobs.state(facts, wish)


def _read_started(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    found = _read(facts, hop, need)
    if isinstance(found, Seen) and found.value not in (jobs.NONE, *jobs.GIVEN_UP.values()):
        return Seen(STARTED)
    return found


def _tells(facts: Facts, _hop: Hop, need: Is) -> dict[str, Json]:
    wish = _wish(facts, need)
    found = jobs.job_evidence(facts, wish) if wish else {}
    day = wish.options.existing if wish else None
    left = failed.left_behind(facts, wish) if wish and found.get("failed") else []
    listed: dict[str, Json] = {"missing": [*left]} if left else {}
    return {"since": str(day), **({"job": found} if found else {}), **listed}


def _write(facts: Facts, hop: Hop, _value: Json) -> tuple[Write, ...]:
    """The job of the hop, as AWS's guide makes it from a rule: all that has no replica yet."""
    own = wishes(facts, facts.fleet.logs_of(SOURCE))
    name = hop.arn.rpartition("/")[2]
    wish = next((w for w in own if w.options.existing and jobs.description(facts, w) == name), None)
    return (Write(hop.arn, hop.account, hop.region, CREATE, _job(facts, wish)),) if wish else ()


def _job(facts: Facts, wish: Wish) -> dict[str, Json]:
    source, name = wish.source, jobs.description(facts, wish)
    arn = arn_of(facts, source)
    chosen: dict[str, Json] = {
        "EligibleForReplication": True,
        "ObjectReplicationStatuses": list(_statuses(facts, wish)),
    }
    if wish.filter.prefix:
        chosen["KeyNameConstraint"] = {"MatchAnyPrefix": [wish.filter.prefix]}
    generator = {
        "ExpectedBucketOwner": source.account,
        "SourceBucket": arn,
        "EnableManifestOutput": False,
        "Filter": chosen,
    }
    return {
        "AccountId": source.account,
        "ConfirmationRequired": False,
        "Operation": {"S3ReplicateObject": {}},
        "Report": {"Enabled": False},
        "ClientRequestToken": _token(facts, wish),
        "Description": name,
        "Priority": PRIORITY,
        "RoleArn": batch_role(arn, source.account),
        "Tags": [{"Key": FLEET_TAG, "Value": facts.fleet.name}],
        "ManifestGenerator": {"S3JobManifestGenerator": generator},
    }


def _statuses(facts: Facts, wish: Wish) -> tuple[str, ...]:
    """Which objects have no replica there: what went by a rule to another bucket counts too."""
    found = replication(facts, wish.source)
    rules = found.rules if isinstance(found, Replication) else ()
    elsewhere = any(r.enabled and r.destination != wish.destination.name for r in rules)
    return ("NONE", "FAILED", *(("COMPLETED",) if elsewhere else ()))


def _token(facts: Facts, wish: Wish) -> str:
    """The same for the same job, so that a call sent twice makes one; another after a failure."""
    before = seen(jobs.all_of(facts, wish)) or ()
    said = f"{jobs.description(facts, wish)} {wish.options.existing} {len(before)}"
    return hashlib.sha256(said.encode()).hexdigest()[:40]


def _spoil(facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
    """Somebody cancels the job."""
    wish = _wish(facts, need)
    job = seen(jobs.latest(facts, wish)) if wish else None
    if job is not None:
        named: dict[str, Json] = {
            "AccountId": hop.account,
            "JobId": job.job_id,
            "RequestedJobStatus": "Cancelled",
        }
        cancelled = Write(hop.arn, hop.account, hop.region, UPDATE, named)
        yield Fault(need.code, "the job is cancelled", (cancelled,))


SETTINGS: Final[dict[str, Setting]] = {
    "replication.existing": Setting(_read_started, _write, (), _spoil, _tells),
    "replication.existing-objects": Setting(_read, not_ours, tells=_tells),
    **let_in.SETTINGS,
}


def _listed(facts: Facts, write: Write) -> tuple[Ask, dict[str, Json]]:
    account = str(write.arguments["AccountId"])
    question = Ask(account, write.region, jobs.LIST, (("AccountId", account),))
    found = facts.snapshot.answers.get(question)
    empty: dict[str, Json] = {"Jobs": []}
    known = found is not None and not found.error
    return question, msgspec.json.decode(found.body) if known and found else empty


def _created(facts: Facts, write: Write) -> dict[Ask, Reply]:
    """What S3 will call it, and how far it will have come, nobody knows before."""
    question, body = _listed(facts, write)
    named = {"Description": write.arguments["Description"], "Operation": "S3ReplicateObject"}
    return {question: reply({**body, "Jobs": [*body["Jobs"], named]})}


def _updated(facts: Facts, write: Write) -> dict[Ask, Reply]:
    question, body = _listed(facts, write)
    status, named = write.arguments["RequestedJobStatus"], write.arguments["JobId"]
    changed = [
        {**job, "Status": status} if job.get("JobId", "") == named else job for job in body["Jobs"]
    ]
    return {question: reply({**body, "Jobs": changed})}


EFFECTS: Final[dict[str, Effect]] = {CREATE: _created, UPDATE: _updated}
