"""Whatever is touched of a plan is found, whichever calls it holds: the plan of a file is a copy.

Every member of every change made another, taken away or added; every change taken away, doubled,
moved to another place or given another's address; and AWS's answers in the file made others.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from kinds.replication import worlds as replication
from kinds.vpc_flow import worlds as vpc_flow
from logkeep.aws.calls import CALLS
from logkeep.aws.named import renamed
from logkeep.cli.place import find
from logkeep.cli.plan_file import as_kept, difference, write_plan
from logkeep.cli.settings import Settings
from logkeep.fleet import Fleet
from logkeep.plan import Plan, plan
from logkeep.plan.costs import with_costs
from logkeep.plan.plan import planned
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.value import Json
from support import changes, scenes
from support.command_line import Run
from support.examples import TIMES as SEARCHED
from support.shut_out import PIPELINE, open_archive, told
from support.worlds import NOW, empty, fleet_of

CREATE_JOB, PUT_RULES = "s3control:CreateJob", "s3:PutBucketReplication"
STRANGER = "999999999999"


class World(NamedTuple):
    """A fleet, the answers of AWS, and the calls whose changes are touched in every place."""

    fleet: Fleet
    snapshot: Snapshot
    calls: tuple[str, ...]


@functools.cache
def world(name: str) -> World:
    if name == "event history":
        event = changes.event("PutBucketPolicy", NOW, changes.session(PIPELINE), BUCKET)
        return World(scenes.FLEET, told(open_archive(), event), ("s3:PutBucketPolicy",))
    if name == "flow logs":
        return World(vpc_flow.fleet(), vpc_flow.bare(vpc_flow.fleet()), ("ec2:CreateFlowLogs",))
    fleet, snapshot = replication.shapes()[name]
    return World(fleet, snapshot, (CREATE_JOB, PUT_RULES))


BUCKET = scenes.FLEET.archive.bucket
WORLDS = ("what was there before", "all that the archive keeps", "event history", "flow logs")


@functools.cache
def genuine(name: str) -> Plan:
    facts = Facts(world(name).fleet, world(name).snapshot)
    return as_kept(with_costs(facts, planned(facts)))


def other_values(value: Json) -> Iterator[Json]:
    """The value with one thing otherwise, in each of its places."""
    match value:
        case dict():
            for key in value:
                yield {each: value[each] for each in value if each != key}
                yield from ({**value, key: other} for other in other_values(value[key]))
            yield {**value, "More": "*"}
        case list():
            for at, each in enumerate(value):
                yield value[:at] + value[at + 1 :]
                yield [*value[: at + 1], *value[at:]]
                yield from ([*value[:at], o, *value[at + 1 :]] for o in other_values(each))
        case bool():
            yield not value
        case int():
            yield value + 1
        case str():
            yield f"{value} "
            yield ""
        case _:
            yield "*"


def read(found: dict[str, Any]) -> Plan | None:
    try:
        return msgspec.json.decode(msgspec.json.encode(found), type=Plan)
    except msgspec.ValidationError:
        return None  # which is a plan that is damaged


@pytest.mark.parametrize("name", WORLDS)
def test_whatever_is_otherwise_in_a_change_is_found(name: str) -> None:
    made = genuine(name)
    touched = [change for change in made.changes if change.call in world(name).calls]
    assert {change.call for change in touched} == set(world(name).calls)
    tried = 0
    for change in {change.call: change for change in touched}.values():
        alone = msgspec.structs.replace(made, changes=(change,))
        plain = msgspec.json.decode(msgspec.json.encode(alone))
        (one,) = plain["changes"]
        for member in one:
            for value in other_values(one[member]):
                found = read({**plain, "changes": [{**one, member: value}]})
                if found is not None and found != alone:
                    assert difference(found, alone).startswith("change 1, "), (member, value)
                    tried += 1
    assert tried > 50


def taken_away(found: list[Any], at: int) -> None:
    del found[at]


def doubled(found: list[Any], at: int) -> None:
    found.insert(at, found[at])


def moved_back(found: list[Any], at: int) -> None:
    found.insert(0, found.pop(at))


def to_another_account(found: list[Any], at: int) -> None:
    found[at]["account"] = STRANGER


def to_another_region(found: list[Any], at: int) -> None:
    found[at]["region"] = "eu-central-1"


def at_anothers_address(found: list[Any], at: int) -> None:
    found[at]["address"] += "-mallory"


def with_anothers_arguments(found: list[Any], at: int) -> None:
    found[at]["arguments"] = {"Mallory": at}


def looked_at_nothing(found: list[Any], at: int) -> None:
    found[at]["before"] = [*found[at]["before"], *found[at]["after"]]


def nothing_expected(found: list[Any], at: int) -> None:
    found[at]["after"] = []


TOUCHES = (
    taken_away, doubled, moved_back, to_another_account, to_another_region, at_anothers_address,
    with_anothers_arguments, looked_at_nothing, nothing_expected,
)  # fmt: skip


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("touch", TOUCHES, ids=lambda each: each.__name__)
def test_every_change_is_in_its_place(name: str, touch: Callable[[list[Any], int], None]) -> None:
    made = genuine(name)
    plain = msgspec.json.decode(msgspec.json.encode(made))
    for at in range(len(plain["changes"])):
        found = [copy.copy(change) for change in plain["changes"]]
        touch(found, at)
        if found != plain["changes"]:
            other = read({**plain, "changes": found})
            assert other is not None
            assert difference(other, made), (touch, at)


def test_who_loses_access_and_how_that_is_known_is_no_less_held_to() -> None:
    """What the event history tells is shown before anybody agrees to a plan."""
    made = genuine("event history")
    (lost,) = [each for each in made.shut_out if each.principal == PIPELINE]
    assert lost.last is not None
    assert lost.last.event == "PutBucketPolicy"
    hidden = msgspec.structs.replace(made, shut_out=())
    undated = [msgspec.structs.replace(each, last=None) for each in made.shut_out]
    for other in (
        hidden,
        msgspec.structs.replace(made, shut_out=tuple(undated)),
        msgspec.structs.replace(made, history=None),
    ):
        assert difference(other, made) in ("`shut_out` is another", "`history` is another")
    forgotten = told(open_archive())
    again = as_kept(plan(scenes.FLEET, forgotten))
    assert difference(msgspec.structs.replace(made, costs=()), again) == "`shut_out` is another"


JOBS = f"""{scenes.FLEET_TEXT}
[[replication]]
from = "app-logs"
to = "app-logs-copy"
account = "staging"
region = "eu-west-1"
existing = 2026-11-21
"""


def of_job(path: str, value: Json) -> Callable[[dict[str, Any]], None]:
    def touch(found: dict[str, Any]) -> None:
        change = next(each for each in found["changes"] if each["call"] == CREATE_JOB)
        *way, last = path.split(".")
        functools.reduce(dict.__getitem__, way, change)[last] = value

    return touch


def two_jobs(found: dict[str, Any]) -> None:
    found["changes"].append(found["changes"][-1])


def a_member_of_no_plan(found: dict[str, Any]) -> None:
    found["changes"][-1]["note"] = "checked by Mallory"


MANIFEST = "arguments.ManifestGenerator.S3JobManifestGenerator"
FILES = {
    "role": (of_job("arguments.RoleArn", f"arn:aws:iam::{STRANGER}:role/m"), "`arguments.RoleArn`"),
    "token": (of_job("arguments.ClientRequestToken", "again"), "`arguments.ClientRequestToken`"),
    "tags": (of_job("arguments.Tags", []), "`arguments.Tags`"),
    "operation": (of_job("arguments.Operation", {"S3DeleteObjectTagging": {}}),
                  "`arguments.Operation."),
    "bucket": (of_job(f"{MANIFEST}.SourceBucket", "arn:aws:s3:::another"),
               f"`{MANIFEST}.SourceBucket`"),
    "owner": (of_job(f"{MANIFEST}.ExpectedBucketOwner", STRANGER),
              f"`{MANIFEST}.ExpectedBucketOwner`"),
    "report": (of_job("arguments.Report", {"Enabled": True, "Bucket": "arn:aws:s3:::another"}),
               "`arguments.Report."),
    "account": (of_job("account", "333333333333"), "`account` is `333333333333`"),
    "two": (two_jobs, " changes, and "),
    "a member": (a_member_of_no_plan, "`changes[15].note` is in no plan of Logkeep's"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_job_that_was_touched_is_refused_before_aws_is_asked(
    logkeep: Run, folder: Path, name: str
) -> None:
    (folder / "logkeep.toml").write_text(JOBS, encoding="utf-8")
    place = find(Settings())
    snapshot = world("what was there before").snapshot
    facts = Facts(place.fleet, snapshot)
    write_plan(folder / "plan.json", with_costs(facts, planned(facts)), place, snapshot)
    if name == "role":
        assert "no AWS credentials" in logkeep("apply", "plan.json", "--yes").err
    touch, says = FILES[name]
    found = json.loads((folder / "plan.json").read_text())
    touch(found)
    (folder / "plan.json").write_text(json.dumps(found))
    said = logkeep("apply", "plan.json", "--yes")
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert "no AWS credentials" not in said.err  # there are none: asking would end otherwise


HARMLESS = {
    "trailList.HomeRegion": "where the log group of one of the fleet's own trails is",
    "trailList.S3KeyPrefix": "a prefix under which the fleet's own accounts may write",
    "Vpcs.VpcId": "AWS refuses what is no VPC of the account, and takes logs of its own",
}
"""What comes into a plan from answers that no change looks at, and gives nobody anything."""


def fields_of(value: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The members of an answer that are texts, those of the first entry of each list."""
    match value:
        case dict():
            for key in value:
                yield from fields_of(value[key], (*path, key))
        case list():
            if value:
                yield from fields_of(value[0], path)
        case str():
            yield path
        case _:
            return


