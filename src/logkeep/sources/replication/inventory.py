"""Every rule of the buckets that the fleet has replicated: `logkeep list replication`."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access.bucket import Bucket
from logkeep.access.replicas import replication
from logkeep.policy import Unread
from logkeep.snapshot.facts import Facts
from logkeep.sources.replication import failed, jobs
from logkeep.sources.replication.failed_words import refused
from logkeep.sources.replication.jobs import Job
from logkeep.sources.replication.options import Replications
from logkeep.sources.replication.pairs import Wish, arn_of, covers, wishes
from logkeep.storage.rules import Rule
from logkeep.value import Seen, Unseen
from logkeep.words.listed import Item, ListedEntry, Nothing, Said, not_read
from logkeep.words.plain import count, lasting


def inventory(facts: Facts, logs: tuple[Replications, ...]) -> Iterator[ListedEntry]:
    """The rules of each bucket that is replicated, one by one."""
    wanted = list(wishes(facts, logs))
    for source in dict.fromkeys(wish.source for wish in wanted):
        yield from _of_bucket(facts, source, [w for w in wanted if w.source == source])


def _of_bucket(facts: Facts, source: Bucket, wanted: list[Wish]) -> Iterator[ListedEntry]:
    found = replication(facts, source)
    arn = arn_of(facts, source)
    if isinstance(found, Unread):
        said = (Said("rule", None, (), not_read(Unseen(found.call, found.error))),)
        yield Item(source.account, source.region, source.name, arn, "fleet", said)
    elif found is None or not found.rules:
        yield Nothing(source.account)
    else:
        for rule in found.rules:
            ours = [wish for wish in wanted if wish.destination.name == rule.destination]
            whose = "fleet" if ours else "another"
            name = f"{source.name} → {rule.destination}"
            sent = (each for wish in ours if covers(rule, wish) for each in _existing(facts, wish))
            own = (*_said(rule), Said("role", found.role, (found.role,)), *sent)
            yield Item(source.account, source.region, name, arn, whose, own)


def _existing(facts: Facts, wish: Wish) -> Iterator[Said]:
    """The job that sends what was there before the rule, where the fleet wants one."""
    if not wish.options.existing:
        return
    look = jobs.latest(facts, wish)
    if not isinstance(look, Seen):
        yield Said("existing", None, (), not_read(look))
    elif look.value is None:
        on = f"no job since {wish.options.existing} that S3 still knows"
        yield Said("existing", None, (on,))
    else:
        said = (*_of_job(facts, look.value), *_left(facts, wish, look.value))
        yield Said("existing", jobs.job_evidence(facts, wish), said)


def _left(facts: Facts, wish: Wish, job: Job) -> Iterator[str]:
    """Of the oldest and the newest objects those that a job could not send."""
    if job.state == jobs.LEFT_BEHIND:
        for each in failed.left_behind(facts, wish):
            yield f"{each['key']}: {refused(each)}"
        yield f"`logkeep try replicate --all s3://{wish.source.name}` says why of each object"


def _of_job(facts: Facts, job: Job) -> Iterator[str]:
    done = job.progress_summary
    total = count(done.total_number_of_tasks, "object")
    sent = f"{job.status}, {done.number_of_tasks_succeeded} of {total} sent"
    yield f"{sent}, {done.number_of_tasks_failed} failed" if done.number_of_tasks_failed else sent
    ago = f", begun {lasting(facts.taken_at - job.creation_time)} ago" if job.creation_time else ""
    yield f"job {job.job_id}{ago}"


def _said(rule: Rule) -> Iterator[Said]:
    """What a rule says, in the order of AWS's console."""
    yield Said("rule", rule.name, (rule.name if rule.enabled else f"{rule.name}, switched off",))
    yield Said("enabled", rule.enabled)
    tags = [f"{name}={value}" for name, value in rule.filter.tags]
    scope = " ".join([*([rule.filter.prefix] if rule.filter.prefix else []), *tags])
    yield Said("of", scope or None, (scope or "every object",))
    selected = rule.kms_selected and bool(rule.replica_key)
    key = rule.replica_key if selected else ""
    yield Said("key", key or None, (key or "none: objects under SSE-KMS stay behind",))
    owner = "the destination's account" if rule.takes_ownership else "as the destination has it"
    yield Said("owner", "destination" if rule.takes_ownership else None, (owner,))
    markers = rule.delete_markers or rule.schema == "V1"
    yield Said("delete_markers", markers, ("replicated" if markers else "left behind",))
    if rule.storage_class:
        yield Said("storage_class", rule.storage_class, (rule.storage_class,))
