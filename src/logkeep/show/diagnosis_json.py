"""A diagnosis as JSON: codes, verdicts and keys are a contract, words are not."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import Checked, Diagnosed, Diagnosis
from logkeep.diagnose.remarks import Remark
from logkeep.fleet import Fleet
from logkeep.show import words
from logkeep.show.causes import FoundAt, described
from logkeep.show.notices import notices_json
from logkeep.show.steps import Beside, step_name
from logkeep.value import Json
from logkeep.words.notice import Notice
from logkeep.words.plain import clean
from logkeep.words.step_note import StepNote

SCHEMA = 1


def diagnosis_json(
    fleet: Fleet,
    diagnosis: Diagnosis,
    *,
    everything: bool,
    remarks: tuple[Remark, ...] = (),
    notices: tuple[Notice, ...] = (),
    between: Beside | None = None,
) -> dict[str, Json]:
    """The whole answer; findings that hold only where everything is wanted.

    With what is beside the checks, the steps are told: which each finding belongs to.
    """
    steps = between is not None
    others = {route.name: route for route in between.routes} if between else {}
    return {
        "schema": SCHEMA,
        "fleet": diagnosis.fleet,
        "taken_at": f"{diagnosis.taken_at:%Y-%m-%dT%H:%M:%SZ}",
        "summary": dict(diagnosis.summary),
        "remarks": msgspec.to_builtins(remarks),
        "notices": notices_json(fleet, notices),
        "routes": [
            _route(fleet, diagnosis, route, everything=everything, steps=steps)
            | (
                {"asides": _step_notes(between.step_notes.get(route.name, ()), others)}
                if between
                else {}
            )
            for route in diagnosis.routes
        ],
    }


def _step_notes(step_notes_of: tuple[StepNote, ...], others: Mapping[str, Diagnosed]) -> Json:
    return [
        {
            "step": each.step,
            "before": each.before or None,
            "verdict": others[each.other].verdict if each.other in others else each.verdict,
            "says": clean(each.says),
            "route": each.other or None,
        }
        for each in step_notes_of
    ]


def _route(
    fleet: Fleet, diagnosis: Diagnosis, route: Diagnosed, *, everything: bool, steps: bool
) -> dict[str, Json]:
    hops = [
        _hop(fleet, diagnosis, route, hop, everything=everything, steps=steps) for hop in route.hops
    ]
    return {
        "name": route.name,
        "source": route.source,
        "account": route.account,
        "region": route.region,
        "verdict": route.verdict,
        "aspects": dict(route.aspects),
        "hops": hops,
    }


def _hop(
    fleet: Fleet,
    diagnosis: Diagnosis,
    route: Diagnosed,
    hop: Checked,
    *,
    everything: bool,
    steps: bool,
) -> Json:
    shown = [f for f in hop.findings if everything or f.verdict != "holds"]
    findings = [
        ({"step": step_name(hop, found.need)} if steps else {})
        | _finding(fleet, diagnosis, FoundAt(route, hop, found))
        for found in shown
    ]
    return {"arn": hop.arn, "role": hop.role, "findings": findings}


def _finding(fleet: Fleet, diagnosis: Diagnosis, place: FoundAt) -> dict[str, Json]:
    finding = place.finding
    it = described(fleet, diagnosis, [place])
    return {
        "code": finding.code,
        "aspect": finding.aspect,
        "verdict": finding.verdict,
        "says": words.says(it),
        "evidence": _evidence(finding),
        "fix": {"says": words.fix(it), "changes": []} if finding.is_unmet else None,
        "settle": words.settles(it) if finding.verdict == "unknown" else None,
        "accepted": _accepted(finding),
    }


def _evidence(finding: Finding) -> dict[str, Json]:
    """The evidence, with the nearest statement as one and not as a list of one."""
    evidence = dict(finding.evidence)
    nearest = evidence.get("nearest")
    if isinstance(nearest, list) and nearest:
        evidence["nearest"], evidence["others"] = nearest[0], nearest[1:]
    return evidence


def _accepted(finding: Finding) -> Json:
    if finding.accepted is None:
        return None
    return {"until": finding.accepted.until.isoformat(), "why": finding.accepted.why}
