"""What each finding is called, why it is so, and what mends it: the words, found by code."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import assert_never

from logkeep.route import Allows
from logkeep.sources import gathered, of_parts, sources
from logkeep.value import parse_arn
from logkeep.words.access import let_read
from logkeep.words.arrival import idleness
from logkeep.words.described import Described, Words, said, worded
from logkeep.words.doubts import CALL, doubts_words, let_answer
from logkeep.words.plain import clean, joined, texts
from logkeep.words.wording import Wording

VERIFY = "logkeep verify"
"""What stands for the call where the answer is a verification's."""


def wording_of(source: str) -> Wording:
    """How a kind of log is spoken of."""
    return sources()[source].wording


def nobody_speaks(source: str) -> str:
    """The code of a kind of log's speaker not being there."""
    return f"{wording_of(source).speaker}-missing"


def words_of(finding: Described) -> Words:
    """The words of a finding: its kind's own, else those that all share, else its evidence."""
    return wording_of(finding.source).words.get(finding.code) or shared_words().get(
        finding.code, UNWORDED
    )


@functools.cache
def shared_words() -> Mapping[str, Words]:
    """The words of what every kind of log may meet."""
    return of_parts("the code of a finding", lambda part: part.words)


def words_of_code(code: str) -> Words:
    """The words of a code, whichever kind of log has it."""
    return all_words().get(code, UNWORDED)


@functools.cache
def all_words() -> Mapping[str, Words]:
    """The words of every code there is.

    A kind may say a shared code in its own words, but for its own routes alone.
    """
    own = gathered("the code of a finding", {}, lambda source: source.wording.words)
    return {**own, **shared_words()}


UNWORDED = worded(
    "{who}: a need of {arn} is not met",
    "it is {is_} and should be {should}",
    "see what AWS says of {arn}",
)


def headline(finding: Described) -> str:
    """What is wrong, in one line; or what cannot be told."""
    if finding.verdict == "unknown" and finding.code != "policy-malformed":
        return _question(finding)
    return words_of(finding).title(finding)


def _question(finding: Described) -> str:
    """What cannot be told, as far as it is known what was asked."""
    if "unless" in finding.evidence:
        speaker = wording_of(finding.source).speaker
        return f"cannot tell whether the logs of {finding.who} come by another {speaker}"
    own = wording_of(finding.source).question(finding)
    if own:
        return own
    match finding.aspect:
        case "configured":
            return _unseen_setting(finding)
        case "permitted":
            what = _resource(finding)
            return f"cannot tell whether {what} lets {finding.sender} of {finding.who} through"
        case "arriving":
            return f"cannot tell whether logs of {finding.who} arrive"
        case "intact":
            return f"the logs of {finding.who} are not proven"
        case "protected":
            who = f" by `{clean(finding.arn)}`" if finding.role == "reader" else ""
            return f"cannot tell whether the archive is protected as it should be{who}"
        case _:
            assert_never(finding.aspect)


def _unseen_setting(finding: Described) -> str:
    """Whose setting it is that could not be seen."""
    speaks = finding.role == wording_of(finding.source).speaker
    return f"cannot see {f'the {finding.role} of {finding.who}' if speaks else _resource(finding)}"


def _resource(finding: Described) -> str:
    """What a finding is of: the archive's bucket or key, and nothing else is called so."""
    fleet, parts = finding.fleet, parse_arn(finding.arn)
    if finding.arn == fleet.bucket_arn or finding.arn.startswith(f"{fleet.bucket_arn}/"):
        return "the archive's bucket"
    where = (parts.account, parts.region) if parts and parts.service == "kms" else None
    by_alias = where == (fleet.archive.account, fleet.archive_region) and finding.role == "key"
    if by_alias or finding.arn == fleet.archive.key:
        return "the archive's key"
    return f"the {finding.role} `{clean(finding.arn)}`"


def says(finding: Described) -> str:
    """Why it is so, in one sentence; or why it cannot be told."""
    if finding.verdict == "unknown":
        return why_unknown(finding)
    if finding.verdict == "holds":
        return why_holds(finding)
    return words_of(finding).why(finding)


