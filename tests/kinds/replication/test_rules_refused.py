"""Nothing is planned that S3 would refuse as a whole because of one rule, whoever wrote it."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from kinds.replication.worlds import (
    ABROAD,
    COPY,
    HOME,
    PRODUCTION,
    SOURCE,
    STAGING,
    bare,
    bucket_answers,
    fleet,
    known,
    owned,
    pair,
    planned,
    shapes,
)
from logkeep.access import people
from logkeep.access.bucket import Bucket, head, of_bucket
from logkeep.access.replicas import CONFIGURATION
from logkeep.access.uploads import bucket_of
from logkeep.fleet import Fleet
from logkeep.lab.objects.replication_errors import refusals
from logkeep.plan import Plan, plan
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.show.plan_json import plan_json
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.replication.destinations import state_of
from logkeep.sources.replication.options import Pair
from support.laws import nothing_is_promised_in_vain
from support.scenes import bucket_policy_ask, with_policy
from support.worlds import known_more

PUT = "s3:PutBucketReplication"
FLEET = fleet(pair())
AT = Bucket(SOURCE, PRODUCTION, HOME)
OTHER = Bucket("old-copy", PRODUCTION, ABROAD)
GONE = {head(Bucket(OTHER.name, PRODUCTION, HOME)): Reply(error="404", message="Not Found")}
STRANGERS = {head(Bucket(OTHER.name, PRODUCTION, HOME)): Reply(error="403", message="Forbidden")}


def by_hand(**more: Any) -> dict[str, Any]:
    """A rule that somebody else made."""
    return {
        "ID": "by-hand", "Priority": 7, "Status": "Enabled", "Filter": {"Prefix": "x/"},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{OTHER.name}"},
    } | more  # fmt: skip


def old(**more: Any) -> dict[str, Any]:
    """The same in the old schema."""
    return {"ID": "by-hand", "Status": "Enabled", "Prefix": "x/",
            "Destination": {"Bucket": f"arn:aws:s3:::{OTHER.name}"}} | more  # fmt: skip


def holding(before: Snapshot, *rules: Mapping[str, Any], of: Fleet = FLEET) -> Snapshot:
    """The source with these rules, and all else as it is asked for then."""
    said = {"Role": f"arn:aws:iam::{PRODUCTION}:role/theirs", "Rules": [*rules]}
    question = of_bucket(Facts(of, before), CONFIGURATION, AT)
    return known_more(
        of, before.with_answers({question: reply({"ReplicationConfiguration": said})})
    )


def there(**answers: object) -> Snapshot:
    """The source, and the other rule's destination as it is told."""
    return known(FLEET, owned([AT, OTHER]), bucket_answers(AT), bucket_answers(OTHER, **answers))


def puts(made: Plan) -> list[Any]:
    return [c.arguments["ReplicationConfiguration"] for c in made.changes if c.call == PUT]


KEEPS = {"GetBucketVersioning": {"Status": "Enabled"}}


@pytest.mark.parametrize(
    ("before", "reason", "says"),
    [
        (bare(FLEET).with_answers(GONE), "destination-missing", "does not exist"),
        (there(), "destination-unversioned", "keeps no versions (its versioning is off)"),
        (there(GetBucketVersioning={"Status": "Suspended"}), "destination-unversioned",
         "keeps no versions (its versioning is Suspended)"),
    ],
    ids=["gone", "never versioned", "suspended"],
)  # fmt: skip
def test_a_foreign_rule_blocks_the_route(before: Snapshot, reason: str, says: str) -> None:
    snapshot = holding(before, by_hand())
    made = plan(FLEET, snapshot)
    assert made.changes == ()
    (entry,) = made.blocked
    assert (entry.code, entry.verdict) == ("rules-refused", "fails")
    assert entry.evidence["reason"] == reason
    assert entry.evidence["destination"] == OTHER.name
    told = plan_json(FLEET, made)["blocked"][0]
    assert told["owner"] == "production"
    text = " ".join(plan_text(FLEET, made, Paint()).split())
    assert f"the rule `by-hand` names the bucket `{OTHER.name}`, which {says}" in text
    assert "No changes." not in text
    nothing_is_promised_in_vain(FLEET, snapshot)


def test_a_rule_that_is_off_is_checked_as_well() -> None:
    """S3 takes a configuration or refuses it, and does not look at Status first (rule 13.2)."""
    snapshot = holding(bare(FLEET).with_answers(GONE), by_hand(Status="Disabled"))
    assert [entry.code for entry in plan(FLEET, snapshot).blocked] == ["rules-refused"]


