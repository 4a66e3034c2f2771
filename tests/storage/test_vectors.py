"""Every line of the storage vectors, as a case through the public command."""

from __future__ import annotations

import pytest

from storage.conftest import Tried
from storage.vectors import agrees, case_of
from support.places import shared_rows, without

VECTORS = shared_rows("cases/storage-vectors.jsonl")
pytestmark = without("cases/storage-vectors.jsonl")


def test_all_vectors_are_read() -> None:
    assert len(VECTORS) == 93


@pytest.mark.parametrize("kind", ["put", "replicate"])
def test_every_vector_comes_out_as_expected(tried: Tried, kind: str) -> None:
    vectors = [each for each in VECTORS if each["kind"] == kind]
    answers = tried(kind, [case_of(each) for each in vectors])
    wrong = {
        vector["id"]: found
        for vector, answer in zip(vectors, answers, strict=True)
        if (found := agrees(vector, answer["got"]))
    }
    assert wrong == {}
