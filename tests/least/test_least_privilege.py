"""permissions.json is the least: each action in it is used, and nothing else ever is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

import msgspec
import pytest
from moto.kms.models import kms_backends

from logkeep.access import replicas
from logkeep.aws.answer import answer
from logkeep.aws.apply import apply
from logkeep.aws.collect import collect
from logkeep.aws.permissions import of_call, permits_of
from logkeep.aws.session import Session
from logkeep.fleet import Fleet
from logkeep.fleet.retention import Retention
from logkeep.plan import plan
from logkeep.snapshot.facts import Facts
from logkeep.sources import all_parts
from logkeep.sources.wants import wants
from support.labs import Bench, bench, pointed_at
from support.least import PRODUCTION, Least, leasts
from support.own import missing
from support.verified import Known, verified
from support.worlds import ACCOUNTS, fleet_of

HERE = ("us-east-1",)


@pytest.fixture(scope="module")
def made() -> dict[str, Counter[str]]:
    """Every call that each command made over a fleet's whole life, by command."""
    own = leasts()
    counts: dict[str, Counter[str]] = {c: Counter() for c in ("collect", "apply", "verify")}
    with bench(ACCOUNTS, wanting(own), regions=HERE) as lab:
        session = Session(lab.fleet)
        lab.client(PRODUCTION, "kms").create_key()
        for each in own:
            each.begin(lab)
        look_and_mend(lab, session, counts, own)
        pointed_at(lab, PRODUCTION)
        of_archive = (fenced, requester_pays, suspended, unnamed, doomed)
        for spoils in zip_longest(*(each.spoils for each in own), of_archive):
            for spoil in filter(None, spoils):
                spoil(lab)
            look_and_mend(lab, session, counts, own)
        look_and_mend(lab, session, counts, own)  # what waited for what was mended last
        lab.pass_hours(2.2)
        look_and_mend(lab, session, counts, own)
        look_through(lab, counts, own)
    for each in own:
        move(counts, each)
    return counts


def wanting(own: Iterable[Least]) -> Fleet:
    """A fleet that wants something of every kind of log, its archive locked and in a member."""
    fleet = fleet_of(regions=HERE)
    kept = Retention("governance", 1, "d")
    archive = msgspec.structs.replace(
        fleet.archive, account=PRODUCTION, encryption="default", lock=kept
    )
    logs = tuple(logs for each in own for logs in each.logs)
    return msgspec.structs.replace(fleet, archive=archive, logs=logs)


def move(counts: dict[str, Counter[str]], of: Least) -> None:
    """From one fleet of a kind to the next."""
    if of.moves:
        with bench(ACCOUNTS, regions=HERE) as lab:
            session = Session(lab.fleet)
            for step in of.moves:
                step(lab)
                look_and_mend(lab, session, counts, (of,))


def look_and_mend(
    lab: Bench, session: Session, counts: dict[str, Counter[str]], own: tuple[Least, ...]
) -> None:
    snapshot = collect(lab.fleet, wants(lab.fleet), session)
    for question in (question for each in own for question in each.asks(lab)):
        assert not answer(session, question).error, question
    for question in replicas.asks(Facts(lab.fleet, snapshot), lab.fleet.archive.bucket):
        if question not in snapshot.answers:  # as `try replicate` asks
            answer(session, question)
    counts["collect"] += taken(session)
    changes = plan(lab.fleet, snapshot).changes
    apply(changes, session, taken_at=snapshot.taken_at, sleep=lambda _: None)
    counts["apply"] += taken(session)


def taken(session: Session) -> Counter[str]:
    """The calls that were made since this was asked last."""
    found = session.calls.counts.copy()
    session.calls.counts.clear()
    return found


def look_through(lab: Bench, counts: dict[str, Counter[str]], own: tuple[Least, ...]) -> None:
    known = Known()
    session = Session(lab.fleet)
    snapshot = collect(lab.fleet, wants(lab.fleet), session)
    verified(lab.fleet, session, snapshot, known)
    for each in own:
        each.lose(lab)
    _, _, reader = verified(lab.fleet, session, snapshot, known)
    counts["verify"] += session.calls.counts + reader.calls.counts


def s3(lab: Bench) -> Any:
    """A client of S3 in the archive's account."""
    return lab.client(PRODUCTION, "s3")


def fenced(lab: Bench) -> None:
    """The bucket asks people to come through an endpoint, so endpoints matter."""
    name = lab.fleet.archive.bucket
    document = json.loads(s3(lab).get_bucket_policy(Bucket=name)["Policy"])
    fence = {
        "Sid": "Fence",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObjectTagging",
        "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    }
    document["Statement"].append(fence)
    s3(lab).put_bucket_policy(Bucket=name, Policy=json.dumps(document))


def requester_pays(lab: Bench) -> None:
    s3(lab).put_bucket_request_payment(
        Bucket=lab.fleet.archive.bucket, RequestPaymentConfiguration={"Payer": "Requester"}
    )


def suspended(lab: Bench) -> None:
    s3(lab).delete_public_access_block(Bucket=lab.fleet.archive.bucket)
    s3(lab).delete_bucket_ownership_controls(Bucket=lab.fleet.archive.bucket)


def unnamed(lab: Bench) -> None:
    """The alias is gone, the tagged key is still there."""
    with lab.lab.front.lock:
        kms_backends[PRODUCTION]["us-east-1"].delete_alias("alias/logkeep")


def doomed(lab: Bench) -> None:
    """Somebody could delete the key after all, and does."""
    with lab.lab.front.lock:
        backend = kms_backends[PRODUCTION]["us-east-1"]
        backend.schedule_key_deletion(backend.get_key_id_from_alias("alias/logkeep"), 30)


def test_each_kind_of_log_says_how_it_is_set_up_here() -> None:
    assert missing("least") == [], "each kind says it in LEAST of this module: see support/least.py"


@pytest.mark.parametrize("command", ["collect", "apply", "verify"])
def test_the_shipped_permissions_are_just_the_calls_made(
    made: dict[str, Counter[str]], command: str
) -> None:
    calls = set(made[command]) | (set(made["collect"]) if command != "collect" else set())
    used = {permit.action for call in calls for permit in of_call(call)}
    wanted = {p.action for p in permits_of(command)}
    assert used <= wanted
    assert {action: declared_by(action) for action in wanted - used} == {}


def declared_by(action: str) -> list[str]:
    """Whose calls need an action: the kind that has to lead to one of them in its `least.py`."""
    return [
        part.name
        for part in all_parts()
        for call in (*part.calls.values(), *part.writes.values())
        if action in {permit.action for permit in call.permits}
    ]
