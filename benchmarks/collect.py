"""How many calls does a collect of 1,000 accounts in 17 Regions make, and what does it take itself?

Prints one JSON line a workload. The answers are recorded, and given where the SDK's clients would
stand: what is measured is everything above them, journal and threads included, and no network. The
formula is the bound that `logkeep collect` prints. The floor, measured in the same run, is the
plain loop that fetches the same recorded answers. That the answers are those recorded is checked.
"""

from __future__ import annotations

import json
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def build(accounts: int, regions: int, at: Path) -> None:
    """Write the fleet and the recorded answers."""
    from logkeep.snapshot import encode
    from support.large import large

    fleet, snapshot = large(accounts, regions)
    (at / "fleet").write_bytes(pickle.dumps(fleet))
    (at / "snapshot").write_bytes(b"\n".join(encode(snapshot)))


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(at: Path) -> dict[str, object]:
    """Collect what was recorded; runs alone in its process, so that its memory is its own."""
    from logkeep.aws.collect import collect
    from logkeep.snapshot import decode
    from logkeep.sources.wants import wants
    from support.call_budget import call_budget, formula, most
    from support.recorded import Recorded, recording

    fleet = pickle.loads((at / "fleet").read_bytes())
    recorded = decode((at / "snapshot").read_bytes().split(b"\n"))
    before = peak_mb()
    told = recording(recorded)
    session = Recorded(fleet, told, recorded.taken_at)
    start = time.perf_counter()
    snapshot = collect(fleet, wants(fleet), session, journal=at / "journal")
    seconds = time.perf_counter() - start
    peak = peak_mb()
    terms = call_budget(fleet, snapshot)
    assert session.calls.total <= most(terms), formula(terms)
    assert all(
        recorded.answers[each].error == found.error for each, found in snapshot.answers.items()
    )
    start = time.perf_counter()
    for question in snapshot.answers:
        told(question)
    floor_s = time.perf_counter() - start
    return {
        "accounts": len(fleet.accounts),
        "regions": len(fleet.regions or ()),
        "calls": session.calls.total,
        "calls_max": most(terms),
        "formula": formula(terms),
        "collect_s": round(seconds, 1),
        "floor_s": round(floor_s, 3),
        "peak_mb": peak,
        "recorded_mb": before,
    }


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(measure(Path(sys.argv[1]))))
        return
    for accounts, regions in ((100, 17), (1_000, 17)):
        with tempfile.TemporaryDirectory() as folder:
            build(accounts, regions, Path(folder))
            told = subprocess.check_output([sys.executable, __file__, folder], text=True)
        print(json.dumps({"workload": f"{accounts}x{regions}", **json.loads(told)}), flush=True)


if __name__ == "__main__":
    main()
