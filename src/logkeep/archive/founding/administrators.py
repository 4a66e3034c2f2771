"""Who looks after an archive already, as its event history shows, so that no plan shuts them out?

What a plan closes it closes to all but the administrators: whoever changed the archive lately is
proposed as one, beside the role that Logkeep uses, and told with what it changed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from logkeep.access import people
from logkeep.archive.founding.offer import Seed
from logkeep.archive.founding.seek import histories, watched, who_ask
from logkeep.archive.lately import RecentChange, latest_of_each
from logkeep.fleet.naming import principal_objection
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.value import Absent, AccountId, Arn, Seen, Unseen, account_of
from logkeep.words.plain import moment

PROPOSED: Final = (
    "Proposed, for they changed it. Who may have changed it unasked is here too, and an "
    "administrator may open the archive: look at each, then take away the `#`."
)
MOST: Final = 20
"""So many are told; whoever changes an archive is few."""
WHY_NOT: Final = {
    "root": "the root user, who keeps the bucket's policy, and nobody proposes",
    "service": "an AWS service, which cannot be named here",
    "account": "an account of which the record does not say who",
    "unknown": "the record says no more about it",
}


class Administrators(NamedTuple):
    """Who is proposed, and what is said of everybody who changed the archive."""

    proposed: tuple[Arn, ...]
    notes: tuple[str, ...]


def administrators(facts: Facts, seed: Seed, keeper: AccountId) -> Administrators:
    """Who is proposed; nobody where it is not known who Logkeep itself is there."""
    watching = watched(facts, seed)
    looks = [history.lately(facts, of) for history in histories(seed) for of in watching]
    unread = [look for look in looks if isinstance(look, Unseen)]
    if unread:
        said = f"{unread[0].call}: {unread[0].error}"
        return Administrators((), (f"Who changed the archive lately could not be read: {said}.",))
    seen_of = [look.value for look in looks if isinstance(look, Seen)]
    found = latest_of_each(made for each in seen_of for made in each.made)
    own = seen(
        map_look(facts.look(who_ask(facts, keeper), people.CallerIdentity), lambda who: who.arn)
    )
    role = people.principal_of_session(facts, own) if own else ""
    listed = [made for made in found.values() if made.by != role][:MOST]
    proposed = [made.by for made in listed if _objection(facts, made, keeper) == ""]
    notes = [_note(made, _objection(facts, made, keeper)) for made in listed]
    if listed:
        since = max(each.since for each in seen_of)
        notes.insert(0, f"By the event history since {moment(since)}, latest first:")
    if proposed and not _is_somebody(facts, role):
        notes.append("Who Logkeep is there could not be seen: name its role beside them.")
        return Administrators((), tuple(notes))
    if not proposed:
        return Administrators((), tuple(notes))
    return Administrators((role, *proposed), (*notes, PROPOSED))


def _is_somebody(facts: Facts, arn: str) -> bool:
    """Whether it is a role's or user's ARN, of where the fleet lives; no account as a whole."""
    is_of_all = arn.endswith(":root")
    return not is_of_all and principal_objection(arn, facts.fleet.partition) is None


def _note(made: RecentChange, objection: str) -> str:
    why = f"; left out: {objection}" if objection else ""
    return f"{made.by}: {made.event} at {moment(made.at)}{why}"


def _objection(facts: Facts, made: RecentChange, keeper: AccountId) -> str:
    """Why somebody is no administrator to propose; empty where nothing speaks against it."""
    if made.kind not in ("role", "user"):
        return WHY_NOT[made.kind]
    if not _is_somebody(facts, made.by):
        return "no role's or user's ARN of this partition"
    if account_of(made.by) != keeper:
        return "of another account"
    there = people.exists(facts, made.by)
    if isinstance(there, Absent):
        return "it is not there any more"
    return "" if isinstance(there, Seen) else "whether it is there could not be read"
