"""A lab that runs for the user's own commands: found by its file, closed to everybody else."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from logkeep.cli.program import run
from logkeep.lab import foreground, statefile
from logkeep.lab.credentials import Credentials
from logkeep.lab.organization import ACCOUNTS
from logkeep.lab.server import Lab
from logkeep.lab.statefile import NoLab, Running
from support.warm import ran

pytestmark = pytest.mark.lab
BIN = Path(sys.executable).parent


class Up:
    """`logkeep lab up`, running in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [str(BIN / "logkeep"), "lab", "up", "--accounts", "security,production"]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.exports = self._exports()

    def _exports(self) -> dict[str, str]:
        assert self.process.stdout is not None
        found: dict[str, str] = {}
        for line in self.process.stdout:
            if line.startswith("unset "):
                return found
            name, _, value = line.removeprefix("export ").rstrip("\n").partition("=")
            found[name] = value
        raise AssertionError(self.process.communicate()[1])

    @property
    def state(self) -> Path:
        return self.folder / ".logkeep" / "lab.json"

    @property
    def port(self) -> int:
        return int(self.exports["AWS_ENDPOINT_URL"].rpartition(":")[2])

    def type(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Type a command in the folder, in a shell that took the exports."""
        around = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": "/", **self.exports, **more}
        return ran(list(command), self.folder, around)

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        _, said = self.process.communicate(timeout=20)
        assert "Traceback" not in said
        return self.process.returncode


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(tmp_path_factory.mktemp("up"))
    try:
        yield running
    finally:
        assert running.end() == 0
        assert not running.state.exists()


def test_its_file_is_for_its_owner_only(up: Up) -> None:
    assert stat.S_IMODE(up.state.stat().st_mode) == 0o600
    assert json.loads(up.state.read_bytes())["url"] == up.exports["AWS_ENDPOINT_URL"]
    assert (up.folder / ".logkeep" / ".gitignore").read_text() == "*\n"
    assert 'production = "222222222222"' in (up.folder / "logkeep.toml").read_text()


def listening(port: int) -> set[str]:
    """The addresses, in hex as Linux writes them, on which something listens at a port."""
    rows = [
        line.split()
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for line in Path(table).read_text().splitlines()[1:]
    ]
    return {
        row[1].split(":")[0] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"
    }


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="sockets are listed on Linux only")
def test_it_listens_on_this_machine_only(up: Up) -> None:
    assert listening(up.port) == {"0100007F"}
    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.2", up.port)) != 0


def control(up: Up, name: str, token: str | None, body: dict[str, Any] | None = None) -> int:
    headers = {} if token is None else {"X-Lab-Token": token}
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(f"http://127.0.0.1:{up.port}/_lab/{name}", data, headers)
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("name", ["now", "state", "advance", "break", "mend"])
def test_nobody_steers_it_without_the_token(up: Up, name: str) -> None:
    body = None if name in ("now", "state") else {"seconds": 3600, "code": "bucket-missing"}
    for token in (None, "", "wrong"):
        assert control(up, name, token, body) == 403


def test_the_file_has_the_token(up: Up) -> None:
    token = json.loads(up.state.read_bytes())["token"]
    assert control(up, "now", token) == 200
    assert control(up, "break", token, {"code": "trail-off"}) == 400
    assert control(up, "nothing", token) == 404


def test_the_aws_command_works_by_hand(up: Up) -> None:
    assert up.type("aws", "s3", "mb", "s3://by-hand").returncode == 0
    assert "by-hand" in up.type("aws", "s3", "ls").stdout
    refused = up.type("aws", "s3", "ls", AWS_ACCESS_KEY_ID="AKIANOBODY")
    assert "InvalidAccessKeyId" in refused.stderr


def test_everybody_can_be_somebody(up: Up) -> None:
    people = up.type("logkeep", "lab", "who").stdout
    assert "developer@production" in people
    assert re.search(r"LogReader@security +role of 1{12}, trusts arn:aws:iam::1{12}:root", people)
    told = json.loads(up.type("logkeep", "lab", "who", "--json").stdout)["people"]
    lines = [line for line in people.splitlines() if not line.startswith(" ")]
    assert [each["name"] for each in told] == [line.split()[0] for line in lines]
    for name, arn in (
        ("developer@production", "arn:aws:iam::222222222222:user/developer"),
        ("LogReader@security", "arn:aws:sts::111111111111:assumed-role/LogReader/lab"),
    ):
        printed = up.type("logkeep", "lab", "env", name).stdout
        keys = dict(re.findall(r"export (\w+)=(.*)", printed))
        told = up.type("aws", "sts", "get-caller-identity", **keys).stdout
        assert json.loads(told)["Arn"] == arn
    unknown = up.type("logkeep", "lab", "env", "develper@production")
    assert unknown.returncode == 2
    assert "did you mean `developer@production`?" in unknown.stderr


def test_break_and_mend_on_the_command_line(up: Up) -> None:
    """Set up, work, let time go by, break by a call and from underneath, mend."""
    advance = "hint: `logkeep lab advance 2h` lets their records and digests arrive\n"
    assert advance not in up.type("logkeep", "lab", "work").stderr  # nothing records it
    assert up.type("logkeep", "apply", "--yes").returncode == 0
    worked = up.type("logkeep", "lab", "work", "--for", "2h")
    assert worked.stdout == "32 calls made in 2 accounts\n", worked.stderr
    assert advance in up.type("logkeep", "lab", "work").stderr
    assert up.type("logkeep", "lab", "advance", "10m").stdout.startswith("it is ")
    assert up.type("logkeep", "diagnose").returncode == 3
    for code in ("key-refuses", "bucket-missing"):
        broken = up.type("logkeep", "lab", "break", code)
        assert broken.stdout.startswith(f"broken[{code}]: "), broken.stderr
        assert "hint: `logkeep diagnose` finds it; `logkeep lab mend` undoes it\n" in broken.stderr
    found = up.type("logkeep", "diagnose")
    assert found.returncode == 1
    assert "error[bucket-missing]" in found.stdout
    assert "error[key-refuses]" in found.stdout
    for code in ("bucket-missing", "key-refuses"):
        assert up.type("logkeep", "lab", "mend").stdout == f"mended[{code}]: as it was before\n"
    # This clock ticks: where a delivery fell into the broken time, its error stays until the next.
    assert up.type("logkeep", "lab", "advance", "10m").returncode == 0
    mended = up.type("logkeep", "diagnose")
    assert mended.returncode == 3, mended.stdout
    assert "nothing is broken" in up.type("logkeep", "lab", "mend").stdout


def test_what_cannot_be_broken_is_said(up: Up) -> None:
    assert "did you mean `key-refuses`?" in up.type("logkeep", "lab", "break", "key-refused").stderr
    nobody = up.type("logkeep", "lab", "break", "trail-off", "--account", "nobody")
    assert nobody.returncode == 2
    assert "there is no account `nobody`" in nobody.stderr
    listed = up.type("logkeep", "lab", "break", "--list").stdout
    assert "key-refuses                 the key's policy no longer names" in listed


def test_a_second_lab_does_not_push_the_first_away(up: Up) -> None:
    second = up.type("logkeep", "lab", "up")
    assert second.returncode == 2
    assert f"a lab runs here already, at {up.exports['AWS_ENDPOINT_URL']}" in second.stderr


def test_a_port_that_is_taken_is_an_error(up: Up, tmp_path: Path) -> None:
    other = up.type("logkeep", "lab", "up", "--port", str(up.port), LOGKEEP_LAB=str(tmp_path / "s"))
    assert other.returncode == 2
    assert f"error: port {up.port}" in other.stderr
    assert not (tmp_path / "s").exists()


def test_sigterm_ends_it_and_a_fleet_file_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "logkeep.toml").write_text("mine")
    lab = Up(tmp_path)
    assert lab.end(signal.SIGTERM) == 0
    assert (tmp_path / "logkeep.toml").read_text() == "mine"
    assert not lab.state.exists()


def test_without_a_lab_every_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(statefile.VARIABLE, str(tmp_path / "gone.json"))
    for command in (
        ["advance", "1h"],
        ["work"],
        ["who"],
        ["env"],
        ["mend"],
        ["break", "trail-off"],
    ):
        assert run(["lab", *command]) == 2
        said = capsys.readouterr().err
        assert "there is no lab" in said
        assert "hint: run `logkeep lab up`" in said


@pytest.mark.parametrize("text", ["", "2", "h", "1x", "-1h", "1h2", "9" * 20 + "d"])
def test_what_is_no_length_of_time(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "advance", "--", text]) == 2
    assert re.search("write 90m, 2h or 1d|is too long", capsys.readouterr().err)


def test_accounts_have_ids_that_can_be_told_apart() -> None:
    assert foreground.numbered(()) == ACCOUNTS
    names = tuple(f"account-{n}" for n in range(12))
    found = foreground.numbered(names)
    assert list(found.values()) == list(names)
    assert all(re.fullmatch(r"\d{12}", id_) for id_ in found)
    assert "999999999999" not in found  # the stranger's


def test_a_lab_that_is_gone_is_no_lab(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    key = Credentials("111111111111", "ada", "AKIA", "secret")
    gone = Running(f"http://127.0.0.1:{port}", "t", 1, ("us-east-1",), ACCOUNTS, {"ada": key})
    statefile.write(gone, tmp_path / "lab.json")
    assert statefile.read(tmp_path / "lab.json") == gone
    with pytest.raises(NoLab, match="does not answer"):
        gone.ask("now")
    statefile.forget(tmp_path / "lab.json")
    assert (tmp_path / "lab.json").exists()  # another process wrote it
    (tmp_path / "lab.json").write_text("{")
    with pytest.raises(NoLab):
        statefile.read(tmp_path / "lab.json")


@pytest.mark.parametrize("command", ["who", "env ada", "work", "break key-refuses"])
def test_a_lab_that_was_killed_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    with Lab() as lab:
        statefile.write(statefile.running(lab), tmp_path / ".logkeep" / "lab.json")
    monkeypatch.chdir(tmp_path)
    assert run(["lab", *command.split()]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "does not answer" in said.err
    assert "run `logkeep lab up` in another terminal" in said.err
