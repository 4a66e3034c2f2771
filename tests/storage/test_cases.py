"""Every line of the storage cases through the public command, by either verb.

`IS01` expects no Bucket Key by its own reading, which AWS's page contradicts ("Specifying
server-side encryption with AWS KMS": without the Bucket Key's header the bucket's setting counts);
there the answer leaves it open.
"""

from __future__ import annotations

from typing import Any

import pytest

from storage.conftest import Tried
from support.places import shared_rows, without

CASES = shared_rows("cases/storage-cases.jsonl")
pytestmark = without("cases/storage-cases.jsonl")
CONTESTED = {("IS01-kms-header-no-key-beats-cmk-default", "bucket_key")}


def test_all_cases_are_read() -> None:
    assert len(CASES) == 56


def differences(case: dict[str, Any], got: dict[str, Any]) -> list[object]:
    """What an answer says otherwise than the case expects."""
    found: list[object] = []
    for name, wanted in case["expected"].items():
        if name == "stored":
            found += [
                (each, value, got["stored"][each])
                for each, value in wanted.items()
                if got["stored"][each] != value
                and not ((case["id"], each) in CONTESTED and got["stored"][each] is None)
            ]
        elif name == "replicated":
            kept = [
                {each: copy[each] for each in wanted[min(i, len(wanted) - 1)]} if wanted else copy
                for i, copy in enumerate(got["replicated"])
            ]
            found += [] if kept == wanted else [(name, wanted, kept)]
        elif got.get(name, "missing") != wanted:
            found.append((name, wanted, got.get(name, "missing")))
    return found


@pytest.mark.parametrize("verb", ["put", "replicate"])
def test_every_case_comes_out_as_expected(tried: Tried, verb: str) -> None:
    answers = tried(verb, CASES)
    assert [each["id"] for each in answers] == [case["id"] for case in CASES]
    wrong = {
        case["id"]: found
        for case, answer in zip(CASES, answers, strict=True)
        if (found := differences(case, answer["got"]))
    }
    assert wrong == {}


def test_every_refusal_and_every_miss_has_its_reason(tried: Tried) -> None:
    for case, answer in zip(CASES, tried("put", CASES), strict=True):
        got = answer["got"]
        if got.get("allowed") is False or got.get("replicated") == []:
            assert answer["reason"], case["id"]
