"""A verification as a person reads it: what is wrong first, then how each account stands."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from logkeep.archive.copies import Copies
from logkeep.archive.report import (
    ChainReport,
    Fault,
    Report,
    verdict,
)
from logkeep.archive.spans import Span, without
from logkeep.archive.standing import BROKEN, UNVERIFIED, Stands
from logkeep.fleet import Accepted, Fleet
from logkeep.show.copies import copies_faults, copies_json, copies_stand
from logkeep.show.paint import Paint, padded, seen_length
from logkeep.show.restoring import (
    REFUSED,
    can_undo,
    can_undo_together,
    earlier_lines,
    undo_lines,
    undo_together_lines,
)
from logkeep.show.sharing import shared_name, sharing
from logkeep.sources import gathered
from logkeep.value import AccountId, Json, Region, Standing, all_of
from logkeep.words.plain import clean, count, few, moment, people

FILES_MAX = 5
"""How many files of one kind of fault are shown before the rest is counted."""
SPANS_MAX = 3
"""How many proven times of an account are shown before the rest is counted."""
COLUMN_LEAST = 50
"""How much room there is behind the accounts' names; else what is said stands under them."""


@functools.cache
def all_words() -> Mapping[str, str]:
    """What every kind of log calls its faults, by their codes."""
    return gathered("the fault", {}, lambda source: source.wording.faults)


def said(kind: str) -> str:
    """What a kind of fault is called."""
    return all_words().get(kind, kind)


Standings = Mapping[tuple[AccountId, Region], Stands]
Found = tuple[ChainReport, Fault]


def report_text(
    fleet: Fleet,
    report: Report,
    stands: Standings,
    paint: Paint,
    replicas: Sequence[Copies] = (),
) -> str:
    """The whole answer of `logkeep verify`."""
    lines: list[str] = []
    for found in _alike(fleet, report, stands):
        lines += [*_fault_lines(fleet, found, report, paint), ""]
    if any(can_undo(fault) for chain in report.chains for fault in chain.faults):
        lines += [*paint.wrap("note", REFUSED), ""]
    for problem in report.problems:
        lines += [*_head(problem, paint), *paint.wrap("why", clean(problem.says)), ""]
    lines += copies_faults(replicas, paint)
    for where, found in stands.items():
        lines += _unverified_lines(fleet, where, found, paint)
    hidden = sum(chain.faults_total - len(chain.faults) for chain in report.chains)
    lines += [f"and {count(hidden, 'more fault')} that are not listed", ""] if hidden else []
    lines += [*_account_lines(fleet, report, stands, paint), ""] if stands else []
    lines += copies_stand(replicas, paint)
    lines.append(_last_line(report, stands, paint, replicas))
    return paint.page(lines)


def _alike(fleet: Fleet, report: Report, stands: Standings) -> list[list[Found]]:
    """The faults of one kind and reason together: what is wrong first, what is lived with last.

    Of each the earliest is told first, for there the chain is broken; those of one time in the
    order in which the fleet tells its accounts.
    """
    groups: dict[tuple[int, str, str], list[Found]] = {}
    for chain in report.chains:
        for fault in chain.faults:
            if fault.kind == "gap" and not _is_hole(fault, chain, stands):
                continue
            rank = 2 if _accepted(fleet, report, chain, fault) else 0 if fault.fails else 1
            groups.setdefault((rank, fault.kind, _reason(fault)), []).append((chain, fault))
    for found in groups.values():
        found.sort(key=lambda each: _first_told(fleet, each))
    ordered = sorted(groups.items(), key=lambda each: (each[0][0], _first_told(fleet, each[1][0])))
    return [found for _, found in ordered]


def _first_told(fleet: Fleet, found: Found) -> tuple[object, ...]:
    chain, fault = found
    return fault.span.starts, fleet.place(chain.account), chain.region, fault.kind, fault.key


def _is_hole(fault: Fault, chain: ChainReport, stands: Standings) -> bool:
    """Whether a gap is one: the digests of other trails may prove the same time."""
    found = stands.get((chain.account, chain.region))
    if found is None:
        return True
    return next(without([fault.span], found.proven), None) is not None


