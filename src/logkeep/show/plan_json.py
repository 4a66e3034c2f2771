"""A plan as JSON: codes, verdicts and keys are a contract, words are not."""

from __future__ import annotations

import msgspec

from logkeep.fleet import Fleet
from logkeep.plan import Blocked, Plan
from logkeep.show import words
from logkeep.show.blocked import (
    asked,
    described_blocked,
    in_the_way_of,
    owner,
    refused_words,
    together,
)
from logkeep.show.costs import costs_json
from logkeep.show.notices import notices_json
from logkeep.show.plan import policies_before
from logkeep.show.policies import compared
from logkeep.snapshot.change import Change
from logkeep.value import Json
from logkeep.words.cost import Cost
from logkeep.words.notice import Notice

SCHEMA = 1


def plan_json(
    fleet: Fleet, plan: Plan, notices: tuple[Notice, ...] = (), *, costs: tuple[Cost, ...] = ()
) -> dict[str, Json]:
    """The whole answer of `logkeep plan --json`."""
    before = policies_before(plan)
    added = sum(1 for change in plan.changes if change.symbol == "+")
    removed = sum(1 for change in plan.changes if change.symbol == "-")
    return {
        "schema": SCHEMA,
        "fleet": plan.fleet,
        "taken_at": f"{plan.taken_at:%Y-%m-%dT%H:%M:%SZ}",
        "summary": {
            "add": added,
            "change": len(plan.changes) - added - removed,
            "remove": removed,
            "blocked": len(together(plan.blocked)),
            "withheld": len(together(plan.unmended)),
            "routes": plan.routes,
            "broken": len(plan.broken),
        },
        "changes": [_change(c, text) for c, text in zip(plan.changes, before, strict=True)],
        "blocked": [
            _blocked(fleet, plan, found)
            for found in (*together(plan.blocked), *together(plan.unmended))
        ],
        "flips": [msgspec.to_builtins(flip) for flip in plan.flips],
        "short": list(plan.short),
        "doubts": [msgspec.to_builtins(doubt) for doubt in plan.doubts],
        "shut_out": [msgspec.to_builtins(each) for each in plan.shut_out],
        "history": msgspec.to_builtins(plan.history),
        "silenced": [msgspec.to_builtins(each) for each in plan.silenced],
        "costs": costs_json(fleet, costs),
        "notices": notices_json(fleet, notices),
    }


def _change(change: Change, before: str | None) -> dict[str, Json]:
    document: dict[str, Json] = {
        "symbol": change.symbol,
        "address": change.address,
        "account": change.account,
        "region": change.region,
        "call": change.call,
        "arguments": change.arguments,
        "because": list(change.because),
        "accounts": list(change.accounts),
    }
    if "Policy" in change.arguments:
        edits = compared(before, change.arguments["Policy"])
        document["statements"] = [msgspec.to_builtins(edit) for edit in edits]
    return document


def _blocked(fleet: Fleet, plan: Plan, blocked: Blocked) -> dict[str, Json]:
    it = described_blocked(fleet, plan, blocked)
    first = described_blocked(fleet, plan, in_the_way_of(plan, blocked))
    return {
        "code": blocked.code,
        "aspect": blocked.aspect,
        "verdict": blocked.verdict,
        "role": blocked.role,
        "arn": blocked.arn,
        "says": "; ".join(filter(None, (words.says(it), refused_words(it)))),
        "owner": owner(first),
        "ask": asked(first),
        "waits_for": list(blocked.waits_for),
        "evidence": blocked.evidence,
        "accounts": list(blocked.accounts),
        "routes": list(blocked.routes),
    }
