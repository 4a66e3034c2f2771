"""Another user of this machine, who does all he can, neither reads a lab nor drives it."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from logkeep.lab import statefile
from logkeep.lab.handler import BODY_BYTES_MAX
from logkeep.lab.statefile import Running
from support.other_user import ANOTHER_USER, as_another_user, only_as_root

pytestmark = pytest.mark.lab
LOGKEEP = Path(sys.executable).parent / "logkeep"
HOST = b"Host: 127.0.0.1\r\n"
ROOT = b"AKIAROOT111111111111"
"""The access key of the management account's root user, which is the same in every lab."""
SIGNED = b"Credential=" + ROOT + b"/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, "
SCOPE = "AKIAROOT111111111111/20260101/us-east-1/s3/aws4_request"


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """A folder that everybody may enter and write into, as /tmp."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o1777)
        yield Path(folder)


@pytest.fixture(scope="module")
def up(shared: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A lab that runs in that folder."""
    only_as_root()
    with (shared / "said").open("wb") as said:
        process = subprocess.Popen(
            [LOGKEEP, "lab", "up", "--accounts", "security"],
            cwd=shared, stdout=subprocess.PIPE, stderr=said, umask=0,
        )  # fmt: skip
        assert process.stdout is not None
        assert any(line.startswith(b"unset ") for line in process.stdout)
        yield process
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        process.stdout.close()


@pytest.fixture
def lab(up: subprocess.Popen[bytes], shared: Path) -> Running:
    """What its own user knows of it; it still runs."""
    assert up.poll() is None
    found = statefile.read(shared / statefile.USUAL)
    found.ask("now")
    return found


def secrets_of(lab: Running) -> list[str]:
    return [lab.token, *(each.secret_access_key for each in lab.credentials.values())]


def test_no_file_of_it_can_be_read_or_written_over(lab: Running, shared: Path) -> None:
    def attack() -> dict[str, str]:
        told: dict[str, str] = {}
        for path in (shared / ".logkeep", shared / statefile.USUAL):
            for act in (Path.read_bytes, Path.iterdir, Path.unlink, lambda p: p.chmod(0o777)):
                try:
                    list(act(path) or ())
                    told[f"{act} {path}"] = "done"
                except OSError:
                    continue
            try:
                path.rename(shared / "moved")
                told[f"rename {path}"] = "done"
            except OSError:
                continue
        return told

    assert as_another_user(attack) == {}
    assert stat.S_IMODE((shared / ".logkeep").stat().st_mode) == 0o700
    assert stat.S_IMODE((shared / statefile.USUAL).stat().st_mode) == 0o600
    assert lab.token


def test_its_process_tells_nothing(lab: Running, up: subprocess.Popen[bytes]) -> None:
    def attack() -> bytes:
        found = b""
        for path in Path(f"/proc/{up.pid}").rglob("*"):
            try:
                if path.is_file() and path.name not in ("kmsg", "clear_refs"):
                    with path.open("rb") as file:
                        found += file.read(1 << 20)
            except OSError:
                continue
        return found

    told = as_another_user(attack)
    assert b"logkeep" in told  # its command line, which everybody sees
    assert not [each for each in secrets_of(lab) if each.encode() in told]


RAW: dict[str, bytes] = {
    "the clock": b"GET /_lab/now HTTP/1.1\r\n" + HOST + b"\r\n",
    "an odd token": b"GET /_lab/state HTTP/1.1\r\n" + HOST + b"X-Lab-Token: \xe9\r\n\r\n",
    "an encoded path": b"GET /%5flab/now HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path with dots": b"GET /x/../_lab/now HTTP/1.1\r\n" + HOST + b"\r\n",
    "two slashes": b"GET //_lab/now HTTP/1.1\r\n" + HOST + b"\r\n",
    "an absolute path": b"GET http://localhost/_lab/now HTTP/1.1\r\n" + HOST + b"\r\n",
    "no host": b"GET /_lab/now HTTP/1.0\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: evil.example\r\n" + HOST + b"\r\n",
    "moto's own": b"POST /moto-api/reset HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n",
    "trace": b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n",
    "connect": b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "no method": b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n",
    "an odd signature": b"GET /b HTTP/1.1\r\n" + HOST
    + b"Authorization: AWS4-HMAC-SHA256 " + SIGNED + b"Signature=\xe9\r\n\r\n",
    "an odd presigned one": b"GET /b?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=\xe9"
    + f"&X-Amz-Credential={SCOPE}&X-Amz-SignedHeaders=host HTTP/1.1\r\n".encode() + HOST + b"\r\n",
    "a length that is none": b"PUT /b HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\nhello",
    "too long": b"PUT /b HTTP/1.1\r\n" + HOST + b"Content-Length: 9999999999999\r\n\r\nhello",
    "far too long": b"PUT /b HTTP/1.1\r\n" + HOST
    + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nhello",
    "odd pieces": b"PUT /b HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 5000 + b"\r\n",
    "a long path": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "all letters": bytes(range(256)) * 4 + b"\r\n\r\n",
    "unsigned": b"POST / HTTP/1.1\r\n" + HOST
    + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 45\r\n\r\n"
    + b"Action=AssumeRoleWithWebIdentity&Version=2011",
    "an odd target": b"POST / HTTP/1.1\r\n" + HOST
    + b"X-Amz-Target: ../../etc\r\nContent-Length: 2\r\n\r\n{}",
}  # fmt: skip


