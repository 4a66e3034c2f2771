"""Is a Firehose stream there, fit for flow logs, and marked as theirs? (rule 6.3.8)

The service's own role reaches every stream of its account that bears the tag, and no other
(Amazon CloudWatch Logs User Guide, "Logs sent to Firehose").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

import msgspec

from logkeep.access import people
from logkeep.route import Exists, Hop, Is
from logkeep.snapshot import Ask, Reply, ask, reply
from logkeep.snapshot.call import Call, Permit, WritingCall
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.snapshot.setting import Effect, Fault, Setting, Thing, Write, not_ours
from logkeep.value import Arn, Json, Look, account_of, parse_arn

DESCRIBE: Final = "firehose:DescribeDeliveryStream"
LIST_TAGS: Final = "firehose:ListTagsForDeliveryStream"
TAG: Final = "firehose:TagDeliveryStream"
MAKE_LINKED: Final = "iam:CreateServiceLinkedRole"
DELETE_LINKED: Final = "iam:DeleteServiceLinkedRole"
SERVICE: Final = "delivery.logs.amazonaws.com"
MARK: Final = "LogDeliveryEnabled"
STREAM: Final = "delivery stream"
LINKED: Final = "service-linked role of log delivery"
FIT: Final = "active and fed by direct puts"
DIRECT: Final = "DirectPut"
GONE: Final = frozenset({"ResourceNotFoundException"})
NAMED: Final = ":deliverystream"
"""What stands before a stream's name, and after it `/`; EC2's reference of the call writes `:`."""


class Description(msgspec.Struct, frozen=True, rename="pascal"):
    """A stream as firehose:DescribeDeliveryStream shows it."""

    delivery_stream_name: str = ""
    delivery_stream_status: str = ""
    delivery_stream_type: str = DIRECT
    destinations: tuple[dict[str, Json], ...] = ()
    """Each as AWS shows it, which is of another form for each kind of destination."""


class DescribedAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of firehose:DescribeDeliveryStream."""

    delivery_stream_description: Description


class StreamTag(msgspec.Struct, frozen=True, rename="pascal"):
    """A tag of a stream."""

    key: str
    value: str = ""


