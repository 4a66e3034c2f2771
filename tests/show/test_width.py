"""A line fits where the reader's terminal is narrow, and a long word stays whole."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.show.accounts import account_lines
from logkeep.show.paint import Paint, Whole, padded, seen_length
from logkeep.snapshot import Snapshot, reply
from support import scenes
from support.worlds import empty, fleet_of, known_more, well

NARROW, COLOURED = Paint(width=40), Paint(color=True, width=40)


def test_a_remark_stands_behind_where_there_is_room_and_below_where_not() -> None:
    assert NARROW.beside("0 broken", "(just taken)") == "0 broken   (just taken)"
    assert NARROW.beside("0 broken", "(" + "x" * 28 + ")").count("\n") == 1
    bold = COLOURED.dye("0 broken", "bold")
    assert COLOURED.beside(bold, "(" + "x" * 27 + ")").count("\n") == 0  # colours take no room


def test_what_is_too_wide_is_folded_under_its_line_and_what_is_to_be_copied_is_not() -> None:
    paint = Paint(width=24, folds=True)
    assert paint.page(["  one two three four five six"]) == "  one two three four\n      five six\n"
    assert paint.page([Whole("aws s3 cp one two three four five")]).count("\n") == 1
    assert Paint(width=24).page(["one two three four five six"]).count("\n") == 1
    dyed = Paint(color=True, width=24, folds=True)
    assert dyed.page([dyed.dye("one two three four five", "bold")]).count("\n") == 1


def test_columns_are_counted_by_what_is_seen() -> None:
    assert seen_length("本番環境") == 8
    assert seen_length("e\u0301") == 1
    assert padded("本番", 6) == "本番  "
    fleet = msgspec.structs.replace(scenes.FLEET, accounts={"本番": "222222222222", "b": "1" * 12})
    rows = list(account_lines(fleet, diagnose(fleet, scenes.healthy()), Paint()))
    assert len({seen_length(row[: row.index("✓")]) for row in rows[1:]}) == 1


def test_the_last_word_of_a_long_line_hangs_below_it() -> None:
    arn = "arn:aws:cloudtrail:us-east-1:222222222222:trail/logkeep"
    assert NARROW.hung(f"  + if {arn}") == ["  + if", f"        {arn}"]
    assert NARROW.hung("  + if short") == ["  + if short"]
    assert NARROW.hung(f"  {arn}") == [f"  {arn}"]


def test_accounts_that_stand_alike_share_a_line_where_they_fill_a_screen() -> None:
    def named(number: int, kept: Callable[[Fleet], Snapshot]) -> list[str]:
        fleet = fleet_of(
            {f"a{i}": f"{i:012}" for i in range(1, number + 1)}, ("us-east-1",), readers=None
        )
        rows = list(account_lines(fleet, diagnose(fleet, kept(fleet)), Paint(width=80)))
        return [
            row.partition(" ✓")[0].partition(" ✗")[0].rstrip()
            for row in rows[1:]
            if not row.startswith(" ")
        ]

    def two_without(fleet: Fleet) -> Snapshot:
        found = well(fleet)
        gone = [
            asked
            for asked in found.answers
            if asked.call == "cloudtrail:DescribeTrails" and asked.account[-2:] in ("03", "07")
        ]
        return found.with_answers({asked: reply({"trailList": []}) for asked in gone})

    assert len(named(20, well)) == 20
    assert named(40, well) == ["a1 and 39 more"]
    assert named(40, lambda fleet: known_more(fleet, empty(fleet))) == ["a1 and 39 more"]
    assert named(40, two_without) == ["a1 and 37 more", "a3", "a7"]
