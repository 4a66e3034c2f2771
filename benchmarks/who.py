"""How long does `who --archive` take over 1,000 accounts with 20 principals each?

Prints one JSON line a workload. Every account has ten users and ten roles with policies, some of
which allow all of S3 and KMS. The archive is

* `closed`: as Logkeep makes it, where the policies let only the reader and the administrator in;
* `roots`: the bucket's and the key's policy name the root of every account, so that whoever its
  own account lets reads everything (a stress test: S3 would not hold so long a policy);
* `organization`: they let in `*` with aws:PrincipalOrgID;
* `own-folder`: as `organization`, but each account reads its own folder only, by a variable.

Each is asked at a quarter of the accounts too: `times_quarter` of four is linear. The answer is
checked: how many read. The floor, measured in the same run, is to decode every account's
authorization details with msgspec. The garbage collector is set as the command line sets it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from logkeep.cli.garbage import garbage_waits, look_for_garbage_seldom
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import access

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.large import large
from support.worlds import READER, people

ACCOUNTS = 1_000
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}}
OPENERS = 8
"""Of each account's twenty, those whose own policies allow to read and to decrypt."""


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


def opened(fleet: Fleet, how: str) -> list[dict[str, Any]]:
    """The statements by which the archive's policies let others read."""
    folder = "AWSLogs/${aws:PrincipalAccount}/*" if how == "own-folder" else "*"
    read: dict[str, Any] = {
        "Effect": "Allow", "Principal": "*", "Condition": ORGANIZATION,
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": f"{fleet.bucket_arn}/{folder}",
    }  # fmt: skip
    if how == "roots":
        roots = [f"arn:aws:iam::{account}:root" for account in fleet.accounts.values()]
        read = {**{k: v for k, v in read.items() if k != "Condition"}, "Principal": {"AWS": roots}}
    return [read, {**read, "Action": "kms:Decrypt", "Resource": "*"}]


def open_to_others(fleet: Fleet, snapshot: Snapshot, how: str) -> Snapshot:
    """The snapshot with the archive's two policies opened."""
    statements = dict(
        zip(("s3:GetBucketPolicy", "kms:GetKeyPolicy"), opened(fleet, how), strict=True)
    )
    changed: dict[Ask, Any] = {}
    for question, found in snapshot.answers.items():
        if question.call in statements and not found.error:
            body = msgspec.json.decode(found.body)
            policy = msgspec.json.decode(body["Policy"])
            policy["Statement"].append(statements[question.call])
            changed[question] = reply({**body, "Policy": json.dumps(policy)})
    assert len(changed) == len(statements)
    return snapshot.with_answers(changed)


def populated(fleet: Fleet, snapshot: Snapshot) -> tuple[Snapshot, float]:
    """The snapshot with twenty principals in every account, and how long they take to decode."""
    details = {}
    for account in fleet.accounts.values():
        found: Any = principals(account)
        if account == fleet.archive.account:
            own: Any = people()
            found = {name: [*found[name], *own[name]] for name in found}
        question = ask(account, fleet.home_region, "iam:GetAccountAuthorizationDetails")
        details[question] = reply(found)
    start = time.process_time()
    for found in details.values():
        msgspec.json.decode(found.body)
    return snapshot.with_answers(details), time.process_time() - start


def expected(accounts: int, how: str) -> int:
    """How many people, root users among them, read for certain."""
    match how:
        case "closed":
            return 1
        case "roots":
            # The archive's account has besides its administrator and the declared reader.
            return accounts * (OPENERS + 1) + 2
        case _:
            # A `*` needs no policy of their own in the archive's account: all 23 of it read.
            return (accounts - 1) * (OPENERS + 1) + 23


def asked(accounts: int, how: str) -> tuple[float, float, int]:
    """How long the answer took, how long its floor takes, and how many read."""
    fleet, snapshot = large(accounts, 1)
    snapshot, floor_s = populated(fleet, snapshot)
    if how != "closed":
        snapshot = open_to_others(fleet, snapshot, how)
    start = time.process_time()
    with garbage_waits():
        answer = access(Facts(fleet, snapshot))
    took = time.process_time() - start
    readers = {h.principal for h in answer.held("read").holders if h.certain}
    assert READER in readers, readers
    assert len(readers) == expected(accounts, how), (how, len(readers))
    return took, floor_s, len(readers)


def measure(how: str) -> dict[str, object]:
    quarter_s, *_ = asked(ACCOUNTS // 4, how)
    who_s, floor_s, readers = asked(ACCOUNTS, how)
    return {
        "workload": f"{how}-{ACCOUNTS}x20",
        "who_s": round(who_s, 2),
        "times_quarter": round(who_s / quarter_s, 1),
        "floor_s": round(floor_s, 3),
        "times_floor": round(who_s / floor_s, 1),
        "readers": readers,
    }


def main() -> None:
    look_for_garbage_seldom()
    for how in ("closed", "roots", "organization", "own-folder"):
        print(json.dumps(measure(how)), flush=True)


if __name__ == "__main__":
    main()
