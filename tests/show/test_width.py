"""A line fits where the reader's terminal is narrow, and a long word stays whole."""

from __future__ import annotations

from logkeep.show.paint import Paint

NARROW, COLOURED = Paint(width=40), Paint(color=True, width=40)


def test_a_remark_stands_behind_where_there_is_room_and_below_where_not() -> None:
    assert NARROW.beside("0 broken", "(just taken)") == "0 broken   (just taken)"
    assert NARROW.beside("0 broken", "(" + "x" * 28 + ")").count("\n") == 1
    bold = COLOURED.dye("0 broken", "bold")
    assert COLOURED.beside(bold, "(" + "x" * 27 + ")").count("\n") == 0  # colours take no room


def test_the_last_word_of_a_long_line_hangs_below_it() -> None:
    arn = "arn:aws:cloudtrail:us-east-1:222222222222:trail/logkeep"
    assert NARROW.hung(f"  + if {arn}") == ["  + if", f"        {arn}"]
    assert NARROW.hung("  + if short") == ["  + if short"]
    assert NARROW.hung(f"  {arn}") == [f"  {arn}"]
