"""The least that each command needs, as IAM policies built from the tables of calls."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Final

import msgspec

from logkeep.aws.calls import CALLS
from logkeep.aws.writes import WRITES
from logkeep.fleet import Fleet
from logkeep.snapshot.call import Permit
from logkeep.sources import all_parts, of_parts
from logkeep.value import Json

COMMANDS = ("collect", "diagnose", "plan", "apply", "verify", "who", "init")
ENTERING = Permit("sts:AssumeRole", "role")

ARCHIVE_READS: dict[str, tuple[Permit, ...]] = {
    "s3:ListObjectsV2": (Permit("s3:ListBucket", "archive"),),
    "s3:GetObject": (  # an object under SSE-KMS is read by both (rule 4.8)
        Permit("s3:GetObject", "log"),
        Permit("kms:Decrypt", "key"),
    ),
    "s3:ListObjectVersions": (Permit("s3:ListBucketVersions", "archive"),),
    "s3:GetObjectVersion": (Permit("s3:GetObjectVersion", "log"),),
}
"""The calls that read an archive, and what each needs."""

RESOURCES: Final = of_parts("the kind of resource", lambda part: part.resources)
"""The kinds of resource that a permit may name."""

ANY_FLEET = {"partition": "aws", "bucket": "*", "prefix": "", "role": "*"}


def permits_of(command: str) -> frozenset[Permit]:
    """Everything a command needs, by the tables."""
    reads = {each for call in CALLS.values() if command in call.commands for each in call.permits}
    writes = {each for write in WRITES.values() for each in write.permits}
    writes.update(each for part in all_parts() for each in part.permits)
    archive = {each for permits in ARCHIVE_READS.values() for each in permits}
    match command:
        case "apply":
            return frozenset({ENTERING} | reads | writes)
        case "verify":
            return frozenset({ENTERING} | reads | archive)
        case _:
            return frozenset({ENTERING} | reads)


def of_call(call: str) -> frozenset[Permit]:
    """Everything one call needs; raises KeyError where no table holds it."""
    if call == "sts:AssumeRole":
        return frozenset({ENTERING})
    if call in CALLS:
        return frozenset(CALLS[call].permits)
    return frozenset(WRITES[call].permits if call in WRITES else ARCHIVE_READS[call])


def policy(permits: Iterable[Permit], names: dict[str, str]) -> Json:
    """An IAM policy that allows just these, a statement for each kind of resource."""
    actions: dict[str, set[str]] = {}
    for permit in permits:
        actions.setdefault(permit.on, set()).add(permit.action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": sid(kind),
                "Effect": "Allow",
                "Action": sorted(actions[kind]),
                "Resource": RESOURCES[kind].format(**names),
            }
            for kind in RESOURCES
            if kind in actions
        ],
    }


def sid(kind: str) -> str:
    """A statement's name, of letters alone (IAM, Sid)."""
    return "".join(part.capitalize() for part in kind.split("-"))


def for_any_fleet() -> dict[str, Json]:
    """The policy of every command, for whatever fleet."""
    return {command: policy(permits_of(command), ANY_FLEET) for command in COMMANDS}


def for_fleet(fleet: Fleet) -> dict[str, Json]:
    """The policy of every command, narrowed to one fleet's archive and role."""
    prefix = fleet.archive.prefix
    names = {
        "partition": fleet.partition,
        "bucket": fleet.archive.bucket,
        "prefix": f"{prefix}/" if prefix else "" if prefix == "" else "*",
        "role": fleet.role,
    }
    return {command: policy(permits_of(command), names) for command in COMMANDS}


def as_text() -> str:
    """The policies of every command as `permissions.json` has to hold them."""
    found = msgspec.json.encode(for_any_fleet())
    return msgspec.json.format(found, indent=1).decode() + "\n"


def shipped() -> str:
    """What `permissions.json` holds."""
    return files("logkeep.aws").joinpath("permissions.json").read_text("utf-8")
