"""What accounts are called in a fleet file, whatever the organization calls them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.archive.founding.names import account_names, bare_name, fleet_name
from logkeep.fleet.file import fleet_objection

IDS = st.from_regex(r"[0-9]{12}", fullmatch=True)
NAMES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["Prod", "prod", "prod-1111", "PROD ", "…", "", "222222222222"]),
    IDS.map(lambda id_: f"account-{id_}"),
)


@given(st.dictionaries(IDS, NAMES, max_size=8))
def test_each_account_has_a_name_that_no_other_has(told: dict[str, str]) -> None:
    found = account_names(told.items())
    assert sorted(found.values()) == sorted(told)
    for name in found:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert not re.fullmatch(r"\d{12}", name)
    assert found == account_names(reversed(told.items()))


@given(st.text())
def test_a_fleets_name_is_one_whatever_it_was_made_of(text: str) -> None:
    assert fleet_objection(fleet_name(text)) is None


@pytest.mark.parametrize(
    ("told", "bare"),
    [
        ("Log Archive", "log-archive"),
        ("Zürich (Prod)", "zurich-prod"),
        ('x"\n[access]\nrole = "evil"', "x-access-role-evil"),
        ("研究", ""),
        ("a" * 60, "a" * 32),
    ],
)
def test_a_name_is_made_bare(told: str, bare: str) -> None:
    assert bare_name(told) == bare


def test_accounts_of_one_name_are_told_apart_by_their_ids() -> None:
    told = {"111111111111": "Prod", "222222222222": "prod", "333333333333": "研究"}
    assert account_names(told.items()) == {
        "prod-1111": "111111111111",
        "prod-2222": "222222222222",
        "account-333333333333": "333333333333",
    }
