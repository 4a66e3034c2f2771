"""How does a test run `logkeep` or `aws` as a process of its own without loading it each time?

A helper process has loaded both and forks for each command, which gets its own folder, environment
and output as if it were typed; only the second that loading takes is left out. Tests of how a
process starts or ends run a real one.
"""

from __future__ import annotations

import functools
import gc
import importlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from logkeep.lab.demo.stage import in_a_process
from support.places import ROOT

PROGRAMS = {"logkeep": "logkeep.cli", "aws": "awscli.clidriver"}
"""Where the `main` of each is."""


def ran(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """What a command printed and how it ended, as `subprocess.run` gives it."""
    with tempfile.TemporaryDirectory() as answers:
        out, err = Path(answers, "out"), Path(answers, "err")
        code = _ask(command, folder, environment, out, err)
        said = (each.read_text(encoding="utf-8", errors="replace") for each in (out, err))
        return subprocess.CompletedProcess(command, code, *said)


def ran_together(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, bytes]:
    """How a command ended, and all that it printed in the order it came; for a stage."""
    if Path(command[0]).name not in PROGRAMS:
        return in_a_process(command, folder, environment)
    with tempfile.TemporaryDirectory() as answers:
        out = Path(answers, "out")
        return _ask(command, folder, environment, out, out), out.read_bytes()


def _ask(
    command: list[str], folder: Path, environment: Mapping[str, str], out: Path, err: Path
) -> int:
    asked = {
        "program": Path(command[0]).name,
        "words": command[1:],
        "folder": str(folder),
        "environment": dict(environment),
        "out": str(out),
        "err": str(err),
    }
    helper: Any = _helper()
    helper.stdin.write(json.dumps(asked) + "\n")
    helper.stdin.flush()
    return int(helper.stdout.readline())


@functools.cache
def _helper() -> subprocess.Popen[str]:
    """The helper of this worker, which ends when nobody writes to it any more."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests"), "PYTHONUTF8": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "support.warm"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def serve() -> None:
    """Fork for each line that asks for a command, and answer how it ended."""
    _load()
    mains = {name: importlib.import_module(module).main for name, module in PROGRAMS.items()}
    gc.freeze()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            _be(mains[asked["program"]], asked)
        answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        answers.flush()


def _load() -> None:
    """Load what most commands load when they are run."""
    from logkeep.cli.verbs import VERBS, load

    for name in VERBS:
        load(name)
    for name in ("logkeep.aws.collect", "logkeep.aws.apply", "logkeep.plan", "logkeep.diagnose"):
        importlib.import_module(name)


def _be(main: Any, asked: dict[str, Any]) -> NoReturn:
    """Be the command, in the process that was forked for it."""
    os.chdir(asked["folder"])
    # `aws` names its own descriptions of services so, as it is loaded.
    loaded = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]} if asked["program"] == "aws" else {}
    os.environ.clear()
    os.environ.update({**asked["environment"], **loaded})
    time.tzset()
    random.seed()
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin, sys.stdout, sys.stderr = (
        io.TextIOWrapper(
            io.FileIO(number, mode, closefd=False), encoding="utf-8", write_through=True
        )
        for number, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    sys.argv = [asked["program"], *asked["words"]]
    code: Any = 1
    try:
        code = main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    serve()
