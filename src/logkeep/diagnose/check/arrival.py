"""Whether logs come: by what lies there, a heartbeat, a witness, or the service's own word."""

from __future__ import annotations

import datetime
import functools
from typing import Final

import msgspec

from logkeep.archive.evidence import Came, Found, is_fresh, looked_for
from logkeep.diagnose.check.finding import Finding, finding, unseen, utc
from logkeep.route import Arrived, Evidence, Hop, Is, Rhythm, Status
from logkeep.snapshot.facts import Facts
from logkeep.sources import registry
from logkeep.value import Absent, Json, Seen, Unseen
from logkeep.words.plain import lasting

NOTHING_SHOWS: Final = "nothing that Logkeep can look at shows whether logs come"
NOTHING_TELLS: Final = "nothing that Logkeep can look at tells an idle source from a silent one"


def arrived(facts: Facts, hop: Hop, need: Arrived) -> Finding:
    """Whether logs come. INVARIANT: what is hidden never makes it hold."""
    shown = _shown(facts, hop, need)
    if need.hidden is not None and shown.verdict == "fails":
        # It may have begun just now, and then nothing is due yet.
        unread = unseen(need, need.hidden)
        return finding(need, "unknown", {**shown.evidence, **unread.evidence}, unread.settle)
    return shown if need.status is None else _and_status(facts, hop, need, need.status, shown)


def _shown(facts: Facts, hop: Hop, need: Arrived) -> Finding:
    if need.heartbeat is not None:
        return _by_heartbeat(facts, need, need.heartbeat)
    if need.logs is not None:
        return _by_logs(facts, hop, need, need.logs)
    return finding(need, "unknown", {}, need.settle or NOTHING_SHOWS)


def _by_heartbeat(facts: Facts, need: Arrived, beat: Evidence) -> Finding:
    """What comes even when nothing happens tells an idle source from a silent one."""
    look, found = looked_for(facts, beat)
    if isinstance(found, Unseen):
        return unseen(need, found)
    log: Came | Unseen | None = None
    evidence = _came_evidence(facts, beat, look)
    if need.logs is not None:
        look, log = looked_for(facts, need.logs)
        evidence |= _came_evidence(facts, need.logs, look)
    if found is not None and is_fresh(facts, beat, found):
        return _came(facts, need, beat.rhythm, found, evidence)
    if _waits(facts, need, beat.rhythm):
        return finding(need, "unknown", evidence, _first(beat.rhythm))
    return _without_heartbeat(facts, need, beat, found, log, evidence)


def _without_heartbeat(
    facts: Facts,
    need: Arrived,
    beat: Evidence,
    found: Came | None,
    log: Came | Unseen | None,
    evidence: dict[str, Json],
) -> Finding:
    """Where logs come and no heartbeat ever did, it may have been switched on just now."""
    if found is not None or need.logs is None or log is None:
        return _silent(need, beat.rhythm, evidence)
    if isinstance(log, Unseen):
        hidden = unseen(need, log)
        return finding(need, "unknown", {**evidence, **hidden.evidence}, hidden.settle)
    if is_fresh(facts, need.logs, log):
        return finding(need, "unknown", evidence, _first(beat.rhythm))
    return _silent(need, beat.rhythm, evidence)


def _by_logs(facts: Facts, hop: Hop, need: Arrived, logs: Evidence) -> Finding:
    """A fresh log shows life; what its absence means, only few can tell."""
    look, found = looked_for(facts, logs)
    if isinstance(found, Unseen):
        return unseen(need, found)
    evidence = _came_evidence(facts, logs, look)
    if found is not None and is_fresh(facts, logs, found):
        return _came(facts, need, logs.rhythm, found, evidence)
    if _waits(facts, need, logs.rhythm):
        return finding(need, "unknown", evidence, _first(logs.rhythm))
    if logs.rhythm.steady:
        return _silent(need, logs.rhythm, evidence)
    if need.witness:
        return _witnessed(facts, hop, need, logs.rhythm, evidence)
    return finding(need, "unknown", evidence, need.settle or NOTHING_TELLS)


def _came(
    facts: Facts, need: Arrived, rhythm: Rhythm, found: Came, evidence: dict[str, Json]
) -> Finding:
    """What came before a change that has not settled shows nothing of what comes after it."""
    changed = need.since is not None and facts.taken_at - need.since < rhythm.settling
    if changed and need.since is not None and found.at < need.since:
        return finding(need, "unknown", evidence, _first(rhythm))
    return finding(need, "holds", evidence)


def _silent(need: Arrived, rhythm: Rhythm, evidence: dict[str, Json]) -> Finding:
    """What is steady fails where it is silent, unless AWS may have lost it."""
    if rhythm.best_effort:
        return finding(need, "unknown", evidence, need.settle or NOTHING_TELLS)
    return finding(need, "fails", evidence)


def _witnessed(
    facts: Facts, hop: Hop, need: Arrived, rhythm: Rhythm, evidence: dict[str, Json]
) -> Finding:
    """Who did nothing is idle; who did something that no log tells of is not recorded."""
    look = registry.witnesses()[need.witness](facts, hop, need)
    if not isinstance(look, Seen):
        unread = unseen(need, look)
        asked = {**evidence, **unread.evidence, "witness": need.witness}
        return finding(need, "unknown", asked, unread.settle)
    if look.value is None:
        return finding(need, "holds", {**evidence, "idle": True})
    found = look.value
    done = {"done": found.what, "done_at": utc(found.at), "told_by": found.told_by}
    return _silent(need, rhythm, {**evidence, **done})


def _and_status(facts: Facts, hop: Hop, need: Arrived, status: Status, shown: Finding) -> Finding:
    """The service's own word that it fails counts; that it works, only where the kind says so."""
    asked = Is(status.setting, None, need.code, need.aspect, need.region, need.of)
    setting = registry.settings()[status.setting]
    look = setting.read(facts, hop, asked)
    if not isinstance(look, Seen):
        unread = unseen(need, look)
        if shown.verdict == "fails":
            return shown
        return finding(need, "unknown", {**shown.evidence, **unread.evidence}, unread.settle)
    evidence = {**shown.evidence, "status": look.value}
    if look.value in status.fails:
        return finding(need, "fails", {**evidence, **setting.tells(facts, hop, asked)})
    if need.logs is None and status.suffices and look.value in status.works:
        return finding(need, "holds", evidence)
    return msgspec.structs.replace(shown, evidence=evidence)


def _came_evidence(facts: Facts, where: Evidence, look: Found) -> dict[str, Json]:
    """The newest as evidence; where there is none, how far back was looked."""
    name = _name(where.rhythm)
    if isinstance(look, Seen):
        return {name: utc(look.value.at)}
    if isinstance(look, Absent):
        return {name: None}
    since = facts.taken_at - where.rhythm.window
    return {name: None, f"{name}_looked_since": utc(since)}


@functools.cache
def _name(rhythm: Rhythm) -> str:
    """What the newest is called in evidence; one text for tens of thousands."""
    return f"newest_{rhythm.name}"


def _waits(facts: Facts, need: Arrived, rhythm: Rhythm) -> bool:
    """Whether what speaks began, or was changed, so lately that nothing may be due."""
    if need.since is None:
        return False
    may_take = max(rhythm.patience, rhythm.settling)
    return facts.taken_at - need.since <= may_take


def _first(rhythm: Rhythm) -> str:
    may_take: datetime.timedelta = max(rhythm.patience, rhythm.settling)
    return f"the first {rhythm.name}, which may take {lasting(may_take)}"
