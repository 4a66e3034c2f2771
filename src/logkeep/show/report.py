"""A verification as a person reads it: what is wrong first, then a line for each account."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping

import msgspec

from logkeep.archive.report import (
    UNKNOWN_KINDS,
    ChainReport,
    Fault,
    Report,
    verdict,
)
from logkeep.fleet import Fleet
from logkeep.show.paint import Paint
from logkeep.sources import gathered
from logkeep.value import AccountId, Json, Verdict, all_of
from logkeep.words.plain import clean, count, few, moment, people

FILES_MAX = 5
"""How many files of one kind of fault are shown before the rest is counted."""


def report_text(fleet: Fleet, report: Report, paint: Paint) -> str:
    """The whole answer of `logkeep verify`."""
    lines: list[str] = []
    for found in _alike(report):
        lines += [*_fault_lines(fleet, found, paint), ""]
    hidden = sum(chain.faults_total - len(chain.faults) for chain in report.chains)
    lines += [f"and {count(hidden, 'more fault')} that are not listed", ""] if hidden else []
    lines += [*_account_lines(fleet, report, paint), ""] if report.chains else []
    lines.append(_last_line(report, paint))
    return paint.page(lines)


@functools.cache
def all_words() -> Mapping[str, str]:
    """What every kind of log calls its faults, by their codes."""
    return gathered("the fault", {}, lambda source: source.wording.faults)


Found = tuple[ChainReport, Fault]


def _alike(report: Report) -> list[list[Found]]:
    """The faults of one kind and reason together, what is wrong before what could not be told."""
    groups: dict[tuple[bool, str, str], list[Found]] = {}
    for chain in report.chains:
        for fault in chain.faults:
            place = (fault.kind in UNKNOWN_KINDS, fault.kind, _reason(fault))
            groups.setdefault(place, []).append((chain, fault))
    return [groups[place] for place in sorted(groups)]


def _reason(fault: Fault) -> str:
    """Why, without what differs from file to file; each gap is its own."""
    return re.sub(r"arn:\S+|https?:\S+", "…", fault.says) if fault.key else fault.says


def _fault_lines(fleet: Fleet, found: list[Found], paint: Paint) -> Iterator[str]:
    first = found[0][1]
    unknown = first.kind in UNKNOWN_KINDS
    head = f"{'unknown' if unknown else 'error'}[{first.kind}]"
    shown = paint.dye(head, "yellow" if unknown else "red")
    who = people(fleet, [chain.account for chain, _ in found])
    regions = few(dict.fromkeys(chain.region for chain, _ in found))
    times = f", {len(found)} times" if len(found) > 1 else ""
    yield f"{shown}: {all_words().get(first.kind, first.kind)}{times}: {who} in {regions}"
    for _, fault in [each for each in found if each[1].key][:FILES_MAX]:
        yield f"  file   {clean(fault.key)}"
    if first.key and len(found) > FILES_MAX:
        yield f"         and {count(len(found) - FILES_MAX, 'more file')}"
    yield from paint.wrap("why", clean(first.says))


def _account_lines(fleet: Fleet, report: Report, paint: Paint) -> Iterator[str]:
    by_account: dict[AccountId, list[ChainReport]] = {}
    for chain in report.chains:
        by_account.setdefault(chain.account, []).append(chain)
    names = {a: clean(fleet.account_name(a), 24) for a in by_account}
    wide = max(len(name) for name in names.values())
    for id_, chains in by_account.items():
        found = all_of(verdict(chain) for chain in chains)
        mark = paint.mark(found)
        first, *rest = paint.wrap(names[id_], _counts(chains), indent=2, column=wide + 4)
        yield f"{mark}{first[1:]}"
        yield from rest


def _counts(chains: list[ChainReport]) -> str:
    digests = sum(c.digests_valid + c.backfill_digests_valid for c in chains)
    logs = sum(chain.logs_valid for chain in chains)
    since = min((c.verified_from for c in chains if c.verified_from), default=None)
    reach = f", proven since {moment(since)}" if since else ", nothing proven"
    regions = count(len({chain.region for chain in chains}), "Region")
    return f"{count(digests, 'valid digest')}, {count(logs, 'valid log file')} in {regions}{reach}"


def _last_line(report: Report, paint: Paint) -> str:
    span = f"from {moment(report.start)} to {moment(report.end)}"
    if not report.chains:
        return f"Nothing to verify {span}: nothing writes digests into the archive."
    failing = sum(chain.faults_failing for chain in report.chains)
    unknown = sum(chain.faults_unknown for chain in report.chains)
    chains = count(len(report.chains), "chain")
    total = paint.dye(f"{count(failing, 'fault')}, {unknown} unknown", "bold")
    return paint.beside(f"{total} in {chains}", span)


def report_json(fleet: Fleet, report: Report) -> dict[str, Json]:
    """The report as JSON."""
    chains: list[Json] = []
    for chain in report.chains:
        told: dict[str, Json] = msgspec.to_builtins(chain)
        chains.append({"verdict": verdict(chain), **told})
    found: dict[str, Json] = msgspec.to_builtins(report)
    found.pop("version", None)
    verdicts: list[Verdict] = [verdict(chain) for chain in report.chains]
    return {
        "schema": 1,
        "fleet": fleet.name,
        "verdict": all_of(verdicts) if verdicts else "unknown",
        **found,
        "chains": chains,
    }
