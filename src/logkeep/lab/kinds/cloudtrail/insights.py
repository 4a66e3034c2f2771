"""Which Insights a trail is set to look for; the lab finds none (rule 1.12.5)."""

from __future__ import annotations

from dataclasses import replace

from logkeep.lab.call import Answer, Call, Forward, World
from logkeep.lab.kinds.cloudtrail import find
from logkeep.lab.kinds.cloudtrail.checks import ApiError
from logkeep.lab.kinds.cloudtrail.state import Json, settle, state_of
from logkeep.lab.wire import refuse, reply

_TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")
_CATEGORIES = ("Management", "Data")


def put_insight_selectors(world: World, call: Call, _forward: Forward) -> Answer:
    """PutInsightSelectors: what is given is what is set; an empty list switches all off."""
    asked = call.arguments
    course = find.to_change(world, state_of(world), call, str(asked.get("TrailName", "")))
    if isinstance(course, ApiError):
        return refuse(call, course.code, course.message)
    wanted = tuple(_completed(s) for s in asked.get("InsightSelectors") or ())
    if said := _selectors_message(wanted):
        return refuse(call, "InvalidInsightSelectorsException", said)
    course.trail = replace(course.trail, insights=wanted)
    settle(world, course)
    return reply(call, {"TrailARN": course.trail.arn, "InsightSelectors": list(wanted)})


def _completed(selector: Json) -> Json:
    """A selector with the categories it has by default (CT API InsightSelector)."""
    categories = selector.get("EventCategories") or ["Management"]
    return {"InsightType": selector.get("InsightType", ""), "EventCategories": list(categories)}


def _selectors_message(wanted: tuple[Json, ...]) -> str:
    """Why AWS refuses these selectors; empty if it takes them."""
    kinds = [s["InsightType"] for s in wanted]
    if unknown := next((k for k in kinds if k not in _TYPES), ""):
        return f"The Insight type {unknown} is not valid."
    if len(set(kinds)) != len(kinds):
        return "An Insight type must not be given twice."
    categories = {c for s in wanted for c in s["EventCategories"]}
    if unknown := next((c for c in categories if c not in _CATEGORIES), ""):
        return f"The event category {unknown} is not valid."
    return ""


def get_insight_selectors(world: World, call: Call, _forward: Forward) -> Answer:
    """GetInsightSelectors."""
    name = str(call.arguments.get("TrailName", ""))
    course = find.to_read(world, state_of(world), call, name)
    if isinstance(course, ApiError):
        return refuse(call, course.code, course.message)
    trail = course.trail
    if not trail.insights:
        said = f"Trail {trail.arn} does not have Insights enabled."
        return refuse(call, "InsightNotEnabledException", said)
    return reply(call, {"TrailARN": trail.arn, "InsightSelectors": list(trail.insights)})
