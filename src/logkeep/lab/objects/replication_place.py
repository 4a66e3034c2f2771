"""An object version and what it is replicated between, as S3's own rules take them."""

from __future__ import annotations

from typing import Any

from moto.s3.models import FakeDeleteMarker

from logkeep.lab.call import Caller, World
from logkeep.lab.language import Document
from logkeep.lab.objects.in_store import InLab, bucket_in, keys_in
from logkeep.lab.objects.kept import kept_of
from logkeep.lab.objects.model import Key, Readings
from logkeep.lab.objects.replication import SERVICE, Rule, Surroundings, Thing
from logkeep.lab.store import PARTITION, s3_backends
from logkeep.lab.world import LabWorld


def thing_of(world: World, held: Any, version: Any) -> Thing:
    """A version of an object, or a delete marker, as it lies in its bucket."""
    kept = kept_of(version)
    status = "" if kept.replication == "PENDING" else kept.replication
    if isinstance(version, FakeDeleteMarker):
        return Thing(version.name, is_marker=True, status=status)
    assert isinstance(world, LabWorld)
    lies = world.stored(held.name, version.name, version.version_id)
    about = lies.context.get("aws:s3:arn", "") if lies is not None else ""
    return Thing(
        key=version.name,
        encryption="SSE-C" if kept.customer_key else version.encryption or "",
        kms_key=version.kms_key_id or "",
        bucket_key=about == f"arn:aws:s3:::{held.name}",
        owner=kept.owner,
        acl=kept.acl,
        storage_class=version.storage_class or "STANDARD",
        tags=tags_of(held, version),
        status=status,
        retained=bool(version.lock_mode),
        held=version.lock_legal_status == "ON",
    )


def tags_of(held: Any, version: Any) -> dict[str, str]:
    """A version's tags."""
    tagger: Any = s3_backends[held.account_id][PARTITION].tagger
    return dict(tagger.get_tag_dict_for_resource(version.arn))


def place_of(
    world: LabWorld, held: Any, configuration: dict[str, Any], thing: Thing
) -> Surroundings:
    """Both sides of a bucket's replication, the role between them, and the keys."""
    role, rules = str(configuration["Role"]), configuration["Rules"]
    account, name = role.split(":")[4], role.rpartition("/")[2]
    session = f"arn:aws:sts::{account}:assumed-role/{name}/s3"
    caller = Caller(account, session, "role", name, role_arn=role)
    names = {str(rule["Destination"]["Bucket"]).rpartition(":")[2] for rule in rules}
    destinations = {each: bucket_in(world, each, account) for each in names}
    keys: dict[str, Key] = keys_in(world, (thing.kms_key,), account, held.region_name)
    for rule in rules:
        to = destinations[str(rule["Destination"]["Bucket"]).rpartition(":")[2]]
        keys |= keys_in(world, (_replica_key(rule), to.key), account, to.region)
    trust: Document = {}  # the world reads the role's own
    return Surroundings(
        source=bucket_in(world, held.name, account),
        destinations=destinations,
        keys=keys,
        role=InLab(world, caller),
        trust=trust,
        readings=Readings(),
        service=InLab(world, Caller("", SERVICE, "service", SERVICE)),
    )


def _replica_key(rule: Rule) -> str:
    under: dict[str, Any] = rule["Destination"].get("EncryptionConfiguration") or {}
    return str(under.get("ReplicaKmsKeyID") or "")
