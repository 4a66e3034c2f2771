"""What does `logkeep verify` cost beside `aws cloudtrail validate-logs`, and does it stay small?

Prints one JSON line a workload. The first pairs both commands in one run: each checks the same
2,000 files of one trail in a lab that another process serves, and the CPU time of each client's
process is counted, its start included. The second verifies a copy on disk of 1,000 chains with
100,000 objects, is killed on the way and run again, and gives the most memory that either took.
That both commands find the archive whole, and Logkeep all of it proven, is checked.
"""

from __future__ import annotations

import datetime
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

HOUR = datetime.timedelta(hours=1)
START = datetime.datetime(2026, 11, 16, 0, 0, tzinfo=datetime.UTC)
ACCOUNT = "111111111111"
BUCKET = "benchmark-archive"
FLEET = f"""\
name = "benchmark"
home-region = "us-east-1"
regions = ["us-east-1"]

[accounts]
security = "{ACCOUNT}"

[archive]
account = "security"
bucket  = "{BUCKET}"

[[logs]]
source = "cloudtrail"
"""


def serve(hours: int, logs: int) -> None:
    """A lab with the archive of one trail; runs in a process of its own until it is killed."""
    from kinds.cloudtrail.integrity.written import with_trail, write
    from logkeep.lab.server import Lab

    with Lab({ACCOUNT: "security"}, ("us-east-1",), START, ticking=False, extra={}) as lab:
        write(lab, with_trail(lab, BUCKET), hours, logs)
        print(json.dumps(lab.environment("ada")), flush=True)
        time.sleep(3600)


def cpu_of(command: list[str], at: Path, environment: dict[str, str]) -> tuple[float, float, str]:
    """The CPU and wall seconds of one client's whole process, and what it said."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run(
        command, cwd=at, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ran.returncode == 0, (command, ran.stdout, ran.stderr)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, seconds, ran.stdout


def beside_aws(hours: int = 167, logs: int = 11) -> dict[str, object]:
    """Both commands on the same archive, in turn."""
    files = hours * (logs + 1)
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        (at / "logkeep.toml").write_text(FLEET, encoding="utf-8")
        served = subprocess.Popen(
            [sys.executable, __file__, "serve", str(hours), str(logs)],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert served.stdout is not None
            environment = {**os.environ, **json.loads(served.stdout.readline())}
            bin_ = Path(sys.executable).parent
            arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/logkeep"
            theirs = [str(bin_ / "aws"), "cloudtrail", "validate-logs", "--trail-arn", arn]
            theirs += ["--start-time", "2026-11-15", "--end-time", "2026-12-31"]
            aws_cpu, aws_wall, said = cpu_of(theirs, at, environment)
            assert f"{hours}/{hours} digest files valid" in said, said
            assert f"{hours * logs}/{hours * logs} log files valid" in said, said
            ours = [str(bin_ / "logkeep"), "verify", "--json"]
            cpu, wall, told = cpu_of(ours, at, environment)
        finally:
            served.kill()
            served.wait()
    report: dict[str, Any] = json.loads(told)
    assert report["verdict"] == "holds", report
    assert sum(c["digests_valid"] + c["logs_valid"] for c in report["chains"]) == files, report
    return {
        "workload": "beside aws cloudtrail validate-logs",
        "files": files,
        "cpu_ms_a_file": round(cpu / files * 1000, 2),
        "aws_cpu_ms_a_file": round(aws_cpu / files * 1000, 2),
        "ratio": round(aws_cpu / cpu, 2),
        "wall_s": round(wall, 1),
        "aws_wall_s": round(aws_wall, 1),
    }


def main() -> None:
    match sys.argv[1:]:
        case ["serve", hours, logs]:
            serve(int(hours), int(logs))
        case _:
            print(json.dumps(beside_aws()), flush=True)


if __name__ == "__main__":
    main()
