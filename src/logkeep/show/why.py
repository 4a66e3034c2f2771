"""One authorization explained, as a person reads it; and the policy tests of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from logkeep.policy import Decision, Explanation, Nearest, Outcome, Request, StatementRef
from logkeep.policy.awss_own import kept_by_aws
from logkeep.show.paint import Paint
from logkeep.value import Json
from logkeep.words.access import COMMON_LAYERS
from logkeep.words.closest import is_negated, values_told, what_differs
from logkeep.words.doubts import doubts_words
from logkeep.words.plain import clean, count, few

if TYPE_CHECKING:  # whoever shows why an upload is refused asks nobody else, and plans nothing
    from logkeep.plan.fix import Mending
    from logkeep.who.why import Ruling, Why

VERDICT = {
    "Allowed": "holds",
    "ExplicitlyDenied": "fails",
    "ImplicitlyDenied": "fails",
    "Unknown": "unknown",
}
ANSWER = {
    "Allowed": "allowed",
    "ExplicitlyDenied": "denied",
    "ImplicitlyDenied": "denied",
    "Unknown": "cannot tell",
}
COLOUR = {"holds": "green", "fails": "red", "unknown": "yellow"}
LAYERS = {
    **COMMON_LAYERS,
    "rcp": "the organization's resource control policies",
    "scp": "the organization's service control policies",
    "resource": "the resource's policy",
}
POLICIES = {
    "rcp": "the resource control policy",
    "scp": "the service control policy",
    "resource": "the resource's policy",
    "identity": "the principal's policy",
    "boundary": "the permissions boundary",
    "session": "the session policy",
    "endpoint": "the VPC endpoint policy",
}
OWN_NAMES = ("bucket policy", "key policy", "trust policy of")
"""How the archive's own policies are called: they need no more words."""


def why_text(found: Why, paint: Paint, mending: Mending | None = None) -> str:
    """The whole answer of `logkeep why`, with what would mend a denial."""
    from logkeep.show.mending import mending_lines

    asked = found.question
    head = paint.dye(ANSWER[found.outcome], COLOUR[VERDICT[found.outcome]])
    says = f"{clean(asked.principal)} may {clean(asked.action.name)} on {clean(asked.resource)}"
    joint = "whether " if found.outcome == "Unknown" else ""
    denied = VERDICT[found.outcome] == "fails"
    says = says.replace(" may ", " may not ", 1) if denied else says
    says += f", by way of {clean(asked.via)}" if asked.via else ""
    lines = [f"{head}: {joint}{says}"]
    for ruling in found.rulings:
        lines += _ruling_lines(ruling, paint)
    lines += mending_lines(mending, paint) if mending else []
    doubts = found.deciding.explanation.decision.unknown
    if any(" " not in name and ":" in name for name in doubts):
        hint = paint.dye("hint", "cyan")
        lines += ["", f"{hint}: tell what is known of the request with --context KEY=VALUE"]
    return paint.page(lines)


KEPT = "it is {}, which AWS keeps as it is, whatever policies allow"


def _ruling_lines(ruling: Ruling, paint: Paint) -> Iterator[str]:
    """One decision with its reason; for a silent denial, what every silent layer lacks."""
    asked = ruling.request
    mark = paint.mark(VERDICT[ruling.outcome])
    yield f"  {mark} {clean(asked.action)} on {clean(asked.resource)}"
    kept = kept_by_aws(asked.action, asked.resource)
    says = KEPT.format(kept) if kept else reason(ruling.explanation)
    yield from paint.wrap("why", says, indent=4, column=11)
    for near in ruling.explanation.nearest:
        yield from paint.wrap("nearest", nearest_words(near), indent=4, column=13)


def reason(found: Explanation) -> str:
    """Why a decision came out so: the layer and statement, or what decides."""
    decision = found.decision
    match decision.outcome:
        case "Allowed" if not decision.layer:
            return "the action needs no permission"
        case "Allowed":
            return f"{place_words(decision.statement, decision.layer)} allows it"
        case "ExplicitlyDenied":
            return f"{place_words(decision.statement, decision.layer)} denies it"
        case "ImplicitlyDenied":
            return _silence(found)
        case "Unknown":
            return _doubt(decision)


def _silence(found: Explanation) -> str:
    silent = [near.layer for near in found.nearest] or [found.decision.layer]
    named = few([LAYERS[layer] for layer in dict.fromkeys(silent) if layer in LAYERS], 3)
    return f"nothing in {named} allows it" if named else "nothing allows it"


