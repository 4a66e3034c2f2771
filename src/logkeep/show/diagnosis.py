"""A diagnosis as a person reads it: causes worst first, then account by account, then a count."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from logkeep.diagnose.diagnosis import Diagnosed, Diagnosis
from logkeep.diagnose.remarks import Remark
from logkeep.fleet import Fleet
from logkeep.route import Arrived
from logkeep.show import words
from logkeep.show.accounts import account_lines
from logkeep.show.causes import FEW, Cause, causes, described, stops_delivery
from logkeep.show.notices import notice_lines
from logkeep.show.paint import Paint
from logkeep.value import AccountId, Time
from logkeep.words.access import need_line
from logkeep.words.arrival import newest
from logkeep.words.notice import Notice
from logkeep.words.plain import accepted_words, clean, count, few, joined, lasting, moment

WORD = {"fails": "error", "unknown": "unknown"}
COLOUR = {"fails": "red", "unknown": "yellow"}
PERMITTED = frozenset(
    {"bucket-refuses", "bucket-denies", "header-forced", "key-refuses", "key-denies"}
)
LATE = PERMITTED | {"bucket-missing", "key-missing", "key-disabled"}
"""Where logs are refused at the archive, and may be kept and tried again."""


class Around(msgspec.Struct, frozen=True):
    """What the reader is told besides the diagnosis itself."""

    age: datetime.timedelta | None = None
    """How old the snapshot is; None is just taken."""
    verified_at: Time | None = None
    unread: Mapping[AccountId, str] = {}
    """The accounts that could not be entered, and what AWS said."""
    remarks: tuple[Remark, ...] = ()
    """What in the archive's policies can never match."""
    notices: tuple[Notice, ...] = ()
    """What is named on every run and is no fault."""
    mends: bool | None = None
    """Whether a plan would change anything; None where nobody asked."""


def diagnosis_text(fleet: Fleet, diagnosis: Diagnosis, paint: Paint, around: Around) -> str:
    """The whole answer of `logkeep diagnose`."""
    lines: list[str] = [*_beginning(diagnosis)]
    for cause in causes(diagnosis.routes):
        lines += [*_cause_lines(fleet, diagnosis, cause, paint), ""]
    lines += [*account_lines(fleet, diagnosis, paint), ""]
    accepted = _accepted_lines(fleet, diagnosis)
    lines += [*accepted, ""] if accepted else []
    remarked = [line for each in around.remarks for line in _remark_lines(each, paint)]
    lines += [*remarked, ""] if remarked else []
    noticed = list(notice_lines(fleet, around.notices, paint))
    lines += [*noticed, ""] if noticed else []
    lines += [_count_line(diagnosis, paint, around), *_hints(fleet, diagnosis, paint, around)]
    return paint.page(lines)


def _remark_lines(remark: Remark, paint: Paint) -> Iterator[str]:
    """A remark on a policy, and what may be meant."""
    meant = f"; did you mean `{clean(remark.near)}`?" if remark.near else ""
    said = f"the {remark.policy}'s policy, {clean(remark.place)}: {clean(remark.says)}{meant}"
    yield from paint.wrap("note", said)


def _beginning(diagnosis: Diagnosis) -> Iterator[str]:
    """Where a fleet begins: with nothing at all that speaks into the archive."""
    firsts = [(route.first, words.nobody_speaks(route.source)) for route in diagnosis.routes]
    if firsts and all(
        first and first[1].is_unmet and first[1].code == missing for first, missing in firsts
    ):
        kinds = dict.fromkeys(route.source for route in diagnosis.routes)
        speakers = joined((words.wording_of(kind).speaker for kind in kinds), "or")
        yield f"Nothing is centralised yet: no account has a {speakers} into the archive."
        yield ""


def _cause_lines(fleet: Fleet, diagnosis: Diagnosis, cause: Cause, paint: Paint) -> Iterator[str]:
    it = described(fleet, diagnosis, cause.places)
    head = paint.dye(f"{WORD[cause.verdict]}[{it.code}]", COLOUR[cause.verdict])
    yield f"{head}: {paint.dye(words.headline(it), 'bold')}"
    yield from paint.wrap("route", _route_line(cause, paint))
    for kind in () if cause.each_its_own else cause.kinds:
        one = described(fleet, diagnosis, kind)
        if cause.verdict == "fails":
            yield from paint.wrap("need", need_line(one))
        yield from paint.wrap("why", words.says(one))
    for why in _whys_of_each(fleet, diagnosis, cause) if cause.each_its_own else ():
        yield from paint.wrap("why", why)
    yield from paint.wrap("so", _consequence(fleet, diagnosis, cause))
    if cause.verdict == "unknown":
        yield from paint.wrap("resolve", words.settles(it))
        yield from paint.wrap("also", _also(cause))
    else:
        yield from paint.wrap("fix", words.fix(it))
    yield "  more    " + paint.dye(f"logkeep help {it.code}", "cyan")


def _whys_of_each(fleet: Fleet, diagnosis: Diagnosis, cause: Cause) -> Iterator[str]:
    """What was found in the first accounts of many that have a setting wrong, each its own way."""
    kinds = cause.kinds
    same = {words.says(described(fleet, diagnosis, kind)) for kind in kinds}
    if len(same) == 1:
        yield from same
        return
    shown = kinds if len(kinds) <= FEW + 1 else kinds[:FEW]
    for kind in shown:
        one = described(fleet, diagnosis, kind)
        yield f"in {one.who}: {words.says(one)}"
    if len(kinds) > len(shown):
        more = count(len(kinds) - len(shown), "other value")
        yield f"and {more} elsewhere; `logkeep diagnose --json` lists them"


