"""The formula bounds the calls of a collect, whatever there is, and is no larger than it must."""

from __future__ import annotations

import datetime
import functools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.aws.collect import collect
from logkeep.fleet import Fleet
from logkeep.show.calls import made
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.sources.wants import wants
from support.budget import Budget
from support.call_budget import call_budget, formula, gathered, most
from support.examples import examples
from support.large import large
from support.recorded import Answering, Recorded, recording
from support.worlds import NOW, answered, asking, empty, fleet_of, known_more, well

REGIONS = ("us-east-1", "eu-west-1", "ap-south-1")
OUTSIDE = "999999999999"


@pytest.fixture(autouse=True)
def _no_settings(settings: pytest.MonkeyPatch) -> None:
    assert settings


def fleet_like(accounts: int, regions: int, *, organization: bool | None) -> Fleet:
    named = {f"account-{n}": f"{n + 1:012d}" for n in range(accounts)}
    return fleet_of(named, REGIONS[:regions], organization=organization)


@functools.cache
def base(accounts: int, regions: int, organization: bool | None, *, is_well: bool) -> Snapshot:
    fleet = fleet_like(accounts, regions, organization=organization)
    return known_more(fleet, well(fleet)) if is_well else empty(fleet)


class Extra(msgspec.Struct, frozen=True, rename="pascal"):
    """A trail that somebody made."""

    name: str
    home_region: str
    s3_bucket_name: str
    is_multi_region_trail: bool
    is_organization_trail: bool
    log_file_validation_enabled: bool
    cloud_watch_logs_log_group_arn: str
    arn: str = msgspec.field(name="TrailARN", default="")


@dataclass(frozen=True)
class World:
    """What answers, with whatever of it is refused."""

    fleet: Fleet
    base: Snapshot
    extras: tuple[Extra, ...]
    management: str
    units: int
    refused: float
    archive: str
    seed: int
    digests: bool = True

    def __call__(self, question: Ask) -> Reply:
        dice = random.Random(f"{self.seed} {question}")
        if question.call == "sts:AssumeRole":
            outside = question.account not in self.fleet.accounts.values()
            return Reply(error="AccessDenied") if outside or dice.random() < 0.05 else reply({})
        if dice.random() < self.refused:
            return Reply(error="AccessDenied", message="said AWS")
        return (
            self.said(question) or self.base.answers.get(question) or answered(self.fleet, question)
        )

    def said(self, question: Ask) -> Reply | None:
        """What this world says otherwise than the one it is made of."""
        arguments = dict(question.arguments)
        match question.call:
            case "organizations:DescribeOrganization":
                found = {"Id": "o-exampleorg1", "MasterAccountId": self.management}
                return reply({"Organization": {**found, "FeatureSet": "ALL"}})
            case "organizations:ListParents":
                return reply({"Parents": [{"Id": self.above(arguments["ChildId"])}]})
            case "cloudtrail:DescribeTrails":
                return reply({"trailList": [*self.before(question), *self.shown(question)]})
            case "s3:ListObjectsV2" if self.archive != "as recorded":
                return reply(listing(arguments, self.archive))
            case "logs:DescribeLogGroups":
                key = f"arn:aws:kms:us-east-1:{question.account}:key/of-the-group"
                named = {"logGroupName": arguments["logGroupNamePrefix"], "kmsKeyId": key}
                return reply({"logGroups": [named]})
            case "logs:DescribeLogStreams":
                return reply({"logStreams": []})
            case _:
                return None

    def above(self, child: str) -> str:
        depth = int(child[3:]) if child.startswith("ou-") else self.units
        return f"ou-{depth - 1}" if depth else "r-root"

    def before(self, question: Ask) -> list[Any]:
        found = self.base.answers.get(question)
        listed = msgspec.json.decode(found.body)["trailList"] if found and not found.error else []
        return [{**each, "LogFileValidationEnabled": self.digests} for each in listed]

    def shown(self, question: Ask) -> Iterator[Any]:
        for trail in self.extras:
            mine = trail.is_organization_trail or f":{question.account}:" in trail.arn
            here = trail.is_multi_region_trail or trail.home_region == question.region
            if mine and here:
                yield msgspec.to_builtins(trail)


