"""A line of `storage-vectors.jsonl` as a case of `logkeep try`, and its answer as a vector's."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any, Final

NOW: Final = "2026-11-28T00:00:00+00:00"
DATES: Final = {"+2d": "2026-11-30T00:00:00+00:00", "-1d": "2026-11-27T00:00:00+00:00"}
CUSTOMER_KEY: Final = base64.b64encode(bytes(range(32))).decode()
CUSTOMER_MD5: Final = base64.b64encode(
    hashlib.md5(bytes(range(32)), usedforsecurity=False).digest()
).decode()
PLACEHOLDERS: Final = {"(32 bytes)": CUSTOMER_KEY, "(md5)": CUSTOMER_MD5, **DATES}
ROLE: Final = "arn:aws:iam::{account}:role/replication"
SOURCE_KEY: Final = "arn:aws:kms:{region}:{account}:key/11111111-2222-3333-4444-555555555555"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allowing(actions: list[str], resource: object = "*", **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def case_of(vector: dict[str, Any]) -> dict[str, Any]:
    """The case that a vector stands for."""
    return _put(vector) if vector["kind"] == "put" else _replicate(vector)


def _encryption(told: dict[str, Any] | None, bucket_key: object) -> dict[str, Any]:
    told = told or {}
    applied = {"SSEAlgorithm": told.get("algorithm") or "AES256"}
    if told.get("key"):
        applied["KMSMasterKeyID"] = told["key"]
    rule = {"ApplyServerSideEncryptionByDefault": applied, "BucketKeyEnabled": bool(bucket_key)}
    return {"Rules": [rule]}


def _bucket(told: dict[str, Any]) -> dict[str, Any]:
    """A vector's bucket; what it does not say is in order, SSE-C not blocked among it."""
    kept = ("name", "account", "region", "policy", "ownership", "public_access", "versioning",
            "object_lock", "exists", "blocked_encryption", "keys", "aliases",
            "key_state")  # fmt: skip
    found = {name: told[name] for name in kept if name in told}
    found["encryption"] = _encryption(told.get("default_encryption"), told.get("bucket_key"))
    return found


def _put(vector: dict[str, Any]) -> dict[str, Any]:
    asked, bucket = vector["request"], _bucket(vector["bucket"])
    headers = {name: PLACEHOLDERS.get(text, text) for name, text in asked["headers"].items()}
    multipart = bool(asked.get("multipart")) or "ultipart" in str(asked.get("action"))
    return {
        "id": vector["id"],
        "request": {
            "operation": "CreateMultipartUpload" if multipart else "PutObject",
            "key": asked.get("key") or "a",
            "headers": headers,
            "principal": asked["principal"],
            "account": asked["account"],
            "identity": _identity(asked["identity"]),
            "at": NOW,
        },
        "bucket": bucket,
    }


def _identity(words: str) -> list[dict[str, Any]]:
    """`s3:PutObject,kms:* allowed` or `s3:PutObject only; no KMS; …`, as a policy."""
    actions = re.findall(r"[a-z0-9]+:[A-Za-z*]+", words.split(";")[0])
    return [policy(allowing(actions))]


def _replicate(vector: dict[str, Any]) -> dict[str, Any]:
    bucket, told = vector["bucket"], vector["object"]
    rules, destination = bucket["replication"], bucket["destination"]
    role = ROLE.format(account=bucket["account"])
    config = {"Role": role, "Rules": rules["rules"]}
    found = _bucket(bucket) | {
        "replication": config,
        "role": {
            "trust": _trust(rules["role_trust"]),
            "policies": _role_policies(bucket, vector),
        },
        "destinations": {destination["name"]: _destination(destination, role)},
        "keys": _keys(bucket, vector),
    }
    return {"id": vector["id"], "request": {"object": _object(bucket, told)}, "bucket": found}


def _trust(services: list[str]) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": services}}
    return policy({**statement, "Action": "sts:AssumeRole"})


def _replica_key(bucket: dict[str, Any]) -> str:
    for rule in bucket["replication"]["rules"]:
        found = rule["Destination"].get("EncryptionConfiguration")
        if found:
            return str(found["ReplicaKmsKeyID"])
    return ""


def _role_policies(bucket: dict[str, Any], vector: dict[str, Any]) -> list[dict[str, Any]]:
    """The actions listed, of KMS on the key that is named behind the `@`."""
    listed: list[str] = bucket["replication"]["role_allows"]
    keys = {"source-key": SOURCE_KEY.format(**bucket), "replica-key": _replica_key(bucket)}
    condition = bucket.get("role_kms_condition")
    statements = [allowing([each for each in listed if "@" not in each])]
    for each in listed:
        action, at, key = each.partition("@")
        if at:
            more = {"Condition": condition} if condition else {}
            statements.append(allowing([action], keys[key], **more))
    default = (bucket["destination"].get("default_encryption") or {}).get("key")
    if vector["object"]["encryption"] is None and default and not any("@" in e for e in listed):
        # The vector lists no KMS action at all and notes that the role needs this one.
        statements.append(allowing(["kms:GenerateDataKey", "kms:Encrypt"], default))
    return [policy(*statements)]


