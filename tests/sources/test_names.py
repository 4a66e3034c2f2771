"""A name that two kinds of log claim is refused when they are gathered, and both are named."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import logkeep.sources
from logkeep.fleet import Logs
from logkeep.fleet.options import keys
from logkeep.sources import Source, TakenTwice, gathered, kinds, put_together, sources
from support.examples import examples

PARTS = st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers()), max_size=4)


@examples(200)
@given(PARTS)
def test_nothing_replaces_another_and_every_clash_is_named(listed: list[dict[str, int]]) -> None:
    parts = [(f"part {number}", each) for number, each in enumerate(listed)]
    claims = [(name, part) for part, each in parts for name in each]
    twice = {name for name, _ in claims if sum(name == other for other, _ in claims) > 1}
    if not twice:
        assert put_together("the thing", parts) == {
            n: v for _, each in parts for n, v in each.items()
        }
        return
    with pytest.raises(TakenTwice) as caught:
        put_together("the thing", parts)
    for name, part in claims:
        assert (f"`{name}`" in str(caught.value)) == (name in twice)
        assert name not in twice or part in str(caught.value)


OWN = {
    "settings": lambda source: source.settings,
    "things": lambda source: source.things,
    "effects": lambda source: source.effects,
    "calls": lambda source: source.calls,
    "writes": lambda source: source.writes,
    "guards": lambda source: source.guards,
    "resources": lambda source: source.resources,
    "inventory": lambda source: source.inventory,
    "words": lambda source: source.wording.words,
}


@pytest.mark.parametrize("what", OWN)
def test_a_second_kind_with_the_names_of_the_first_is_refused(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = OWN[what]
    twin: dict[str, Source] = {
        **sources(),
        "twin": msgspec.structs.replace(sources()["cloudtrail"], name="twin"),
    }
    monkeypatch.setattr(logkeep.sources, "sources", lambda: twin)
    with pytest.raises(TakenTwice) as caught:
        gathered(what, {}, own)
    assert "claimed by cloudtrail and by twin" in str(caught.value)
    for name in own(twin["twin"]):
        assert f"`{name}`" in str(caught.value)


def test_what_all_share_is_no_kinds_to_take() -> None:
    with pytest.raises(TakenTwice, match="what all kinds share and by cloudtrail"):
        gathered("the thing", {"trail": None}, lambda source: source.things)


@pytest.mark.parametrize("name", kinds())
def test_no_option_of_a_kind_is_one_that_all_kinds_share(name: str) -> None:
    """Held here and not on every run, where it took 4 ms to read the options of all kinds."""
    shared = ("what all kinds share", dict.fromkeys(keys(Logs), ""))
    assert put_together("the option", [shared, (name, dict.fromkeys(keys(kinds()[name]), ""))])
