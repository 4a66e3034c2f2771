"""A sound archive, ways to break it, and who is found to hold what of it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from logkeep.snapshot import Ask, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.value import Json
from logkeep.who import Access, Conclusion, access
from support import scenes
from support.scenes import FLEET, healthy

ARCHIVE = "111111111111"
STRANGER = "444444444444"
OBJECTS = f"{FLEET.bucket_arn}/*"


def allow(principal: Json, *actions: str, resource: str = OBJECTS, **more: Json) -> Json:
    named = {"Principal": principal, "Action": list(actions), "Resource": resource}
    return {"Sid": "Added", "Effect": "Allow", **named, **more}


def with_statement(question: Ask, *statements: Json, snapshot: Snapshot | None = None) -> Snapshot:
    document = scenes.policy(question)
    changed = {**document, "Statement": [*document["Statement"], *statements]}
    return scenes.with_policy(snapshot or healthy(), question, changed)


def bucket(*statements: Json) -> Snapshot:
    return with_statement(scenes.bucket_policy_ask(), *statements)


def unguarded(*statements: Json) -> Snapshot:
    """A bucket whose policy does not keep people from writing among the logs."""
    question = scenes.bucket_policy_ask()
    document = scenes.policy(question)
    kept = [s for s in document["Statement"] if s["Sid"] != "LogkeepOnlyServicesWrite"]
    changed = {**document, "Statement": [*kept, *statements]}
    return scenes.with_policy(healthy(), question, changed)


def key(*statements: Json, snapshot: Snapshot | None = None) -> Snapshot:
    """A key whose policy says more, and does not keep anybody from ending it."""
    question = scenes.key_policy_ask()
    document = scenes.policy(question)
    kept = [s for s in document["Statement"] if s["Sid"] != "LogkeepKeepKey"]
    changed = {**document, "Statement": [*kept, *statements]}
    return scenes.with_policy(snapshot or healthy(), question, changed)


def people(**changes: Json) -> Callable[[Snapshot], Snapshot]:
    question = ask(ARCHIVE, "us-east-1", "iam:GetAccountAuthorizationDetails")
    body = msgspec.json.decode(healthy().answers[question].body)
    return lambda snapshot: snapshot.with_answers({question: reply({**body, **changes})})


def found(snapshot: Snapshot) -> Access:
    return access(Facts(FLEET, snapshot))


def concluded(answer: Access, name: str) -> Conclusion:
    return next(each for each in answer.conclusions if each.name == name)


def holders(answer: Access, power: str) -> list[tuple[str, str]]:
    return [(h.principal, h.account) for h in answer.held(power).by(certain=True)]
