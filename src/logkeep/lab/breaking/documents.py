"""Policies as somebody who breaks things would write them."""

from __future__ import annotations

import msgspec

from logkeep.snapshot.facts import Facts
from logkeep.value import Json


def document(*statements: Json) -> str:
    """A policy of these statements, as text."""
    found = {"Version": "2012-10-17", "Statement": list(statements)}
    return msgspec.json.encode(found).decode()


def allow(principal: Json, action: str, resource: str = "*") -> Json:
    """A statement that allows one action."""
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}


def archive_root(facts: Facts) -> Json:
    """The archive's whole account, as a principal."""
    owner = facts.fleet.archive.account
    return {"AWS": f"arn:{facts.fleet.partition}:iam::{owner}:root"}
