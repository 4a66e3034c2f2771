"""A verification as a person reads it: what is wrong first, then a line for each account."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.fleet import Fleet
from logkeep.integrity.report import UNKNOWN_KINDS, ChainReport, Fault, Report, verdict
from logkeep.show.paint import Paint
from logkeep.show.plain import account, clean, count, moment
from logkeep.value import AccountId, Json, Verdict, all_of

FAULTS_MAX = 20
"""How many faults of a chain are shown before the rest is counted."""
SAYS: dict[str, str] = {
    "digest-missing": "a digest is missing",
    "digest-changed": "a digest was changed",
    "digest-moved": "a digest lies where it was not written",
    "digest-unsigned": "a digest bears no valid signature",
    "digest-unreadable": "a digest could not be read",
    "log-missing": "a log file is missing",
    "log-changed": "a log file was changed",
    "log-unreadable": "a log file could not be read",
    "log-unlisted": "a log file is in no digest",
    "key-unknown": "a digest is signed by a key that CloudTrail does not know",
    "key-unreadable": "CloudTrail's public keys could not be read",
    "listing-unreadable": "the archive could not be listed",
    "gap": "digests of some hours are not there",
}


def report_text(fleet: Fleet, report: Report, paint: Paint) -> str:
    """The whole answer of `logkeep verify`."""
    lines: list[str] = []
    for chain in report.chains:
        faults = list(_fault_lines(fleet, chain, paint))
        lines += [*faults, ""] if faults else []
    lines += [*_account_lines(fleet, report, paint), ""] if report.chains else []
    lines.append(_last_line(report, paint))
    return paint.page(lines)


def _fault_lines(fleet: Fleet, chain: ChainReport, paint: Paint) -> Iterator[str]:
    where = f"{account(fleet, chain.account)} {chain.region}"
    for fault in chain.faults[:FAULTS_MAX]:
        unknown = fault.kind in UNKNOWN_KINDS
        head = f"{'unknown' if unknown else 'error'}[{fault.kind}]"
        shown = paint.dye(head, "yellow" if unknown else "red")
        yield f"{shown}: {SAYS.get(fault.kind, fault.kind)}, {where}"
        if fault.key:
            yield f"  file   {clean(fault.key)}"
        yield from paint.wrap("why", _why(fault))
    rest = chain.faults_total - min(len(chain.faults), FAULTS_MAX)
    if rest > 0:
        yield f"and {count(rest, 'more fault')} in {where}"


def _why(fault: Fault) -> str:
    return clean(fault.says)


def _account_lines(fleet: Fleet, report: Report, paint: Paint) -> Iterator[str]:
    by_account: dict[AccountId, list[ChainReport]] = {}
    for chain in report.chains:
        by_account.setdefault(chain.account, []).append(chain)
    names = {a: clean(fleet.account_name(a), 24) for a in by_account}
    wide = max(len(name) for name in names.values())
    for id_, chains in by_account.items():
        found = all_of(verdict(chain) for chain in chains)
        yield f"{paint.mark(found)} {names[id_].ljust(wide)}  {_counts(chains)}"


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
        return f"Nothing to verify {span}: no trail writes digests into the archive."
    failing = sum(chain.faults_failing for chain in report.chains)
    unknown = sum(chain.faults_unknown for chain in report.chains)
    chains = count(len(report.chains), "chain")
    total = paint.dye(f"{count(failing, 'fault')}, {unknown} unknown", "bold")
    return f"{total} in {chains} {span}"


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
