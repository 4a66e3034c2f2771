"""What every kind of log there is a folder for has to hold to, asked of each by itself."""

from __future__ import annotations

import importlib
import importlib.util
import json
from typing import Any

import msgspec
import pytest

from logkeep.fleet import Fleet, Logs
from logkeep.plan import plan
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources import kinds, sources
from logkeep.sources.routes import all_routes
from support.aspects import unexplained
from support.laws import (
    nothing_is_promised_in_vain,
    short_cuts_change_no_delivery,
    short_cuts_change_no_plan,
)
from support.whole_listings import each_change_is_told_of_its_own
from support.worlds import ACCOUNTS, empty, fleet_of, well


def asking_only(name: str) -> Fleet:
    """A fleet that asks for one kind of log, and nothing of it but what is the default."""
    offered = own_module(name)
    options = kinds()[name]() if not kinds()[name].tables() or not offered else offered.pair()
    entry = Logs(name, tuple(ACCOUNTS.values()), options)
    return msgspec.structs.replace(fleet_of(), logs=(entry,))


def own_module(name: str) -> Any:
    """What a kind's tests offer, where its routes begin with what is there or is named."""
    found = importlib.util.find_spec(f"kinds.{name.replace('-', '_')}")
    if found is None or not importlib.util.find_spec(f"{found.name}.worlds"):
        return None
    return importlib.import_module(f"{found.name}.worlds")


def own_worlds(name: str) -> list[Snapshot]:
    """The worlds that a kind's tests offer."""
    offered = own_module(name)
    return [offered.bare()] if offered else []


@pytest.mark.parametrize("name", sources())
def test_its_routes_ask_all_five_aspects_or_it_says_why_not(name: str) -> None:
    fleet = asking_only(name)
    worlds = [empty(fleet), well(fleet), *own_worlds(name)]
    for snapshot in worlds:
        assert unexplained(Facts(fleet, snapshot)) == {}
    assert any(list(all_routes(Facts(fleet, snapshot))) for snapshot in worlds)


@pytest.mark.parametrize("name", sources())
def test_short_cuts_change_no_plan(name: str) -> None:
    fleet = asking_only(name)
    for snapshot in (empty(fleet), *own_worlds(name)):
        short_cuts_change_no_plan(fleet, snapshot)
        short_cuts_change_no_delivery(fleet, snapshot)
        each_change_is_told_of_its_own(fleet, snapshot)


@pytest.mark.parametrize("name", sources())
def test_the_names_of_its_routes_are_its_own_and_each_is_there_once(name: str) -> None:
    fleet = asking_only(name)
    names = [route.name for route in all_routes(Facts(fleet, empty(fleet)))]
    assert len(names) == len(set(names))


def denying_all(snapshot: Snapshot, call: str) -> Snapshot:
    """Somebody's Deny of everything in each policy that a call shows."""
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    told: dict[Ask, Reply] = {}
    for question, found in snapshot.answers.items():
        if question.call == call and not found.error:
            document = json.loads(msgspec.json.decode(found.body)["Policy"])
            listed = [*document["Statement"], theirs]
            told[question] = reply({"Policy": json.dumps({**document, "Statement": listed})})
    return snapshot.with_answers(told)


@pytest.mark.parametrize("call", ["", "s3:GetBucketPolicy", "kms:GetKeyPolicy"])
@pytest.mark.parametrize("name", sources())
def test_no_mending_of_any_kind_is_promised_in_vain(name: str, call: str) -> None:
    """What diagnose promises is in the plan or named, whatever a Deny of others stops."""
    fleet = asking_only(name)
    for snapshot in (empty(fleet), well(fleet), *own_worlds(name)):
        nothing_is_promised_in_vain(fleet, denying_all(snapshot, call))
        unread = [question for question in snapshot.answers if question.call == call]
        nothing_is_promised_in_vain(fleet, snapshot.without(unread))


@pytest.mark.parametrize("name", sources())
def test_a_plan_of_a_fleet_that_is_well_is_empty_for_each_kind(name: str) -> None:
    fleet = asking_only(name)
    assert plan(fleet, well(fleet)).changes == ()