class Tags(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of firehose:ListTagsForDeliveryStream; a stream has fifty at most."""

    tags: tuple[StreamTag, ...] = ()


def stream_arn(partition: str, account: str, region: str, named: str) -> Arn:
    """The ARN of the stream of a name in an account and Region."""
    return f"arn:{partition}:firehose:{region}:{account}{NAMED}/{named}"


def name_of(arn: Arn) -> str:
    """The name of the stream of an ARN."""
    return arn.partition(NAMED)[2][1:]


def linked_role(facts: Facts, account: str) -> Arn:
    """The role by which the service reaches the streams of an account."""
    role = f"role/aws-service-role/{SERVICE}/AWSServiceRoleForLogDelivery"
    return f"arn:{facts.fleet.partition}:iam::{account}:{role}"


def _question(arn: Arn, call: str) -> Ask:
    parts = parse_arn(arn)
    account, region = (parts.account, parts.region) if parts else ("", "")
    return ask(account, region, call, DeliveryStreamName=name_of(arn))


def asks(arn: Arn) -> tuple[Ask, Ask]:
    """The questions about a stream."""
    return _question(arn, DESCRIBE), _question(arn, LIST_TAGS)


def _described(facts: Facts, arn: Arn) -> Look[Description]:
    look = facts.look(_question(arn, DESCRIBE), DescribedAnswer, GONE)
    return map_look(look, lambda answer: answer.delivery_stream_description)


def buckets(facts: Facts, arn: Arn) -> tuple[str, ...]:
    """The buckets that a stream is known to write to, backups and what failed included."""
    found = seen(_described(facts, arn))
    named = (name for each in found.destinations for name in _named(each)) if found else ()
    return tuple(dict.fromkeys(name.rpartition(":")[2] for name in named))


def _named(destination: Mapping[str, Json]) -> Iterator[Arn]:
    """Every `BucketARN`: of S3 itself, and beside whatever else it leads to."""
    for name, value in destination.items():
        if name == "BucketARN" and isinstance(value, str):
            yield value
        elif name.endswith("Description") and isinstance(value, dict):
            yield from _named(cast("dict[str, Json]", value))


def _find(facts: Facts, hop: Hop) -> Look[Json]:
    return map_look(_described(facts, hop.arn), lambda found: found.delivery_stream_name)


def _read_fit(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return map_look(_described(facts, hop.arn), _fit)


def _fit(found: Description) -> Json:
    """One that has a source of its own takes no records besides (Firehose API, PutRecord)."""
    if found.delivery_stream_status != "ACTIVE":
        return found.delivery_stream_status or "in no known state"
    return FIT if found.delivery_stream_type == DIRECT else f"fed by {found.delivery_stream_type}"


def _read_mark(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    """The value of the tag; none is "no tag"."""
    return map_look(facts.look(_question(hop.arn, LIST_TAGS), Tags, GONE), _marked)


def _marked(found: Tags) -> Json:
    return next((tag.value for tag in found.tags if tag.key == MARK), "no such tag")


def _mark(_facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    tag = {"Key": MARK, "Value": str(value)}
    named: dict[str, Json] = {"DeliveryStreamName": name_of(hop.arn), "Tags": [tag]}
    return (Write(hop.arn, account_of(hop.arn), hop.region, TAG, named),)


def _find_linked(facts: Facts, hop: Hop) -> Look[Json]:
    return people.exists(facts, hop.arn)


def _make_linked(facts: Facts, hop: Hop) -> tuple[Write, ...]:
    home, named = facts.fleet.home_region, {"AWSServiceName": SERVICE}
    return (Write(hop.arn, account_of(hop.arn), home, MAKE_LINKED, named),)


def _linked_gone(facts: Facts, hop: Hop, need: Exists) -> Iterator[Fault]:
    """Somebody deletes the service's role, as one may whose streams are no more."""
    named: dict[str, Json] = {"RoleName": hop.arn.rpartition("/")[2]}
    home = facts.fleet.home_region
    write = Write(hop.arn, account_of(hop.arn), home, DELETE_LINKED, named)
    yield Fault(need.code, "the service's role is deleted", (write,))


def _tagged(facts: Facts, write: Write) -> dict[Ask, Reply]:
    question = _question(write.address, LIST_TAGS)
    before = seen(facts.look(question, Tags))
    if before is None:
        return {}
    given: list[dict[str, str]] = write.arguments["Tags"]
    new = {tag["Key"] for tag in given}
    kept = [{"Key": tag.key, "Value": tag.value} for tag in before.tags if tag.key not in new]
    return {question: reply({"Tags": [*kept, *given]})}


def _with_linked(facts: Facts, write: Write) -> dict[Ask, Reply]:
    return _with_role(facts, write, made=True)


def _without_linked(facts: Facts, write: Write) -> dict[Ask, Reply]:
    return _with_role(facts, write, made=False)


def _with_role(facts: Facts, write: Write, *, made: bool) -> dict[Ask, Reply]:
    question = people.details_ask(facts, account_of(write.address))
    found = facts.snapshot.answers.get(question)
    if found is None or found.error:
        return {}
    body: dict[str, Json] = msgspec.json.decode(found.body)
    roles: list[dict[str, Json]] = body.get("RoleDetailList", [])
    kept = [role for role in roles if role["Arn"] != write.address]
    if made:
        statement = {"Effect": "Allow", "Principal": {"Service": SERVICE}}
        trust = {"Version": "2012-10-17", "Statement": [{**statement, "Action": "sts:AssumeRole"}]}
        name = write.address.rpartition("/")[2]
        row = {"RoleName": name, "Arn": write.address, "AssumeRolePolicyDocument": trust}
        kept.append({**row, "RolePolicyList": []})
    return {question: reply({**body, "RoleDetailList": kept})}


SETTINGS: Final = {
    "firehose.fit": Setting(_read_fit, not_ours),
    "firehose.mark": Setting(_read_mark, _mark, wrong=("false",)),
}
THINGS: Final = {
    STREAM: Thing(_find, not_ours),
    LINKED: Thing(_find_linked, _make_linked, _linked_gone),
}
EFFECTS: Final[dict[str, Effect]] = {
    TAG: _tagged,
    MAKE_LINKED: _with_linked,
    DELETE_LINKED: _without_linked,
}
CALLS: Final = {
    DESCRIBE: Call(
        (Permit(DESCRIBE, "stream"),),
        needs=("DeliveryStreamName",),
        keeps=("DeliveryStreamDescription",),
        always=("DeliveryStreamDescription",),
        absent=GONE,
    ),
    LIST_TAGS: Call(
        (Permit(LIST_TAGS, "stream"),),
        needs=("DeliveryStreamName",),
        constants={"Limit": 50},
        keeps=("Tags",),
        always=("Tags",),
        absent=GONE,
    ),
}
WRITES: Final = {
    TAG: WritingCall((Permit(TAG, "stream"),)),
    MAKE_LINKED: WritingCall((Permit(MAKE_LINKED, "linkedrole"),)),
}
RESOURCES: Final = {
    "stream": "arn:{partition}:firehose:*:*:deliverystream/*",
    "linkedrole": f"arn:{{partition}}:iam::*:role/aws-service-role/{SERVICE}/*",
}
