"""An ARN in an answer that is none is told as it is, and breaks no diagnosis."""

from __future__ import annotations

import msgspec
import pytest

from logkeep.diagnose.diagnosis import diagnose
from logkeep.snapshot import reply
from support import scenes


@pytest.mark.parametrize("arn", ["", "x", "arn:aws:kms", ":::::"])
def test_a_key_of_no_arn(arn: str) -> None:
    healthy = scenes.healthy()
    found = {
        question: msgspec.json.decode(bytes(answer.body))
        for question, answer in healthy.answers.items()
        if question.call == "kms:DescribeKey" and not answer.error
    }
    for told in found.values():
        told["KeyMetadata"]["Arn"] = arn
    assert found
    odd = healthy.with_answers({question: reply(told) for question, told in found.items()})
    assert {route.verdict for route in diagnose(scenes.FLEET, odd).routes} <= {"fails", "unknown"}