def test_a_healthy_route_has_nothing_blocked() -> None:
    """As long as nothing has to be changed, S3 is asked nothing."""
    well = planned(FLEET, bare(FLEET))
    question = of_bucket(Facts(FLEET, well), CONFIGURATION, AT)
    body: dict[str, Any] = msgspec.json.decode(well.answers[question].body)
    body["ReplicationConfiguration"]["Rules"].append(by_hand())
    snapshot = well.with_answers({question: reply(body), **GONE})
    made = plan(FLEET, snapshot)
    assert made.changes == made.blocked == ()


def test_what_cannot_be_seen_blocks_nothing_and_is_said() -> None:
    """A stranger's bucket: whether it keeps versions only its owner could tell."""
    made = plan(FLEET, holding(bare(FLEET).with_answers(STRANGERS), by_hand()))
    assert made.blocked == ()
    (sent,) = puts(made)
    assert [each["ID"] for each in sent["Rules"]] == ["by-hand", f"logkeep-{COPY}"]
    assert made.doubts[-1].calls == (PUT,)
    text = " ".join(plan_text(FLEET, made, Paint()).split())
    assert (
        f"depends on whether `{OTHER.name}`, which another rule of `{SOURCE}` names, still exists "
        "and keeps versions"
    ) in text


def test_what_is_there_and_keeps_versions_is_no_obstacle() -> None:
    made = plan(FLEET, holding(there(**KEEPS), by_hand()))
    assert made.blocked == ()
    assert PUT not in {call for doubt in made.doubts for call in doubt.calls}
    assert len(puts(made)) == 1


def test_rules_of_the_old_schema_leave_no_room_for_another_destination() -> None:
    made = plan(FLEET, holding(there(**KEEPS), old()))
    (entry,) = made.blocked
    assert (entry.code, entry.evidence["reason"]) == ("rules-refused", "schemas-mixed")
    assert made.changes == ()


def test_what_s3_stores_already_it_is_not_said_to_refuse() -> None:
    """A rule that this program takes for wrong, and that S3 shows, S3 has taken."""
    odd = by_hand(Destination={**by_hand()["Destination"], "StorageClass": "NEW_IN_2027"})
    newer = by_hand(NewIn2027={"Status": "Enabled"})
    for rule in (odd, newer):
        made = plan(FLEET, holding(there(**KEEPS), rule))
        assert "rules-refused" not in {entry.code for entry in made.blocked}


def two() -> Fleet:
    """The bucket into two others."""
    return fleet(pair(), Pair(from_=SOURCE, to=OTHER.name, account=STAGING, region=ABROAD))


def test_a_destination_that_is_not_ready_keeps_no_other_from_its_rule() -> None:
    """A stranger has the second destination's name: the first gets its rule without it."""
    of = two()
    strange = {head(Bucket(OTHER.name, STAGING, ABROAD)): Reply(error="403", message="Forbidden")}
    made = plan(of, bare(of).with_answers(strange))
    (sent,) = puts(made)
    assert [each["ID"] for each in sent["Rules"]] == [f"logkeep-{COPY}"]
    assert {name.rsplit("/", 1)[-1] for entry in made.blocked for name in entry.routes} == {
        OTHER.name
    }


def test_both_get_their_rules_at_once_where_both_are_made() -> None:
    of = two()
    made = plan(of, bare(of))
    assert made.blocked == ()
    (sent,) = puts(made)
    assert [each["ID"] for each in sent["Rules"]] == [f"logkeep-{COPY}", f"logkeep-{OTHER.name}"]


def test_a_destination_that_the_plan_makes_again_is_waited_for() -> None:
    """Both rules are there, both buckets are gone, and one rule has to change besides."""
    of = two()
    well = planned(of, bare(of))
    question = of_bucket(Facts(of, well), CONFIGURATION, AT)
    body: dict[str, Any] = msgspec.json.decode(well.answers[question].body)
    body["ReplicationConfiguration"]["Rules"][0]["Status"] = "Disabled"
    made = plan(of, known_more(of, bare(of).with_answers({question: reply(body)})))
    assert made.blocked == ()
    assert made.changes[-1].call == PUT
    (sent,) = puts(made)
    assert [each["Status"] for each in sent["Rules"]] == ["Enabled", "Enabled"]


