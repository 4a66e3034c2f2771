"""A key's policy may tell one Region's logs from another's, though it mostly does not."""

from __future__ import annotations

import json

import msgspec
import pytest

from logkeep.access.key import of_key
from logkeep.diagnose.diagnosis import diagnose
from logkeep.snapshot import reply
from logkeep.snapshot.facts import Facts
from support.worlds import KEY_ID, fleet_of, well

FLEET = fleet_of()
WELL = well(FLEET)
QUESTION = of_key(Facts(FLEET, WELL), "kms:GetKeyPolicy", KEY_ID)


@pytest.mark.parametrize(
    "key", ["kms:EncryptionContext:aws:s3:arn", "KMS:encryptioncontext:AWS:S3:ARN"]
)
def test_a_condition_on_the_logs_arn_is_asked_of_each_region(key: str) -> None:
    document = json.loads(msgspec.json.decode(WELL.answers[QUESTION].body)["Policy"])
    for statement in document["Statement"]:
        if statement["Sid"] == "LogkeepCloudTrailEncrypt":
            statement["Condition"]["StringLike"][key] = "*/us-east-1/*"
    snapshot = WELL.with_answers({QUESTION: reply({"Policy": json.dumps(document)})})
    found = diagnose(FLEET, snapshot).routes
    assert {(r.region, r.aspects["permitted"]) for r in found} == {
        ("us-east-1", "holds"),
        ("eu-west-1", "fails"),
    }
