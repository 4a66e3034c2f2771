"""What must be so of everything that is shown, whatever AWS or a stranger wrote."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.cli.look import as_json
from logkeep.diagnose.diagnosis import Diagnosis, diagnose
from logkeep.plan import Plan, plan
from logkeep.show.causes import causes
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.diagnosis_json import diagnosis_json
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.show.plan_json import plan_json
from logkeep.show.policies import compared
from logkeep.show.steps import steps_text
from logkeep.words.plain import CHARS_MAX, clean
from support import scenes
from support.examples import examples
from support.laws import Spoilt, World

FLEET = scenes.FLEET


WORLD = World(FLEET, lambda _: scenes.healthy())


def harmless(text: str) -> bool:
    return all(letter.isprintable() or letter == "\n" for letter in text)


@given(st.text(max_size=600))
def test_clean_text_is_printable_and_bounded(text: str) -> None:
    shown = clean(text)
    assert shown.isprintable()
    assert len(shown) <= CHARS_MAX * 10
    assert clean(shown, 10_000) == shown


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["C"]), max_size=99))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def every_fault() -> dict[str, Spoilt]:
    """One of each that is said otherwise."""
    return {each.name: each for each in reversed(WORLD.faults)}


def test_every_fault_is_told_by_its_code_reason_and_fix(subtests: pytest.Subtests) -> None:
    for name, each in every_fault().items():
        with subtests.test(name):
            is_told(each.fault.code, diagnose(FLEET, WORLD.spoilt(each.fault)))


def is_told(code: str, found: Diagnosis) -> None:
    text = diagnosis_text(FLEET, found, Paint(), Around())
    assert f"[{code}]: " in text
    block = text[text.index(f"[{code}]: ") :].split("\n\n")[0]
    assert "\n  why    " in block
    assert "\n  fix    " in block or "\n  settle " in block
    assert "is not met" not in text  # words for codes that nobody wrote words for
    assert harmless(text)


def test_a_plan_is_told_for_every_fault(subtests: pytest.Subtests) -> None:
    for name, each in every_fault().items():
        with subtests.test(name):
            plan_is_told(plan(FLEET, WORLD.spoilt(each.fault)))


def plan_is_told(made: Plan) -> None:
    text = plan_text(FLEET, made, Paint())
    assert harmless(text)
    none = "Nothing that Logkeep may change, and " if made.broken else "No changes. "
    last = text.splitlines()[-1]
    assert last.startswith("Plan: " if made.changes else none)
    assert ("broken." in last) == bool(made.broken)
    for change in made.changes:
        assert change.call in text
    for blocked in made.blocked:
        assert f"blocked[{blocked.code}]: " in text
    for left in made.unmended:
        assert f"{'withheld' if left.waits_for else 'broken'}[{left.code}]: " in text


HOSTILE = st.sampled_from(
    ["\x1b[2J", "\x9b31m", "\u202e", "[bold]", "\x1b]8;;x\x07", "\r\n", "\ud800"]
)


@examples(30)
@given(st.lists(HOSTILE, min_size=1, max_size=6))
def test_a_hostile_policy_cannot_speak_to_the_terminal(parts: list[str]) -> None:
    question = scenes.bucket_policy_ask()
    document = scenes.policy(question)
    evil = "".join(parts)
    deny = {
        "Sid": evil,
        "Effect": "Deny",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{FLEET.bucket_arn}/*",
        "Condition": {"StringLike": {"s3:x-amz-acl": [evil, "*"]}},
    }
    text = json.dumps({**document, "Statement": [*document["Statement"], deny]})
    safe = text.replace("\\ud800", "?")
    snapshot = scenes.with_policy(scenes.healthy(), question, safe)
    found, made = diagnose(FLEET, snapshot), plan(FLEET, snapshot)
    assert harmless(diagnosis_text(FLEET, found, Paint(), Around()))
    assert harmless(steps_text(FLEET, found, Paint()))
    assert harmless(plan_text(FLEET, made, Paint()))
    for told in (diagnosis_json(FLEET, found, everything=True), plan_json(FLEET, made)):
        assert re.fullmatch(r"[\x20-\x7e\n]*", as_json(told))


def test_every_failing_route_is_named_by_some_cause() -> None:
    for scene in (scenes.before, scenes.key_drops_production, scenes.bucket_drops_two):
        found = diagnose(FLEET, scene())
        told = {route.name for cause in causes(found.routes) for route in cause.routes}
        assert {route.name for route in found.routes if route.verdict != "holds"} == told


def test_each_account_has_a_line() -> None:
    text = diagnosis_text(FLEET, diagnose(FLEET, scenes.before()), Paint(), Around())
    for name in FLEET.accounts:
        assert re.search(rf"^{name} .*no trail, nothing in the archive$", text, re.MULTILINE)


VALUES = st.sampled_from(["a", "b", "c", "*"])
STATEMENTS = st.fixed_dictionaries(
    {
        "Sid": st.sampled_from(["One", "Two", "Three", "Four"]),
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": VALUES | st.lists(VALUES, min_size=1, max_size=3, unique=True),
        "Resource": st.lists(VALUES, min_size=1, max_size=3, unique=True),
    }
)
POLICIES = st.lists(STATEMENTS, max_size=4, unique_by=lambda s: s["Sid"]).map(
    lambda body: json.dumps({"Version": "2012-10-17", "Statement": body})
)


def sids(text: str) -> set[str]:
    return {statement["Sid"] for statement in json.loads(text)["Statement"]}


@given(POLICIES, POLICIES)
def test_a_comparison_names_every_statement_once(before: str, after: str) -> None:
    edits = compared(before, after)
    by_sort = {sort: {e.name for e in edits if e.sort == sort} for sort in
               ("added", "changed", "removed", "kept")}  # fmt: skip
    assert len(edits) == len(sids(before) | sids(after))
    assert by_sort["added"] == sids(after) - sids(before)
    assert by_sort["removed"] == sids(before) - sids(after)
    assert by_sort["kept"] | by_sort["changed"] == sids(before) & sids(after)


@given(POLICIES)
def test_a_policy_compared_with_itself_is_kept(text: str) -> None:
    assert {edit.sort for edit in compared(text, text)} <= {"kept"}


@given(POLICIES)
def test_order_and_single_values_are_no_change(text: str) -> None:
    document = json.loads(text)
    other = [
        {**s, "Resource": s["Resource"][::-1] if len(s["Resource"]) > 1 else s["Resource"][0]}
        for s in reversed(document["Statement"])
    ]
    edits = compared(text, json.dumps({**document, "Statement": other}))
    assert {edit.sort for edit in edits} <= {"kept"}
