"""What a kind of log may be asked is declared once, and every mistake in it is named."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.fleet.naming import Objection
from logkeep.fleet.options import Option, Options, declared, plain
from logkeep.fleet.toml_table import Mistake
from support.examples import examples

FILE = """
name = "acme"
home-region = "us-east-1"
[accounts]
security = "111111111111"
staging = "333333333333"
[archive]
account = "security"
[[logs]]
"""


def short(text: str) -> Objection | None:
    return Objection("too long") if len(text) > 5 else None


class BeatOptions(Options, frozen=True):
    """A beat."""

    sound: Annotated[str, Option("Its sound.", rule=plain(short))] = "boom"
    loud: Annotated[bool, Option("Whether it is loud.")] = False
    places: Annotated[tuple[str, ...], Option("Where.", words={"here": "HERE"})] = ()
    per_minute: Annotated[int, Option("How fast.", least=40, most=200, unit="beats")] = 60
    names: Annotated[tuple[tuple[str, str], ...], Option("Whose.", rule=plain(short))] = ()


class TideOptions(Options, frozen=True):
    """A tide."""

    height: Annotated[int, Option("How high.", most=10)] = 1


KINDS: dict[str, type[Options]] = {"beat": BeatOptions, "tide": TideOptions, "bare": Options}


def read(lines: str) -> Fleet | tuple[Mistake, ...]:
    return read_fleet(FILE + lines, KINDS)


def options(lines: str) -> Any:
    found = read(lines)
    assert isinstance(found, Fleet), found
    return found.logs[0].options


def mistakes(lines: str) -> list[tuple[str, str, str]]:
    found = read(lines)
    assert not isinstance(found, Fleet)
    return [(m.where.removeprefix("logkeep.toml: logs[0]."), m.says, m.hint) for m in found]


def test_what_is_left_out_has_its_default_and_what_is_written_its_type() -> None:
    assert options('source = "beat"') == BeatOptions()
    lines = (
        'source = "beat"\nsound = "bang"\nloud = true\nplaces = ["here", "HERE"]\n'
        'per-minute = 90\nnames = { staging = "s" }'
    )
    assert options(lines) == BeatOptions("bang", True, ("HERE",), 90, (("333333333333", "s"),))
    assert type(options('source = "bare"')) is Options


def test_every_mistake_is_named_with_its_place() -> None:
    lines = (
        'source = "beat"\nsound = "too loud"\nloud = "yes"\nplaces = ["her"]\n'
        'per-minute = 20\nnames = { stagin = "s" }\nheight = 2\nsoundd = "x"'
    )
    assert sorted(mistakes(lines)) == [
        ("height", "unknown key `height` of source `beat`", "`tide` has an option of that name"),
        ("loud", "true or false is wanted, this is a string", ""),
        ("names.stagin", "unknown account `stagin`", "did you mean `staging`?"),
        ("per-minute", "20 beats, where 40 to 200 can be told", ""),
        ("places[0]", "unknown value `her`", "did you mean `here`?"),
        ("sound", "`too loud`: too long", ""),
        ("soundd", "unknown key `soundd`", "did you mean `sound`?"),
    ]


def test_a_misspelt_kind_is_one_mistake_and_its_options_are_read_all_the_same() -> None:
    found = mistakes('source = "beatt"\nsound = "bang"\nper-minute = 20')
    assert [where for where, _, _ in found] == ["source", "per-minute"]


VALUES = st.sampled_from(
    ["1", "true", "1.5", '"x"', '""', "[]", "{}", "[1]", "[{}]", "2027-03-31", "{x = 1}", '["x"]']
)


@examples(200)
@given(st.dictionaries(st.sampled_from([d.key for d in declared(BeatOptions)]), VALUES))
def test_any_value_is_read_or_said_at_its_key(written: dict[str, str]) -> None:
    lines = "\n".join(f"{key} = {value}" for key, value in written.items())
    found = read(f'source = "beat"\n{lines}')
    if isinstance(found, Fleet):
        assert isinstance(found.logs[0].options, BeatOptions)
        return
    for mistake in found:
        assert mistake.where.removeprefix("logkeep.toml: logs[0].").split(".")[0].split("[")[0] in (
            written
        )


def test_an_option_that_no_file_could_hold_is_refused_when_it_is_declared() -> None:
    class Bare(Options, frozen=True):
        size: int = 1

    class Strange(Options, frozen=True):
        size: Annotated[dict[str, int], Option("How big.")] = msgspec.field(default_factory=dict)

    for kind in (Bare, Strange):
        with pytest.raises(TypeError, match=f"{kind.__name__}.size"):
            declared(kind)
