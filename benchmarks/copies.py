"""What does `logkeep verify --all` cost over 100,000 replicas, and does it stay small?

Prints one JSON line a workload. A lab in a process of its own answers what the command asks of the
fleet; the versions of two buckets are answered beside it, made up page by page, so that they take
no memory there. The workloads are

* `alike`: every replica is as its source, told by the listings alone;
* `others`: every replica has another size, so that there are as many faults as versions;
* `looked-at`: a tenth as many, under keys, so that S3 is asked for the checksums of both sides.

Each is run at a quarter of the versions too: `times_quarter` of four is linear (the start costs the
same), and `peak_mb` beside `peak_quarter_mb` says whether memory grows. `alike` is also killed once
half is compared and run again: both together have to find what one run finds, and `cpu_s_killed`
and `cpu_s_resumed` say what was not done twice. The answer is checked. The floor, measured in the
same run, is boto3's own paginator that lists both buckets and counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

VERSIONS = 100_000
PAGE = 1000
SECURITY, PRODUCTION = "111111111111", "222222222222"
FROM, TO = "benchmark-notes", "benchmark-notes-copy"
FLEET = f"""\
name = "benchmark"
home-region = "us-east-1"
regions = ["us-east-1"]

[accounts]
security = "{SECURITY}"
production = "{PRODUCTION}"

[archive]
account = "security"
bucket = "secprod-multiaccount-logs"

[[logs]]
source = "cloudtrail"

[[replication]]
from = "{FROM}"
to = "{TO}"
"""
Start = Callable[[str, list[tuple[str, str]]], object]


class Buckets:
    """Two buckets of as many versions as asked, before a lab that answers everything else."""

    def __init__(self, lab: Any, versions: int, workload: str) -> None:
        self._lab = lab
        self._versions = versions
        self._workload = workload

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer one HTTP request."""
        bucket, _, key = str(environ["PATH_INFO"]).lstrip("/").partition("/")
        asked = parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
        if bucket not in (FROM, TO):
            return self._lab(environ, start)
        if environ["REQUEST_METHOD"] == "GET" and "versions" in asked:
            return self._listing(bucket, unquote(asked.get("key-marker", [""])[0]), start)
        if environ["REQUEST_METHOD"] == "HEAD" and key:
            return self._head(bucket, key, start)
        return self._lab(environ, start)

    def _listing(self, bucket: str, after: str, start: Start) -> Iterable[bytes]:
        first = number_of(after) + 1 if after else 0
        last = min(first + PAGE, self._versions)
        rows = "".join(self._row(bucket, number) for number in range(first, last))
        more = last < self._versions
        marker = f"<NextKeyMarker>{key_of(last - 1)}</NextKeyMarker>"
        marker += f"<NextVersionIdMarker>{version_of(last - 1)}</NextVersionIdMarker>"
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{bucket}</Name><Prefix></Prefix><KeyMarker>{after}</KeyMarker>"
            f"<VersionIdMarker></VersionIdMarker><MaxKeys>{PAGE}</MaxKeys>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{marker if more else ''}{rows}"
            "</ListVersionsResult>"
        ).encode()
        start("200 OK", [*named(), ("Content-Type", "application/xml"),
                         ("Content-Length", str(len(body)))])  # fmt: skip
        return [body]

    def _row(self, bucket: str, number: int) -> str:
        bytes_ = 1000 + number + (bucket == TO and self._workload == "others")
        return (
            f"<Version><ETag>&quot;{self._etag(bucket, number)}&quot;</ETag><Size>{bytes_}</Size>"
            "<StorageClass>STANDARD</StorageClass>"
            f"<Key>{key_of(number)}</Key><VersionId>{version_of(number)}</VersionId>"
            "<IsLatest>true</IsLatest><LastModified>2026-11-23T03:00:00.000Z</LastModified>"
            f"<Owner><ID>{'0' * 64}</ID></Owner></Version>"
        )

    def _etag(self, bucket: str, number: int) -> str:
        other = bucket == TO and self._workload == "looked-at"
        return f"{number + (1 << 64 if other else 0):032x}"

    def _head(self, bucket: str, key: str, start: Start) -> Iterable[bytes]:
        number = number_of(key)
        status = "COMPLETED" if bucket == FROM else "REPLICA"
        start("200 OK", [*named(), ("ETag", f'"{self._etag(bucket, number)}"'),
                         ("Content-Length", str(1000 + number)),
                         ("Last-Modified", "Mon, 23 Nov 2026 03:00:00 GMT"),
                         ("x-amz-version-id", version_of(number)),
                         ("x-amz-replication-status", status),
                         ("x-amz-server-side-encryption", "aws:kms"),
                         ("x-amz-checksum-crc64nvme", f"{number:012d}"),
                         ("x-amz-checksum-type", "FULL_OBJECT")])  # fmt: skip
        return []


def named() -> list[tuple[str, str]]:
    """What every answer of S3's bears."""
    return [("x-amz-request-id", "B" * 16), ("Date", "Mon, 23 Nov 2026 03:10:00 GMT")]


def key_of(number: int) -> str:
    """The key of a version: a thousand in a folder, in their order."""
    return f"logs/{number // 1000:05d}/{number:08d}.json.gz"


def number_of(key: str) -> int:
    """The number in a key."""
    return int(key.rpartition("/")[2].partition(".")[0])


def version_of(number: int) -> str:
    """The version id of an object, which its replica keeps."""
    return f"v{number:031d}"