def listing(arguments: dict[str, str], archive: str) -> dict[str, Any]:
    """Folders below folders, and in a busy archive some object in each that has none."""
    prefix = arguments.get("Prefix", "")
    if "Delimiter" in arguments:
        below = "2026/" if "/2026/" not in prefix else "11/" if prefix.endswith("/2026/") else "22/"
        return {"CommonPrefixes": [{"Prefix": f"{prefix}{below}"}]}
    if archive == "quiet":
        return {}
    key = f"{arguments.get('StartAfter', prefix)}T0305Z_x.json.gz"
    return {"Contents": [{"Key": key, "LastModified": "2026-11-23T03:05:00Z"}]}


@st.composite
def trails(draw: st.DrawFn, fleet: Fleet) -> Extra:
    owner = draw(st.sampled_from((*fleet.accounts.values(), OUTSIDE)))
    home, name = draw(st.sampled_from(REGIONS)), draw(st.sampled_from(("logkeep", "audit", "old")))
    archive = fleet.archive.bucket
    group = f"arn:aws:logs:{home}:{owner}:log-group:trails:*"
    return Extra(
        name,
        home,
        draw(st.sampled_from((archive, archive, f"{archive}s", "elsewhere"))),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.sampled_from(("", group))),
        f"arn:aws:cloudtrail:{home}:{owner}:trail/{name}",
    )


@st.composite
def any_world(draw: st.DrawFn) -> World:
    accounts, regions = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    organization = draw(st.sampled_from((None, True, False)))
    fleet = fleet_like(accounts, regions, organization=organization)
    found = base(accounts, regions, organization, is_well=draw(st.booleans()))
    group = draw(st.sampled_from(("", "", "trails")))
    insights = draw(st.sampled_from(((), ("ApiCallRateInsight",))))
    fleet = asking(fleet, log_group=group, insights=insights)
    every = draw(st.booleans())
    fleet = msgspec.structs.replace(fleet, regions=None if every else fleet.regions)
    extras = tuple(draw(st.lists(trails(fleet), max_size=4)))
    management = draw(st.sampled_from((*fleet.accounts.values(), OUTSIDE)))
    units, refused = draw(st.integers(0, 3)), draw(st.sampled_from((0, 0, 0.05, 0.3)))
    archive = draw(st.sampled_from(("as recorded", "quiet", "busy")))
    seed, digests = draw(st.integers()), draw(st.booleans())
    return World(fleet, found, extras, management, units, refused, archive, seed, digests)


def counted(
    fleet: Fleet, told: Answering, at: datetime.datetime, page: int = 0
) -> tuple[int, tuple[Budget, ...]]:
    """The calls that a collect makes, and the terms of the formula for them."""
    session = Recorded(fleet, told, at, page)
    snapshot = collect(fleet, wants(fleet), session)
    pages = Budget(1, "further-page", session.calls.pages)
    return session.calls.total, (*call_budget(fleet, snapshot), pages)


MIDNIGHT = NOW - datetime.timedelta(hours=2)


@examples(150)
@given(any_world(), st.sampled_from((NOW, MIDNIGHT)), st.sampled_from((0, 0, 1)))
def test_no_collect_makes_more_calls_than_the_formula_says(
    world: World, at: datetime.datetime, page: int
) -> None:
    calls, terms = counted(world.fleet, world, at, page)
    assert calls <= most(terms), formula(terms)


def world_of(*, organization: bool | None = None, is_well: bool = True, **more: Any) -> World:
    """A world of twelve accounts and three Regions, where nothing is refused."""
    fleet = fleet_like(12, 3, organization=organization)
    found = base(12, 3, organization, is_well=is_well)
    plain = World(fleet, found, (), fleet.archive.account, 0, 0, "as recorded", 0)
    return replace(plain, **more)


def with_logs(world: World, **more: Any) -> World:
    return replace(world, fleet=asking(world.fleet, **more))


MEMBER = f"{3:012d}"
ELSEWHERE = tuple(
    Extra(f"audit-{n}", "eu-west-1", f"secprod-multiaccount-log{n}", n < 6, False, True, "",
          f"arn:aws:cloudtrail:eu-west-1:{n + 1:012d}:trail/audit-{n}")
    for n in range(12)
)  # fmt: skip