def _doubt(decision: Decision) -> str:
    keys = doubts_words(decision.unknown, 5) or "what nobody told"
    if decision.statement is None:
        return f"it depends on {keys}"
    return f"it depends on {keys}, by {place_words(decision.statement, decision.layer)}"


def place_words(ref: StatementRef | None, layer: str) -> str:
    """A statement by its Sid, else by its number, and the policy it stands in."""
    if ref is None:
        return LAYERS.get(layer, "a policy")
    named = f"`{clean(ref.sid)}`" if ref.sid else f"statement {ref.index + 1}"
    if ref.policy.startswith(OWN_NAMES):
        return f"{named} of the {clean(ref.policy)}"
    return f"{named} of {POLICIES.get(layer, 'the policy')} `{clean(ref.policy)}`"


def nearest_words(near: Nearest) -> str:
    """The statement nearest to allowing, and the one element that failed."""
    statement = place_words(near.statement, near.layer)
    sent = (near.got,) if isinstance(near.got, str) else near.got or ()
    wanted = values_told(near.wanted, sent, 3)
    got = f"`{_got(near)}`" if near.got is not None else "none"
    if near.element == "Condition":
        operator, _, name = near.key.partition("/")
        be = "should not be" if is_negated(operator) else "should be"
        differs = "" if is_negated(operator) else what_differs(near.wanted, sent)
        return (
            f"{statement}: {clean(name)} {be} {wanted} ({clean(operator)}), and the request has "
            f"{got}{differs}"
        )
    if near.element.startswith("Not"):
        return f"{statement}: its {near.element} leaves out {wanted}, and the request has {got}"
    names = f"{statement}: its {near.element} names {wanted}, and the request has {got}"
    return names + what_differs(near.wanted, sent)


def _got(near: Nearest) -> str:
    got = near.got
    return clean(", ".join(got) if isinstance(got, tuple) else got)


def why_json(found: Why, mending: Mending | None = None) -> dict[str, Json]:
    """The answer as JSON."""
    from logkeep.show.mending import mending_json

    asked = found.question
    return {
        "schema": 1,
        "outcome": found.outcome,
        "principal": asked.principal,
        "action": asked.action.name,
        "resource": asked.resource,
        "via": asked.via or None,
        "legs": [_ruling_json(ruling.request, ruling.explanation) for ruling in found.rulings],
        "fix": mending_json(mending) if mending else None,
    }


def _ruling_json(asked: Request, found: Explanation) -> dict[str, Json]:
    decision = found.decision
    return {
        "principal": asked.principal,
        "action": asked.action,
        "resource": asked.resource,
        "outcome": decision.outcome,
        "layer": decision.layer,
        "statement": msgspec.to_builtins(decision.statement),
        "unknown": list(decision.unknown),
        "nearest": [msgspec.to_builtins(near) for near in found.nearest],
        "reason": reason(found),
    }


class Tested(msgspec.Struct, frozen=True):
    """What became of one policy test."""

    id: str
    expected: str
    got: Outcome | Literal["Invalid"]
    """`Invalid` for a line that is no case."""
    reason: str
    agrees: bool


def cases_text(tested: Iterable[Tested], paint: Paint) -> str:
    """One line a failing or unreadable case, and a count."""
    results = list(tested)
    failing = [each for each in results if not each.agrees]
    invalid = [each for each in failing if each.got == "Invalid"]
    lines = [_failing(each, paint) for each in failing]
    total = count(len(results), "case")
    wrong = len(failing) - len(invalid)
    parts = [f"{len(results) - len(failing)} of {total} as expected"]
    parts += [f"{wrong} not"] if wrong else []
    parts += [f"{len(invalid)} could not be read"] if invalid else []
    said = ", ".join(parts if failing else [*parts, "none otherwise"])
    lines.append(paint.dye(said, "bold"))
    return paint.page(lines)


def _failing(each: Tested, paint: Paint) -> str:
    if each.got == "Invalid":
        return f"{paint.mark('unknown')} {clean(each.id)}: not a case: {clean(each.reason)}"
    said = f"expected {each.expected}, got {each.got}: {each.reason}"
    return f"{paint.mark('fails')} {clean(each.id)}: {said}"


def case_json(tested: Tested) -> dict[str, Json]:
    """A case as `--cases --json` prints it."""
    return {
        "id": tested.id,
        "expected": tested.expected,
        "got": tested.got,
        "reason": tested.reason,
    }