def test_an_id_and_a_priority_are_one_rules_alone() -> None:
    taken = [
        by_hand(ID=f"logkeep-{COPY}", Priority=2**31 - 1),
        by_hand(ID=f"logkeep-{COPY}-", Priority=2),
        by_hand(ID=f"logkeep-{COPY}-2", Priority=3),
    ]
    (sent,) = puts(plan(FLEET, holding(there(**KEEPS), *taken)))
    assert len({each["ID"] for each in sent["Rules"]}) == 4
    assert len({each["Priority"] for each in sent["Rules"]}) == 4
    assert max(each["Priority"] for each in sent["Rules"]) < 2**31


STATES = {
    "gone": lambda: bare(FLEET).with_answers(GONE),
    "unversioned": there,
    "suspended": lambda: there(GetBucketVersioning={"Status": "Suspended"}),
    "kept": lambda: there(**KEEPS),
    "strange": lambda: bare(FLEET).with_answers(STRANGERS),
}
RULES: dict[str, tuple[dict[str, Any], ...]] = {
    "none": (),
    "one": (by_hand(),),
    "off": (by_hand(Status="Disabled"),),
    "old": (old(),),
    "two": (by_hand(), by_hand(ID="second", Priority=8, Filter={"Prefix": "y/"})),
    "same destination": (by_hand(Destination={"Bucket": f"arn:aws:s3:::{COPY}"}),),
    "old, same destination": (old(Destination={"Bucket": f"arn:aws:s3:::{COPY}"}),),
    "old, all of it": (old(Prefix="", Destination={"Bucket": f"arn:aws:s3:::{COPY}"}),),
    "ours, off": (by_hand(Filter={}, Status="Disabled",
                          Destination={"Bucket": f"arn:aws:s3:::{COPY}"}),),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", RULES)
def test_no_plan_is_made_that_the_labs_s3_would_refuse(state: str, name: str) -> None:
    """By the lab's own rules, on the buckets as they will be then; or the route is blocked."""
    snapshot = holding(STATES[state](), *copy.deepcopy(RULES[name]))
    made = plan(FLEET, snapshot)
    then = Facts(FLEET, snapshot)
    for change in made.changes:
        if change.call == PUT:
            wanted: Any = change.arguments["ReplicationConfiguration"]
            assert list(refusals(wanted, SOURCE)) == []
            for to in {
                rule["Destination"]["Bucket"].rpartition(":")[2] for rule in wanted["Rules"]
            }:
                assert state_of(then, AT, to) in ("Enabled", None)
            assert bucket_of(then, AT).versioning == "Enabled"
        then = Facts(FLEET, then.snapshot.with_answers(dict(change.after)))
    # A rule that does all that is wanted needs no change.
    assert len(puts(made)) + len(made.blocked) == (0 if name == "old, all of it" else 1)
    nothing_is_promised_in_vain(FLEET, snapshot)


def test_an_archive_whose_versioning_nobody_may_switch_on_gets_no_rule() -> None:
    """S3 takes no rule for a bucket that keeps no versions (rule 3.1.1)."""
    of, before = shapes()["the archive's replica"]
    some = Facts(of, before)
    off = before.with_answers({of_bucket(some, "s3:GetBucketVersioning"): reply({})})
    assert puts(plan(of, off))
    deny = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketVersioning",
            "Resource": of.bucket_arn}  # fmt: skip
    question = bucket_policy_ask()
    policy = json.loads(msgspec.json.decode(off.answers[question].body)["Policy"])
    policy["Statement"].append(deny)
    made = plan(of, with_policy(off, question, policy))
    assert puts(made) == []
    replicas = [e for e in made.blocked if any("replica/" in name for name in e.routes)]
    assert {entry.code for entry in replicas} == {"bucket-unversioned"}


def test_who_may_not_pass_the_role_is_refused_before_anything_is_made() -> None:
    """Rule 3.2.1: the role stands within the configuration."""
    snapshot = holding(there(**KEEPS), by_hand())
    question = people.details_ask(Facts(FLEET, snapshot), PRODUCTION)
    body: dict[str, Any] = msgspec.json.decode(snapshot.answers[question].body)
    statement = {"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    for role in body["RoleDetailList"]:
        role["RolePolicyList"] = [{"PolicyName": "all-but", "PolicyDocument": document}]
    made = plan(FLEET, snapshot.with_answers({question: reply(body)}))
    (entry,) = made.blocked
    refused: Any = entry.evidence["refused"]
    assert (refused["call"], refused["action"]) == (PUT, "iam:PassRole")
    assert made.changes == ()
