"""A replica written: the same version, content and metadata, as its rule has it (rule 3.1.3)."""

from __future__ import annotations

import copy
from typing import Any

from moto.s3.models import FakeDeleteMarker, FakeKey

from logkeep.lab import documents
from logkeep.lab.objects.in_store import MANAGED
from logkeep.lab.objects.kept import keep, kept_of
from logkeep.lab.objects.replication import Replica
from logkeep.lab.objects.replication_place import tags_of
from logkeep.lab.store import PARTITION, s3_backends
from logkeep.lab.world import LabWorld


def write(world: LabWorld, version: Any, made: Replica) -> None:
    """Write a replica of a version or of a delete marker into its bucket."""
    to = documents.bucket_of(made.bucket)
    if isinstance(version, FakeDeleteMarker):
        marker = copy.copy(version)
        keep(marker, replication="REPLICA")
        _put(to, marker)
        return
    replica: Any = copy.deepcopy(version)
    replica.bucket_name, replica.account_id = to.name, to.account_id
    replica.region_name = to.region_name
    customer = kept_of(version).customer_key
    replica.encryption = None if customer else made.encryption
    replica.kms_key_id = None if made.key.endswith(MANAGED) else made.key or None
    under_kms = made.encryption.startswith("aws:kms")
    bucket = world.bucket(to.name)
    by_bucket = under_kms and bucket is not None and bucket.bucket_key
    replica.bucket_key_enabled = True if by_bucket else None
    replica.set_storage_class(made.storage_class)
    keep(replica, owner=made.owner, replication="REPLICA")
    if made.owner == to.account_id:
        keep(replica, acl="private")
    _put(to, replica)
    _tag(version, replica, to, with_tags=made.with_tags)
    if under_kms:
        world.remember(to.name, replica.name, replica.version_id, None)


def _put(to: Any, version: FakeKey | FakeDeleteMarker) -> None:
    """A version keeps its id; what lay there under the same is written anew."""
    others = [each for each in to.keys.getlist(version.name, []) if not _same(each, version)]
    to.keys.setlist(version.name, [*others, version])


def _same(one: Any, other: Any) -> bool:
    return one.version_id == other.version_id


def _tag(version: Any, replica: Any, to: Any, *, with_tags: bool) -> None:
    tagger: Any = s3_backends[to.account_id][PARTITION].tagger
    tagger.delete_all_tags_for_resource(replica.arn)
    source = documents.bucket_of(version.bucket_name)
    if with_tags:
        listed = [{"Key": k, "Value": v} for k, v in tags_of(source, version).items()]
        tagger.tag_resource(replica.arn, listed)