def _accepted(fleet: Fleet, report: Report, chain: ChainReport, fault: Fault) -> Accepted | None:
    """The acceptance of the fleet file under which a fault is lived with."""
    codes = (fault.kind, BROKEN) if fault.fails else (fault.kind,)
    for entry in fleet.accepted:
        fits = entry.account in (None, chain.account) and entry.code in codes
        if fits and entry.until >= report.taken_at.date():
            return entry
    return None


def _reason(fault: Fault) -> str:
    """Why, without what differs from file to file; each gap is its own."""
    return re.sub(r"arn:\S+|https?:\S+", "…", fault.says) if fault.key else fault.says


def _head(fault: Fault, paint: Paint, more: str = "") -> Iterator[str]:
    word, colour = ("error", "red") if fault.fails else ("unknown", "yellow")
    yield f"{paint.dye(f'{word}[{fault.kind}]', colour)}: {said(fault.kind)}{more}"


def _fault_lines(fleet: Fleet, found: list[Found], report: Report, paint: Paint) -> Iterator[str]:
    chain, first = found[0]
    who = people(fleet, [chain.account for chain, _ in found])
    regions = few(dict.fromkeys(chain.region for chain, _ in found))
    many = f" ({count(len(found), 'file' if first.key else 'chain')})" if len(found) > 1 else ""
    entry = _accepted(fleet, report, chain, first)
    if entry is not None:
        why = f"accepted until {entry.until:%Y-%m-%d}: {clean(entry.why)}"
        yield f"accepted[{first.kind}]: {said(first.kind)}{many}: {who} in {regions}"
        yield from paint.wrap("why", why)
        return
    yield from _head(first, paint, f"{many}: {who} in {regions}")
    named = [fault for _, fault in found if fault.key]
    together = can_undo_together(named)
    for fault in named[:FILES_MAX]:
        yield f"  file   {clean(fault.key, 1100)}"
        yield from earlier_lines(fault, paint)
        if fault not in together:
            yield from undo_lines(fault, paint)
    if first.key and len(found) > FILES_MAX:
        yield f"         and {count(len(found) - FILES_MAX, 'more file')}"
    yield from undo_together_lines(together, paint)
    yield from paint.wrap("why", clean(first.says))
    known = min((f.found_at for _, f in found if f.found_at), default=None)
    if known is not None and known < report.taken_at:
        yield from paint.wrap("since", f"first found at {moment(known)}")


def _unverified_lines(
    fleet: Fleet, where: tuple[AccountId, Region], found: Stands, paint: Paint
) -> Iterator[str]:
    """The times of which no digest and no fault tells anything."""
    spans = [hole.span for hole in found.holes if hole.code == UNVERIFIED]
    if spans:
        head = paint.dye(f"unknown[{UNVERIFIED}]", "yellow")
        yield f"{head}: some hours are not proven: {people(fleet, where[:1])} in {where[1]}"
        yield from paint.wrap("why", f"nothing that was read speaks of {_some(spans)}")
        yield ""


def _some(spans: list[Span]) -> str:
    more = f" and {count(len(spans) - SPANS_MAX, 'more time')}" if len(spans) > SPANS_MAX else ""
    return "; ".join(map(span_words, spans[:SPANS_MAX])) + more


def _account_lines(fleet: Fleet, report: Report, stands: Standings, paint: Paint) -> Iterator[str]:
    by_account: dict[AccountId, dict[Region, Stands]] = {}
    for (account, region), found in stands.items():
        by_account.setdefault(account, {})[region] = found
    rows = {
        id_: (all_of(each.verdict for each in regions.values()), tuple(_proven(regions)))
        for id_ in fleet.in_order(by_account)
        for regions in [by_account[id_]]
    }
    chains: dict[AccountId, list[ChainReport]] = {}
    for chain in report.chains:
        chains.setdefault(chain.account, []).append(chain)
    named = [(shared_name(fleet, ids), ids) for ids in sharing(rows)]
    wide = max(seen_length(name) for name, _ in named)
    stacks = wide + 4 + COLUMN_LEAST > paint.width
    column = 4 if stacks else wide + 4
    for name, ids in named:
        stood, proven = rows[ids[0]]
        counts = _counts(
            [chain for id_ in ids for chain in chains.get(id_, ())],
            {region for id_ in ids for region in by_account[id_]},
        )
        head = f"{paint.mark(stood)} {padded(name, wide)}"
        if stacks:
            yield head.rstrip()
        yield from paint.wrap(
            "" if stacks else head, counts, indent=4 if stacks else 0, column=column
        )
        for line in proven:
            yield from paint.wrap("", line, indent=column, column=column)


