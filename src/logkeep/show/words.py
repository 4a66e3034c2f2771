"""What each finding is called, why it is so, and what mends it: the words, found by code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from logkeep.route import Once
from logkeep.show import (
    words_access,
    words_archive,
    words_arrival,
    words_cloudwatch,
    words_organization,
    words_trail,
)
from logkeep.show.plain import clean, few, texts
from logkeep.show.told import Told, Words, said, worded

VERIFY = "logkeep verify"
"""What stands for the call where the answer is a verification's."""


def words_of(code: str) -> Words:
    """The words of a code; one that nobody wrote words for is told by its evidence."""
    return all_words().get(code, UNWORDED)


def all_words() -> Mapping[str, Words]:
    """The words of every code there is."""
    return {
        **words_trail.WORDS,
        **words_organization.WORDS,
        **words_archive.WORDS,
        **words_access.WORDS,
        **words_arrival.WORDS,
        **words_cloudwatch.WORDS,
    }


UNWORDED = worded(
    "{who}: a need of {arn} is not met",
    "it is {is_} and should be {should}",
    "see what AWS says of {arn}",
)


def headline(told: Told) -> str:
    """What is wrong, in one line; or what cannot be told."""
    if told.verdict == "unknown" and told.code != "policy-malformed":
        return _question(told)
    return words_of(told.code).title(told)


def _question(told: Told) -> str:
    """What cannot be told, as far as it is known what was asked."""
    if "unless" in told.evidence:
        return f"cannot tell whether the logs of {told.who} come by another trail"
    if told.role in words_cloudwatch.ROLES:
        return words_cloudwatch.question(told)
    match told.aspect:
        case "configured":
            return _unseen_setting(told)
        case "permitted":
            return f"cannot tell whether {_archives(told)} lets CloudTrail of {told.who} through"
        case "arriving":
            return f"cannot tell whether logs of {told.who} arrive"
        case "intact":
            return f"the logs of {told.who} are not proven to be whole"
        case "protected":
            who = f" by `{clean(told.arn)}`" if told.role == "reader" else ""
            return f"cannot tell whether the archive is protected as it should be{who}"
        case _:
            assert_never(told.aspect)


def _unseen_setting(told: Told) -> str:
    """Whose setting it is that could not be seen."""
    if isinstance(told.need, Once):
        events = told.need.kind.replace("-", " ")
        return f"cannot tell whether {events} of {told.who} are recorded"
    if told.role == "member":
        return f"cannot tell whether the organization's trail speaks for {told.who}"
    return f"cannot see {f'the trail of {told.who}' if told.role == 'trail' else _archives(told)}"


def _archives(told: Told) -> str:
    return "the archive's key" if ":kms:" in told.arn else "the archive's bucket"


def says(told: Told) -> str:
    """Why it is so, in one sentence; or why it cannot be told."""
    if told.verdict == "unknown":
        return why_unknown(told)
    if told.verdict == "holds":
        return why_holds(told)
    return words_of(told.code).why(told)


def why_holds(told: Told) -> str:
    """By what evidence something holds."""
    evidence = told.evidence
    if "observed" in evidence:
        return f"observed: {clean(evidence['observed'])} arrived {clean(evidence.get('at', ''))}"
    if "statement" in evidence:
        return f"statement `{clean(evidence['statement'])}` allows it"
    idle = words_arrival.idleness(told)
    if idle:
        return idle
    if "recorders" in evidence:
        return _recorded_by(texts(evidence["recorders"]))
    if evidence.get("newest_digest") or evidence.get("newest_log"):
        newest = evidence.get("newest_digest") or evidence.get("newest_log")
        return f"newest evidence of {clean(newest)}"
    return f"it is {said(evidence['is'])}" if "is" in evidence else "it is so"


def _recorded_by(trails: list[str]) -> str:
    """Who records a kind of event; several at once are those that cannot be told to leave it."""
    named = few([f"`{clean(arn)}`" for arn in trails])
    several = ": a multi-Region trail always takes them" if len(trails) > 1 else ""  # rule 1.11.3
    return f"recorded by {named}{several}"


def why_unknown(told: Told) -> str:
    """What stood in the way of an answer."""
    evidence = told.evidence
    if "unless" in evidence:
        failing = words_of(told.code).why(told)
        other = clean(evidence["unless"])
        return f"{failing}; `{other}` may bring the same logs, but not all of it could be seen"
    if "behind" in evidence:
        return f"hangs on {clean(evidence['behind'])}"
    if "mistakes" in evidence:
        return f"AWS would refuse it: {clean('; '.join(texts(evidence['mistakes'])))}"
    if evidence.get("call") == VERIFY:
        return _why_unverified(clean(evidence.get("error", "")))
    if "call" in evidence:
        return f"{clean(evidence['call'])}: {clean(evidence.get('error', ''))}"
    if "unknown" in evidence:
        return f"the answer hangs on {clean(', '.join(texts(evidence['unknown'])))}"
    if "who" in evidence:
        return f"not known of {clean(', '.join(texts(evidence['who'])))}"
    return words_of(told.code).why(told)


def _why_unverified(error: str) -> str:
    if error in ("has not been run", "was not asked"):
        return "no `logkeep verify` has looked at them yet"
    return f"the last `logkeep verify` {error}"


def fix(told: Told) -> str:
    """What `logkeep plan` will do about it, or what its owner has to."""
    return words_of(told.code).fix(told)


def settles(told: Told) -> str:
    """What would settle an unknown."""
    # What another way may bring is said by why_unknown; here only what would tell.
    found = told.settle.removeprefix(f"{told.evidence.get('unless')} may bring the same logs; ")
    if found.startswith(f"{VERIFY}: "):
        more = ", which names what it cannot read" if "could not read" in found else ""
        return f"run `logkeep verify`{more}"
    if "cannot assume" in found:
        return (
            f"let whoever runs Logkeep assume `{clean(told.fleet.role)}` in {told.who}, "
            "then run `logkeep diagnose` again"
        )
    if "EndpointUnreachable" in found:
        return "reach AWS from here, then run `logkeep diagnose` again"
    if "AccessDenied" in found or "UnauthorizedOperation" in found:
        call = clean(found.split("(")[0].split(" ")[0].rstrip(":"))
        return f"let `{clean(told.fleet.role)}` call {call}"
    return clean(found)
