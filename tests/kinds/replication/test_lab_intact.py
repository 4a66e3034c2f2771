"""Replicas held against their sources in the lab: what is lost, overwritten, back, and unread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kinds.replication.staging import ARCHIVES, KEPT, UNDER_KEYS, replicated, used
from kinds.replication.worlds import PRODUCTION, STAGING
from logkeep.archive.copies import Copies
from logkeep.diagnose.diagnosis import diagnose
from logkeep.lab.breaking import act
from logkeep.lab.statefile import running
from logkeep.snapshot.facts import Facts
from support.labs import Bench, route
from support.laws import first_code
from support.verified import KnownCopies, compared


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with replicated() as made:
        made.mend()
        used(made)
        made.pass_hours(1)
        yield made


def by_route(found: list[Copies]) -> dict[str, Copies]:
    return {each.summary.route: each for each in found}


@pytest.mark.parametrize("whole", [False, True])
def test_every_replica_is_as_its_source(lab: Bench, *, whole: bool) -> None:
    found, answers = compared(lab.fleet, lab.session, whole=whole)
    assert {each.summary.route for each in found} == {ARCHIVES, UNDER_KEYS, KEPT}
    for each in found:
        assert each.stands.verdict == "holds", (each.summary.route, each.stands, each.summary)
        assert each.summary.counts.alike
    after = diagnose(lab.fleet, lab.collect().with_answers(answers))
    for name in (ARCHIVES, UNDER_KEYS, KEPT):
        assert route(after, name).aspects["intact"] == "holds"


@pytest.mark.parametrize(
    ("code", "account", "name"),
    [("replica-lost", PRODUCTION, UNDER_KEYS), ("replica-differs", STAGING, KEPT)],
)
def test_what_is_broken_is_found_stays_and_goes(
    lab: Bench, code: str, account: str, name: str
) -> None:
    known = KnownCopies()
    facts = Facts(lab.fleet, lab.collect())
    broken = act.spoil(running(lab.lab), facts, code, account, lab.session.account_client)
    found, answers = compared(lab.fleet, lab.session, known, whole=True)
    assert {n for n, each in by_route(found).items() if each.stands.verdict == "fails"} == {name}
    assert by_route(found)[name].stands.code == code
    seen = diagnose(lab.fleet, lab.collect().with_answers(answers))
    assert first_code(route(seen, name)) == code
    used(lab, f"z-{code}")  # a sample of others does not make it well
    found, _ = compared(lab.fleet, lab.session, known, whole=False)
    assert by_route(found)[name].stands.verdict == "fails"
    act.mend(running(lab.lab), broken, lab.session.account_client)
    lab.pass_hours(1)
    found, _ = compared(lab.fleet, lab.session, known, whole=False)
    assert {each.stands.verdict for each in found} == {"holds"}