def answer_to(port: int, said: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as reached:
        found = b""
        with contextlib.suppress(ConnectionError):  # where it ends before it has read all
            reached.sendall(said)
            no_more(reached)
        with contextlib.suppress(ConnectionError):
            while piece := reached.recv(65536):
                found += piece
        return found


def no_more(reached: socket.socket) -> None:
    """Say that nothing more will be sent, unless the other side has ended it already."""
    try:
        reached.shutdown(socket.SHUT_WR)
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise


def test_no_request_gets_anything_or_disturbs_it(lab: Running, shared: Path) -> None:
    port = int(lab.url.rpartition(":")[2])

    def attack() -> dict[str, bytes]:
        return {name: answer_to(port, said) for name, said in RAW.items()}

    found = as_another_user(attack)
    assert set(found) == set(RAW), found
    for name, told in found.items():
        status = told.split(b" ")[1] if told.startswith(b"HTTP/1.1") else b""
        assert not told or status[:1] == b"4" or b"Error code: 4" in told, (name, told[:200])
        assert b"now" not in told.partition(b"\r\n\r\n")[2], name
    assert b"Traceback" not in (shared / "said").read_bytes()


def test_a_body_without_an_end_is_not_kept_in_memory(lab: Running) -> None:
    port = int(lab.url.rpartition(":")[2])
    piece = b"100000\r\n" + bytes(1 << 20) + b"\r\n"

    def attack() -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as reached:
            reached.sendall(b"PUT /b HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
            try:
                for _ in range((BODY_BYTES_MAX >> 20) * 3):
                    reached.sendall(piece)
            except OSError:
                return b"ended"
            return reached.recv(100)

    assert as_another_user(attack) == b"ended"


GUESSES = ("", "root-secret-of-111111111111", "secret", "EXAMPLE", "testing", "111111111111")


def test_no_key_can_be_guessed(lab: Running) -> None:
    """Not even root's, whose access key is known to everybody."""
    known = {lab.credentials["root@security"].access_key_id: GUESSES}
    for name in ("AKIAIOSFODNN7EXAMPLE", "testing", "foo"):
        known[name] = GUESSES
    clients = [client(lab, key, secret) for key, all_ in known.items() for secret in all_ if secret]

    def attack() -> list[str]:
        told: list[str] = []
        for sts in clients:
            try:
                told.append(sts.get_caller_identity()["Arn"])
            except ClientError:
                continue
        return told

    assert as_another_user(attack) == []


def client(lab: Running, key: str, secret: str) -> Any:
    sdk: Any = botocore.session.get_session()
    return sdk.create_client(
        "sts", "us-east-1", endpoint_url=lab.url,
        aws_access_key_id=key, aws_secret_access_key=secret,
    )  # fmt: skip


def test_root_s_secret_is_another_in_each_lab(lab: Running) -> None:
    assert len(lab.credentials["root@security"].secret_access_key) >= 32


LAID = {
    "a folder": lambda folder: (folder / ".logkeep").mkdir(),
    "a link to a folder": lambda folder: (folder / ".logkeep").symlink_to(folder),
    "a file in a folder": lambda folder: (
        (folder / ".logkeep").mkdir(),
        (folder / ".logkeep" / "lab.json").write_text("{}"),
    ),
}


@pytest.mark.parametrize("laid", LAID)
def test_what_he_laid_down_in_a_shared_folder_is_not_used(laid: str) -> None:
    only_as_root()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o1777)
        not_used(Path(folder), laid)


def not_used(folder: Path, laid: str) -> None:
    assert as_another_user(lambda: bool(LAID[laid](folder)) or True) is True
    assert said_in(folder, "init")
    for command in ("lab up", "diagnose"):
        assert "belongs to another user of this machine" in said_in(folder, command), command
    assert "export" not in said_in(folder, "lab env")
    assert not (folder / "lab.json").exists()
    assert os.stat(folder / ".logkeep", follow_symlinks=False).st_uid == ANOTHER_USER


def said_in(folder: Path, command: str) -> str:
    """All that a command says that ends by itself."""
    ran = subprocess.run(
        [LOGKEEP, *command.split()],
        check=False, cwd=folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return ran.stdout + ran.stderr
