"""A setting that each of many accounts has wrong in its own way is one cause, told in short."""

from __future__ import annotations

import msgspec
import pytest

from logkeep.diagnose.diagnosis import diagnose
from logkeep.show.causes import FEW
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.paint import Paint
from logkeep.snapshot import Snapshot, reply
from support.large import large


def with_own_buckets(snapshot: Snapshot, accounts: int) -> Snapshot:
    """The first accounts' trails write to buckets of their own."""
    listed = [q for q in snapshot.answers if q.call == "cloudtrail:DescribeTrails"]
    own = list(dict.fromkeys(q.account for q in listed))[:accounts]
    answers = {}
    for each in listed:
        if each.account in own:
            found = msgspec.json.decode(snapshot.answers[each].body)
            trails = [{**t, "S3BucketName": f"logs-of-{each.account}"} for t in found["trailList"]]
            answers[each] = reply({"trailList": trails})
    return snapshot.with_answers(answers)


@pytest.mark.parametrize("accounts", [1, FEW, FEW + 1, 30])
def test_each_value_or_how_many_more_there_are(accounts: int) -> None:
    fleet, snapshot = large(30, 2)
    found = diagnose(fleet, with_own_buckets(snapshot, accounts))
    text = " ".join(diagnosis_text(fleet, found, Paint(), Around()).split())
    assert text.count("error[trail-elsewhere]") == (accounts if accounts <= FEW else 1)
    shown = accounts if accounts <= FEW + 1 else FEW
    assert text.count("it points at `logs-of-") == shown
    assert (f"and {accounts - shown} other values elsewhere" in text) == (accounts > shown)
    assert f"{accounts * 2} broken" in text
