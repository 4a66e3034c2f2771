"""Two buckets of the lab, one replicated into the other."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from kinds.replication.worlds import SECURITY
from logkeep.lab.kinds.replication.state import state_of
from support.labs import Bench

Json = dict[str, Any]
ROLE = f"arn:aws:iam::{SECURITY}:role/repl"
ALL = ["s3:*", "kms:*"]


def document(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def may(lab: Bench, *denied: str) -> None:
    """What the role may do: all but what is denied."""
    allow = {"Effect": "Allow", "Action": ALL, "Resource": "*"}
    deny = {"Effect": "Deny", "Action": list(denied), "Resource": "*"}
    lab.client(SECURITY, "iam").put_role_policy(
        RoleName="repl", PolicyName="own", PolicyDocument=document(allow, *([deny] * bool(denied)))
    )


class Two:
    """A bucket that is replicated into another by one rule."""

    def __init__(self, lab: Bench, name: str, *, to: str = SECURITY, **more: Any) -> None:
        self.lab, self.name, self.to = lab, name, to
        self.s3, self.there = lab.client(SECURITY, "s3"), lab.client(to, "s3")
        locked: bool = more.pop("locked", False)
        for client, each in ((self.s3, name), (self.there, f"{name}-to")):
            client.create_bucket(Bucket=each, ObjectLockEnabledForBucket=locked)
            client.put_bucket_versioning(Bucket=each, VersioningConfiguration={"Status": "Enabled"})
        if to != SECURITY:
            self.open()
        self.put_rules(rule(f"{name}-to", **more))

    def open(self, *actions: str) -> None:
        """Let the role in."""
        allowed = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": list(actions) or "s3:*"}
        both = [f"arn:aws:s3:::{self.name}-to", f"arn:aws:s3:::{self.name}-to/*"]
        resource = both[1] if actions else both
        text = document({**allowed, "Resource": resource})
        self.there.put_bucket_policy(Bucket=f"{self.name}-to", Policy=text)

    def put_rules(self, *rules: Json) -> None:
        self.s3.put_bucket_replication(
            Bucket=self.name, ReplicationConfiguration={"Role": ROLE, "Rules": list(rules)}
        )

    def put(self, key: str = "k", **more: Any) -> str:
        """An object is put, and its time comes; gives its version."""
        found = self.s3.put_object(Bucket=self.name, Key=key, Body=b"some", **more)["VersionId"]
        self.lab.pass_hours(0.5)
        return str(found)

    def status(self, key: str = "k", *, there: bool = False, **more: Any) -> str:
        """The status of the object, or of its replica; empty without one, `-` where none is."""
        client, name = (self.there, f"{self.name}-to") if there else (self.s3, self.name)
        try:
            return str(
                client.head_object(Bucket=name, Key=key, **more).get("ReplicationStatus", "")
            )
        except ClientError:
            return "-"

    def both(self, key: str = "k", **more: Any) -> tuple[str, str]:
        return self.status(key, **more), self.status(key, there=True, **more)

    def reason(self) -> str:
        """Why the last object failed."""
        last = state_of(self.lab.lab.world).failures[-1]
        assert last.bucket == self.name
        return last.reason


def rule(to: str, **more: Any) -> Json:
    """A rule of today's schema, or with a Prefix of the old one."""
    destination = {"Bucket": f"arn:aws:s3:::{to}", **more.pop("destination", {})}
    found: Json = {"ID": "all", "Status": "Enabled", "Destination": destination}
    if "Prefix" in more:
        return {**found, **more}
    markers = {"Status": "Disabled"}
    return {**found, "Priority": 1, "Filter": {}, "DeleteMarkerReplication": markers, **more}
