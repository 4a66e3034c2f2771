"""A signal at any moment ends a command soon, in words, with exit code 130 and no half file.

Two at once, as a service manager or a finger on Ctrl-C sends them, end it no worse. `make whole`
tries every command at many moments.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import scenes
from support.examples import WHOLE
from support.labs import Bench, bench
from support.worlds import ACCOUNTS

PROGRAM = "from logkeep.cli import main; main()"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
COMMANDS = {
    "diagnose": ("diagnose", "--fresh"),
    "verify": ("verify",),
    "collect": ("collect", "-o", "out.gz"),
    "plan": ("plan", "-o", "plan.json"),
    "list": ("list",),
    "who": ("who", "--archive"),
    "init": ("init", "--from-existing", "--fleet", "new.toml"),
}
MOMENTS = 10 if WHOLE else 1


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS) as made:
        made.mend()
        made.pass_hours(2)
        yield made


def begun(folder: Path, *words: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], cwd=folder, env={**os.environ, **more}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ignores_signals(run: subprocess.Popen[str]) -> bool:
    """Whether a process that was stopped has ended, or has said all and ignores what comes."""
    status = Path(f"/proc/{run.pid}/status")
    while run.poll() is None:
        fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if line)
        if fields["State"].startswith(("T", "Z")):
            return bool(int(fields["SigIgn"], 16) >> (signal.SIGTERM - 1) & 1) or (
                fields["State"].startswith("Z")
            )
        time.sleep(0.001)
    return True


def whole(folder: Path) -> None:
    """Whatever is there can be read."""
    for path in folder.rglob("*"):
        if path.suffix == ".gz":
            gzip.decompress(path.read_bytes())
        if path.suffix == ".json":
            json.loads(path.read_bytes())
        if path.name == "new.toml":
            assert "[archive]" in path.read_text()
        assert not path.name.startswith((".out", ".plan", ".new"))


def undisturbed(folder: Path, *words: str) -> float:
    """How long a command takes on this machine, in seconds."""
    start = time.monotonic()
    run = begun(folder, *words)
    _, said = run.communicate(timeout=60)
    assert run.returncode in (0, 1, 3), said
    return time.monotonic() - start


def without_files(folder: Path) -> None:
    """What a command has written is gone again."""
    for path in (*folder.glob("new.toml"), *folder.glob("out.gz")):
        path.unlink()


@pytest.mark.parametrize("name", COMMANDS if WHOLE else ("diagnose", "verify"))
def test_signals_end_a_command_in_words(
    lab: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for key, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(key, value)
    (tmp_path / "logkeep.toml").write_text(scenes.FLEET_TEXT, encoding="utf-8")
    chance, interrupted = random.Random(name), 0
    took = undisturbed(tmp_path, *COMMANDS[name])
    for _ in range(MOMENTS):
        without_files(tmp_path)
        run = begun(tmp_path, *COMMANDS[name])
        time.sleep(took * chance.uniform(0.3, 1.1))
        run.send_signal(signal.SIGSTOP)
        had_said_all = ignores_signals(run)
        for number in chance.sample(SIGNALS, 2):
            run.send_signal(number)
            run.send_signal(signal.SIGCONT)
            time.sleep(chance.choice((0.001, 0.01)))
        _, said = run.communicate(timeout=30)
        assert "Traceback" not in said
        assert "Exception" not in said
        assert run.returncode in ((0, 1, 3) if had_said_all else (130,)), said
        assert (run.returncode == 130) == ("error: interrupted" in said)
        whole(tmp_path)
        interrupted += run.returncode == 130
    assert interrupted or not WHOLE


IN_A_FINALIZER = """
import os, signal, sys, time
from logkeep.cli.ending import Ending
ending = Ending()
ending.watch()
class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.001)
try:
    Finalized()
    time.sleep(20)
except KeyboardInterrupt:
    sys.exit(130)
"""
AS_IT_ENDS = """
import os, signal, sys
from logkeep.cli.ending import Ending
class Late:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
late = Late()
ending = Ending()
ending.watch()
ending.said(3)
os.kill(os.getpid(), signal.SIGHUP)
sys.exit(3)
"""
WHILE_A_LOCK_IS_HELD = """
import threading
from logkeep.cli import ending
ending.PATIENCE_S = 0.3
made = ending.Ending()
made.watch()
lock = threading.Lock()
lock.acquire()
try:
    signal = __import__("signal")
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    lock.acquire()
"""
WHILE_IT_LOADS = """
import os, signal, sys
class Loading:
    def find_spec(self, name, *_):
        if name == "logkeep.cli.program":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Loading())
from logkeep.cli import main
main(["--help"])
"""


@pytest.mark.parametrize(
    ("program", "code", "says"),
    [
        (IN_A_FINALIZER, 130, ""),
        (AS_IT_ENDS, 3, ""),
        (WHILE_A_LOCK_IS_HELD, 130, "error: interrupted\n"),
        (WHILE_IT_LOADS, 130, "error: interrupted\n"),
    ],
    ids=["in a finalizer", "as it ends", "while a lock is held", "while it loads"],
)
def test_wherever_python_is_a_signal_ends_it(program: str, code: int, says: str) -> None:
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=15
    )
    assert (found.returncode, found.stderr) == (code, says)


def test_what_whoever_began_it_has_it_ignore_stays_ignored() -> None:
    """As `nohup` does with SIGHUP."""
    program = (
        "import os, signal; from logkeep.cli.ending import Ending; Ending().watch(); "
        "os.kill(os.getpid(), signal.SIGHUP)"
    )
    found = subprocess.run(
        ["nohup", sys.executable, "-c", program], capture_output=True, check=False
    )
    assert found.returncode == 0
