"""How long does a diagnosis of 1,000 accounts in 17 Regions take, and how much memory?

Prints one JSON line a workload. Every route of the synthetic fleet holds, and that is checked. The
diagnosis runs in a process of its own, from the lines of a snapshot as `--snapshot` reads them.
The floor, measured in the same run, is to decode every answer of that snapshot with msgspec. The
garbage collector is set as the command line sets it.
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

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def build(accounts: int, regions: int, at: Path) -> None:
    """Write the fleet and the snapshot's lines."""
    from logkeep.snapshot import encode
    from support.large import large

    fleet, snapshot = large(accounts, regions)
    (at / "fleet").write_bytes(pickle.dumps(fleet))
    (at / "snapshot").write_bytes(b"\n".join(encode(snapshot)))


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(at: Path) -> dict[str, object]:
    """Diagnose what was built; runs alone in its process, so that its memory is its own."""
    from logkeep.cli.program import look_for_garbage_seldom
    from logkeep.cli.working import garbage_waits
    from logkeep.diagnose.diagnosis import diagnose
    from logkeep.snapshot import decode

    fleet = pickle.loads((at / "fleet").read_bytes())
    lines = (at / "snapshot").read_bytes().split(b"\n")
    look_for_garbage_seldom()
    start = time.process_time()
    snapshot = decode(lines)
    decoded = time.process_time()
    with garbage_waits():
        found = diagnose(fleet, snapshot)
    done = time.process_time()
    peak = peak_mb()
    summary = found.summary
    assert summary == {"holds": len(found.routes), "fails": 0, "unknown": 0, "accepted": 0}, summary
    floor_from = time.process_time()
    for answer in snapshot.answers.values():
        msgspec.json.decode(answer.body)
    floor_s = time.process_time() - floor_from
    return {
        "routes": len(found.routes),
        "answers": len(snapshot.answers),
        "decode_s": round(decoded - start, 2),
        "diagnose_s": round(done - decoded, 2),
        "floor_s": round(floor_s, 3),
        "times_floor": round((done - decoded) / floor_s, 1),
        "peak_mb": peak,
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
