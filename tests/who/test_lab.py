"""Who can do what, asked of the lab's AWS: as the text says, and as the lab itself decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from logkeep.access import bucket
from logkeep.access.access_points import points_of
from logkeep.access.own_side import nobodys_account
from logkeep.aws.files import write_snapshot
from logkeep.cli.program import run
from logkeep.policy import Policy
from logkeep.snapshot.facts import Facts
from logkeep.who import access
from logkeep.who.why import Question, question, why
from support.labs import Bench, bench
from support.scenes import FLEET_TEXT
from support.worlds import ACCOUNTS, READER


@pytest.fixture(scope="module")
def mended() -> Iterator[Bench]:
    with bench(ACCOUNTS) as made:
        made.mend()
        yield made


def test_the_separation_is_proven_in_the_lab(
    mended: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "logkeep.toml").write_text(FLEET_TEXT)
    write_snapshot(tmp_path / "s.gz", mended.collect())
    monkeypatch.chdir(tmp_path)
    assert run(["who", "--archive", "--snapshot", "s.gz"]) == 0
    told = capsys.readouterr().out
    assert "✓ the writers are not the readers" in told
    assert "✓ nobody deletes logs" in told
    assert "0 broken, 0 unknown, 6 proven of 6 conclusions" in told


def test_whom_the_lab_refuses_the_product_calls_denied(mended: Bench) -> None:
    """The lab's authorizer and Logkeep's are written apart, and agree on every person here."""
    snapshot = mended.collect()
    facts = Facts(mended.fleet, snapshot)
    found = access(Facts(mended.fleet, snapshot))
    assert [h.principal for h in found.held("read").holders] == [READER]
    mended.pass_hours(2)
    s3 = mended.archive("s3")
    log = s3.list_objects_v2(Bucket=mended.fleet.archive.bucket)["Contents"][0]["Key"]
    with pytest.raises(s3.exceptions.ClientError) as refused:
        s3.get_object(Bucket=mended.fleet.archive.bucket, Key=log)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    caller = "arn:aws:iam::111111111111:user/ada"
    asked = question(facts, caller, "s3:GetObject", f"{mended.fleet.bucket_arn}/{log}", {})
    assert isinstance(asked, Question)
    answer = why(facts, asked)
    assert (answer.outcome, answer.deciding.request.action) == ("ImplicitlyDenied", "kms:Decrypt")


def test_an_access_point_of_the_archive_is_read_from_the_lab(mended: Bench) -> None:
    """As a real client makes it: its policy, and that its requests come from a VPC."""
    name, owner = mended.fleet.archive.bucket, mended.fleet.archive.account
    control, of = mended.archive("s3control"), {"AccountId": owner, "Name": "logs"}
    control.create_access_point(**of, Bucket=name, VpcConfiguration={"VpcId": "vpc-1"})
    before = points_of(facts := Facts(mended.fleet, mended.collect()), bucket.archives(facts))
    arn = f"arn:aws:s3:us-east-1:{owner}:accesspoint/logs"
    statement = {"Effect": "Allow", "Principal": {"AWS": READER}, "Action": "s3:GetObject",
                 "Resource": f"{arn}/object/*"}  # fmt: skip
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    control.put_access_point_policy(**of, Policy=text)
    after = points_of(facts := Facts(mended.fleet, mended.collect()), bucket.archives(facts))
    control.delete_access_point(**of)
    assert [(each.arn, each.is_of_vpc, each.policy) for each in before.there] == [(arn, True, None)]
    assert [isinstance(each.policy, Policy) for each in after.there] == [True]
    assert [each.account for each in after.possible] == [nobodys_account(facts)]
