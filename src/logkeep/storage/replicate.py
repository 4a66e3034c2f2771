"""What becomes of this object under the bucket's replication rules, and why?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from logkeep.policy import Unread, decide
from logkeep.storage.bucket import ENFORCED, SUSPENDED, UNENCRYPTED, WITH_KEY, Bucket, Default
from logkeep.storage.eligible import NotEligible, Unsure, by_event, by_rule
from logkeep.storage.fate import Fate, Miss, PredictedReplica, ReplicationRole, Sides
from logkeep.storage.keys import Key, find_key
from logkeep.storage.permitted import RequestRefused, Trouble, as_miss, by_role, troubles
from logkeep.storage.rules import Match, Replication, Rule, by_destination, match
from logkeep.storage.subject import Subject


def replicate(subject: Subject, sides: Sides) -> Fate:
    """Return what becomes of an object, a delete marker or a change."""
    replication = sides.replication
    if isinstance(replication, Unread):
        unknown = (f"{replication.call}: {replication.error}",)
        return _nothing(subject, Miss(kind="unknown", reason="rules-unread", unknown=unknown))
    if replication is None:
        return _nothing(subject, Miss(kind="not-eligible", reason="no-rules"))
    if sides.source.versioning == SUSPENDED:  # AWS lets no bucket with a replication be (2.3.3)
        return _nothing(subject, Miss(kind="not-eligible", reason="source-suspended"))
    never = by_event(subject)
    if isinstance(never, NotEligible):
        return _nothing(subject, Miss(kind="not-eligible", reason=never.reason))
    # A delete marker has no tags of its own (PutObjectTagging: MethodNotAllowed).
    tags: Mapping[str, str] | None = {} if _is_bare_marker(subject) else subject.tags
    matches = [match(rule, subject.key, tags) for rule in replication.rules]
    chosen = list(_chosen(replication, matches))
    if not chosen:
        by_tag = _by_tag_alone(matches) if _is_bare_marker(subject) else None
        return _nothing(subject, by_tag or _unmatched(matches))
    return _together(subject, [_to_one(subject, each, sides) for each in chosen])


def _chosen(replication: Replication, matches: list[Match]) -> Iterator[Match]:
    """Yield for each destination the rule that the object falls under (rule 3.1.6).

    Where tags that nobody knows decide between rules, the first in doubt stands for it.
    """
    fits = {id(each.rule): each for each in matches}
    for _, rules in by_destination(replication.rules):
        for rule in rules:
            found = fits[id(rule)]
            if rule.enabled and found.fits is not False:
                yield found
                break


def _is_bare_marker(subject: Subject) -> bool:
    return subject.event == "delete-marker" and subject.tags is None


def _by_tag_alone(matches: list[Match]) -> Miss | None:
    """The rule that would be for a delete marker, were it not by tags."""
    found = (each.rule for each in matches if each.missing not in ("", "prefix"))
    rule = next((each for each in found if each.enabled), None)
    return _of_rule(rule, NotEligible("delete-marker-by-tag")) if rule else None


def _unmatched(matches: list[Match]) -> Miss:
    """Say of the rule that was nearest why it is not for the object."""
    disabled = next((each for each in matches if each.fits), None)
    if disabled is not None:
        return _of_rule(disabled.rule, NotEligible("rule-disabled"))
    by_tag = next((each for each in matches if each.missing not in ("", "prefix")), None)
    if by_tag is not None and by_tag.rule.enabled:
        several = len(by_tag.rule.filter.tags) > 1 or by_tag.rule.filter.prefix
        reason = "and-tag-missing" if several else "tag-missing"
        return _of_rule(by_tag.rule, NotEligible(reason, by_tag.missing))
    return Miss(kind="not-eligible", reason="no-rule-matches")


def _of_rule(rule: Rule, found: NotEligible | Unsure) -> Miss:
    is_sure = isinstance(found, NotEligible)
    return Miss(
        kind="not-eligible" if is_sure else "unknown",
        reason=found.reason,
        destination=rule.destination,
        rule=rule.name,
        detail=found.detail if is_sure else "",
        unknown=() if is_sure else found.unknown,
    )


def _nothing(subject: Subject, miss: Miss) -> Fate:
    """No replica anywhere: the object keeps the status that it had."""
    return Fate(misses=(miss,), status=subject.status)


def _to_one(subject: Subject, found: Match, sides: Sides) -> PredictedReplica | Miss:
    """Return the replica in one destination, or why there is none."""
    rule = found.rule
    kept = by_rule(subject, rule)
    if isinstance(kept, NotEligible):
        return _of_rule(rule, kept)
    if found.fits is None:
        return _of_rule(rule, Unsure("tags-unknown", ("s3:GetObjectTagging",)))
    if kept is not None:
        return _of_rule(rule, kept)
    trouble = _first(troubles(subject, rule, sides))
    return as_miss(trouble, rule) if trouble else _copy(subject, rule, sides)


def _first(found: Iterator[Trouble]) -> Trouble | None:
    """Return the first that certainly refuses, else the first in doubt."""
    doubt: Trouble | None = None
    for each in found:
        if isinstance(each, RequestRefused):
            return each
        doubt = doubt or each
    return doubt


def _together(subject: Subject, found: list[PredictedReplica | Miss]) -> Fate:
    """Several destinations: FAILED as soon as one fails (rule 3.4.1)."""
    copies = tuple(each for each in found if isinstance(each, PredictedReplica))
    misses = tuple(each for each in found if isinstance(each, Miss))
    kinds = {miss.kind for miss in misses}
    if subject.status == "REPLICA":
        status = "REPLICA"
    elif "failed" in kinds:
        status = "FAILED"
    elif copies and "unknown" not in kinds:
        status = "PENDING"
    else:
        status = subject.status
    return Fate(copies=copies, misses=misses, status=status)


def _copy(subject: Subject, rule: Rule, sides: Sides) -> PredictedReplica:
    """Return the replica as it will lie there (rules 3.1.3 to 3.1.5)."""
    destination, role = sides.destinations[rule.destination], sides.role
    assert isinstance(destination, Bucket)
    assert isinstance(role, ReplicationRole)
    encryption, key = _encryption(subject, rule, destination)
    if subject.event == "delete-marker":
        return PredictedReplica(destination=destination.name, rule=rule.name, encryption="")
    if encryption in WITH_KEY:
        found = find_key(key, destination.region, role.caller.account, sides.keys,
                         destination.account)  # fmt: skip
        key = found.arn if isinstance(found, Key) else found.name
    source_owner = subject.owner if isinstance(subject.owner, str) else ""
    enforced = destination.ownership == ENFORCED
    takes = rule.takes_ownership
    owner = destination.account if enforced or takes else source_owner or sides.source.account
    unread = isinstance(destination.ownership, Unread)
    source_class = subject.storage_class if isinstance(subject.storage_class, str) else ""
    return PredictedReplica(
        destination=destination.name,
        rule=rule.name,
        encryption=encryption,
        key=key,
        owner="" if unread and not takes else owner,
        acl="off" if enforced else "replaced" if takes else "" if unread else "copied",
        storage_class=rule.storage_class or source_class,
        tags=not subject.tags or _takes_tags(subject, role, destination),
    )


def _encryption(subject: Subject, rule: Rule, destination: Bucket) -> tuple[str, str]:
    """The source's kind of encryption; of an unencrypted object the destination's default."""
    encryption = subject.encryption if isinstance(subject.encryption, str) else ""
    if encryption == UNENCRYPTED and isinstance(destination.default, Default):
        return destination.default.algorithm, destination.default.key
    return encryption, rule.replica_key if encryption in WITH_KEY else ""


def _takes_tags(subject: Subject, role: ReplicationRole, destination: Bucket) -> bool:
    """A Deny of s3:ReplicateTags leaves the tags behind (rule 3.2.3)."""
    asked, layers = by_role(role, "s3:ReplicateTags", destination, subject.key)
    return decide(asked, layers).outcome == "Allowed"