def _also(cause: Cause) -> str:
    """How many other questions hang on the same answer."""
    codes = dict.fromkeys(place.finding.code for place in cause.places[1:])
    others = [code for code in codes if code != cause.first.finding.code]
    return f"the same keeps {few(others, 4)} unknown" if others else ""


def _route_line(cause: Cause, paint: Paint) -> str:
    """Where on the way it is; the rest of the way is not looked at."""
    place, others = cause.first, len(cause.routes) - 1
    name = clean(place.route.name)
    many = f" and {count(others, 'more route')}" if others else ""
    if place.hop.keeps:
        return f"{place.hop.role} {paint.mark(cause.verdict)} of {name}{many}"
    return f"{name}{many}: {way(place.route, place.hop.role, paint)}"


def way(route: Diagnosed, blamed: str, paint: Paint) -> str:
    """The hops of a delivery, each with its symbol; behind the first break only the one blamed."""
    marked: list[str] = []
    broken = False
    for hop in route.hops:
        if hop.keeps:
            continue
        shown = "behind" if broken and hop.role != blamed else hop.verdict
        marked.append(f"{hop.role} {paint.mark(shown)}")
        broken = broken or any(f.is_unmet and stops_delivery(f.code) for f in hop.findings)
    return f" {paint.symbol('arrow')} ".join(marked)


def _consequence(fleet: Fleet, diagnosis: Diagnosis, cause: Cause) -> str:
    """What no longer arrives because of it, and whether it will be caught up."""
    finding = cause.first.finding
    retries = words.wording_of(cause.first.route.source).retries
    if cause.verdict != "fails" or finding.code not in LATE:
        return ""
    stale = [
        described(fleet, diagnosis, [msgspec.structs.replace(cause.first, hop=hop, finding=found)])
        for hop in cause.first.route.hops
        for found in hop.findings
        if isinstance(found.need, Arrived) and found.is_unmet
    ]
    if not stale:
        return retries if finding.code in PERMITTED else ""
    return ". ".join(filter(None, (newest(stale[0]), retries)))


def _accepted_lines(fleet: Fleet, diagnosis: Diagnosis) -> list[str]:
    """The findings that the fleet file accepts, one line each."""
    found: dict[str, None] = {}
    for route in diagnosis.routes if fleet.accepted else ():
        for hop in route.hops:
            for finding in hop.findings:
                if finding.accepted is not None:
                    where = clean(fleet.account_name(route.account))
                    why = accepted_words(finding.accepted)
                    found[f"accepted[{finding.code}]: {where}, {why}"] = None
    return list(found)


def count_words(diagnosis: Diagnosis) -> str:
    """How many routes are broken, unknown, accepted as they are, and healthy."""
    summary = diagnosis.summary
    accepted = f"{summary['accepted']} accepted, " if summary["accepted"] else ""
    counts = f"{summary['fails']} broken, {summary['unknown']} unknown"
    return f"{counts}, {accepted}{summary['holds']} healthy"


def _count_line(diagnosis: Diagnosis, paint: Paint, around: Around) -> str:
    age = "just taken" if around.age is None else f"{lasting(around.age)} old"
    when = f"(snapshot {moment(diagnosis.taken_at)}, {age})"
    total = count(len(diagnosis.routes), "route")
    return paint.beside(f"{paint.dye(count_words(diagnosis), 'bold')} of {total}", when)


def _hints(fleet: Fleet, diagnosis: Diagnosis, paint: Paint, around: Around) -> Iterator[str]:
    for label, text in _hint_texts(fleet, diagnosis, around):
        yield f"{paint.dye(label, 'cyan')}: {text}"


def may_be_planned(diagnosis: Diagnosis) -> bool:
    """Whether anything fails that a change can mend; that logs come and stay whole only follows."""
    findings = (f for route in diagnosis.routes for hop in route.hops for f in hop.findings)
    return any(f.verdict == "fails" and f.aspect not in ("arriving", "intact") for f in findings)


def _known_by_arrival(diagnosis: Diagnosis) -> str:
    """What no policy tells and only a log shows that came: it says nothing of a change since."""
    found = [
        (hop.role, route.name, str(finding.evidence["at"]))
        for route in diagnosis.routes
        for hop in route.hops
        for finding in hop.findings
        if finding.verdict == "holds" and "observed" in finding.evidence
    ]
    if not found:
        return ""
    roles = joined(dict.fromkeys(f"the {role}" for role, _, _ in found))
    routes = count(len({name for _, name, _ in found}), "route")
    oldest = moment(datetime.datetime.fromisoformat(min(at for _, _, at in found)))
    return (
        f"only logs that arrived, the oldest at {oldest}, show that {roles} let the logs "
        f"of {routes} in. After a change since then, run `logkeep diagnose` again when newer "
        "logs are due"
    )


def _hint_texts(fleet: Fleet, diagnosis: Diagnosis, around: Around) -> Iterable[tuple[str, str]]:
    """What to do next, as hints, and what is to be known besides, as notes."""
    if around.unread:
        names = few([clean(fleet.account_name(a)) for a in fleet.in_order(around.unread)])
        number = count(len(around.unread), "account")
        them = "it" if len(around.unread) == 1 else "them"
        yield "note", f"{number} could not be read ({names}); everything about {them} is unknown"
    seen_alone = _known_by_arrival(diagnosis)
    if seen_alone:
        yield "note", seen_alone
    if may_be_planned(diagnosis) if around.mends is None else around.mends:
        yield "hint", "run `logkeep plan` to see what would mend it"
    if around.verified_at:
        yield "note", f"files were last verified at {moment(around.verified_at)}"