def forged(value: Json, path: tuple[str, ...]) -> Json:
    match value:
        case list():
            return [forged(each, path) for each in value]
        case dict() if path[0] in value:
            return {**value, path[0]: forged(value[path[0]], path[1:])}
        case str() if not path:
            return f"{value.rpartition('/')[0]}/mallory" if "/" in value else f"{value}mallory"
        case _:
            return value


def forgeries() -> Iterator[tuple[str, str, World, Snapshot, Plan]]:
    """Each text that AWS answers made another, where that comes into what a plan sends."""
    org = fleet_of(organization=True)
    worlds = [(org, empty(org)), scenes.without_log_groups()]
    if SEARCHED:
        worlds += [(scenes.FLEET, scenes.key_drops_production()), *replication.shapes().values()]
        worlds += [(vpc_flow.fleet(), vpc_flow.bare(vpc_flow.fleet()))]
    tried = set[tuple[int, str, str, str]]()
    for number, (fleet, snapshot) in enumerate(worlds):
        for question, found in snapshot.answers.items():
            body = {} if found.error else msgspec.json.decode(found.body)
            for path in fields_of(body):
                account = question.account if SEARCHED else ""
                case = (number, account, question.call, ".".join(path))
                if case in tried:
                    continue
                tried.add(case)
                other = snapshot.with_answers({question: reply(forged(body, path))})
                made = plan(fleet, other)
                looked = {each for change in made.changes for each, _ in change.before}
                sent = str([(each.address, each.arguments) for each in made.changes])
                if "mallory" in sent and question not in looked:
                    yield question.call, ".".join(path), World(fleet, snapshot, ()), other, made


def test_what_a_plan_writes_of_answers_that_no_change_looks_at_is_asked_again() -> None:
    told = set[str]()
    for call, field, true, other, made in forgeries():
        if field in HARMLESS:
            continue
        told.add(field)
        assert field in CALLS[call].names, f"{call} brings {field} into a plan"
        found = renamed(true.fleet, other.answers, made.changes, true.snapshot.answers.__getitem__)
        assert found is not None, (call, field)
        assert (found.question.call, "mallory" in found.planned) == (call, True)
    assert len(told) >= (4 if SEARCHED else 3), told


@pytest.mark.parametrize("name", WORLDS)
def test_a_genuine_plan_names_what_aws_names(name: str) -> None:
    fleet, answers = world(name).fleet, world(name).snapshot.answers
    assert renamed(fleet, answers, genuine(name).changes, answers.__getitem__) is None
