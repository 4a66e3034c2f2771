"""`logkeep diagnose` loads what it needs, and nothing that only other commands do."""

from __future__ import annotations

import subprocess
import sys

NOT_NEEDED = (
    "boto3",
    "botocore",
    "cryptography",
    "logkeep.archive.founding.report",
    "logkeep.lab",
    "logkeep.network.walk",
    "logkeep.plan",
    "logkeep.show.picture",
    "logkeep.sources.cloudtrail.integrity",
    "logkeep.who",
)
LOADED = """
import sys
import logkeep.cli.program, logkeep.cli.diagnose
from logkeep.sources import sources
sources()
print(*sys.modules)
"""


def test_a_diagnosis_loads_nothing_of_other_commands() -> None:
    told = subprocess.check_output([sys.executable, "-c", LOADED], text=True).split()
    assert "logkeep.diagnose.diagnosis" in told
    assert [name for name in NOT_NEEDED if name in told] == []
