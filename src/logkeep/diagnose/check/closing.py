"""Whether nobody passes but those meant: closed by a Deny, or asked of all the policies admit."""

from __future__ import annotations

from logkeep.access import key
from logkeep.access.policies.compose import denial
from logkeep.access.policies.speaking import closed_by, owner_of, policy
from logkeep.archive.anyone_else import could_decrypt, left_out, services_spared
from logkeep.archive.ending import could_end
from logkeep.archive.readers_and_writers import May, besides, writers_who_read
from logkeep.diagnose.check.finding import Finding, behind, decided, finding, malformed, unseen
from logkeep.policy import Malformed, Policy
from logkeep.policy.every_name import Undecided
from logkeep.policy.write import statements
from logkeep.route import Denies
from logkeep.snapshot import NOT_ASKED
from logkeep.snapshot.facts import Facts
from logkeep.value import Absent, Json, Seen, Unseen
from logkeep.words.doubts import doubts_words
from logkeep.words.plain import few

WHO_ADMINISTERS = (
    "name under `[archive] administrators` in logkeep.toml who may change the archive's settings: "
    "who Logkeep is there could not be seen"
)


def denies(facts: Facts, need: Denies) -> Finding:
    """Whether nobody may do any of it but those meant."""
    holder = closed_by(facts, need)
    if holder is None:
        return finding(need, "unknown", {"open": list(need.actions)}, need.resource)
    look = policy(facts, holder)
    match look:
        case Malformed(mistakes):
            return malformed(need, holder.kind.policy, mistakes)
        case Absent() if holder.kind.missing:
            return behind(need, holder.kind.missing)
        case Unseen(error=error) if error == NOT_ASKED or not need.of:
            return unseen(need, look)
        case _ if need.of:
            return _apart(facts, need)
        case Seen(found):
            return BY[need.by](facts, need, found)
        case _:
            return finding(need, "fails", {"open": list(need.actions), "statement": None})


def _denied(facts: Facts, need: Denies, found: Policy) -> Finding:
    """Whether an explicit Deny closes each action to everybody but those meant."""
    account = owner_of(facts, need.resource)
    allowed = frozenset(need.but or ())
    open_: list[str] = []
    too_many: set[str] = set()
    known = {**dict(need.context), **dict.fromkeys(need.without, ())}
    for action in _sampled(need):
        names = left_out(facts, found, action, need.resource, known, account)
        # A context tells of a person's request, or of one without TLS: no service's.
        spared = frozenset[str]() if names is None or need.context else services_spared(
            facts, found, action, need.resource, account
        )  # fmt: skip
        if isinstance(names, Undecided):
            return _undecided(need, names)
        if isinstance(spared, Undecided):
            return _undecided(need, spared)
        if names is None:
            open_.append(action)
        else:
            too_many |= (names | spared) - allowed
    if not open_ and not too_many:
        return _as_asked(need, found)
    evidence: dict[str, Json] = {"open": open_, "excepted": sorted(too_many)}
    if need.but is None and not open_:
        return finding(need, "unknown", evidence, WHO_ADMINISTERS)
    return finding(need, "fails", evidence)


def _as_asked(need: Denies, found: Policy) -> Finding:
    """Whether a statement of ours with a condition of its own says what is asked of it now."""
    if need.condition:
        wanted = denial(need)
        ours = [s for s in statements(found.document) if s.get("Sid") == wanted["Sid"]]
        if any(statement != wanted for statement in ours):
            return finding(need, "fails", {"statement": wanted["Sid"], "says": "another demand"})
    return finding(need, "holds")


def _undecided(need: Denies, found: Undecided) -> Finding:
    settle = f"write `{found.pattern}` more simply, so that it can be told which objects it names"
    return finding(need, "unknown", {"pattern": found.pattern}, settle)


SAMPLES = {
    True: ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
    False: ("s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy"),
}
"""What is asked of objects, and of the bucket itself, where every action is meant."""


def _sampled(need: Denies) -> tuple[str, ...]:
    return SAMPLES["/" in need.resource] if need.actions == ("s3:*",) else need.actions


def _silent(facts: Facts, need: Denies, found: Policy) -> Finding:
    """Whether nobody but those meant is allowed, asked one by one."""
    could = could_decrypt(facts, found, need.resource, need.but or (), need.context)
    if could.who:
        return finding(need, "fails", {"who": list(could.who)})
    if could.unknown:
        return finding(need, "unknown", {"who": list(could.unknown)}, _settled_by(could.unknown))
    return finding(need, "holds")


def _either(facts: Facts, need: Denies, found: Policy) -> Finding:
    """Whether a Deny closes it, or nobody but those meant is allowed at all."""
    closed = _denied(facts, need, found)
    if closed.verdict != "fails":
        return closed
    could = could_end(facts, found, need.resource, need.but or ())
    if could.who:
        evidence: dict[str, Json] = {"who": list(could.who), "may": list(could.may)}
        if need.but is None:
            settle = WHO_ADMINISTERS
            return finding(need, "unknown", evidence, settle)
        return finding(need, "fails", evidence)
    if could.unknown:
        return finding(need, "unknown", {"who": list(could.unknown)}, _settled_by(could.unknown))
    return finding(need, "holds")


def _settled_by(unknown: tuple[str, ...]) -> str:
    """What would tell of whom it cannot be told; the other names are look-ups that failed."""
    people_ = [name for name in unknown if name.startswith("arn:")]
    says = [name for name in unknown if name not in people_]
    if people_:
        named = few([f"`{name}`" for name in people_])
        says.append(f"run `logkeep who --archive`, which says what it depends on for {named}")
    return "; ".join(says)


BY = {"deny": _denied, "silence": _silent, "either": _either}


def _apart(facts: Facts, need: Denies) -> Finding:
    """Whether those named may do none of it; of writers, whether they read nothing."""
    found = list(
        writers_who_read(facts, need, key.arn(facts))
        if need.code == "writer-can-read"
        else besides(facts, need)
    )
    sure = [_may(each) for each in found if each.decision.outcome == "Allowed"]
    if sure:
        return finding(need, "fails", {"who": sorted({m["who"] for m in sure}), "may": sure})
    unknown = sorted({name for each in found for name in each.decision.unknown})
    if found:
        settle = f"find out {doubts_words(unknown)}"
        return finding(need, "unknown", {"unknown": unknown}, settle)
    return finding(need, "holds")


def _may(found: May) -> dict[str, Json]:
    return {"who": found.who, "action": found.action, **decided(found.decision)}
