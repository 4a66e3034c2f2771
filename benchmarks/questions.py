"""What do single questions about a recorded fleet of 1,000 accounts cost, each by its command?

Prints one JSON line a command: the processor time of the whole command, its start included. Only
the command line is used, so `against.py` runs this very script with another commit's commands on
the same snapshot and fleet file, which are made by this commit. The answers are not checked here:
the goldens hold them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[1]
ACCOUNTS, REGIONS = 1_000, 2
ARCHIVE = "arn:aws:s3:::secprod-multiaccount-logs"
LOG = f"{ARCHIVE}/AWSLogs/222222222222/CloudTrail/us-east-1/2026/11/23/any.json.gz"
READER = "arn:aws:iam::111111111111:role/LogReader"
COMMANDS: dict[str, tuple[str, ...]] = {
    "who --archive": ("who", "--archive"),
    "who reads the bucket's policy": ("who", "s3:GetBucketPolicy", ARCHIVE),
    "who gets a log": ("who", "s3:GetObject", LOG),
    "why a reader gets a log": ("why", READER, "s3:GetObject", LOG),
    "why anybody puts the policy": ("why", READER, "s3:PutBucketPolicy", ARCHIVE),
    "why a trail writes": ("why", "cloudtrail.amazonaws.com", "s3:PutObject", LOG),
    "diagnose one route": ("diagnose", "cloudtrail/222222222222/us-east-1"),
}


def build(at: Path) -> None:
    """Write the snapshot and the fleet file; runs with this commit's modules."""
    sys.path.insert(0, str(HERE / "tests"))
    import gzip

    from logkeep.snapshot import encode
    from support.large import large

    fleet, snapshot = large(ACCOUNTS, REGIONS)
    with gzip.open(at / "snapshot.gz", "wb") as file:
        file.write(b"\n".join(encode(snapshot)))
    accounts = "\n".join(f'{name} = "{account}"' for name, account in fleet.accounts.items())
    (at / "logkeep.toml").write_text(
        f"""name = "{fleet.name}"
home-region = "{fleet.home_region}"
regions = {json.dumps(fleet.regions)}

[accounts]
{accounts}

[archive]
account = "security"
bucket = "{fleet.archive.bucket}"
readers = {json.dumps(fleet.archive.readers)}

[[logs]]
source = "cloudtrail"
data-events = ["s3", "lambda"]
"""
    )


def cpu_s(command: tuple[str, ...], at: Path) -> tuple[float, int]:
    """The processor time of a command, and how it exited."""
    given = ("--snapshot", str(at / "snapshot.gz"), "--fleet", str(at / "logkeep.toml"), "--json")
    program = "import sys; from logkeep.cli import main; sys.exit(main())"
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-c", program, *command, *given], stdout=subprocess.DEVNULL, check=False
    )
    after = os.times()
    took = after.children_user + after.children_system
    return took - before.children_user - before.children_system, done.returncode


def main() -> None:
    if len(sys.argv) > 1:
        build(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = {**os.environ, "PYTHONPATH": str(HERE / "src")}
        subprocess.check_call([sys.executable, __file__, folder], env=paths)
        for name, command in COMMANDS.items():
            took, code = cpu_s(command, Path(folder))
            print(json.dumps({"workload": name, "cpu_s": round(took, 2), "exit": code}), flush=True)


if __name__ == "__main__":
    main()
