"""How long does `who --archive` take over 1,000 accounts with 20 principals each?

Prints one JSON line a workload. Every account has ten users and ten roles with policies, some of
which allow all of S3 and KMS; the archive's policies let only the reader and the administrator in,
and that is checked. The floor, measured in the same run, is to decode every account's
authorization details with msgspec.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from logkeep.snapshot import Snapshot, ask, reply
from logkeep.who import access

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from large import large  # the path is set just above
from worlds import READER, people


def document(*actions: str) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [allowed]}


POLICIES = (document("s3:*", "kms:*"), document("*"), document("ec2:*", "logs:Get*"),
            document("s3:Get*", "s3:List*"), document("sts:AssumeRole"))  # fmt: skip


def principals(account: str) -> dict[str, list[dict[str, Any]]]:
    """Ten users and ten roles."""

    def inline(number: int) -> list[dict[str, Any]]:
        return [{"PolicyName": "p", "PolicyDocument": POLICIES[number % len(POLICIES)]}]

    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"Service": "ec2.amazonaws.com"}}]}  # fmt: skip
    users = [
        {
            "UserName": f"u{n}",
            "Arn": f"arn:aws:iam::{account}:user/u{n}",
            "UserPolicyList": inline(n),
        }
        for n in range(10)
    ]
    roles = [
        {"RoleName": f"r{n}", "Arn": f"arn:aws:iam::{account}:role/r{n}",
         "RolePolicyList": inline(n), "AssumeRolePolicyDocument": trust}
        for n in range(10)
    ]  # fmt: skip
    return {"UserDetailList": users, "RoleDetailList": roles}


def measure(accounts: int) -> dict[str, object]:
    fleet, snapshot = large(accounts, 1)
    answers = dict(snapshot.answers)
    details = {}
    for account in fleet.accounts.values():
        found: Any = principals(account)
        if account == fleet.archive.account:
            own: Any = people()
            found = {name: [*found[name], *own[name]] for name in found}
        question = ask(account, fleet.home_region, "iam:GetAccountAuthorizationDetails")
        details[question] = reply(found)
    snapshot = Snapshot(snapshot.fleet, snapshot.taken_at, answers | details)
    start = time.process_time()
    answer = access(fleet, snapshot)
    took = time.process_time() - start
    readers = {h.principal for h in answer.held("read").holders if h.certain}
    assert READER in readers, readers
    start = time.process_time()
    for found in details.values():
        msgspec.json.decode(found.body)
    floor_s = time.process_time() - start
    return {
        "workload": f"{accounts}x20",
        "who_s": round(took, 2),
        "floor_s": round(floor_s, 3),
        "times_floor": round(took / floor_s, 1),
        "readers": len(readers),
        "powers": len(answer.powers),
    }


def main() -> None:
    for accounts in (100, 1_000):
        print(json.dumps(measure(accounts)), flush=True)


if __name__ == "__main__":
    main()
