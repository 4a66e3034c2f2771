"""What can an answer tell of a change, once the values are put in that AWS has assigned so far?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from logkeep.aws.calls import CALLS
from logkeep.aws.same import MADE, is_absent, whose
from logkeep.snapshot import Ask, Reply
from logkeep.snapshot.change import fill
from logkeep.value import AccountId, Arn, Region

Place: TypeAlias = tuple[AccountId, Region, str]
"""An account, a Region and a call."""


def filled(question: Ask, values: Mapping[str, str]) -> Ask:
    """A question with assigned values put in."""
    named = tuple((name, str(fill(value, values))) for name, value in question.arguments)
    return msgspec.structs.replace(question, arguments=named)


def fill_reply(found: Reply, values: Mapping[str, str]) -> Reply:
    """A reply with assigned values put in."""
    body = fill(msgspec.json.decode(found.body), values)
    return msgspec.structs.replace(found, body=msgspec.Raw(msgspec.json.encode(body)))


def place(question: Ask) -> Place:
    """Where a question is asked, and which: whatever it names may be filled in later."""
    return question.account, question.region, question.call


def is_askable(question: Ask) -> bool:
    """Whether a question names nothing that AWS has yet to assign."""
    return not any(MADE.search(value) for _, value in question.arguments)


def is_unnamed(question: Ask, address: Arn) -> bool:
    """Whether a listing can tell nothing of a thing, since AWS has yet to give it its name there.

    So a thousand things without names of their own take no thousand looks at one listing.
    """
    return bool(whose(question, address) and MADE.search(address))


def is_from_birth(question: Ask) -> bool:
    """Whether it asks of a setting that a thing has from the moment it is made."""
    return question.call in CALLS and CALLS[question.call].from_birth


def is_fresh(question: Ask, planned: Reply, found: Reply) -> bool:
    """Whether the plan saw nothing there, and this may be how a thing just made begins.

    A bucket's policy is none of these: a new bucket has none, so one that is there is foreign.
    """
    return is_from_birth(question) and is_absent(question, planned) and not found.error
