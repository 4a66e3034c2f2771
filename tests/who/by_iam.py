"""An archive whose reading is left to IAM, and the people of its account."""

from __future__ import annotations

import copy
from typing import Any

from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import Access, access
from support import scenes
from support.scenes import FLEET
from support.worlds import people

ARCHIVE = "111111111111"
ROOT = f"arn:aws:iam::{ARCHIVE}:root"
PEOPLE = ask(ARCHIVE, "us-east-1", "iam:GetAccountAuthorizationDetails")
USER, ROLE = f"arn:aws:iam::{ARCHIVE}:user/eve", f"arn:aws:iam::{ARCHIVE}:role/eve"


def document(*statements: tuple[str, str]) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": effect, "Action": action, "Resource": "*"} for effect, action in statements
        ],
    }


ALL, NONE = document(("Allow", "*")), document(("Allow", "ec2:*"))


def inline(name: str, policy: dict[str, Any]) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyDocument": policy}


def with_people(details: dict[str, Any], snapshot: Snapshot) -> Snapshot:
    return snapshot.with_answers({PEOPLE: reply(details)})


def delegated(snapshot: Snapshot) -> Snapshot:
    """The key leaves it to the account's IAM who decrypts, as the bucket does within an account."""
    question = scenes.key_policy_ask()
    policy = scenes.policy(question)
    more = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    return scenes.with_policy(
        snapshot, question, {**policy, "Statement": [*policy["Statement"], more]}
    )


def staff(kind: str, *policies: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The archive's people with one more, a user or a role, of these inline policies."""
    listed = [inline(f"p{number}", policy) for number, policy in enumerate(policies)]
    body: dict[str, Any] = copy.deepcopy(people())
    body |= {"GroupDetailList": [], "Policies": []}
    eve = {f"{kind}Name": "eve", "Arn": USER if kind == "User" else ROLE}
    body[f"{kind}DetailList"].append({**eve, f"{kind}PolicyList": listed, **more})
    return body


def found(snapshot: Snapshot) -> Access:
    return access(Facts(FLEET, snapshot))


ALL_IAM = document(("Allow", "iam:*"))
