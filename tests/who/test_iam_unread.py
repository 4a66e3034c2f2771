"""What of IAM nobody could read frees nobody of a step, and each step is told once."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from logkeep.who import Access, Step
from support.examples import examples
from support.scenes import healthy
from support.worlds import ADMIN
from who.by_iam import (
    ALL,
    ALL_IAM,
    ARCHIVE,
    NONE,
    PEOPLE,
    ROOT,
    USER,
    delegated,
    document,
    found,
    inline,
    staff,
    with_people,
)


def able(answer: Access) -> set[str]:
    """Whoever reads, may read, or could come to; by account where its IAM is unread."""
    return {h.principal for h in answer.held("read").holders} | {s.principal for s in answer.steps}


UNREAD = f"arn:aws:iam::{ARCHIVE}:role/of-whom-nothing-is-known"
QUESTIONS = sorted(
    q for q in healthy().answers if q.call.startswith(("s3:", "kms:", "iam:", "org", "sts:"))
)


@given(
    st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=3),
    st.sampled_from([NONE, ALL_IAM, document(("Allow", "sts:*")), ALL]),
    st.booleans(),
)
@example([PEOPLE], ALL_IAM, True)
@examples(30)
def test_hiding_any_fact_frees_nobody_of_a_step(
    hidden: list[Any], policy: dict[str, Any], is_left_to_iam: bool
) -> None:
    snapshot = with_people(staff("User", policy), healthy())
    snapshot = delegated(snapshot) if is_left_to_iam else snapshot
    before, after = found(snapshot), found(snapshot.without(hidden))
    if any(each.name == "archive-there" for each in after.conclusions):
        return
    gone = able(before) - able(after)
    assert not gone or UNREAD in able(after)


def test_somebody_of_an_account_whose_iam_is_unread_is_a_step_in_doubt() -> None:
    snapshot = with_people(staff("User", ALL_IAM), healthy())
    assert {USER, ADMIN, ROOT} <= able(found(snapshot))
    doubted = [s for s in found(snapshot.without([PEOPLE])).steps if s.principal == UNREAD]
    assert {s.by for s in doubted} >= {"iam:UpdateAssumeRolePolicy"}
    assert all(s.kind == "account" and not s.certain and s.unknown for s in doubted)


def test_each_action_is_told_once_however_many_readers_it_works_on() -> None:
    body = staff("User", ALL_IAM)
    body["RoleDetailList"] += [
        {"RoleName": f"r{n}", "Arn": f"arn:aws:iam::{ARCHIVE}:role/r{n}",
         "RolePolicyList": [inline("all", ALL)]}
        for n in range(9)
    ]  # fmt: skip
    found_steps: list[Step] = [
        s for s in found(with_people(body, delegated(healthy()))).steps if s.principal == USER
    ]
    by = [step.by for step in found_steps if step.by.startswith("iam:")]
    assert "iam:UpdateAssumeRolePolicy" in by
    assert len(by) == len(set(by))
