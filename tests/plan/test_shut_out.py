"""Who loses the archive's settings by a plan is told before it does."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest

from logkeep.fleet import Fleet
from logkeep.plan import plan
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources import lately
from logkeep.sources.cloudtrail.changers import KEPT
from logkeep.words.plain import moment
from support import changes
from support.scenes import FLEET, healthy
from support.shut_out import ARCHIVE, PIPELINE, open_archive, told
from support.worlds import ADMIN, NOW, empty

AT = NOW - datetime.timedelta(days=3)
BUCKET = FLEET.archive.bucket
GONE = f"arn:aws:iam::{ARCHIVE}:role/Gone"


def notes(snapshot: Snapshot, fleet: Fleet = FLEET) -> str:
    return " ".join(plan_text(fleet, plan(fleet, snapshot), Paint()).split())


def test_who_changed_it_lately_is_told_with_what_and_when() -> None:
    """Control Tower's role, a pipeline's; who has gone, or is an administrator, loses nothing."""
    done = [
        changes.event("PutBucketLifecycle", AT, changes.session(PIPELINE, "tf"), BUCKET),
        changes.event("PutBucketPolicy", AT, changes.session(GONE), BUCKET),
        changes.event("PutBucketPolicy", NOW, changes.user(ADMIN), BUCKET),
        changes.event("PutBucketVersioning", AT, changes.service("x.amazonaws.com"), BUCKET),
        changes.event("PutBucketVersioning", AT, changes.stranger("999988887777"), BUCKET),
        changes.event("PutBucketEncryption", AT, changes.root(ARCHIVE), BUCKET),
    ]
    found = {each.principal: each for each in plan(FLEET, told(open_archive(), *done)).shut_out}
    root = f"arn:aws:iam::{ARCHIVE}:root"
    assert set(found) == {PIPELINE, "x.amazonaws.com", "999988887777", root}
    last = found[PIPELINE].last
    assert last is not None
    assert (last.event, last.at) == ("PutBucketLifecycle", AT)
    said = notes(told(open_archive(), *done))
    assert f"`{PIPELINE}` (PutBucketLifecycle at {moment(AT)}) changed the archive's" in said
    assert "`x.amazonaws.com` (an AWS service; PutBucketVersioning at" in said
    assert "cannot be named as an administrator" in said
    assert f"only from {moment(NOW - KEPT)} on (event history)" in said
    assert GONE not in said


def test_a_history_that_cannot_be_read_is_said() -> None:
    said = notes(told(open_archive(), None))
    assert "lately could not be read (cloudtrail:LookupEvents" in said
    assert "so somebody may be missing here" in said
    assert f"`{PIPELINE}` may change the archive's settings or key today" in said


def test_nothing_is_asked_of_the_history_where_nothing_is_open() -> None:
    assert list(lately.asks(Facts(FLEET, healthy()))) == []
    assert list(lately.asks(Facts(FLEET, empty(FLEET)))) == []
    assert plan(FLEET, healthy()).history is None


def with_administrators(*who: str) -> Fleet:
    archive = msgspec.structs.replace(FLEET.archive, administrators=who)
    return msgspec.structs.replace(FLEET, archive=archive)


def test_a_pipeline_that_loses_the_settings_is_named_with_what_it_loses() -> None:
    made = plan(FLEET, open_archive())
    (lost,) = made.shut_out
    assert lost.principal == PIPELINE
    assert {"s3:PutBucketPolicy", "s3:PutBucketVersioning"} <= set(lost.actions)
    told = " ".join(plan_text(FLEET, made, Paint()).split())
    assert f"`{PIPELINE}` may change the archive's settings or key today" in told
    assert "name it under `[archive] administrators`" in told


def test_it_hangs_on_no_log_so_that_none_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = plan(FLEET, open_archive()).shut_out

    def looked_for(_facts: object) -> None:
        raise AssertionError("looked for every log's name")

    monkeypatch.setattr("logkeep.sources.samples.listed", looked_for)
    assert plan(FLEET, open_archive()).shut_out == whole != ()


@pytest.mark.parametrize(
    ("fleet", "snapshot"),
    [
        (with_administrators(ADMIN, PIPELINE), open_archive),
        (FLEET, healthy),
        (FLEET, lambda: empty(FLEET)),
    ],
)
def test_nobody_is_named_who_keeps_it_or_where_nothing_is_closed(
    fleet: Fleet, snapshot: Any
) -> None:
    assert plan(fleet, snapshot()).shut_out == ()
