"""Everything that can be broken of VPC flow logs in the lab."""

from __future__ import annotations

from logkeep.lab.breaking.table import Break, Breaking
from logkeep.lab.kinds.vpc_flow.breaking import calls, underneath

BREAKING = Breaking(
    breaks=(
        Break("flowlog-missing", "the flow log of a VPC of the account is deleted"),
        Break("capture-too-narrow", "only one interface of a VPC is captured, not the whole VPC"),
        Break("flowlog-elsewhere", "the flow log of a VPC delivers to another bucket"),
        Break("filter-hides", "the flow log of a VPC records only a part of the traffic"),
        Break("flowlog-format", "the flow log of a VPC records only the interface's id"),
        Break(
            "flowlog-failed",
            "the service cannot deliver the account's flow logs, and only its status says so",
            "underneath",
            hours=0.5,
        ),
        Break(
            "flowlog-stale",
            "the account's records stop arriving, and no error is reported",
            "underneath",
            hours=2,
        ),
        Break(
            "flowlog-key-unfit",
            "the archive encrypts with a key that the bucket's default names by its id only",
        ),
        Break(
            "flowlog-pinned",
            "the archive's bucket is younger than the account's flow logs",
            "underneath",
        ),
        Break(
            "stream-missing",
            "the Firehose stream that takes the account's flow logs is gone",
            "underneath",
        ),
        Break(
            "stream-unfit",
            "the Firehose stream that takes the account's flow logs is not completely created",
            "underneath",
        ),
        Break("stream-unmarked", "the Firehose stream is tagged not to take flow logs"),
        Break("delivery-role-missing", "AWS's own role for log delivery is deleted"),
        Break("stream-role-missing", "a role between the account and the stream's is deleted"),
        Break("stream-role-trust", "a role between the accounts trusts another service"),
        Break("stream-role-refuses", "a role between the accounts has lost its policies"),
        Break("vpcs-unlisted", "Logkeep is no longer allowed to describe the account's VPCs"),
    ),
    by_calls={
        "flowlog-elsewhere": calls.elsewhere,
        "flowlog-key-unfit": calls.key_by_id,
        "vpcs-unlisted": calls.unlisted,
    },
    underneath=underneath.WAYS,
)
