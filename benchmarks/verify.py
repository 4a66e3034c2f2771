"""What does `logkeep verify` cost beside `aws cloudtrail validate-logs`, and does it stay small?

Prints one JSON line a workload. The first pairs both commands in one run: each checks the same
2,000 files of one trail in a lab that another process serves, and the CPU time of each client's
process is counted: with its start and what it asks besides, and without, as a run that has no
file to read shows them. Both are compiled before, as pip does with whatever it installs. The second
verifies a copy on disk of 1,000 chains with 100,000 objects, is killed on the way and run again,
and gives the most memory that either took. That both commands find the archive whole, and Logkeep
all of it proven, is checked.
"""

from __future__ import annotations

import compileall
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

from msgspec import structs

import logkeep

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
        compileall.compile_dir(Path(logkeep.__file__).parent, quiet=1)
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
            nothing = ["--start-time", "2026-10-01", "--end-time", "2026-10-02"]
            aws_start, _, _ = cpu_of([*theirs, *nothing], at, environment)
            theirs += ["--start-time", "2026-11-15", "--end-time", "2026-12-31"]
            aws_cpu, aws_wall, said = cpu_of(theirs, at, environment)
            assert f"{hours}/{hours} digest files valid" in said, said
            assert f"{hours * logs}/{hours * logs} log files valid" in said, said
            ours = [str(bin_ / "logkeep"), "verify", "--json"]
            cpu, wall, told = cpu_of(ours, at, environment)
            start, _, _ = cpu_of(ours, at, environment)  # all is proven: nothing is read again
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
        "cpu_ms_a_file_without_start": round((cpu - start) / files * 1000, 3),
        "aws_cpu_ms_a_file_without_start": round((aws_cpu - aws_start) / files * 1000, 3),
        "ratio_without_start": round((aws_cpu - aws_start) / (cpu - start), 2),
        "wall_s": round(wall, 1),
        "aws_wall_s": round(aws_wall, 1),
    }


def serve_copy(folder: str, chains: int, hours: int, logs: int) -> None:
    """A copy on disk of so many chains, and a lab that knows their key and newest digests."""
    from kinds.cloudtrail.integrity.archive import CHAIN, Archive, Signer, signing_key
    from kinds.cloudtrail.integrity.written import with_trail
    from logkeep.lab.kinds.cloudtrail.signing import SigningKey
    from logkeep.lab.kinds.cloudtrail.state import state_of
    from logkeep.lab.server import Lab

    with Lab({ACCOUNT: "security"}, ("us-east-1",), START, ticking=False, extra={}) as lab:
        with_trail(lab, BUCKET)
        made = SigningKey(signing_key("first"), _public_der(), "fingerprint-first")
        state_of(lab.world).keys["us-east-1"] = made
        for number in range(chains):
            account = f"{200000000000 + number}"
            chain = structs.replace(CHAIN, bucket=BUCKET, account=account, region="us-east-1")
            archive = Archive()
            signer = Signer(archive, chain)
            newest = ""
            for hour in range(hours):
                starts = START + hour * HOUR
                listed = [signer.deliver(starts + (n + 5) * HOUR / 60) for n in range(logs)]
                newest = signer.digest(starts, starts + HOUR, listed)
            for (_, key), found in archive.objects.items():
                path = Path(folder, key)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(found.body)
            last = archive.objects[BUCKET, newest]
            lab.world.store_object(
                BUCKET,
                newest,
                last.body,
                at=lab.world.now(),
                algorithm="AES256",
                metadata=dict(last.metadata or {}),
            )
        lab.advance(hours * HOUR)
        print(json.dumps(lab.environment("ada")), flush=True)
        time.sleep(3600)


def _public_der() -> bytes:
    from kinds.cloudtrail.integrity.archive import public_key

    return public_key("first").value


def run_of(at: Path, environment: dict[str, str], kill_at: int) -> tuple[float, float, str]:
    """One run over the copy: CPU seconds, most MB of memory, and what it said.

    It is killed once so many folders are kept, if that is not 0.
    """
    killed = False
    command = [str(Path(sys.executable).parent / "logkeep"), "verify", "--from-folder", "copy"]
    kept, said = at / ".logkeep" / "verify-copy.jsonl.part", at / "said.json"
    with said.open("w") as out:
        ran = subprocess.Popen([*command, "--json"], cwd=at, env=environment, stdout=out)
        while not (ended := os.wait4(ran.pid, os.WNOHANG))[0]:
            if kill_at and kept.exists() and kept.read_bytes().count(b"\n") > kill_at:
                ran.kill()
                kill_at, killed = 0, True
            time.sleep(0.05)
    _, status, spent = ended
    ran.returncode = status
    assert bool(status) == killed, status
    return spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1024, said.read_text()


def from_folder(chains: int = 1000, hours: int = 10, logs: int = 9) -> dict[str, object]:
    """A copy of many chains, verified by a run that is killed on the way and one that goes on."""
    files = chains * hours * (logs + 1)
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        (at / "copy").mkdir()
        (at / "logkeep.toml").write_text(FLEET, encoding="utf-8")
        more = ["copy", str(at / "copy"), str(chains), str(hours), str(logs)]
        served = subprocess.Popen(
            [sys.executable, __file__, *more], stdout=subprocess.PIPE, text=True
        )
        try:
            assert served.stdout is not None
            environment = {**os.environ, **json.loads(served.stdout.readline())}
            first, first_mb, _ = run_of(at, environment, kill_at=chains // 2)
            second, second_mb, told = run_of(at, environment, kill_at=0)
        finally:
            served.kill()
            served.wait()
    report: dict[str, Any] = json.loads(told)
    assert report["verdict"] == "holds", report["verdict"]
    assert sum(c["digests_valid"] + c["logs_valid"] for c in report["chains"]) == files
    return {
        "workload": f"a copy on disk of {chains} chains, killed and run again",
        "files": files,
        "cpu_ms_a_file": round((first + second) / files * 1000, 2),
        "cpu_s_killed": round(first, 1),
        "cpu_s_resumed": round(second, 1),
        "most_mb": round(max(first_mb, second_mb)),
    }


def main() -> None:
    match sys.argv[1:]:
        case ["serve", hours, logs]:
            serve(int(hours), int(logs))
        case ["copy", folder, chains, hours, logs]:
            serve_copy(folder, int(chains), int(hours), int(logs))
        case ["beside"]:
            print(json.dumps(beside_aws()), flush=True)
        case ["folder", chains]:
            print(json.dumps(from_folder(int(chains))), flush=True)
        case _:
            print(json.dumps(beside_aws()), flush=True)
            print(json.dumps(from_folder()), flush=True)


if __name__ == "__main__":
    main()
