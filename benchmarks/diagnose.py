"""How long does a diagnosis of 1,000 accounts in 17 Regions take, and how much memory?

Prints one JSON line a workload. Every route of the synthetic fleet holds, and that is checked. The
last workload adds VPC flow logs of four VPCs an account, which may cost at most twice CloudTrail
alone. The diagnosis runs in a process of its own, from the lines of a snapshot as `--snapshot`
reads them. The floor, measured in the same run, is to decode every answer of that snapshot with
msgspec. The garbage collector is set as the command line sets it.
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


REGIONS = 17


def build(accounts: int, regions: int, at: Path, *, flow_logs: bool) -> None:
    """Write the fleet and the snapshot's lines, with four VPCs an account or none."""
    from kinds.vpc_flow.large import with_flow_logs
    from logkeep.snapshot import encode
    from support.large import large

    fleet, snapshot = large(accounts, regions, with_flow_logs if flow_logs else None)
    (at / "fleet").write_bytes(pickle.dumps(fleet))
    (at / "snapshot").write_bytes(b"\n".join(encode(snapshot)))


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(at: Path) -> dict[str, object]:
    """Diagnose what was built; runs alone in its process, so that its memory is its own."""
    from logkeep.cli.garbage import garbage_waits, look_for_garbage_seldom
    from logkeep.diagnose.diagnosis import diagnose
    from logkeep.snapshot import decode
    from logkeep.sources import sources

    sources()  # loading the kinds of log is start-up, which is measured elsewhere
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
    alone_s = 0.0
    for accounts, flow_logs in ((100, False), (1_000, False), (1_000, True)):
        with tempfile.TemporaryDirectory() as folder:
            build(accounts, REGIONS, Path(folder), flow_logs=flow_logs)
            told = json.loads(subprocess.check_output([sys.executable, __file__, folder]))
        name = f"{accounts}x{REGIONS}"
        if flow_logs:
            name += " with VPC flow logs"
            told["times_cloudtrail_alone"] = round(told["diagnose_s"] / alone_s, 2)
        alone_s = told["diagnose_s"]
        print(json.dumps({"workload": name, **told}), flush=True)


if __name__ == "__main__":
    main()
