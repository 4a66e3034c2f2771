"""An object and both sides of its replication out of a JSON document, in AWS's own shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from logkeep.policy import Layers, Policy, Unread, read_policy
from logkeep.storage import members
from logkeep.storage.bucket import Bucket, Requester, everything
from logkeep.storage.configuration import STORAGE_CLASSES, destinations_of, read_replication
from logkeep.storage.fate import ReplicationRole, Sides
from logkeep.storage.reading import CALLS, Json, Reader, read_bucket, read_keys
from logkeep.storage.rules import Replication
from logkeep.storage.subject import Created, ObjectEvent, Subject
from logkeep.value import parse_arn

ENCRYPTIONS: Final[Mapping[str, str]] = {
    "sse-s3": "AES256",
    "aes256": "AES256",
    "sse-kms": "aws:kms",
    "aws:kms": "aws:kms",
    "dsse-kms": "aws:kms:dsse",
    "aws:kms:dsse": "aws:kms:dsse",
    "sse-c": "SSE-C",
    "not-sse": "",
    "none": "",
    "": "",
}
"""How headers, S3 Inventory and people call an object's encryption."""
CLASSES: Final = STORAGE_CLASSES | {
    "SNOW", "FSX_OPENZFS", "FSX_ONTAP", "AWS_BACKUP_WARM", "AWS_BACKUP_LOW_COST_WARM"
}  # fmt: skip
"""What an object may lie in (S3 API reference, Object; rules name fewer)."""
FAULTS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("trust",), "AssumeRoleNotPermitted"),
    (("assume",), "AssumeRoleNotPermitted"),
    (("object lock",), "DstBucketObjectLockConfigMissing"),
    (("version",), "DstBucketUnversioned"),
    (("key", "disabled"), "DstKmsKeyInvalidState"),
    (("key", "pending"), "DstKmsKeyInvalidState"),
    (("key", "not exist"), "DstKmsKeyNotFound"),
    (("key", "missing"), "DstKmsKeyNotFound"),
    (("bucket", "not exist"), "DstBucketNotFound"),
    (("delete",), "DstDelObjNotPermitted"),
    (("policy",), "DstPutObjectNotPermitted"),
    (("allow",), "DstPutObjectNotPermitted"),
    (("permi",), "DstPutObjectNotPermitted"),
)
"""What a fault that is told in words comes to, by the words in it (rule 3.4.4)."""


def read_sides(reader: Reader, name: str = "") -> Sides:
    """Return both sides of a bucket's replication."""
    given = reader.document.get("replication")
    role_arn = _role_arn(given)
    source = read_bucket(reader, name, (role_arn,))
    keys = read_keys(reader, source)
    return Sides(
        source=source,
        replication=_replication(reader, given),
        role=_role(reader, role_arn, source),
        destinations=read_destinations(reader, given, source),
        keys=keys,
        faults=_faults(reader),
    )


def _role_arn(given: object) -> str:
    found = cast("Json", given).get("Role") if isinstance(given, dict) else None
    return found if isinstance(found, str) else ""


def _replication(reader: Reader, given: object) -> Replication | Unread | None:
    if given is None:
        return reader.or_unread("replication", None)
    found = read_replication(given)
    if isinstance(found, str):
        reader.mistakes.append(f"{reader.place}.replication: {found}")
        return None
    return found


def _role(reader: Reader, arn: str, source: Bucket) -> ReplicationRole | Unread:
    """The role, which in a case that says nothing of it may do all, and S3 may assume it."""
    given = reader.mapping(reader.document.get("role"), "role")
    reader.knows(given, members.ROLE, f"{reader.place}.role")
    if not reader.assumed and not given:
        return Unread(CALLS["role"], "it is not told")
    parts = parse_arn(arn)
    account = parts.account if parts and parts.account else source.account
    identity: tuple[Policy, ...] | Unread = (everything(),)
    if "policies" in given:
        identity = reader.policies(given["policies"], "role.policies")
    elif not reader.assumed:
        identity = Unread(CALLS["identity"], "it is not told")
    trust = reader.policy(given.get("trust"), "trust", "role.trust")
    if "trust" not in given:
        trust = _trusting() if reader.assumed else Unread(CALLS["role"], "it is not told")
    exists = given.get("exists") is not False
    return ReplicationRole(Requester(arn, account, Layers(identity=identity)), trust, exists)


def _trusting() -> Policy:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    found = read_policy({"Version": "2012-10-17", "Statement": statement}, "trust", "trust")
    assert isinstance(found, Policy)
    return found


def read_destinations(reader: Reader, given: object, source: Bucket) -> dict[str, Bucket | Unread]:
    """The destinations: by name under `destinations`, or one for all under `destination`."""
    every = reader.document.get("destination")
    listed = reader.mapping(reader.document.get("destinations"), "destinations")
    found: dict[str, Bucket | Unread] = {}
    for name in destinations_of(given):
        one = listed.get(name, every)
        if one is None and (name in listed or reader.has("destination")):
            one = {"exists": False}
        if one is None and not reader.assumed:
            found[name] = Unread(f"s3:GetBucketVersioning of {name}", "it is not told")
            continue
        own: dict[str, Any] = {"account": _account_of(given, name) or source.account}
        if reader.assumed:
            own |= {"region": source.region, "versioning": "Enabled",
                    "object_lock": source.object_lock is True}  # fmt: skip
        own |= reader.mapping(one, f"destinations.{name}")
        inner = Reader({**own, "name": name}, assumed=reader.assumed, place=f"destination {name}")
        found[name] = read_bucket(inner)
        reader.mistakes += inner.mistakes
        reader.unjudged += inner.unjudged
    return found


