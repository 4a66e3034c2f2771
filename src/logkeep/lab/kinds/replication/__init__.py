"""S3 replication inside the lab: the API with its errors, statuses, and replicas that are real.

| rule | AWS | here |
|---|---|---|
| 3.1.2 | what is replicated and what is left, with a status or without | so |
| 3.1.2 | replicas are not replicated again, what failed is not tried again | so |
| 3.1.2 | changes of tags, lock and ACL follow, back only where both sides say so | so |
| 3.1.3 to 3.1.5 | the replica's version id, storage class, encryption and owner | so |
| 3.2 | the role on both sides, both keys, the owner override | asked at each object |
| 3.2.1 | whoever puts a configuration may pass the role | so |
| 3.3.1, 13.2 | what S3 refuses of a configuration | so; the words of rare errors are ours |
| 3.3.2 | most objects within 15 minutes | within ten and a half |
| 3.3.3 | S3 Batch Replication, over a list that S3 makes | so, in minutes; no reports, and what a |
|  |  | failed list is called is ours |
| 3.4.1 | PENDING, COMPLETED, FAILED, REPLICA | so |
| 3.4.2 | the reason of a failure comes as an event | is kept, and no event is sent |
| 3.4.4 | which failure a denied tag or a source key that is gone leads to is not documented | |
|  |  | the replica goes without tags; SrcKmsKeyInvalidState |
"""

from __future__ import annotations

from datetime import datetime

from logkeep.lab.call import World
from logkeep.lab.kind import LabKind
from logkeep.lab.kinds.replication import configuration, jobs
from logkeep.lab.kinds.replication.deliver import note, replicate_until, written
from logkeep.lab.kinds.replication.run_jobs import run_until


def tick(world: World, now: datetime) -> None:
    """Replicate all that is due, and bring every job on."""
    replicate_until(world, now)
    run_until(world, now)


KIND = LabKind(
    name="replication",
    operations={
        ("s3", "PutBucketReplication"): configuration.put_bucket_replication,
        ("s3", "GetBucketReplication"): configuration.get_bucket_replication,
        ("s3", "PutBucketVersioning"): configuration.put_bucket_versioning,
        ("s3control", "CreateJob"): jobs.create_job,
        ("s3control", "ListJobs"): jobs.list_jobs,
        ("s3control", "DescribeJob"): jobs.describe_job,
        ("s3control", "UpdateJobStatus"): jobs.update_job_status,
    },
    asks={
        ("s3control", "CreateJob"): jobs.to_create,
        ("s3control", "DescribeJob"): jobs.on_job,
        ("s3control", "UpdateJobStatus"): jobs.on_job,
    },
    note=note,
    tick=tick,
    stored=written,
)
