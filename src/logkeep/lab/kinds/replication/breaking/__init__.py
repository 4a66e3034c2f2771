"""Everything that can be broken of replication in the lab."""

from __future__ import annotations

from logkeep.lab.breaking.table import Break, Breaking
from logkeep.lab.kinds.replication.breaking import policies, rules, underneath

BREAKING = Breaking(
    breaks=(
        Break("rule-missing", "the rule that replicates a bucket of the account is disabled"),
        Break(
            "rules-refused",
            "the rule is disabled, and S3 takes no change: another rule's bucket was deleted",
            first="rule-missing",
        ),
        Break("kms-not-selected", "the rule no longer selects objects encrypted with SSE-KMS"),
        Break("owner-keeps", "the rule no longer makes the destination the owner of the replicas"),
        Break("owner-taken", "the rule makes the destination the owner of the replicas"),
        Break("delete-markers-differ", "the rule handles delete markers differently"),
        Break("storage-class-differs", "the rule puts the replicas into another storage class"),
        Break("time-control-off", "Replication Time Control is off"),
        Break(
            "replication-source-missing",
            "the bucket that is replicated is gone",
            "underneath",
        ),
        Break("versioning-off", "the replicated bucket's versioning is suspended", "underneath"),
        Break("replication-role-missing", "the role that S3 replicates with is deleted"),
        Break("replication-role-untrusted", "the role trusts another service instead of S3"),
        Break("replication-role-refuses", "the role's own policies are gone"),
        Break("context-mismatch", "the role may use the keys only with another encryption context"),
        Break("source-refuses", "a Deny in the replicated bucket's policy stops the role"),
        Break("source-key-missing", "the replicated bucket's key is deleted", "underneath"),
        Break("source-key-disabled", "the replicated bucket's key is disabled"),
        Break("source-key-refuses", "the source key's policy no longer lets the role decrypt"),
        Break("replica-missing", "the destination bucket is gone", "underneath"),
        Break(
            "replica-foreign",
            "the destination bucket is gone, and a stranger has taken its name",
            "underneath",
        ),
        Break("replica-unversioned", "versioning of the destination bucket is suspended"),
        Break("replica-unlocked", "the destination bucket has no Object Lock", "underneath"),
        Break("replica-refuses", "a Deny in the destination bucket's policy stops the role"),
        Break("replica-key-missing", "the replicas' key is deleted", "underneath"),
        Break("replica-key-disabled", "the replicas' key is disabled"),
        Break(
            "replica-key-elsewhere",
            "the destination bucket is in a different Region from its key",
            "underneath",
            first="replication-role-refuses",  # the role may use it through its own Region's S3
        ),
        Break(
            "replica-key-refuses", "the policy of the replicas' key no longer lets the role use it"
        ),
        Break("replica-public", "the replica's Block Public Access is off"),
        Break("replica-acls", "the replica accepts ACLs again"),
        Break("replica-reader-refused", "the replica's key no longer lets a reader decrypt"),
        Break("replica-readers-too-many", "the replica's key lets the whole account decrypt"),
        Break("replica-expires", "a lifecycle rule deletes replicas after a month"),
        Break("batch-role-missing", "the role of the Batch Replication job is deleted"),
        Break("batch-role-untrusted", "the role of the job trusts another service"),
        Break("batch-role-refuses", "the policies of the job's role are gone"),
        Break("batch-role-shut-out", "the archive's policy denies the role of the job"),
        Break(
            "existing-unreplicated",
            "the Batch Replication job has failed as a whole",
            "underneath",
            found_by="logkeep verify --all",
        ),
        Break(
            "existing-failed",
            "the Batch Replication job could not send one of the objects",
            "underneath",
            found_by="logkeep verify --all",
        ),
        Break(
            "replica-lost",
            "the destination's administrator deletes a replica",
            "underneath",
            found_by="logkeep verify --all",
        ),
        Break(
            "replica-differs",
            "the destination's administrator puts another object over a replica",
            "underneath",
            found_by="logkeep verify --all",
        ),
        Break(
            "replica-stale",
            "S3 replicates nothing from the account's buckets; all stays PENDING",
            "underneath",
            hours=26,
        ),
    ),
    by_calls={
        "rules-refused": rules.refused,
        "owner-taken": rules.taken,
        "delete-markers-differ": rules.markers,
        "storage-class-differs": rules.storage_class,
        "time-control-off": rules.untimed,
        "context-mismatch": policies.mismatched,
        "source-refuses": policies.source_refuses,
        "source-key-refuses": policies.source_key_refuses,
        "replica-refuses": policies.replica_refuses,
        "replica-expires": rules.expires,
    },
    underneath=underneath.WAYS,
)
