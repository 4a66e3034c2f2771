"""The nearest statement shows the value that is closest to the request's, and what differs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.words.closest import closest, differences, values_told, what_differs
from support.examples import examples

TRAIL = "arn:aws:cloudtrail:us-east-1:222222222222:trail/logkeep"
OTHERS = [
    f"arn:aws:cloudtrail:us-east-1:{n}:trail/audit" for n in range(3 * 10**11, 3 * 10**11 + 11)
]
KEY = "AWSLogs/222222222222/CloudTrail/x"


@pytest.mark.parametrize(
    ("wanted", "got", "told", "differs"),
    [
        # The culprit among unrelated ones: by case, by account, by Region, by name, by a space.
        ([*OTHERS, TRAIL.replace("/l", "/L")], TRAIL,
         "`arn:aws:cloudtrail:us-east-1:222222222222:trail/Logkeep` and 11 more",
         " (the policy has `trail/Logkeep`, the request `trail/logkeep`: upper and lower case)"),
        ([TRAIL.replace("/l", "/L")], TRAIL,
         "`arn:aws:cloudtrail:us-east-1:222222222222:trail/Logkeep`",
         " (the policy has `trail/Logkeep`, the request `trail/logkeep`: upper and lower case)"),
        ([*OTHERS, TRAIL.replace("2222:", "2223:")], TRAIL,
         "`arn:aws:cloudtrail:us-east-1:222222222223:trail/logkeep` and 11 more",
         " (the policy has account `222222222223`, the request `222222222222`)"),
        ([*OTHERS, TRAIL.replace("us-east-1", "us-east-2")], TRAIL,
         "`arn:aws:cloudtrail:us-east-2:222222222222:trail/logkeep` and 11 more",
         " (the policy has Region `us-east-2`, the request `us-east-1`)"),
        ([*OTHERS, TRAIL + " "], TRAIL,
         "`arn:aws:cloudtrail:us-east-1:222222222222:trail/logkeep ` and 11 more",
         " (the policy has `trail/logkeep `, the request `trail/logkeep`: a space)"),
        ([*OTHERS, "arn:aws:cloudtrail:*:222222222222:trail/log-keep"], TRAIL,
         "`arn:aws:cloudtrail:*:222222222222:trail/log-keep` and 11 more",
         " (the policy has `trail/log-keep`, the request `trail/logkeep`)"),
        # Principals, actions and other values.
        (["arn:aws:iam::1:role/b", "arn:aws:iam::111111111111:role/a",
          "arn:aws:iam::222222222222:role/LogReader"],
         "arn:aws:iam::222222222222:role/logreader",
         "`arn:aws:iam::222222222222:role/LogReader` and 2 more",
         " (the policy has `role/LogReader`, the request `role/logreader`: upper and lower case)"),
        (["config.amazonaws.com", "cloudtrial.amazonaws.com", "delivery.logs.amazonaws.com"],
         "cloudtrail.amazonaws.com", "`cloudtrial.amazonaws.com` and 2 more", ""),
        (["s3:GetObject", "s3:PutObjectAcl", "kms:Decrypt"], "s3:PutObject",
         "`s3:PutObjectAcl` and 2 more", ""),
        (["999999999999", "222222222223"], "222222222222", "`999999999999` and `222222222223`", ""),
        ([f"arn:aws:s3:::logs/{KEY}", "arn:aws:s3:::other/*", "*"], f"arn:aws:s3:::logs/acme/{KEY}",
         f"`arn:aws:s3:::logs/{KEY}` and 2 more", ""),
        # Nothing is like it: the first few, and no word on what differs.
        (["a", "b", "c"], "arn:aws:s3:::x", "`a`, `b` and 1 more", ""),
        (["*"], TRAIL, "`*`", ""),
        ([], TRAIL, "", ""),
    ],
)  # fmt: skip
def test_the_closest_value_is_shown_with_what_differs(
    wanted: list[str], got: str, told: str, differs: str
) -> None:
    assert values_told(wanted, [got]) == told
    assert what_differs(wanted, [got]) == differs


def test_a_request_with_several_values_is_compared_by_the_best_of_them() -> None:
    assert closest(["arn:aws:iam::1:role/A"], ["x", "arn:aws:iam::1:role/a"])[1].endswith("role/a")
    assert closest(["a"], []) == ("", "")


WORDS = st.text("abcd/", min_size=1, max_size=8)
TEXTS = st.text("aAbB:/*? ", max_size=12) | st.text(max_size=12)


@examples(200)
@given(st.lists(TEXTS, max_size=6), st.lists(TEXTS, max_size=3))
def test_the_closest_is_one_of_them_and_what_differs_is_in_it(
    wanted: list[str], got: list[str]
) -> None:
    near, sent = closest(wanted, got)
    assert (near in wanted and sent in got) or (near, sent) == ("", "")
    for each in differences(near, sent):
        assert each.wanted in near
        assert each.got in sent
    if near and near == sent:
        assert not differences(near, sent)


@examples(100)
@given(
    st.lists(st.text("abcd/", min_size=1, max_size=8), max_size=30), st.text("abcd/", min_size=1)
)
def test_one_that_differs_by_its_case_alone_is_found(others: list[str], got: str) -> None:
    near, _ = closest([*(each for each in others if each != got), got.upper()], [got])
    assert near == got.upper()


def test_a_thousand_findings_of_a_thousand_values_take_no_square_of_time() -> None:
    wanted = [TRAIL.replace("222222222222", f"{n:012}") for n in range(2000)]
    before = time.process_time()
    for n in range(1000):
        what_differs(wanted, [TRAIL.replace("222222222222", f"{n:012}").replace("/l", "/L")])
    assert time.process_time() - before < 5
