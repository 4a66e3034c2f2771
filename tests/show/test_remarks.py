"""What can never match in the archive's policies is noted, and is no fault by itself."""

from __future__ import annotations

import json

from logkeep.access.bucket import of_bucket
from logkeep.diagnose.diagnosis import diagnose
from logkeep.diagnose.remarks import remarks
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.diagnosis_json import diagnosis_json
from logkeep.show.paint import Paint
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from support.worlds import fleet_of, well

FLEET = fleet_of()
SLIP = {
    "Sid": "Slip",
    "Effect": "Allow",
    "Principal": {"Service": "config.amazonaws.com"},
    "Action": ["s3:GetBucketAcl", "s3:PutObjekt"],
    "Resource": f"{FLEET.bucket_arn}/*",
}


def slipped() -> Snapshot:
    snapshot = well(FLEET)
    question = of_bucket(Facts(FLEET, snapshot), "s3:GetBucketPolicy")
    document = json.loads(json.loads(bytes(snapshot.answers[question].body))["Policy"])
    document["Statement"].append(SLIP)
    return snapshot.with_answers({question: reply({"Policy": json.dumps(document)})})


def test_what_logkeep_writes_needs_no_remark() -> None:
    assert remarks(Facts(FLEET, well(FLEET))) == ()


def test_a_slip_is_noted_with_what_may_be_meant_and_breaks_nothing() -> None:
    noted = remarks(Facts(FLEET, slipped()))
    assert [(note.policy, note.code) for note in noted] == [("bucket", "action-unknown")]
    found = diagnose(FLEET, slipped())
    assert found.summary == {"holds": 6, "fails": 0, "unknown": 0, "accepted": 0}
    text = diagnosis_text(FLEET, found, Paint(), Around(remarks=noted))
    assert "did you mean `s3:PutObject`?" in " ".join(text.split())
    told = diagnosis_json(FLEET, found, everything=False, remarks=noted)
    assert len(told["remarks"]) == len(noted)
