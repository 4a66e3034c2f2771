"""Everything that can be broken of replication in the lab."""

from __future__ import annotations

from logkeep.lab.breaking.table import Break, Breaking
from logkeep.lab.kinds.replication.breaking import policies, rules, underneath

BREAKING = Breaking(
    breaks=(
        Break("rule-missing", "the rule that replicates a bucket of the account is switched off"),
        Break("kms-not-selected", "the rule selects no objects under SSE-KMS any more"),
        Break("owner-keeps", "the rule hands the replicas over no more"),
        Break("owner-taken", "the rule hands the replicas over to the destination"),
        Break("delete-markers-differ", "the rule does otherwise with delete markers"),
        Break("storage-class-differs", "the rule puts the replicas into another storage class"),
        Break("time-control-off", "Replication Time Control is off"),
        Break(
            "replication-source-missing",
            "the bucket that is replicated is gone",
            "underneath",
            first="replication-role-missing",  # nobody knows any more whose account is meant
        ),
        Break("versioning-off", "the replicated bucket's versioning is suspended", "underneath"),
        Break("replication-role-missing", "the role that S3 replicates by is deleted"),
        Break("replication-role-untrusted", "the role trusts another service instead of S3"),
        Break("replication-role-refuses", "the role's own policies are gone"),
        Break("context-mismatch", "the role may use the keys in another encryption context only"),
        Break("source-refuses", "a Deny of the replicated bucket's policy keeps the role out"),
        Break("source-key-missing", "the replicated bucket's key is gone for good", "underneath"),
        Break("source-key-disabled", "the replicated bucket's key is disabled"),
        Break("source-key-refuses", "the source key's policy lets the role decrypt no more"),
        Break("replica-missing", "the bucket that takes the replicas is gone", "underneath"),
        Break(
            "replica-foreign",
            "the bucket that takes the replicas is gone, and a stranger has taken its name",
            "underneath",
        ),
        Break("replica-unversioned", "the versioning of the replicas' bucket is suspended"),
        Break("replica-unlocked", "the replicas' bucket has no Object Lock", "underneath"),
        Break("replica-refuses", "a Deny of the policy of the replicas' bucket keeps the role out"),
        Break("replica-key-missing", "the replicas' key is gone for good", "underneath"),
        Break("replica-key-disabled", "the replicas' key is disabled"),
        Break(
            "replica-key-elsewhere",
            "the replicas' bucket lies in another Region than their key",
            "underneath",
            first="replication-role-refuses",  # the role may use it through its own Region's S3
        ),
        Break(
            "replica-key-refuses", "the policy of the replicas' key lets the role use it no more"
        ),
        Break("replica-public", "the replica's Block Public Access is off"),
        Break("replica-acls", "the replica takes ACLs again"),
        Break("replica-expires", "a lifecycle rule deletes replicas after a month"),
        Break(
            "replica-stale",
            "S3 replicates nothing of the account's buckets, and all stays PENDING",
            "underneath",
            hours=26,
        ),
    ),
    by_calls={
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