def _account_of(given: object, name: str) -> str:
    """The account that a rule says a destination belongs to."""
    rules: object = cast("Json", given).get("Rules") if isinstance(given, dict) else None
    for rule in cast("list[object]", rules) if isinstance(rules, list) else []:
        to = cast("Json", rule).get("Destination") if isinstance(rule, dict) else None
        if isinstance(to, dict):
            named = cast("Json", to)
            if str(named.get("Bucket", "")).endswith(f":{name}") and named.get("Account"):
                return str(named["Account"])
    return ""


def _faults(reader: Reader) -> dict[str, str]:
    given = reader.mapping(reader.document.get("faults"), "faults")
    return {name: fault_code(str(words)) for name, words in given.items()}


def fault_code(words: str) -> str:
    """AWS's failure code for a fault told in words; a code stands for itself."""
    if words[:3] in ("Src", "Dst") or words.startswith("AssumeRole"):
        return words
    text = words.lower()
    for needed, code in FAULTS:
        if all(word in text for word in needed):
            return code
    return "DstPutObjectNotPermitted"


def read_subject(reader: Reader) -> Subject:
    """Return the object, delete marker or change that a document tells of."""
    given = reader.document
    reader.knows(given, members.OBJECT, reader.place)
    words = f"{given.get('kind') or ''} {given.get('event') or ''}".strip()
    by = str(given.get("action_by") or "")
    encryption = _encryption(reader)
    event = event_of(words)
    # A delete marker has none of its own, which is no tag missing.
    assumed: dict[str, str] | None = {} if reader.assumed and event != "delete-marker" else None
    tags = given.get("tags", assumed)
    return Subject(
        key=reader.text("key"),
        event=event,
        by_lifecycle=reader.flag("by_lifecycle") is True
        or "lifecycle" in by
        or "by lifecycle" in words,
        created=_created(reader),
        encryption=encryption,
        kms_key=reader.text("kms_key"),
        bucket_key=reader.flag("bucket_key"),
        owner=reader.text("owner"),
        acl=reader.text("acl") or ("private" if reader.assumed else Unread("s3:GetObjectAcl", "")),
        storage_class=_storage_class(reader),
        archived=reader.flag("archived") is True,
        restored=reader.flag("restored") is True,
        tags=_tags(reader, tags),
        size=_size(reader),
        status=reader.text("replication_status"),
        retention=bool(given.get("retention")),
        legal_hold=given.get("legal_hold") in (True, "ON"),
        batch=reader.flag("batch") is True,
    )


EVENTS: Final[tuple[tuple[str, ObjectEvent], ...]] = (
    (r"marker", "delete-marker"),
    (r"versions?|permanent(ly)?", "delete-version"),
    (r"metadata|tags?|tagging|acls?|retention|hold|lock", "metadata-change"),
    (r"bucket|configuration|policy|notifications?|subresources?", "bucket-setting"),
    (r"lifecycle|expir\w*|transition\w*", "lifecycle"),
    (r"deleted?", "delete-marker"),
)
"""What was done, by the words that people and cases say it in; the first that fits."""


def event_of(words: str) -> ObjectEvent:
    """What was done; what says nothing of it was put there."""
    for pattern, event in EVENTS:
        if re.search(rf"(?<![a-z])({pattern})(?![a-z])", words.lower()):
            return event
    return "put"


def _storage_class(reader: Reader) -> str:
    found = reader.text("storage_class") or "STANDARD"
    if found not in CLASSES:
        near = members.meant(found, CLASSES)
        question = f"; did you mean `{near}`?" if near else ""
        reader.mistakes.append(
            f"{reader.place}.storage_class: `{found}` is no storage class of S3's{question}"
        )
    return found


def _size(reader: Reader) -> int | None:
    found = reader.document.get("size")
    if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
        return found
    if found is not None:
        reader.mistakes.append(f"{reader.place}.size: is not a whole number of bytes")
    return None


def _created(reader: Reader) -> Created:
    """In a case that says nothing it was made after the rule."""
    words = reader.text("created")
    if words.startswith("before"):
        return "before"
    if words.startswith("after") or (not words and reader.assumed):
        return "after"
    if words:
        reader.mistakes.append(
            f"{reader.place}.created: is `{words}`; say `before rule` or `after rule`"
        )
    return ""


def _encryption(reader: Reader) -> str | Unread:
    if not reader.has("encryption"):
        return "AES256" if reader.assumed else Unread("s3:HeadObject", "it is not told")
    words = reader.document["encryption"]
    found = ENCRYPTIONS.get(str(words or "").lower())
    if found is None:
        reader.mistakes.append(f"{reader.place}.encryption: `{words}` is no encryption of S3's")
    return found or ""


def _tags(reader: Reader, given: object) -> Mapping[str, str] | None:
    if given is None:
        return None
    found = reader.mapping(given, f"{reader.place}.tags")
    return {name: str(value) for name, value in found.items()}
