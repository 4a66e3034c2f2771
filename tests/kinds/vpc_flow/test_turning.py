"""A plan's status changes say of how many routes of an account an aspect does not turn."""

from __future__ import annotations

from kinds.vpc_flow.worlds import ACCOUNT, bare, only
from logkeep.plan import Plan, plan
from logkeep.show.paint import Paint
from logkeep.show.plan import flip_lines
from logkeep.sources.vpc_flow import FlowOptions


def turns(made: Plan, to: tuple[str, ...]) -> str:
    return "\n".join(flip_lines(only(options(to)), made.flips, Paint(), made.stays))


def options(to: tuple[str, ...]) -> FlowOptions:
    return FlowOptions(to=to, stream="not-there")


def test_what_stays_broken_is_counted_where_the_rest_of_the_account_turns() -> None:
    to = ("archive", "firehose")
    of = only(options(to))
    made = plan(of, bare(of))
    turned = {flip.route for flip in made.flips if flip.aspect == "configured"}
    stays = {flip.route for flip in made.stays if flip.aspect == "configured"}
    assert {route.split("/")[0] for route in turned} == {"vpc-flow"}
    assert {route.split("/")[0] for route in stays} == {"vpc-flow-firehose"}
    assert {route.split("/")[1] for route in turned | stays} == {ACCOUNT}
    assert all(flip.before == flip.after for flip in made.stays)
    assert f"({len(stays)} routes stay " in turns(made, to)


def test_where_all_turn_nothing_is_added() -> None:
    to = ("archive",)
    of = only(options(to))
    made = plan(of, bare(of))
    assert made.flips
    assert "configured" not in {flip.aspect for flip in made.stays}
    assert "stay" not in turns(made, to).split("permitted")[0]
