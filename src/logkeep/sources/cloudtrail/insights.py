"""Which kinds of unusual activity a trail looks for: CloudTrail Insights (rule 1.12.5)."""

from __future__ import annotations

import msgspec

from logkeep.route import Hop, Is
from logkeep.snapshot import Ask, Reply, ask
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Write
from logkeep.sources.cloudtrail.calls import NO_INSIGHTS
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.trails import Trail
from logkeep.value import Absent, AccountId, Arn, Json, Look, Region, Seen

MANAGEMENT_EVENTS = "Management"
NONE_YET = Reply(error="InsightNotEnabledException", message="Insights is not enabled")
"""What AWS says of a trail that looks for nothing (CloudTrail API, GetInsightSelectors)."""


class InsightSelector(msgspec.Struct, frozen=True, rename="pascal", omit_defaults=True):
    """One type of Insights and the events in which it is looked for; none named is management."""

    insight_type: str
    event_categories: tuple[str, ...] = ()

    @property
    def of_management(self) -> bool:
        """Whether it is looked for in management events."""
        return not self.event_categories or MANAGEMENT_EVENTS in self.event_categories


class InsightSelectors(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of cloudtrail:GetInsightSelectors."""

    insight_selectors: tuple[InsightSelector, ...] = ()


def insights_needs(logs: TrailLogs) -> tuple[Is, ...]:
    """That a trail looks for what the fleet file names, in management events; nothing unnamed."""
    return (
        (Is("trail.insights", list(logs.options.insights), "insights-off"),)
        if logs.options.insights
        else ()
    )


def insights_asks(logs: TrailLogs, trail: Trail, account: AccountId) -> tuple[Ask, ...]:
    """The question what a trail looks for, where the fleet wants any of it."""
    return (insights_ask(trail.arn, account, trail.home_region),) if logs.options.insights else ()


def insights_ask(trail: Arn, account: AccountId, home: Region) -> Ask:
    """The question what a trail looks for."""
    return ask(account, home, "cloudtrail:GetInsightSelectors", TrailName=trail)


def read_insights(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """The wanted types that are looked for, in the order in which they are wanted."""
    look = _found(facts, hop)
    if not isinstance(look, Seen):
        return look
    on = {each.insight_type for each in look.value if each.of_management}
    return Seen([each for each in need.value if each in on])


def _found(facts: Facts, hop: Hop) -> Look[tuple[InsightSelector, ...]]:
    """What the trail looks for; that nothing is on AWS says by an error."""
    question = insights_ask(hop.arn, hop.account, hop.region)
    look = facts.look(question, InsightSelectors, NO_INSIGHTS)
    match look:
        case Seen(answer):
            return Seen(answer.insight_selectors)
        case Absent():
            return Seen(())
        case _:
            return look


def write_insights(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    """One call sets all: what is wanted, and what was looked for before."""
    look = _found(facts, hop)
    before = look.value if isinstance(look, Seen) else ()
    wanted: list[str] = list(value)
    known = {each.insight_type for each in before}
    kept = [_widened(each) if each.insight_type in wanted else each for each in before]
    added = [InsightSelector(each) for each in wanted if each not in known]
    arguments: dict[str, Json] = {
        "TrailName": hop.arn,
        "InsightSelectors": msgspec.json.decode(msgspec.json.encode([*kept, *added])),
    }
    return (Write(hop.arn, hop.account, hop.region, "cloudtrail:PutInsightSelectors", arguments),)


def _widened(selector: InsightSelector) -> InsightSelector:
    """In management events too.

    Categories that are given replace those before (CloudTrail API, InsightSelector).
    """
    if selector.of_management:
        return selector
    categories = (MANAGEMENT_EVENTS, *selector.event_categories)
    return msgspec.structs.replace(selector, event_categories=categories)
