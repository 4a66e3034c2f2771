"""A plan file is an order and not a program: whatever somebody wrote into it is not made."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from logkeep.aws.files import write_snapshot
from logkeep.cli.place import find
from logkeep.cli.plan_file import KeptPlan, as_kept, difference, read_plan, write_plan
from logkeep.cli.settings import Settings
from logkeep.plan import Plan, plan
from logkeep.plan.costs import with_costs
from logkeep.plan.plan import planned
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.value import Json
from support import scenes
from support.command_line import Run
from support.labs import Bench, bench
from support.worlds import ACCOUNTS

STRANGER = "999999999999"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Mine", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    ],
}


@pytest.fixture
def made(logkeep: Run, fleet: Path, kept: Callable[[Snapshot], Path]) -> dict[str, Any]:
    """A genuine plan's file, read."""
    assert fleet.exists()
    kept(scenes.empty(scenes.FLEET))
    assert logkeep("plan", "--snapshot", "fleet.gz", "-o", "plan.json").code == 0
    return json.loads(Path("plan.json").read_text())


def a_role_for_a_stranger(found: dict[str, Any]) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*"}]}
    found["changes"].append(
        found["changes"][0]
        | {
            "call": "iam:CreateRole",
            "address": f"arn:aws:iam::{ACCOUNTS['security']}:role/x",
            "arguments": {"RoleName": "x", "AssumeRolePolicyDocument": json.dumps(trust)},
        }
    )


def another_bucket_than_the_address_says(found: dict[str, Any]) -> None:
    found["changes"][1]["arguments"]["Bucket"] = "a-strangers-bucket"


def an_account_that_no_fleet_names(found: dict[str, Any]) -> None:
    found["changes"][0]["account"] = STRANGER


def a_region_that_is_none(found: dict[str, Any]) -> None:
    found["changes"][0]["region"] = "mars-north-1"


def a_call_that_is_none(found: dict[str, Any]) -> None:
    found["changes"][0]["call"] = "s3:DeleteBucket"


def one_change_less(found: dict[str, Any]) -> None:
    found["changes"].pop()


def another_order(found: dict[str, Any]) -> None:
    found["changes"].reverse()


def nothing_looked_at_before(found: dict[str, Any]) -> None:
    for change in found["changes"]:
        change["before"] = []


def nothing_in_the_way(found: dict[str, Any]) -> None:
    found["blocked"] = found["changes"][:0] or [{}]


def another_time(found: dict[str, Any]) -> None:
    found["taken_at"] = "2026-11-24T03:10:00Z"


def another_fleet_file(found: dict[str, Any]) -> None:
    found["made_of"]["fleet_file"] = "0" * 64


def no_answers(found: dict[str, Any]) -> None:
    found["made_of"]["snapshot"] = ""


def broken_answers(found: dict[str, Any]) -> None:
    found["made_of"]["snapshot"] = found["made_of"]["snapshot"][:400]


def no_origin(found: dict[str, Any]) -> None:
    del found["made_of"]


TOUCHED = (
    (a_role_for_a_stranger, "it has 19 changes, and 18 come out"),
    (another_bucket_than_the_address_says, "`arguments.Bucket` is `a-strangers-bucket` and not"),
    (an_account_that_no_fleet_names, f"`account` is `{STRANGER}` and not `111111111111`"),
    (a_region_that_is_none, "`region` is `mars-north-1` and not `us-east-1`"),
    (a_call_that_is_none, "`call` is `s3:DeleteBucket` and not `s3:CreateBucket`"),
    (one_change_less, "it has 17 changes, and 18 come out"),
    (another_order, "change 1, "),
    (nothing_looked_at_before, "`before` is "),
    (nothing_in_the_way, "a plan that is damaged"),
    (another_time, "the answers in it are not those that it was made of"),
    (another_fleet_file, "made from another logkeep.toml than the one that is there now"),
    (no_answers, "the answers that it was made of cannot be read"),
    (broken_answers, "the answers that it was made of cannot be read"),
    (no_origin, "a plan that is damaged"),
)


