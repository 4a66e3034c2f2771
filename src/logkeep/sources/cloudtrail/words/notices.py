"""The words of notices about trails: those that nobody asked for, and those at home elsewhere."""

from __future__ import annotations

from logkeep.fleet import Fleet
from logkeep.words.notice import Notice
from logkeep.words.notices import Alike, NoticeWords, accounts
from logkeep.words.plain import clean, quoted


def _trail_says(fleet: Fleet, alike: Alike) -> str:
    it = alike[0].evidence
    where = f"{quoted(it.get('bucket'))}{', the archive' if it.get('at_archive') else ''}"
    if it.get("organization"):
        return f"the organization's trail {clean(alike[0].arn)} delivers to {where}"
    return f"the trail {quoted(it.get('name'))} of {accounts(fleet, alike)} delivers to {where}"


def _home_says(fleet: Fleet, alike: Alike) -> str:
    it = alike[0].evidence
    whose = "the organization's trail"
    if not it.get("organization"):
        whose = f"the trail of {accounts(fleet, alike)}"
    home = clean(alike[0].region)
    return f"{whose} is at home in {home}, and `home-region` is {fleet.home_region}"


def _trail_not_seen(fleet: Fleet, alike: Alike) -> str:
    return f"cannot tell which other trails there are in {accounts(fleet, alike)}"


def _advice_on_trail(_fleet: Fleet, alike: Alike) -> str:
    """Rules 1.1.9 and 1.1.12."""
    if alike[0].evidence.get("at_archive"):
        return "no log of the fleet file asks for it; further copies of events are billed"
    return "no log of the fleet file asks for it; it takes up one of the five trails in a Region"


def _advice_on_home(fleet: Fleet, alike: Alike) -> str:
    """Rules 1.1.3 and 1.2.3."""
    it = alike[0].evidence
    if it.get("opt_in") and it.get("organization"):
        return "accounts that have not opted into that Region send nothing by it"
    if it.get("opt_in"):
        return f"accounts opt into that Region; {fleet.home_region} needs no opting in nor out"
    return "it can be changed there only"


def _change_says(fleet: Fleet, alike: Alike) -> str:
    """Rule 1.5e."""
    it = alike[0].evidence
    trail = f"the trail {quoted(it.get('name'))} of {accounts(fleet, alike)}"
    if it.get("organization"):
        trail = f"the organization's trail {quoted(it.get('name'))}"
    return f"the next change of {trail} will fail: its key refuses {clean(it.get('action'))}"


def _advice_on_change(_fleet: Fleet, _alike: Alike) -> str:
    """What CloudTrail asks for when a trail is made or changed."""
    return "logs arrive all the same; `logkeep plan` adds it when it changes the trail"


def _same_key(notice: Notice) -> tuple[str, ...]:
    return (_shared(notice), str(notice.evidence.get("name")), str(notice.evidence.get("key")))


def _same_trail(notice: Notice) -> tuple[str, ...]:
    it = notice.evidence
    return (_shared(notice), str(it.get("name")), str(it.get("bucket")))


def _same_home(notice: Notice) -> tuple[str, ...]:
    return (notice.region, _shared(notice))


def _shared(notice: Notice) -> str:
    """The organization's trail, which many accounts show; nothing for an own one."""
    return notice.arn if notice.evidence.get("organization") else ""


NOTICES: dict[str, NoticeWords] = {
    "trail-unasked": NoticeWords(_trail_says, _trail_not_seen, _advice_on_trail, _same_trail),
    "trail-change-refused": NoticeWords(
        _change_says, _trail_not_seen, _advice_on_change, _same_key
    ),
    "trail-home-elsewhere": NoticeWords(_home_says, _trail_not_seen, _advice_on_home, _same_home),
}
