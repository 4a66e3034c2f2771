"""What is named on every run, as a person reads it: what is alike in one line, however many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from logkeep.fleet import Fleet
from logkeep.notice import Notice, NoticeCode
from logkeep.show.paint import Paint
from logkeep.value import AccountId, Json
from logkeep.wording.plain import clean, count, few, people, quoted

Alike = list[Notice]
"""Notices that are told in one line."""


def notice_lines(fleet: Fleet, notices: Iterable[Notice], paint: Paint) -> Iterator[str]:
    """Every group of notices as a headline and what follows from it, in the order of codes."""
    for alike in grouped(notices):
        head = paint.dye(f"note[{alike[0].code}]", "cyan")
        yield f"{head}: {says(fleet, alike)}"
        yield from paint.wrap("so" if alike[0].known else "settle", advice(fleet, alike))


def notices_json(fleet: Fleet, notices: Iterable[Notice]) -> list[Json]:
    """Every notice by itself: codes and keys are a contract, words are not."""
    return [
        {
            "code": each.code,
            "account": each.account,
            "region": each.region,
            "arn": each.arn,
            "known": each.known,
            "says": says(fleet, [each]),
            "settle": each.settle or None,
            "evidence": dict(each.evidence),
        }
        for each in notices
    ]


def grouped(notices: Iterable[Notice]) -> list[Alike]:
    """Those that say the same of several accounts together, in the order they came."""
    found: dict[tuple[str, ...], Alike] = {}
    regions: dict[tuple[AccountId, str], list[str]] = {}
    listed = list(notices)
    for each in listed:
        if each.code == "region-unlisted" and each.known:
            regions.setdefault((each.account, _way(each)), []).append(each.region)
    for each in listed:
        together = tuple(regions.get((each.account, _way(each)), ()))
        found.setdefault((each.code, *_sameness(each, together)), []).append(each)
    return list(found.values())


def _sameness(notice: Notice, regions: tuple[str, ...]) -> tuple[str, ...]:
    """What of a notice must be alike for two to be told as one."""
    it = notice.evidence
    if not notice.known:
        return ("?",)
    match notice.code:
        case "account-unlisted":
            return ()
        case "region-unlisted":
            return (_way(notice), *regions)
        case "trail-unasked":
            shared = notice.arn if it.get("organization") else ""
            return (shared, str(it.get("name")), str(it.get("bucket")))
        case "trail-home-elsewhere":
            return (notice.region, notice.arn if it.get("organization") else "")


def _way(notice: Notice) -> str:
    return f"{notice.evidence.get('delivers')}{notice.evidence.get('opted_in')}"


def says(fleet: Fleet, alike: Alike) -> str:
    """What was noticed, or that it could not be."""
    first = alike[0]
    telling = TOLD[first.code] if first.known else UNTOLD[first.code]
    return telling(fleet, alike)


def advice(fleet: Fleet, alike: Alike) -> str:
    """What to do about it, where anything is to be done."""
    first = alike[0]
    if not first.known:
        rest = f", and {count(len(alike) - 1, 'more call')}" if len(alike) > 1 else ""
        return f"{clean(first.settle)}{rest}{WHO.get(first.code, '')}"
    if first.code == "trail-unasked":
        return _advice_on_trail(first)
    if first.code == "trail-home-elsewhere":
        return _advice_on_home(fleet, first)
    return ADVICE[first.code]


def _accounts(fleet: Fleet, alike: Alike) -> str:
    return people(fleet, [each.account for each in alike])


def _named(notice: Notice) -> str:
    name = notice.evidence.get("name")
    return f"{clean(name, 60)} ({notice.account})" if name else notice.account


def _account_says(_fleet: Fleet, alike: Alike) -> str:
    number = count(len(alike), "account")
    verb = "is" if len(alike) == 1 else "are"
    return f"{number} of the organization {verb} not in the fleet: {few(map(_named, alike))}"


def _region_says(fleet: Fleet, alike: Alike) -> str:
    it = alike[0].evidence
    regions = few(dict.fromkeys(each.region for each in alike), 6)
    if it.get("delivers"):
        return f"logs of {_accounts(fleet, alike)} come from {regions}, not among `regions`"
    verb = "has" if len({each.account for each in alike}) == 1 else "have"
    return f"{_accounts(fleet, alike)} {verb} opted into {regions}, not among `regions`"


def _trail_says(fleet: Fleet, alike: Alike) -> str:
    it = alike[0].evidence
    where = f"{quoted(it.get('bucket'))}{', the archive' if it.get('at_archive') else ''}"
    if it.get("organization"):
        return f"the organization's trail {clean(alike[0].arn)} delivers to {where}"
    return f"the trail {quoted(it.get('name'))} of {_accounts(fleet, alike)} delivers to {where}"


def _home_says(fleet: Fleet, alike: Alike) -> str:
    it = alike[0].evidence
    whose = "the organization's trail"
    if not it.get("organization"):
        whose = f"the trail of {_accounts(fleet, alike)}"
    return f"{whose} is at home in {alike[0].region}, and `home-region` is {fleet.home_region}"


TOLD: Mapping[NoticeCode, Callable[[Fleet, Alike], str]] = {
    "account-unlisted": _account_says,
    "region-unlisted": _region_says,
    "trail-unasked": _trail_says,
    "trail-home-elsewhere": _home_says,
}


def _account_untold(_fleet: Fleet, _alike: Alike) -> str:
    return "cannot tell whether the organization has accounts that are not in the fleet"


def _region_untold(fleet: Fleet, alike: Alike) -> str:
    return f"cannot tell which other Regions are in use by {_accounts(fleet, alike)}"


def _trail_untold(fleet: Fleet, alike: Alike) -> str:
    return f"cannot tell which other trails there are in {_accounts(fleet, alike)}"


UNTOLD: Mapping[NoticeCode, Callable[[Fleet, Alike], str]] = {
    "account-unlisted": _account_untold,
    "region-unlisted": _region_untold,
    "trail-unasked": _trail_untold,
    "trail-home-elsewhere": _trail_untold,
}
WHO: Mapping[NoticeCode, str] = {
    "account-unlisted": "; only the management account and delegated administrators are told"
}
ADVICE: Mapping[NoticeCode, str] = {
    "account-unlisted": "list them under [accounts] to keep their logs",
    "region-unlisted": 'list them under `regions`, or write `regions = "all"`',
}


def _advice_on_trail(notice: Notice) -> str:
    """Rules 1.1.9 and 1.1.12."""
    if notice.evidence.get("at_archive"):
        return "no log of the fleet file asks for it; further copies of events are billed"
    return "no log of the fleet file asks for it; it takes up one of the five trails in a Region"


def _advice_on_home(fleet: Fleet, notice: Notice) -> str:
    """Rules 1.1.3 and 1.2.3."""
    if notice.evidence.get("opt_in") and notice.evidence.get("organization"):
        return "accounts that have not opted into that Region send nothing by it"
    if notice.evidence.get("opt_in"):
        return f"accounts opt into that Region; {fleet.home_region} needs no opting in nor out"
    return "it can be changed there only"