def serve(versions: int, workload: str) -> None:
    """A lab with both buckets replicated by Logkeep; runs in its own process until it is killed."""
    from msgspec import structs
    from werkzeug.serving import make_server

    from logkeep.fleet import Logs
    from logkeep.lab.handler import Handler
    from logkeep.sources.replication.options import Pair
    from support.labs import bench
    from support.worlds import fleet_of

    accounts = {"security": SECURITY, "production": PRODUCTION}
    fleet = fleet_of(accounts, ("us-east-1",))
    key = ""
    with bench(accounts, fleet) as lab:
        s3 = lab.client(PRODUCTION, "s3")
        s3.create_bucket(Bucket=FROM)
        if workload == "looked-at":
            key = lab.client(PRODUCTION, "kms").create_key()["KeyMetadata"]["Arn"]
            default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
            rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
            s3.put_bucket_encryption(Bucket=FROM, ServerSideEncryptionConfiguration=rules)
        wanted = Logs("replication", (), Pair(from_=FROM, to=TO, key=key))
        lab.fleet = structs.replace(fleet, logs=(*fleet.logs, wanted))
        lab.mend()
        application = Buckets(lab.lab.front, versions, workload)
        server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Handler)
        at = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "KEY": key}
        print(json.dumps({**lab.lab.environment("ada"), **at}), flush=True)
        server.serve_forever()


def floor() -> None:
    """List both buckets with boto3's paginator, and count."""
    import boto3

    client: Any = boto3.client("s3")
    pages = client.get_paginator("list_object_versions")
    print(sum(len(page["Versions"]) for at in (FROM, TO) for page in pages.paginate(Bucket=at)))


def spent(command: list[str], at: Path, environment: dict[str, str], kill_at: int = 0) -> Any:
    """CPU seconds and most MB of one process, and what it said; killed once so much is compared."""
    kept, said = at / ".logkeep" / "replicas.json", at / "said.json"
    with said.open("w") as out:
        ran = subprocess.Popen(command, cwd=at, env=environment, stdout=out)
        while not (ended := os.wait4(ran.pid, os.WNOHANG))[0]:
            if kill_at and kept.exists() and reached(kept) >= kill_at:
                ran.kill()
                kill_at = -1
            time.sleep(0.02)
    _, ran.returncode, used = ended
    assert (ran.returncode == 9) == (kill_at == -1), ran.returncode
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said.read_text()


def reached(kept: Path) -> int:
    """How many versions the report that is kept has gone through."""
    found = json.loads(kept.read_bytes())["copies"][0]["report"]
    return number_of(found["going"]["after"]) if found.get("going") else 0


class Served:
    """A lab with so many versions, and a fleet file beside it, for as long as it is open."""

    def __init__(self, versions: int, workload: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.at = Path(self._folder.name)
        self._process = subprocess.Popen(
            [sys.executable, __file__, "serve", str(versions), workload],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        told = json.loads(self._process.stdout.readline())
        key = told.pop("KEY")
        fleet = FLEET + (f'key = "{key}"\n' if key else "")
        (self.at / "logkeep.toml").write_text(fleet, encoding="utf-8")
        self.environment = {**os.environ, **told}

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def verify(self, kill_at: int = 0) -> tuple[float, float, dict[str, Any]]:
        """One run of the command: CPU seconds, most MB, and what it found of the replicas."""
        command = [str(Path(sys.executable).parent / "logkeep"), "verify", "--all", "--json"]
        cpu, mb, said = spent(command, self.at, self.environment, kill_at)
        return cpu, mb, json.loads(said)["replicas"][0] if said else {}

    def forget(self) -> None:
        """Begin anew."""
        (self.at / ".logkeep" / "replicas.json").unlink()

    def floor(self) -> float:
        """CPU seconds of listing both sides, and no more."""
        cpu, _, _ = spent([sys.executable, __file__, "floor"], self.at, self.environment)
        return cpu


def run(workload: str, versions: int) -> dict[str, object]:
    """One workload, whole and at a quarter."""
    expected = "failing" if workload == "others" else "alike"
    with Served(versions // 4, workload) as served:
        small, small_mb, told = served.verify()
        assert told["counts"] == {expected: versions // 4}, told
    with Served(versions, workload) as served:
        lowest = served.floor()
        cpu, mb, told = served.verify()
        assert told["counts"] == {expected: versions}, told["counts"]
        found: dict[str, object] = {
            "workload": workload,
            "versions": versions,
            "cpu_s": round(cpu, 1),
            "times_floor": round(cpu / lowest, 2),
            "times_quarter": round(cpu / small, 2),
            "peak_mb": round(mb),
            "peak_quarter_mb": round(small_mb),
        }
        if workload == "alike":
            served.forget()
            first, _, _ = served.verify(kill_at=versions // 2)
            second, _, again = served.verify()
            assert again["counts"] == told["counts"], again
            found |= {"cpu_s_killed": round(first, 1), "cpu_s_resumed": round(second, 1)}
        return found


def main() -> None:
    match sys.argv[1:]:
        case ["serve", versions, workload]:
            serve(int(versions), workload)
        case ["floor"]:
            floor()
        case [workload, versions]:
            print(json.dumps(run(workload, int(versions))), flush=True)
        case _:
            for workload, versions in (
                ("alike", VERSIONS),
                ("others", VERSIONS),
                ("looked-at", VERSIONS // 10),
            ):
                print(json.dumps(run(workload, versions)), flush=True)


if __name__ == "__main__":
    main()