def _destination(told: dict[str, Any], role: str) -> dict[str, Any]:
    found = _bucket(told)
    name, allowed = told["name"], told.get("policy_allows_role")
    statements: list[dict[str, Any]] = list(told.get("policy_denies") or [])
    if allowed is not None:
        whom = {"Principal": {"AWS": role}}
        statements.append(allowing(allowed, f"arn:aws:s3:::{name}/*", **whom))
    if statements:
        found["policy"] = policy(*statements)
    return found


def _keys(bucket: dict[str, Any], vector: dict[str, Any]) -> dict[str, Any]:
    """Both keys, with the states that the vector tells; the replica key may not exist."""
    destination, told = bucket["destination"], vector["object"]
    found: dict[str, Any] = {}
    source = told.get("kms_key") or SOURCE_KEY.format(**bucket)
    if "key_state" in told:
        found[source] = {"state": told["key_state"]}
    replica, state = _replica_key(bucket), destination.get("replica_key_state")
    if replica and state:
        found[replica] = None if state in ("NotFound", "missing") else {"state": state}
    for side, key in (("source_key_policy", source), ("replica_key_policy", replica)):
        document = destination.get(side) or bucket.get(side)
        if document and key:
            found[key] = {**(found.get(key) or {}), "policy": document}
    return found


def _object(bucket: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in told.items() if name not in ("note", "key_state")}
    if str(told["key"]).startswith("arn:aws:kms:"):
        # Some vectors give the object's KMS key in the place of its name.
        found |= {"key": "AWSLogs/a", "kms_key": told["key"]}
    if told["encryption"] in ("aws:kms", "aws:kms:dsse"):
        found.setdefault("kms_key", SOURCE_KEY.format(**bucket))
    found.setdefault("bucket_key", bool(bucket.get("bucket_key")))
    return found


def agrees(vector: dict[str, Any], got: dict[str, Any]) -> list[object]:
    """What an answer says otherwise than the vector expects."""
    wanted = vector["expected"]
    return _put_differs(wanted, got) if vector["kind"] == "put" else _differs(wanted, got)


def _put_differs(wanted: dict[str, Any], got: dict[str, Any]) -> list[object]:
    found: list[object] = []
    outcome = {True: "stored", False: got["code"], None: "unknown"}[got["allowed"]]
    if outcome != wanted["outcome"]:
        found.append(("outcome", wanted["outcome"], outcome, got["reason"]))
    if wanted["outcome"] not in ("stored", "unknown"):
        return found if got["status"] == wanted.get("http", got["status"]) else [*found, "status"]
    stored = got["stored"] or {}
    if stored.get("encryption") != wanted["encryption"]:
        found.append(("encryption", wanted["encryption"], stored.get("encryption")))
    if not _same_key(wanted["key"], stored.get("key")):
        found.append(("key", wanted["key"], stored.get("key")))
    if stored.get("owner") != wanted["owner"]:
        found.append(("owner", wanted["owner"], stored.get("owner")))
    return found


def _same_key(wanted: str | None, got: str | None) -> bool:
    """A vector names the AWS managed key by its alias, or leaves open which of two it is."""
    if wanted is None or got is None or wanted.startswith("arn:"):
        return wanted == got
    if " or " in wanted:
        return got.startswith("arn:aws:kms:")
    alias, _, owner = wanted.partition(" of account ")
    return got.endswith(f":{alias}") and owner in got


def _differs(wanted: dict[str, Any], got: dict[str, Any]) -> list[object]:
    found: list[object] = []
    kinds = {miss["kind"] for miss in got["missed"]}
    replicated = "unknown" if "unknown" in kinds else bool(got["replicated"])
    if replicated != wanted["replicated"]:
        found.append(("replicated", wanted["replicated"], replicated, got["why"]))
    why = wanted["why"]
    if why and why[:3] in ("Src", "Dst", "Ass") and " or " not in why and got["why"] != why:
        found.append(("why", why, got["why"]))
    if wanted["replicated"] is False and "status" not in wanted and kinds != {"not-eligible"}:
        found.append(("kind", why, got["missed"]))
    if wanted.get("status") == "FAILED" and got["status_header"] != "FAILED":
        found.append(("status", "FAILED", got["status_header"]))
    for name, value in (wanted.get("replica") or {}).items():
        if name != "status" and got["replicated"] and got["replicated"][0].get(name) != value:
            found.append((name, value, got["replicated"][0].get(name)))
    return found
