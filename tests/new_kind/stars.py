"""A fleet whose production account has stars, and what AWS says of them."""

from __future__ import annotations

import datetime
import json

import msgspec

from logkeep.fleet import Fleet, Logs
from logkeep.plan import plan
from logkeep.snapshot import NOT_OF_AWS, Ask, Reply, Snapshot, ask, reply
from logkeep.sources.wants import wants
from support.worlds import ACCOUNTS, NOW, answered, applied, fleet_of, well

OWNER = ACCOUNTS["production"]
PLACE = "us-east-1"
POLICIES = ask(OWNER, PLACE, "logs:DescribeResourcePolicies")


def fleet() -> Fleet:
    """CloudTrail of a fleet that is at home in Europe, and the stars of production."""
    known = fleet_of(regions=("eu-west-1", "eu-central-1"))
    return msgspec.structs.replace(known, logs=(*known.logs, Logs("star", (OWNER,))))


def told(of: Fleet, question: Ask, count: int) -> Reply:
    """What AWS says where so many stars are there and none is written down."""
    bodies: dict[str, object] = {
        "star:ListStars": {"stars": [{"id": f"S{number}"} for number in range(count)]},
        "logs:DescribeResourcePolicies": {"resourcePolicies": []},
    }
    if question.call == "sky:Look":
        return Reply(error=NOT_OF_AWS, message="Logkeep asks nothing of the sky")
    if question.call == "logs:DescribeLogStreams":
        star = dict(question.arguments)["logGroupName"].removeprefix("/star/")
        at = int((NOW - datetime.timedelta(minutes=20)).timestamp() * 1000)
        places = ("PARANAL1", "MAUNAKEA2")
        return reply({"logStreams": [
            {"logStreamName": f"{star}/{place}", "lastEventTimestamp": at} for place in places
        ]})  # fmt: skip
    return reply(bodies[question.call]) if question.call in bodies else answered(of, question)


def known_more(of: Fleet, snapshot: Snapshot, count: int = 2) -> Snapshot:
    """The same with all that is worth asking answered."""
    for _ in range(9):
        new = {q: told(of, q, count) for q in wants(of)(snapshot) if q not in snapshot.answers}
        if not new:
            return snapshot
        snapshot = snapshot.with_answers(new)
    raise AssertionError("the questions never end")


def dark(count: int = 2) -> Snapshot:
    """CloudTrail is all well, and no star is written down."""
    alone = msgspec.structs.replace(fleet(), logs=fleet().logs[:1])
    return known_more(fleet(), well(alone), count)


def seen_well(count: int = 2) -> Snapshot:
    """What a plan makes of it, sightings coming."""
    before = dark(count)
    return known_more(fleet(), applied(before, plan(fleet(), before)), count)


def policy_named(name: str, service: str = "es.amazonaws.com") -> dict[str, str]:
    """A resource policy of somebody's."""
    statement = {
        "Sid": name,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "logs:PutLogEvents",
        "Resource": "arn:aws:logs:us-east-1:222222222222:log-group:/other/*",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"policyName": name, "policyDocument": json.dumps(document)}
