"""What Logkeep writes is there whole or not at all, wherever it is killed."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from logkeep.aws.disk import FileProblem, write_new

KILLED_AT_EACH_LINE = """
import os, signal, sys
from pathlib import Path
from logkeep.aws import disk

def killed_at(number, way, path):
    seen = 0
    def trace(frame, event, _):
        nonlocal seen
        if frame.f_code.co_filename != disk.__file__:
            return None
        seen += event == "line"
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    sys.settrace(trace)
    getattr(disk, way)(path, b"whole\\n")
    sys.settrace(None)
    os._exit(0)

for number in range(1, 100):
    path = Path(f"file-{number}")
    child = os.fork()
    if child == 0:
        killed_at(number, sys.argv[1], path)
    _, status = os.waitpid(child, 0)
    print(number, status, path.read_text().strip() if path.exists() else "none")
    if status == 0:
        break
"""


@pytest.mark.parametrize("way", ["write_new", "write_whole"])
def test_a_file_is_whole_or_not_there_wherever_its_writer_is_killed(
    tmp_path: Path, way: str
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", KILLED_AT_EACH_LINE, way],
        check=True, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert len(lines) > 5
    assert lines[-1][1:] == ["0", "whole"]
    assert {line[2] if len(line) > 2 else "short" for line in lines} == {"none", "whole"}


def test_a_new_file_takes_no_other_s_place(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        write_new(path, b"other")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "link", b"other")
    assert path.read_text() == "mine"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "link"]


def test_one_that_comes_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"

    def comes(_: int) -> None:
        path.write_text("mine")

    monkeypatch.setattr(os, "fsync", comes)
    with pytest.raises(FileExistsError):
        write_new(path, b"other")
    assert path.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_disk_without_hard_links_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    write_new(tmp_path / "file", b"whole")
    assert (tmp_path / "file").read_text() == "whole"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_who_reads_a_new_file_is_the_user_s_to_say(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_new(tmp_path / "file", b"whole")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="cannot be written"):
        write_new(tmp_path / "none" / "file", b"whole")