@pytest.mark.parametrize(("touch", "says"), TOUCHED, ids=lambda each: getattr(each, "__name__", ""))
def test_a_file_that_was_touched_is_refused_before_aws_is_asked(
    logkeep: Run, made: dict[str, Any], touch: Callable[[dict[str, Any]], None], says: str
) -> None:
    touch(made)
    Path("plan.json").write_text(json.dumps(made))
    said = logkeep("apply", "plan.json", "--yes")
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert "no AWS credentials" not in said.err  # there are none: asking would end otherwise


def first(old: str, new: str) -> Callable[[str], str]:
    """Puts another text in the place of one, where that is first found."""
    return lambda text: text.replace(old, new, 1)


WRITTEN_OTHERWISE = {
    "a member twice, at the top": first("{", '{"changes":[],'),
    "a member twice, in a change": first('"call":', '"call":"s3:DeleteBucket","call":'),
    "a member twice, in arguments": first('"Bucket":', '"Bucket":"a-strangers","Bucket":'),
    "a member twice, of the origin": first('"fleet_file":', '"fleet_file":"x","fleet_file":'),
    "a version twice": first('"plan":', '"plan":1,"plan":'),
    "a member of the origin": first('"fleet_file":', '"by":"me","fleet_file":'),
    "an argument that is null": first('"arguments":{', '"arguments":{"ExpectedBucketOwner":null,'),
    "a number for true": first(":true", ":1"),
    "a number with a point": lambda text: re.sub(r'("places":\d+)', r"\1.0", text, count=1),
    "a letter by its number": first('"call":"s3', '"call":"\\u0073\\u0033'),
    "a letter that looks alike": first('"Bucket":"s', '"Bucket":"\u0455'),
    "wide digits": first('"account":"1', '"account":"\uff11'),
    "a letter of no width": first('"call":"', '"call":"\u200b'),
}


@pytest.mark.parametrize("how", WRITTEN_OTHERWISE)
def test_a_file_that_is_written_otherwise_is_refused(
    logkeep: Run, made: dict[str, Any], how: str
) -> None:
    genuine = Path("plan.json").read_text(encoding="utf-8")
    touched = WRITTEN_OTHERWISE[how](genuine)
    assert made["changes"]
    assert touched != genuine
    Path("plan.json").write_text(touched, encoding="utf-8")
    said = logkeep("apply", "plan.json", "--yes")
    assert (said.code, said.out) == (2, "")
    assert "no AWS credentials" not in said.err


def test_space_between_and_the_order_of_members_change_no_order(
    logkeep: Run, made: dict[str, Any]
) -> None:
    text = json.dumps(made, indent=2, sort_keys=True, ensure_ascii=False)
    Path("plan.json").write_text(text, encoding="utf-8")
    assert "no AWS credentials" in logkeep("apply", "plan.json", "--yes").err


