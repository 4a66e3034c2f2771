"""Replicas compared where what comes is not S3's answer: no better told of, no worse, no end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kinds.replication.staging import ARCHIVES, KEPT, UNDER_KEYS, replicated, used
from kinds.replication.worlds import PRODUCTION
from logkeep.aws import connection
from logkeep.diagnose.diagnosis import diagnose
from logkeep.lab.breaking import act
from logkeep.lab.statefile import running
from logkeep.snapshot.facts import Facts
from support.examples import WHOLE
from support.faults import FAULTS, Faults, faults
from support.hanging import no_hanging
from support.labs import Bench, route
from support.verified import compared

WHOLE_ANSWER_S = 0.2
CALLS = ("s3:ListObjectVersions", "s3:ListObjectsV2", "s3:HeadObject")


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    """One pair has lost a replica, and the others are well."""
    with replicated() as made:
        made.mend()
        used(made)
        made.pass_hours(1)
        facts = Facts(made.fleet, made.collect())
        act.spoil(running(made.lab), facts, "replica-lost", PRODUCTION, made.session.account_client)
        yield made


@pytest.fixture
def spoilt(lab: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with faults(lab.lab) as made:
        yield made


def verdicts(lab: Bench, *, whole: bool) -> dict[str, str]:
    """How each pair is told, and how `diagnose` tells it then."""
    found, answers = compared(lab.fleet, lab.session, whole=whole)
    after = diagnose(lab.fleet, lab.collect().with_answers(answers))
    told = {each.summary.route: each.stands.verdict for each in found}
    return told | {
        f"{name} later": route(after, name).aspects["intact"]
        for name in (ARCHIVES, UNDER_KEYS, KEPT)
    }


def test_the_truth(lab: Bench, spoilt: Faults) -> None:
    found = verdicts(lab, whole=True)
    assert {name for name, each in found.items() if each == "fails"} == {
        UNDER_KEYS,
        f"{UNDER_KEYS} later",
    }
    assert set(found.values()) == {"holds", "fails"}
    assert set(CALLS) - set(spoilt.seen) <= {"s3:ListObjectsV2"}  # which a sample asks


@pytest.mark.parametrize("fault", FAULTS if WHOLE else ("html", "reset"))
@pytest.mark.parametrize("call", CALLS)
def test_what_is_not_s3_s_answer_says_nothing_of_a_replica(
    lab: Bench, spoilt: Faults, call: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = call != "s3:ListObjectsV2"  # which a sample asks
    truth = verdicts(lab, whole=whole)
    assert call in spoilt.seen
    lab.session.begin_again()
    monkeypatch.setattr(connection, "WHOLE_ANSWER_S", WHOLE_ANSWER_S)
    spoilt.spoilt = {call: fault}.get
    with no_hanging():
        found = verdicts(lab, whole=whole)
    for name, verdict in found.items():
        assert verdict in {truth[name], "unknown"}, (name, verdict, truth[name])
    if call == "s3:ListObjectVersions":
        assert set(found.values()) == {"unknown"}


def the_first(call: str, fault: str) -> Callable[[str], str | None]:
    """A fault of a call's first answer alone."""
    asked = [0]

    def spoilt(name: str) -> str | None:
        asked[0] += name == call
        return fault if name == call and asked[0] == 1 else None

    return spoilt


@pytest.mark.parametrize("fault", ["html", "empty", "xml-with-headers"])
def test_a_side_that_was_not_listed_has_lost_nothing(
    lab: Bench, spoilt: Faults, fault: str
) -> None:
    """Nothing is missing there by a page that a proxy put in the listing's place."""
    truth = verdicts(lab, whole=True)
    lab.session.begin_again()
    spoilt.spoilt = the_first("s3:ListObjectVersions", fault)
    found = verdicts(lab, whole=True)
    for name, verdict in found.items():
        assert verdict in {truth[name], "unknown"}, (name, verdict, truth[name])