def _counts(chains: list[ChainReport], regions: set[Region]) -> str:
    digests = sum(c.digests_valid + c.backfill_digests_valid for c in chains)
    logs = sum(chain.logs_valid for chain in chains)
    where = count(len(regions), "Region")
    return f"{count(digests, 'valid digest')}, {count(logs, 'valid log file')} in {where}"


def _proven(regions: Mapping[Region, Stands]) -> Iterator[str]:
    """From when to when all is proven, in every Region where that is the same."""
    regions_of: dict[str, list[Region]] = {}
    for region, found in regions.items():
        regions_of.setdefault(_some(list(found.proven)), []).append(region)
    for times, where in regions_of.items():
        place = f"{few(where)}: " if len(regions_of) > 1 else ""
        yield f"{place}proven {times}" if times else f"{place}nothing proven"


def span_words(span: Span) -> str:
    """From when to when, the day said once where it is one."""
    starts, ends = moment(span.starts), moment(span.ends)
    same = starts[:10] == ends[:10]
    return f"{starts.removesuffix(' UTC')} to {ends[11:] if same else ends}"


def _last_line(report: Report, stands: Standings, paint: Paint, replicas: Sequence[Copies]) -> str:
    chains = [chain for chain in report.chains if chain.trail]
    if not stands and not replicas:
        return "Nothing to verify: nothing has written digests into the archive."
    failing = sum(number for found in stands.values() for _, number in found.failing)
    unknown = len(report.problems) + sum(
        len(found.holes) + sum(number for _, number in found.unknown) for found in stands.values()
    )
    lived = sum(found.accepted for found in stands.values())
    copies = [
        (each.stands.verdict == "accepted", f) for each in replicas for f in each.summary.faults
    ]
    lived += sum(is_lived for is_lived, _ in copies)
    failing += sum(f.fails for is_lived, f in copies if not is_lived)
    unknown += sum(not f.fails for is_lived, f in copies if not is_lived)
    more = f", {lived} accepted" if lived else ""
    total = paint.dye(f"{count(failing, 'fault')}, {unknown} unknown{more}", "bold")
    start = _start(report, stands)
    span = f"from {moment(start)} to" if start else "to"
    where = [count(len(chains), "chain")] if stands or not replicas else []
    where += [count(len(replicas), "replication")] if replicas else []
    return paint.beside(f"{total} in {' and '.join(where)}", f"{span} {moment(report.end)}")


def _start(report: Report, stands: Standings) -> datetime.datetime | None:
    """From when it was asked to look, else from when there is anything."""
    since = (found.asked.starts for found in stands.values() if found.asked)
    return report.start or min(since, default=None)


def report_json(
    fleet: Fleet, report: Report, stands: Standings, replicas: Sequence[Copies] = ()
) -> dict[str, Json]:
    """The report as JSON."""
    chains: list[Json] = []
    for chain in report.chains:
        document: dict[str, Json] = msgspec.to_builtins(chain)
        chains.append({"verdict": verdict(chain), **document})
    problems: list[Standing] = ["unknown" for _ in report.problems]
    found = (*stands.values(), *(each.stands for each in replicas))
    whole = all_of([*problems, *(each.verdict for each in found)])
    return {
        "schema": 1,
        "fleet": fleet.name,
        "verdict": "unknown" if whole == "none" else whole,
        "taken_at": msgspec.to_builtins(report.taken_at),
        "start": msgspec.to_builtins(_start(report, stands)),
        "end": msgspec.to_builtins(report.end),
        "stands": [
            {"account": account, "region": region, **msgspec.to_builtins(each)}
            for (account, region), each in stands.items()
        ],
        "problems": msgspec.to_builtins(report.problems),
        "chains": chains,
        "replicas": [copies_json(each) for each in replicas],
    }
