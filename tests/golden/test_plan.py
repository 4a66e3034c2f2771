"""What `logkeep plan` and `logkeep apply` print."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.cli.look import as_json
from logkeep.plan import plan
from logkeep.plan.costs import costs
from logkeep.plan.plan import Plan
from logkeep.show.applied import Stop, applied_text, step_line, stopped_text
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.show.plan_json import plan_json
from logkeep.snapshot import Snapshot, ask
from logkeep.snapshot.facts import Facts
from logkeep.words.cost import Cost
from support import changes, scenes, shut_out
from support.worlds import NOW, fleet_of

SCENES = {
    "nothing-yet": scenes.before,
    "all-well": scenes.healthy,
    "key-drops-production": scenes.key_drops_production,
    "bucket-drops-two": scenes.bucket_drops_two,
    "header-forced": scenes.header_forced,
    "staging-unassumable": scenes.staging_unassumable,
    "policy-malformed": scenes.malformed,
    "hostile-text": scenes.hostile,
}


BUCKET = scenes.FLEET.archive.bucket
AT = NOW - datetime.timedelta(days=3)
LATELY = (
    changes.event("PutBucketLifecycle", AT, changes.session(shut_out.PIPELINE), BUCKET),
    changes.event("PutBucketVersioning", AT, changes.service("x.amazonaws.com"), BUCKET),
    changes.event("PutBucketEncryption", AT, changes.root(shut_out.ARCHIVE), BUCKET),
)


@pytest.mark.parametrize("events", [LATELY, (), (None,)], ids=["changed", "nobody", "unread"])
def test_who_is_shut_out(events: tuple[Any, ...], golden: SnapshotAssertion) -> None:
    snapshot = shut_out.told(shut_out.open_archive(), *events)
    made = plan(scenes.FLEET, snapshot)
    assert plan_text(scenes.FLEET, made, Paint(width=80, folds=True)) == golden


def first() -> Plan:
    return plan(scenes.FLEET, scenes.before())


def planned(snapshot: Snapshot) -> tuple[Plan, tuple[Cost, ...]]:
    made = plan(scenes.FLEET, snapshot)
    return made, costs(Facts(scenes.FLEET, snapshot), made.changes)


@pytest.mark.parametrize("name", SCENES)
def test_the_text(name: str, golden: SnapshotAssertion) -> None:
    made, billed = planned(SCENES[name]())
    assert plan_text(scenes.FLEET, made, Paint(), costs=billed) == golden


@pytest.mark.parametrize("width", [80, 60])
def test_the_text_of_a_narrow_terminal(width: int, golden: SnapshotAssertion) -> None:
    made, billed = planned(scenes.key_drops_production())
    paint = Paint(width=width, folds=True)
    assert plan_text(scenes.FLEET, made, paint, costs=billed) == golden


def test_the_json(golden: SnapshotAssertion) -> None:
    made, billed = planned(scenes.key_drops_production())
    assert as_json(plan_json(scenes.FLEET, made, costs=billed)) == golden


def test_the_short_form_says_what_it_gives_up(golden: SnapshotAssertion) -> None:
    accounts = {f"account{n:03d}": f"{111111111111 + n}" for n in range(150)}
    fleet = fleet_of(accounts, ("us-east-1",))
    text = plan_text(fleet, plan(fleet, scenes.empty(fleet)), Paint())
    note = text[text.index("\nnote") : text.index("\nPlan:")]
    assert note == golden


def test_the_steps_of_apply(golden: SnapshotAssertion) -> None:
    changes = first().changes
    lines = [step_line(scenes.FLEET, c, n, len(changes), "made") for n, c in enumerate(changes, 1)]
    assert "\n".join([*lines, applied_text(changes[3:], changes[:3], Paint())]) == golden


@pytest.mark.parametrize("kind", ["moved", "failed", "unkept", "interrupted"])
def test_a_stop_says_what_is_done_and_left(kind: str, golden: SnapshotAssertion) -> None:
    made = first()
    stop = Stop(kind, made.changes[:5], made.changes[5:], made.taken_at)
    if kind == "failed":
        stop = msgspec.structs.replace(stop, code="AccessDenied", message="not authorized\x1b[2J")
    if kind == "unkept":
        full = ".logkeep/assigned.json: cannot be written: no space left on device"
        stop = msgspec.structs.replace(stop, message=full)
    if kind == "moved":
        question = ask("111111111111", "us-east-1", "s3:GetBucketPolicy", Bucket="x")
        stop = msgspec.structs.replace(stop, question=question)
    assert stopped_text(scenes.FLEET, stop, Paint()) == golden


@pytest.mark.parametrize(
    ("code", "permitted"),
    [
        ("AccessDenied", False),
        ("AccessDeniedException", False),
        ("UnauthorizedOperation", False),
        ("NotAuthorized", False),
        ("InvalidRequest", True),
        ("MalformedPolicy", True),
        ("InsufficientS3BucketPolicyException", True),
    ],
)
def test_a_permission_is_asked_for_only_where_one_is_missing(code: str, permitted: bool) -> None:
    made = first()
    stop = Stop("failed", (), made.changes, made.taken_at, code, "Destination must be versioned.")
    hint = stopped_text(scenes.FLEET, stop, Paint()).partition("hint:")[2]
    assert ("let the role do" not in hint) is permitted
    assert "logkeep apply" in hint
