"""How long does `try replicate --all` take over a local listing of 100,000 objects?

Prints one JSON line a workload. The listing has ten objects in each of many folders, one in ten
under a KMS key, one in twenty archived, one in a hundred a delete marker. The policies are

* `whole`: of whole buckets, so that objects of one kind have one fate;
* `folders`: the role may read half of the folders, so that each object is asked by itself.

Each is asked at a quarter of the objects too: `times_quarter` of four is linear, and `peak_mb`
beside `peak_quarter_mb` says whether memory grows. The answer is checked: how many are replicated.
The floor, measured in the same run, is to read the listing with msgspec and count its lines.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from logkeep.storage.many import Row

OBJECTS = 100_000
ACCOUNT = "222222222222"
KEYS = {
    "source": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
    "replica": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/aaaaaaaa-0000-0000-0000-000000000001",
}


def listing(path: Path, objects: int) -> None:
    """Write a listing of so many objects, with S3 Inventory's names."""
    with path.open("w") as lines:
        for number in range(objects):
            row = {
                "Key": f"AWSLogs/{number // 10:06d}/CloudTrail/{number:08d}.json.gz",
                "Size": 1_000 + number,
                "StorageClass": "GLACIER" if number % 20 == 1 else "STANDARD",
                "EncryptionStatus": "SSE-KMS" if number % 10 == 2 else "SSE-S3",
                "BucketKeyStatus": "DISABLED",
                "IsDeleteMarker": number % 100 == 3,
                "ReplicationStatus": "PENDING",
                "Tags": {},
            }
            lines.write(json.dumps(row) + "\n")


def statement(action: object, where: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": where}


def document(folders: object) -> dict[str, Any]:
    """The bucket, its one rule, its role with just what it needs, and both keys."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"Service": "s3.amazonaws.com"}}  # fmt: skip
    role = [
        statement(["s3:GetReplicationConfiguration", "s3:ListBucket"], "arn:aws:s3:::src"),
        statement(["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl",
                   "s3:GetObjectVersionTagging"], folders),
        statement(["s3:ReplicateObject", "s3:ReplicateDelete"], "arn:aws:s3:::dst/*"),
        statement(["kms:Decrypt", "kms:Encrypt"], list(KEYS.values())),
    ]  # fmt: skip
    rule = {"ID": "all", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": "AWSLogs/"},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
            "Destination": {"Bucket": "arn:aws:s3:::dst", "EncryptionConfiguration": {
                "ReplicaKmsKeyID": KEYS["replica"]}}}  # fmt: skip
    settings = {"encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {
        "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEYS["source"]}}]}, "policy": None,
        "versioning": "Enabled", "ownership": "BucketOwnerEnforced", "public_access": None,
        "blocked_encryption": ["SSE-C"], "object_lock": False}  # fmt: skip
    version = {"Version": "2012-10-17"}
    delegated = {**version, "Statement": [{**statement("kms:*", "*"), "Principal": {
        "AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]}  # fmt: skip
    return {
        **settings,
        "account": ACCOUNT,
        "region": "us-east-1",
        "replication": {"Role": f"arn:aws:iam::{ACCOUNT}:role/replication", "Rules": [rule]},
        "role": {"trust": {**version, "Statement": [trust]},
                 "policies": [{**version, "Statement": role}]},
        "destinations": {"dst": {**settings, "encryption": None, "region": "eu-west-1"}},
        "keys": {arn: {"state": "Enabled", "policy": delegated} for arn in KEYS.values()},
    }  # fmt: skip


def judged(bucket: Path, path: Path) -> dict[str, Any]:
    """Run the command on a listing; its answer, time and peak memory."""
    from logkeep.cli.program import run

    out = io.StringIO()
    start = time.process_time()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = run(["try", "replicate", "--all", "s3://src/AWSLogs/", "--bucket", str(bucket),
                    "--listing", str(path), "--json"])  # fmt: skip
    took = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer = json.loads(out.getvalue())
    moved = sum(e["objects"] for e in answer["outcomes"] if e["says"].startswith("replicated"))
    return {"code": code, "seconds": took, "peak_mb": peak, "replicated": moved}


def apart(bucket: Path, path: Path) -> dict[str, Any]:
    """The same in a process of its own, whose peak is nobody else's."""
    found = subprocess.run(
        [sys.executable, __file__, str(bucket), str(path)], capture_output=True, check=True
    )
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


def floor(path: Path) -> float:
    """Read and count the listing, and no more."""
    decode = msgspec.json.Decoder(Row).decode
    start = time.process_time()
    with path.open("rb") as lines:
        assert sum(decode(line).Size is not None for line in lines) == OBJECTS
    return time.process_time() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, quarter = folder / "whole.jsonl", folder / "quarter.jsonl"
        listing(whole, OBJECTS)
        listing(quarter, OBJECTS // 4)
        lowest = min(floor(whole) for _ in range(5))
        for workload, where, share in (
            ("whole", "arn:aws:s3:::src/*", 1.0),
            ("folders", [f"arn:aws:s3:::src/AWSLogs/00{n}*" for n in range(5)], 0.5),
        ):
            bucket = folder / f"{workload}.json"
            bucket.write_text(json.dumps(document(where)))
            runs = [apart(bucket, whole) for _ in range(3)]
            best = min(runs, key=lambda each: each["seconds"])
            small = apart(bucket, quarter)
            # One in twenty is archived, one in a hundred a delete marker.
            assert abs(best["replicated"] / (OBJECTS * 0.94 * share) - 1) < 0.02, best
            print(
                json.dumps(
                    {
                        "workload": workload,
                        "objects": OBJECTS,
                        "seconds": round(best["seconds"], 2),
                        "times_floor": round(best["seconds"] / lowest, 1),
                        "times_quarter": round(best["seconds"] / small["seconds"], 1),
                        "peak_mb": round(best["peak_mb"]),
                        "peak_quarter_mb": round(small["peak_mb"]),
                        "replicated": best["replicated"],
                    }
                )
            )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(judged(Path(sys.argv[1]), Path(sys.argv[2]))))
    else:
        main()
