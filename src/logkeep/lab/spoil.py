"""The fourth reading of a need: how it is spoilt, so that its fault can be shown and found."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import people
from logkeep.access.policies.compose import DENY_SIDS
from logkeep.access.policies.speaking import Holder, closed_by, of_archive, put, texts
from logkeep.access.policies.spoil import refused
from logkeep.policy.write import Statement, document_of, statements, text_of, with_statements
from logkeep.route import Allows, Arrived, Denies, Exists, Hop, Is, Need
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Fault, Write
from logkeep.sources import registry
from logkeep.value import account_of


def faults(facts: Facts, hop: Hop, need: Need) -> Iterator[Fault]:
    """Every way in which calls to AWS can surely spoil a need that holds."""
    match need:
        case Exists(kind=kind):
            spoil = registry.things()[kind].spoil
            yield from spoil(facts, hop, need) if spoil else ()
        case Is():
            yield from _unset(facts, hop, need)
        case Allows(contested=contested):
            yield from () if contested else refused(facts, need)
        case Denies():
            yield from _opened(facts, need)
        case Arrived():
            return


def _unset(facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
    """The setting with another value than the one needed."""
    setting = registry.settings()[need.setting]
    if setting.spoil:
        yield from setting.spoil(facts, hop, need)
    for value in setting.wrong:
        if value != need.value:
            shown = ("off", "on")[value] if isinstance(value, bool) else value
            says = f"{need.setting} is set to {shown or 'nothing'}"
            yield Fault(need.code, says, setting.write(facts, hop, value))


def _statements(facts: Facts, holder: Holder) -> list[Statement]:
    found = seen(texts(facts, holder)) or {}
    return statements(document_of(found.get("")))


def _written(facts: Facts, holder: Holder, body: list[Statement]) -> tuple[Write, ...]:
    found = seen(texts(facts, holder)) or {}
    text = text_of(with_statements(document_of(found.get("")), body))
    write = put(facts, holder, text)
    return (write,) if write else ()


def _opened(facts: Facts, need: Denies) -> Iterator[Fault]:
    """The statement that closes is gone; or the key lets the whole account decrypt."""
    if need.of:
        yield from _mixed(facts, need)
        return
    holder = closed_by(facts, need)
    if holder is None:
        return
    before = _statements(facts, holder)
    if need.by == "either":
        yield from _ended(facts, need, holder, before)
        return
    if need.by == "silence":
        account = account_of(need.resource)
        opened: Statement = {
            "Sid": "SomebodyElsesRoot",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{facts.fleet.partition}:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        says = "the key's policy delegates everything to its account"
        yield Fault(need.code, says, _written(facts, holder, [*before, opened]))
        return
    after = [s for s in before if s.get("Sid") != DENY_SIDS[need.code]]
    if after != before:
        says = f"`{DENY_SIDS[need.code]}` is gone from {holder.kind.policy}"
        yield Fault(need.code, says, _written(facts, holder, after))


def _ended(facts: Facts, need: Denies, holder: Holder, before: list[Statement]) -> Iterator[Fault]:
    """Our Deny is gone, and somebody of the key's account may end the key."""
    listed = seen(people.principals(facts, account_of(need.resource))) or ()
    who = next((arn for arn in sorted(listed) if arn not in (need.but or ())), None)
    if who is None:
        return
    ends: Statement = {
        "Sid": "SomebodyElsesEnd",
        "Effect": "Allow",
        "Principal": {"AWS": who},
        "Action": ["kms:DisableKey", "kms:ScheduleKeyDeletion"],
        "Resource": "*",
    }
    kept = [s for s in before if s.get("Sid") != DENY_SIDS[need.code]]
    says = f"the key's policy lets {who} disable and delete it"
    yield Fault(need.code, says, _written(facts, holder, [*kept, ends]))


def _mixed(facts: Facts, need: Denies) -> Iterator[Fault]:
    """Somebody lets a reader change the key's policy, or a writer read what it wrote."""
    who = need.of[0]
    by = {"AWS" if who.startswith("arn:") else "Service": who}
    allow: Statement = {"Sid": "SomebodyElsesHelp", "Effect": "Allow", "Principal": by}
    bucket, key = of_archive(facts, "bucket"), of_archive(facts, "key")
    of_key = _statements(facts, key)
    if need.code == "writer-can-read":
        objects = f"{facts.fleet.bucket_arn}/*"
        reads: Statement = {**allow, "Action": "s3:GetObject", "Resource": objects}
        of_bucket = [*_statements(facts, bucket), reads]
        decrypts: Statement = {**allow, "Action": "kms:Decrypt", "Resource": "*"}
        yield Fault(
            need.code,
            f"the bucket and the key let {who} read logs",
            (*_written(facts, bucket, of_bucket), *_written(facts, key, [*of_key, decrypts])),
        )
    elif need.code == "archive-open-to-strangers":
        objects = f"{facts.fleet.bucket_arn}/*"
        puts: Statement = {**allow, "Action": "s3:PutObject", "Resource": objects}
        says = f"the bucket's policy lets {who} write for any account"
        yield Fault(need.code, says, _written(facts, bucket, [*_statements(facts, bucket), puts]))
    elif need.actions == ("kms:PutKeyPolicy",):
        changes: Statement = {**allow, "Action": "kms:PutKeyPolicy", "Resource": "*"}
        kept = [s for s in of_key if s.get("Sid") != DENY_SIDS["key-endable"]]
        says = f"the key's policy lets {who} change it"
        yield Fault(need.code, says, _written(facts, key, [*kept, changes]))