def exact() -> dict[str, tuple[World, datetime.datetime, int]]:
    """Worlds, with how much of the formula is left over in each.

    It is of the reader's account, which does not let itself be entered, of an organization that
    nobody asks about its trail, of the management account, that no policy binds, of the caller's
    own, that need not be entered, and of the root, that has no parent.
    """
    own, shared, nothing = world_of(), world_of(organization=True), world_of(is_well=False)
    quiet = replace(own, archive="quiet")
    return {
        "own trails": (own, NOW, 14),
        "an organization's trail": (shared, NOW, 13),
        "nothing yet": (nothing, NOW, 29),
        "nothing lately": (quiet, NOW, 14),
        "nothing since midnight": (quiet, MIDNIGHT, 14),
        "nothing lately and no digests": (replace(quiet, digests=False), NOW, 14),
        "logs without digests": (replace(own, archive="busy", digests=False), NOW, 14),
        "units over the accounts": (replace(own, units=3), NOW, 14),
        "a member's archive": (replace(own, management=MEMBER, archive="busy"), NOW, 14),
        "a log group each": (with_logs(own, log_group="trails"), NOW, 136),
        "log groups and nothing lately": (with_logs(quiet, log_group="trails"), NOW, 100),
        "Insights": (with_logs(own, insights=("ApiCallRateInsight",)), NOW, 14),
        "trails at a bucket spelt nearly so": (replace(own, extras=ELSEWHERE), NOW, 182),
    }


def test_what_is_left_of_the_formula_is_known(subtests: pytest.Subtests) -> None:
    for name, (world, at, left) in exact().items():
        with subtests.test(name):
            calls, terms = counted(world.fleet, world, at)
            assert most(terms) - calls == left, formula(terms)


def test_the_count_is_told_with_what_was_made_besides() -> None:
    assert made(1, 0, 0) == "made 1 call to AWS"
    told = "made 24,018 calls to AWS (1,000 for further pages and 3 made again)"
    assert made(24_018, 1_000, 3) == told


EACH = ("once", "account", "account-region", "trail", "further-page")


@given(st.lists(st.builds(Budget, st.integers(0, 9), st.sampled_from(EACH), st.integers(0, 9))))
def test_terms_of_a_kind_are_gathered_and_none_is_lost(terms: list[Budget]) -> None:
    found = gathered(terms)
    assert most(found) >= most(terms)
    assert len({term.each for term in found}) == len(found)
    assert all(term.most for term in found)


@pytest.mark.parametrize(("accounts", "regions"), [(2, 1), (7, 5), (40, 17)])
def test_a_fleet_of_own_trails_takes_nine_an_account_and_four_a_region(
    accounts: int, regions: int
) -> None:
    """As docs/architecture.md states it; five are of the root and of its two policies."""
    fleet, recorded = large(accounts, regions)
    calls, terms = counted(fleet, recording(recorded), recorded.taken_at)
    assert most(terms) == 27 + 5 + 9 * accounts + 4 * accounts * regions
    assert most(terms) - calls == 8


@pytest.mark.parametrize("regions", [2, 3])
@pytest.mark.parametrize("accounts", [2, 9])
def test_an_organizations_trail_takes_eight_an_account(accounts: int, regions: int) -> None:
    """As docs/architecture.md states it; where nothing is there yet, seven, and one a Region."""
    named = {"security": "111111111111", **{f"a-{n}": f"{n:012d}" for n in range(1, accounts)}}
    fleet = fleet_of(named, REGIONS[:regions], organization=True)
    of_archive = fleet.archive.account
    before, after = empty(fleet), known_more(fleet, well(fleet))
    _, terms = counted(fleet, World(fleet, after, (), of_archive, 0, 0, "as recorded", 0), NOW)
    assert most(terms) == 27 + 5 + 2 + 8 * accounts + 4 * accounts * regions
    _, terms = counted(fleet, World(fleet, before, (), of_archive, 0, 0, "as recorded", 0), NOW)
    assert most(terms) == 27 + 5 + 7 * accounts + accounts * regions
