"""What S3 does not accept of a replication configuration, in words, by our reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RULES: Final[Mapping[str, str]] = {
    "source-unversioned": "Versioning must be 'Enabled' on the bucket (`{detail}`)",
    "destination-unversioned": "Destination bucket must have versioning enabled (`{detail}`)",
    "not-in-schema": "not valid in S3's schema: {detail}",
    "no-rule": "it has no rule",
    "role-no-arn": "Role `{detail}` is not the ARN of a role",
    "rules-too-many": "{detail} rules; S3 accepts up to 1,000",
    "filter-or-prefix": "a rule needs either a Filter, or a Prefix in the old schema, but not both",
    "schemas-mixed": "rules with a Filter are mixed with rules of the old schema",
    "not-in-old-schema": "{detail} needs a Filter: a rule without one is of the old schema",
    "missing-in-new-schema": "{detail} must be given in a rule with a Filter",
    "filter-of-several": "a Filter has exactly one of Prefix, Tag and And",
    "and-of-one": "And needs two or more conditions",
    "tag-twice": "a tag key appears twice in the Filter",
    "prefix-too-long": "the prefix is longer than a key may be",
    "id-too-long": "the ID is longer than 255 characters",
    "priority-negative": "priority {detail} is negative",
    "delete-markers-by-tag": "delete markers cannot be replicated by a rule that filters by tags",
    "bucket-no-arn": "`{detail}` is not the ARN of a bucket",
    "into-itself": "`{detail}` would replicate into itself",
    "storage-class": "`{detail}` is not a storage class",
    "override-without-account": "Account must be given with AccessControlTranslation",
    "criteria-empty": "SourceSelectionCriteria is empty",
    "key-without-selection": "SseKmsEncryptedObjects must be given with EncryptionConfiguration",
    "selection-without-key": "ReplicaKmsKeyID must be given with SseKmsEncryptedObjects",
    "replica-key-no-arn": "ReplicaKmsKeyID `{detail}` is not a key's ARN; an id or alias alone is "
    "not enough",
    "time-without-metrics": "ReplicationTime needs Metrics",
    "time-not-15": "ReplicationTime must be 15 minutes, not {detail}",
    "threshold-not-15": "with ReplicationTime the metrics' EventThreshold is 15 minutes",
    "threshold-without-time": "an EventThreshold needs ReplicationTime",
    "id-twice": "the ID `{detail}` appears twice",
    "priority-twice": "two rules have the same priority: {detail}",
    "destinations-in-old-schema": "rules without a Filter have one destination, not {detail}",
    "prefixes-overlap": "rules without a Filter may not overlap: {detail}",
}
"""`{detail}` is the value that S3 does not accept."""
