"""What is in the way withholds what hangs on it and nothing else, and all that stays is named."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.plan import Plan, plan
from logkeep.plan.blocked import blocked
from logkeep.plan.wish import Obstacle
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.show.plan_json import plan_json
from logkeep.snapshot import Reply, Snapshot, reply
from support import scenes
from support.examples import examples
from support.laws import World, nothing_is_promised_in_vain
from support.worlds import ACCOUNTS, applied, ask_about, empty, fleet_of, well

FLEET = scenes.FLEET
STAGING = ACCOUNTS["staging"]
TWO = dict(list(ACCOUNTS.items())[:2])


def denying(snapshot: Snapshot, action: str = "s3:PutObject", folder: str = "*") -> Snapshot:
    """The snapshot with somebody's Deny in the bucket's policy."""
    question = scenes.bucket_policy_ask()
    document = scenes.policy(question)
    theirs = {
        "Sid": "Theirs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": f"{FLEET.bucket_arn}/{folder}",
    }
    body = [*document["Statement"], theirs]
    return scenes.with_policy(snapshot, question, {**document, "Statement": body})


def with_answer(snapshot: Snapshot, call: str, body: object, **arguments: str) -> Snapshot:
    found = [
        q
        for q in snapshot.answers
        if q.call == call and arguments.items() <= dict(q.arguments).items()
    ]
    assert found
    return snapshot.with_answers(dict.fromkeys(found, reply(body)))


def calls(made: Plan) -> list[str]:
    return [change.call for change in made.changes]


def named(made: Plan) -> dict[str, tuple[str, ...]]:
    return {each.code: each.waits_for for each in (*made.blocked, *made.unmended)}


def test_a_foreign_deny_does_not_keep_the_archive_from_being_protected() -> None:
    loose = with_answer(scenes.healthy(), "s3:GetBucketVersioning", {"Status": "Suspended"})
    made = plan(FLEET, denying(loose))
    assert calls(made) == ["s3:PutBucketVersioning"]
    assert named(made) == {"bucket-denies": ()}
    turned = {(flip.aspect, flip.before, flip.after) for flip in made.flips}
    assert turned == {("protected", "fails", "holds")}


def test_nor_a_policy_from_being_closed() -> None:
    question = scenes.bucket_policy_ask()
    document = scenes.policy(question)
    kept = [s for s in document["Statement"] if s["Sid"] != "LogkeepKeepLogs"]
    assert len(kept) < len(document["Statement"])
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
              "Resource": f"{FLEET.bucket_arn}/*"}  # fmt: skip
    snapshot = scenes.with_policy(
        scenes.healthy(), question, {**document, "Statement": [*kept, theirs]}
    )
    made = plan(FLEET, snapshot)
    assert calls(made) == ["s3:PutBucketPolicy"]
    assert "bucket-deletable" in made.changes[0].because
    assert "Theirs" in made.changes[0].arguments["Policy"]
    assert plan(FLEET, applied(snapshot, made)).changes == ()


def test_nor_the_key_from_letting_logs_through() -> None:
    made = plan(FLEET, denying(scenes.key_drops_production()))
    assert calls(made) == ["kms:PutKeyPolicy"]
    assert made.changes[0].because == ("key-refuses",)


def test_what_speaks_waits_until_its_way_is_open_and_says_for_what() -> None:
    off = with_answer(scenes.healthy(), "cloudtrail:GetTrailStatus", {"IsLogging": False})
    made = plan(FLEET, denying(off))
    assert made.changes == ()
    assert named(made) == {"bucket-denies": (), "trail-off": ("bucket-denies",)}
    text = plan_text(FLEET, made, Paint())
    assert "withheld[trail-off]" in text
    assert "waits until bucket-denies is out of the way" in " ".join(text.split())
    assert "No changes." not in text
    assert "6 of 6 routes stay broken" in text
    (withheld,) = [b for b in plan_json(FLEET, made)["blocked"] if b["waits_for"]]
    assert (withheld["code"], withheld["owner"]) == ("trail-off", "security")


def test_nothing_is_made_for_logs_that_cannot_come() -> None:
    head = ask_about(FLEET, "s3:HeadBucket", Bucket=FLEET.archive.bucket)
    lost = empty(FLEET).with_answers({head: Reply(error="403", message="Forbidden")})
    made = plan(FLEET, lost)
    assert made.changes == ()
    assert named(made)["trail-missing"] == ("bucket-foreign",)


def test_logs_that_do_not_come_though_all_lets_them_are_named() -> None:
    snapshot = scenes.silent(scenes.healthy(), STAGING)
    made = plan(FLEET, snapshot)
    assert made.changes == made.blocked == ()
    assert {each.aspect for each in made.unmended} == {"arriving"}
    assert made.broken == {f"cloudtrail/{STAGING}/{r}" for r in FLEET.regions or ()}
    assert "broken[delivery-error]" in plan_text(FLEET, made, Paint())


def test_a_fleet_all_well_has_no_changes_and_nothing_broken() -> None:
    made = plan(FLEET, scenes.healthy())
    assert (made.changes, made.blocked, made.unmended, made.broken) == ((), (), (), frozenset())
    assert plan_text(FLEET, made, Paint()).startswith("No changes.")


WORLDS = {
    "own trails": World(fleet_of(TWO), well),
    "organization": World(fleet_of(TWO, organization=True), well),
}


def stopped_by(fleet: Fleet, snapshot: Snapshot, what: str) -> Snapshot:
    """The snapshot with something in the way that is not ours to change."""
    if what == "nothing":
        return snapshot
    call = {"bucket": "s3:GetBucketPolicy", "key": "kms:GetKeyPolicy"}[what.split()[0]]
    question = next((q for q in sorted(snapshot.answers) if q.call == call), None)
    if question is None:
        return snapshot
    if what.endswith("unreadable"):
        return snapshot.without([question])
    of = TWO["production"] if "one" in what else "*"
    theirs: dict[str, Any] = {
        "Sid": "Theirs",
        "Effect": "Deny",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "*",
        "Resource": "*" if call.startswith("kms") else f"{fleet.bucket_arn}/*",
        "Condition": {"StringLike": {"aws:SourceAccount": of}},
    }
    found = snapshot.answers.get(question)
    if found is None or found.error:
        return snapshot
    document = json.loads(msgspec.json.decode(found.body)["Policy"])
    document["Statement"].append(theirs)
    return snapshot.with_answers({question: reply({"Policy": json.dumps(document)})})


@given(
    st.sampled_from(sorted(WORLDS)),
    st.data(),
    st.sampled_from(
        ["nothing", "bucket denies one", "bucket denies all", "key denies one", "key denies all",
         "bucket unreadable", "key unreadable"]
    ),
)  # fmt: skip
@examples(120)
def test_each_mending_that_diagnose_promises_is_in_the_plan_or_named(
    name: str, data: st.DataObject, what: str
) -> None:
    world = WORLDS[name]
    faults = data.draw(st.lists(st.sampled_from(world.faults), max_size=2))
    snapshot = stopped_by(world.fleet, world.spoilt(*(each.fault for each in faults)), what)
    nothing_is_promised_in_vain(world.fleet, snapshot)


def test_what_several_accounts_have_alike_is_told_once_with_each_as_its_owner() -> None:
    before = diagnose(FLEET, denying(scenes.healthy()))
    route = next(each for each in before.routes if each.first is not None)
    assert route.first is not None
    finding = route.first[1]
    two = [
        Obstacle(route.name, route.source, account, "role", f"arn:aws:iam::{account}:role/logs",
                 account, finding)
        for account in sorted(ACCOUNTS.values())[1:3]
    ]  # fmt: skip
    (told,) = blocked(two, before)
    assert told.owners == tuple(sorted(ACCOUNTS.values())[1:3])
    made = msgspec.structs.replace(plan(FLEET, scenes.healthy()), blocked=(told,))
    (shown,) = plan_json(FLEET, made)["blocked"]
    assert shown["owner"] == "production and staging"
