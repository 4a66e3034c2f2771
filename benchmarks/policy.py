"""How many authorization decisions a second, on one core, whatever the number of accounts?

Prints one JSON line a workload: the CloudTrail PutObject of each of 1,000 accounts, every request
different and every answer checked, against a bucket policy of 3 statements, of 100 accounts listed
by resource and source, and of 1,000. Compile time and the making of requests are given apart. Time
is the processor's, so that neighbours on the machine count less. The floor, measured in the same
run, is the same loop around a look-up of the answer in a dict.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from logkeep.policy import Decision, Layers, Policy, Request, decide, read_policy, request

BUCKET = "arn:aws:s3:::acme-archive"
REQUESTS = 20_000
REPEATS = 9
SERVICE = {"Service": "cloudtrail.amazonaws.com"}


def account(number: int) -> str:
    return f"{100_000_000_000 + number * 7_919_111:012d}"


def trail(owner: str) -> str:
    return f"arn:aws:cloudtrail:us-east-1:{owner}:trail/logkeep"


def statement(sid: str, action: str, resource: object, condition: object) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": SERVICE,
        "Action": action,
        "Resource": resource,
        "Condition": {"StringEquals": condition},
    }


TLS_ONLY = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [BUCKET, f"{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
OWNED = {"s3:x-amz-acl": "bucket-owner-full-control"}


def three_statements() -> dict[str, Any]:
    """Any account's logs, by prefix: the form that names nobody."""
    check = statement("Check", "s3:GetBucketAcl", BUCKET, {"aws:SourceAccount": account(0)})
    write = statement("Write", "s3:PutObject", f"{BUCKET}/AWSLogs/*", OWNED)
    return {"Version": "2012-10-17", "Statement": [check, write, TLS_ONLY]}


def listing(accounts: int) -> dict[str, Any]:
    """Accounts listed by resource and by source."""
    owners = [account(number) for number in range(accounts)]
    sources = [trail(owner) for owner in owners]
    folders = [f"{BUCKET}/AWSLogs/{owner}/*" for owner in owners]
    check = statement("Check", "s3:GetBucketAcl", BUCKET, {"aws:SourceArn": sources})
    write = statement("Write", "s3:PutObject", folders, OWNED | {"aws:SourceArn": sources})
    return {"Version": "2012-10-17", "Statement": [check, write, TLS_ONLY]}


def put_object(number: int) -> Request:
    owner = account(number % 1_000)
    key = f"CloudTrail/us-east-1/2026/11/23/{owner}_CloudTrail_us-east-1_{number:016d}.json.gz"
    context = {
        "aws:SourceArn": trail(owner),
        "aws:SourceAccount": owner,
        "aws:SecureTransport": "true",
        **OWNED,
    }
    resource = f"{BUCKET}/AWSLogs/{owner}/{key}"
    return request("cloudtrail.amazonaws.com", "s3:PutObject", resource, account(0), context)


def best_of(run: Callable[[], object]) -> float:
    times: list[float] = []
    for _ in range(REPEATS):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def answers(requests: Sequence[Request], layers: Layers) -> list[Decision]:
    return [decide(asked, layers) for asked in requests]


def measure(name: str, document: dict[str, Any], admitted: int) -> dict[str, object]:
    """Time one policy; `admitted` of each thousand accounts must be allowed, the others not."""
    text = json.dumps(document)
    compile_s = best_of(lambda: read_policy(text, "resource", name))
    policy = read_policy(text, "resource", name)
    assert isinstance(policy, Policy), policy
    layers = Layers(resource=policy)
    requests = [put_object(number) for number in range(REQUESTS)]
    make_s = best_of(lambda: [put_object(number) for number in range(REQUESTS)])
    decide_s = best_of(lambda: answers(requests, layers))
    for number, decision in enumerate(answers(requests, layers)):
        wanted = "Allowed" if number % 1_000 < admitted else "ImplicitlyDenied"
        assert decision.outcome == wanted, (number, decision)
    known = {asked.resource: asked for asked in requests}
    floor_s = best_of(lambda: [known[asked.resource] for asked in requests])
    return {
        "workload": name,
        "decisions_per_s": round(REQUESTS / decide_s),
        "floor_per_s": round(REQUESTS / floor_s),
        "times_floor": round(decide_s / floor_s, 1),
        "compile_ms": round(compile_s * 1e3, 2),
        "making_one_request_us": round(make_s / REQUESTS * 1e6, 2),
        "policy_bytes": len(text),
        "different_requests": len({asked.resource for asked in requests}),
    }


def main() -> None:
    workloads = (
        ("3-statements", three_statements(), 1_000),
        ("100-accounts", listing(100), 100),
        ("1000-accounts", listing(1_000), 1_000),
    )
    for name, document, admitted in workloads:
        print(json.dumps(measure(name, document, admitted)), flush=True)


if __name__ == "__main__":
    main()
