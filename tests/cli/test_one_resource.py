"""`who` and `why` refuse a resource that is none or many."""

from __future__ import annotations

import pytest

from support import scenes
from support.command_line import Kept, Run


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("command", [["who"], ["why", "developer@production"]])
@pytest.mark.parametrize(
    ("resource", "says"),
    [
        ("arn:aws:cloudtrail:*:*:trail/logkeep", "names more than one resource"),
        ("arn:aws:cloudtrail:us-east-1:12:trail/x", "account `12`"),
    ],
)
def test_the_commands_refuse_it(
    logkeep: Run, kept: Kept, command: list[str], resource: str, says: str
) -> None:
    path = kept(scenes.healthy())
    said = logkeep(*command, "cloudtrail:StopLogging", resource, "--snapshot", path)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