def why_holds(finding: Described) -> str:
    """By what evidence something holds."""
    evidence = finding.evidence
    if "observed" in evidence:
        return f"observed: {clean(evidence['observed'])} arrived {clean(evidence.get('at', ''))}"
    if "statement" in evidence:
        return f"statement `{clean(evidence['statement'])}` allows it"
    own = words_of(finding).holds
    known = idleness(finding) or (own(finding) if own else "")
    if known:
        return known
    if evidence.get("newest_digest") or evidence.get("newest_log"):
        newest = evidence.get("newest_digest") or evidence.get("newest_log")
        return f"newest evidence of {clean(newest)}"
    return f"it is {said(evidence['is'])}" if "is" in evidence else "it is so"


def why_unknown(finding: Described) -> str:
    """What stood in the way of an answer."""
    evidence = finding.evidence
    if "unless" in evidence:
        failing = words_of(finding).why(finding)
        other = clean(evidence["unless"])
        return f"{failing}; `{other}` may bring the same logs, but not all of it could be seen"
    if "behind" in evidence:
        return f"not checked: {clean(evidence['behind'])}"
    if "mistakes" in evidence:
        return f"AWS would refuse it: {clean('; '.join(texts(evidence['mistakes'])))}"
    if evidence.get("call") == VERIFY:
        return _why_unverified(clean(evidence.get("error", "")))
    if "call" in evidence:
        return f"{clean(evidence['call'])}: {clean(evidence.get('error', ''))}"
    if "unknown" in evidence:
        return f"the answer depends on {doubts_words(texts(evidence['unknown']), 5)}"
    if "who" in evidence:
        return f"not known of {clean(', '.join(texts(evidence['who'])))}"
    return words_of(finding).why(finding)


def _why_unverified(error: str) -> str:
    if error in ("has not been run", "was not asked"):
        return "no `logkeep verify` has looked at them yet"
    return f"the last `logkeep verify` {error}"


def fix(finding: Described) -> str:
    """What `logkeep plan` will do about it, or what its owner has to."""
    return words_of(finding).fix(finding)


def settles(finding: Described) -> str:
    """What would settle an unknown."""
    # What another way may bring is said by why_unknown; here only what would tell.
    found = finding.settle.removeprefix(
        f"{finding.evidence.get('unless')} may bring the same logs; "
    )
    if found.startswith(f"{VERIFY}: "):
        return words_of(finding).fix(finding)
    refused = finding.evidence.get("refused_by")
    if refused:
        return let_read(refused, finding.fleet, finding.who)
    if "cannot assume" in found:
        return (
            f"let the principal that runs Logkeep assume `{clean(finding.fleet.role)}` in "
            f"{finding.who}, "
            "then run `logkeep diagnose` again"
        )
    if "EndpointUnreachable" in found:
        return "reach AWS from here, then run `logkeep diagnose` again"
    if "AccessDenied" in found or "UnauthorizedOperation" in found:
        call = clean(found.split("(")[0].split(" ")[0].rstrip(":"))
        return f"let `{clean(finding.fleet.role)}` call {call}"
    keys = texts(finding.evidence.get("unknown"))
    if keys and all(CONDITION_KEY.fullmatch(key) for key in keys):
        return _undocumented(finding, keys)
    looked_at = str(finding.evidence.get("call") or "")
    if looked_at and not CALL.match(looked_at):  # another look would leave the same doubt
        return words_of(finding).fix(finding)
    return let_answer(found)


CONDITION_KEY = re.compile(r"[a-z0-9-]+:[^\s()]+")
"""A condition key, and no call with its arguments."""


def _undocumented(finding: Described, keys: list[str]) -> str:
    """What would tell what a service sends in keys of which no page of AWS's says that it does."""
    asked = joined([f"`{clean(key)}`" for key in keys])
    shows = isinstance(finding.need, Allows) and finding.need.observed
    first = "wait for a log to arrive, which shows that it passes, or " if shows else ""
    return f"{first}ask no {asked} of the service: AWS does not document what it sends there"
