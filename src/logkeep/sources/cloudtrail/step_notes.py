"""What a trail's checks leave untold: the event history, the room for trails, the log group."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.cloudtrail.cloudwatch.feed import feeds
from logkeep.sources.cloudtrail.guards import MOST_TRAILS
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.settings import logs_of
from logkeep.sources.cloudtrail.trails import TrailList, described_ask, serving, used_slots
from logkeep.sources.cloudtrail.ways import wanted
from logkeep.sources.cloudtrail.witness import EVENT_HISTORY
from logkeep.value import AccountId, Region, Seen
from logkeep.words.listed import not_read
from logkeep.words.step_note import StepNote

HISTORY = "90 days of management events are kept without any trail, and prove nothing of one"
"""Rule 1.1.1."""
OWN_WAY = "a fault there does not stop the delivery to S3"
"""Rule 1.10.4."""


def step_notes(
    facts: Facts, _logs: tuple[TrailLogs, ...], account: AccountId, region: Region
) -> Iterator[StepNote]:
    """The notes on the steps of an account's way into the archive from a Region."""
    route = f"cloudtrail/{account}/{region}"
    logs = logs_of(facts, account)
    if logs is None:
        return
    yield StepNote(route, "event history", "", HISTORY, witness=EVENT_HISTORY)
    yield _limit(facts, logs, account, region)
    yield from _log_groups(facts, logs, account, region)


def _limit(facts: Facts, logs: TrailLogs, account: AccountId, region: Region) -> StepNote:
    """The trails used of five; it is too few only where one is still to be made (rule 1.1.9)."""
    look = used_slots(facts, account, region)
    place = (f"cloudtrail/{account}/{region}", "limit", "selectors")
    if not isinstance(look, Seen):
        says = f"how many of {MOST_TRAILS} trails are used in {region} is not known"
        return StepNote(*place, f"{says}: {not_read(look)}", "unknown")
    used = look.value
    kinds = "shadows and the organization's included"
    says = f"{used} of {MOST_TRAILS} trails are used in {region}, {kinds}"
    full = used >= MOST_TRAILS
    fits = not full or _has_its_own(facts, logs, account, region)
    more = "; there is no room for one more" if full else ""
    return StepNote(*place, f"{says}{more}", "holds" if fits else "fails")


def _has_its_own(facts: Facts, logs: TrailLogs, account: AccountId, region: Region) -> bool:
    """Whether a trail of those that use the room serves the fleet, or is to."""
    listing = seen(facts.look(described_ask(account, region), TrailList))
    meant = {trail.arn for trail in serving(facts, account)}
    meant.add(wanted(facts, logs, account, intended=False).arn)
    return any(trail.arn in meant for trail in (listing.trails if listing else ()))


def _log_groups(
    facts: Facts, logs: TrailLogs, account: AccountId, region: Region
) -> Iterator[StepNote]:
    """The ways into CloudWatch Logs of the trails that meet the Region, or that there is none."""
    route = f"cloudtrail/{account}/{region}"
    place = (route, "log group", "arrival")
    found = [each for each in feeds(facts, logs, account) if each.speaker.covers(region)]
    for each in found:
        other = f"cloudwatch/{account}/{each.home_region}"
        yield StepNote(*place, f"{other}, a way of its own: {OWN_WAY}", other=other)
    if found:
        return
    # Shadows show in every Region that a trail meets (rule 1.1.7), so one listing tells.
    listing = facts.look(described_ask(account, region), TrailList)
    if isinstance(listing, Seen):
        yield StepNote(*place, f"none is set, so nothing of {region} goes to CloudWatch Logs")
    else:
        says = f"whether a trail names one is not known: {not_read(listing)}"
        yield StepNote(*place, says, "unknown")
