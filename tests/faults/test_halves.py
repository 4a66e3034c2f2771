"""Half a character alone, which JSON can say and no text may hold, is refused where it comes in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import scenes
from support.command_line import Kept, Run
from support.small import small

HALF = "a\ud800b"
FLOW = {"from": "eni-web", "to": "10.0.0.1", "protocol": HALF}
CASES: dict[tuple[str, ...], dict[str, Any]] = {
    ("why", "--cases", "FILE"): {
        "id": HALF,
        "request": {"principal": HALF, "action": "s3:GetObject", "resource": HALF},
    },
    ("try", "put", "--cases", "FILE"): {"id": "1", "bucket": {"name": HALF}, "key": HALF},
    ("try", "replicate", "--cases", "FILE"): {"id": HALF, "bucket": {"name": HALF}},
    ("try", "ping", "--cases", "FILE"): {"id": HALF, "network": small(), "flow": FLOW},
    ("try", "put", "s3://b/k", "--bucket", "FILE"): {"name": "b", "account": HALF},
    ("try", "ping", "eni-web", "10.0.0.1", "--network", "FILE"): {**small(), "Name": HALF},
}


@pytest.mark.parametrize("form", ["text", "--json"])
@pytest.mark.parametrize("command", CASES, ids=lambda command: " ".join(command[:3]))
def test_in_a_file(logkeep: Run, folder: Path, command: tuple[str, ...], form: str) -> None:
    (folder / "given").write_text(json.dumps(CASES[command]) + "\n", encoding="ascii")
    words = ["given" if word == "FILE" else word for word in command]
    said = logkeep(*words, *([form] if form != "text" else []))
    assert said.code == 2, said.err
    said.out.encode()


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("place", ["Sid", "Resource", "Action"])
def test_in_a_policy_of_a_snapshot(
    logkeep: Run, fleet: Path, kept: Kept, place: str, form: tuple[str, ...]
) -> None:
    assert fleet.exists()
    question = scenes.bucket_policy_ask()
    document = scenes.policy(question)
    document["Statement"][0][place] = HALF
    snapshot = scenes.with_policy(scenes.healthy(), question, json.dumps(document))
    for command in ("diagnose", "plan"):
        said = logkeep(command, "--snapshot", kept(snapshot), *form)
        assert said.code in (0, 1, 3), said.err
        said.out.encode()
    assert logkeep("diagnose", "--snapshot", kept(snapshot)).code in (1, 3)
