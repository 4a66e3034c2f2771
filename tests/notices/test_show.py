"""How notices are told: grouped, short however many, harmless, and each by itself in JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from logkeep.cli.help import page
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.diagnosis_json import diagnosis_json
from logkeep.show.notices import all_words, notice_lines, notices_json
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.show.plan_json import plan_json
from logkeep.snapshot.facts import Facts
from logkeep.sources.notices import notices
from logkeep.words.notice import Notice
from notices.test_notices import FLEET, ORGANIZATION, STAGING, trail, world
from support.examples import examples
from support.worlds import ACCOUNTS, fleet_of

MEMBERS = {**dict.fromkeys(ACCOUNTS.values(), "ACTIVE"), "444444444444": "ACTIVE"}


def grown() -> tuple[Notice, ...]:
    """An organization that grew: one of each notice, and more."""
    own = [trail(a) for a in ACCOUNTS.values() if a != STAGING]
    baseline = [trail(a, "baseline", S3BucketName="soc-logs") for a in ACCOUNTS.values()]
    shared = trail(
        ACCOUNTS["security"], "org", IsOrganizationTrail=True, S3BucketName="\x1b[2J-logs"
    )
    there = [*own, *baseline, shared, trail(STAGING, HomeRegion="eu-west-1")]
    more: dict[str, Any] = {"delivering": ("ap-south-1", "us-west-2"), "opted": ("af-south-1",)}
    return notices(Facts(FLEET, world(there, members=MEMBERS, **more)))


def text(found: tuple[Notice, ...], **paint: Any) -> str:
    """The paragraphs of notices."""
    return "\n".join(notice_lines(FLEET, found, Paint(**paint)))


def test_the_text(snapshot: SnapshotAssertion) -> None:
    assert text(grown()) == snapshot


def test_what_could_not_be_seen_is_told_with_what_would_tell(snapshot: SnapshotAssertion) -> None:
    whole = world([])
    blind = frozenset(
        q
        for q in whole.answers
        if q == ORGANIZATION or (q.account == STAGING and "Describe" in q.call)
    )
    assert text(notices(Facts(FLEET, world([], hidden=blind)))) == snapshot


def test_forty_accounts_are_one_paragraph() -> None:
    many = {f"a{n}": f"{111111111111 + n}" for n in range(40)}
    fleet = fleet_of(many)
    there = [trail(a, name, S3BucketName="x-logs") for a in many.values() for name in ("a", "b")]
    there += [trail(a) for a in many.values()]
    members = {f"{555555555500 + n}": "ACTIVE" for n in range(40)}
    found = notices(
        Facts(fleet, world(there, fleet, delivering=("ap-south-1", "us-west-2"), members=members))
    )
    assert len(found) == 40 + 40 * 2 + 40 * 2 + 40 * 2
    lines = list(notice_lines(fleet, found, Paint(width=2000)))
    assert [line[:4] for line in lines] == ["note", "  so"] * 5
    assert all(len(line) < 200 for line in lines)


def test_nothing_foreign_steers_the_terminal() -> None:
    assert "\x1b" not in text(grown())
    assert "\x1b" not in json.dumps([n["says"] for n in notices_json(FLEET, grown())])


@pytest.mark.parametrize("known", [True, False])
def test_json_names_each_by_itself(known: bool) -> None:
    snapshot = world([], members=MEMBERS, hidden=frozenset() if known else {ORGANIZATION})
    found = notices(Facts(FLEET, snapshot))
    told = diagnosis_json(FLEET, diagnose(FLEET, snapshot), everything=False, notices=found)
    (each,) = [n for n in told["notices"] if n["code"] == "account-unlisted"]
    assert each["known"] is known
    assert (each["settle"] is None) is known
    assert plan_json(FLEET, plan(FLEET, snapshot), found)["notices"] == told["notices"]


def test_diagnose_and_plan_tell_them_beside_what_they_found() -> None:
    snapshot = world([], members=MEMBERS)
    found = notices(Facts(FLEET, snapshot))
    around = Around(notices=found)
    for told in (
        diagnosis_text(FLEET, diagnose(FLEET, snapshot), Paint(), around),
        plan_text(FLEET, plan(FLEET, snapshot), Paint(), found),
    ):
        assert "note[account-unlisted]: 1 account of the organization is not in the fleet" in told
        assert not told.rstrip().splitlines()[-1].startswith("note")


@pytest.mark.parametrize("code", all_words())
def test_help_tells_each_notice(code: str) -> None:
    told = page(code)
    assert told.startswith(f"# {code}\n")
    assert "Asked:" in told
    assert "To do:" in told
    assert told.count("\n# ") == 0


HOSTILE = st.text(
    st.sampled_from("a1\x1b[2J\u202e\u2066\x07\n\r\x9b\u200b") | st.characters(), max_size=20
)


@given(st.sampled_from(sorted(all_words())), HOSTILE, HOSTILE, HOSTILE, st.booleans())
@examples(100)
def test_no_account_or_region_speaks_to_the_terminal(
    code: str, account: str, region: str, said: str, known: bool
) -> None:
    it = dict.fromkeys(("name", "bucket"), said) | {"delivers": known, "opted_in": True}
    found = Notice(code, account, region, said, it, "" if known else f"call: {said}")
    other = Notice(code, region, account, said, it, "" if known else f"call: {said}")
    told = text((found, other))
    assert all(letter.isprintable() or letter == "\n" for letter in told)
    assert told.count("\n") < 12