def test_a_file_with_a_broken_letter_is_damaged(logkeep: Run, made: dict[str, Any]) -> None:
    assert made["changes"]
    found = Path("plan.json").read_bytes()
    at = found.index(b"NoSuchBucketPolicy") if b"NoSuchBucketPolicy" in found else 500
    for place in range(at, len(found), len(found) // 40):
        Path("plan.json").write_bytes(found[:place] + b"\xe5" + found[place + 1 :])
        said = logkeep("apply", "plan.json", "--yes")
        assert (said.code, "error: " in said.err) == (2, True)


def test_a_genuine_file_is_followed_to_aws(logkeep: Run, made: dict[str, Any]) -> None:
    assert made["changes"]
    said = logkeep("apply", "plan.json", "--yes")
    assert "no AWS credentials" in said.err


def test_a_fleet_file_that_changed_since_is_another_one(
    logkeep: Run, made: dict[str, Any], fleet: Path
) -> None:
    fleet.write_text(scenes.FLEET_TEXT + "# one word more\n", encoding="utf-8")
    said = logkeep("apply", "plan.json", "--yes")
    assert said.code == 2
    assert "made from another logkeep.toml" in said.err
    assert made


def leaves(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    match value:
        case dict():
            for key, each in value.items():
                yield from leaves(each, (*path, key))
        case list():
            for index, each in enumerate(value):
                yield from leaves(each, (*path, index))
        case _:
            yield path


def altered(found: dict[str, Any], path: tuple[Any, ...]) -> Plan | None:
    """A plan with one leaf another; None where that is no plan any more."""
    touched = copy.deepcopy(found)
    inner: Any = touched
    for key in path[:-1]:
        inner = inner[key]
    value = inner[path[-1]]
    inner[path[-1]] = f"{value}x" if isinstance(value, str) else 7 if value != 7 else 8
    try:
        return msgspec.json.decode(msgspec.json.encode(touched), type=Plan)
    except msgspec.ValidationError:
        return None


def test_no_leaf_of_a_plan_may_be_another_one() -> None:
    """But for the plan's own version, which is looked at first."""
    again = as_kept(plan(scenes.FLEET, scenes.empty(scenes.FLEET)))
    found = json.loads(msgspec.json.encode(again))
    tried = 0
    for change in range(0, len(found["changes"]), 4):
        for path in leaves(found["changes"][change], ("changes", change)):
            touched = altered(found, path)
            tried += touched is not None
            assert touched is None or difference(touched, again), path
    assert tried > 40


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS) as made:
        made.mend()
        yield made


def test_answers_that_were_never_aws_s_are_seen_to_have_changed(
    logkeep: Run, lab: Bench, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who forges the answers, and the plan of them, is refused by what AWS says now."""
    for name, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(name, value)
    assert fleet.exists()
    place = find(Settings())
    bucket, account = place.fleet.archive.bucket, place.fleet.archive.account
    question = ask(account, "us-east-1", "s3:GetBucketPolicy", Bucket=bucket,
                   ExpectedBucketOwner=account)  # fmt: skip
    snapshot = lab.collect()
    assert question in snapshot.answers
    forged = snapshot.with_answers({question: reply({"Policy": json.dumps(POLICY)})})
    ordered = plan(place.fleet, forged)
    sent = [c.arguments["Policy"] for c in ordered.changes if c.call == "s3:PutBucketPolicy"]
    assert "Mine" in sent[0]
    write_plan(Path("plan.json"), ordered, place, forged)
    assert isinstance(read_plan(Path("plan.json")), KeptPlan)
    said = logkeep("apply", "plan.json", "--yes")
    assert said.code == 1, said.err
    assert "has changed since" in said.err
    assert "Mine" not in lab.archive("s3").get_bucket_policy(Bucket=bucket)["Policy"]


MALLORY = f"arn:aws:iam::{ACCOUNTS['security']}:user/mallory"
FOREIGN = f"arn:aws:iam::{STRANGER}:role/OrganizationAccountAccessRole"
FOREIGN_SESSION = f"arn:aws:sts::{STRANGER}:assumed-role/OrganizationAccountAccessRole/x"
OTHER_KEY = f"arn:aws:kms:us-east-1:{ACCOUNTS['security']}:key/dddddddd-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("call", "member", "forged", "named"),
    [
        ("sts:GetCallerIdentity", "Arn", MALLORY, MALLORY),
        ("sts:GetCallerIdentity", "Arn", FOREIGN_SESSION, FOREIGN),
        ("kms:DescribeKey", "KeyMetadata.Arn", OTHER_KEY, OTHER_KEY),
    ],
)
def test_names_that_were_never_aws_s_are_not_written(
    logkeep: Run, lab: Bench, fleet: Path, monkeypatch: pytest.MonkeyPatch,
    call: str, member: str, forged: str, named: str,
) -> None:  # fmt: skip
    """No change looks at who Logkeep is: its policies would hand the archive to that name."""
    for name, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(name, value)
    assert fleet.exists()
    place = find(Settings())
    s3, at = lab.archive("s3"), {"Bucket": place.fleet.archive.bucket}
    before = s3.get_bucket_policy(**at)["Policy"]
    s3.delete_bucket_policy(**at)
    snapshot = with_another(lab.collect(), call, member, forged)
    facts = Facts(place.fleet, snapshot)
    ordered = with_costs(facts, planned(facts))
    assert named in str([change.arguments for change in ordered.changes])
    write_plan(Path("plan.json"), ordered, place, snapshot)
    write_snapshot(Path("forged.gz"), snapshot)
    said = [logkeep("apply", *w, "--yes") for w in (("plan.json",), ("--snapshot", "forged.gz"))]
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(**at)
    s3.put_bucket_policy(**at, Policy=before)
    for each in said:
        assert each.code == 1, each.err
        assert f"{call} named {named} in security" in each.err
        assert "nothing was changed" in each.err


def with_another(snapshot: Snapshot, call: str, member: str, forged: str) -> Snapshot:
    """The snapshot in which every answer to a call has one text otherwise."""
    found: dict[Ask, Reply] = {}
    for question, answer in snapshot.answers.items():
        if question.call == call and not answer.error:
            body: Any = msgspec.json.decode(answer.body)
            *way, last = member.split(".")
            functools.reduce(dict.__getitem__, way, body)[last] = forged
            found[question] = reply(body)
    return snapshot.with_answers(found)


def test_json_is_the_plan_and_then_its_outcome(
    logkeep: Run, lab: Bench, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(name, value)
    assert fleet.exists()
    lab.archive("s3").put_bucket_versioning(
        Bucket=lab.fleet.archive.bucket, VersioningConfiguration={"Status": "Suspended"}
    )
    said = logkeep("apply", "--yes", "--json")
    shown, end = (json.loads(line) for line in said.out.splitlines())
    assert (shown["schema"], shown["event"]) == (1, "plan")
    assert [change["call"] for change in shown["changes"]] == ["s3:PutBucketVersioning"]
    assert (end["schema"], end["event"], end["verdict"]) == (1, "outcome", "done")


def test_a_refusal_ends_the_stream_in_an_outcome(logkeep: Run, made: dict[str, Any]) -> None:
    one_change_less(made)
    Path("plan.json").write_text(json.dumps(made))
    for words in (("plan.json", "--yes"), ("none.json", "--yes"), (), ("--snapshot", "fleet.gz")):
        said = logkeep("apply", *words, "--json")
        assert said.code == 2
        *_, last = (json.loads(line) for line in said.out.splitlines())
        assert (last["schema"], last["event"], last["verdict"]) == (1, "outcome", "refused")
        assert last["message"] in said.err.replace("\n", " ")
        assert last["hint"] in said.err.replace("\n", " ")
        assert last["done"] == []


def test_of_two_long_texts_the_place_is_shown_in_which_they_differ() -> None:
    again = as_kept(plan(scenes.FLEET, scenes.empty(scenes.FLEET)))
    found = json.loads(msgspec.json.encode(again))
    number, policy = next(
        (n, each["arguments"]["Policy"])
        for n, each in enumerate(found["changes"])
        if "Policy" in each["arguments"]
    )
    assert len(policy) > 400
    for touched in (policy[:300] + "MALLORY" + policy[307:], policy[:-1], policy + "MALLORY"):
        found["changes"][number]["arguments"]["Policy"] = touched
        said = difference(msgspec.json.decode(msgspec.json.encode(found), type=Plan), again)
        one, _, other = said.partition("`arguments.Policy` is `")[2].partition("` and not `")
        assert one.startswith("…")
        assert one != other.removesuffix("`")
        assert ("MALLORY" in one) == ("MALLORY" in touched)
        assert len(said) < 500
