"""S3 server access logs inside the lab: the API, a record of every request, late delivery.

| rule | AWS | here |
|---|---|---|
| 9.1, 9.5 | no delivery to a target with Object Lock or where the requester pays | so, silently |
| 9.2 | by the target's policy, or its ACL where ACLs are on | so, asked at each delivery |
| 9.3 | PutBucketLogging takes a target whose policy refuses | so |
| 9.4 | the target's default encryption is to be SSE-S3 | under SSE-KMS nothing is delivered; |
|  |  | others saw logs come under a key of one's own (case SL03) |
| 9.6 | usually within a few hours | on the hour, one to three hours after the request |
| 9.6 | may be lost or doubled | one request in 250 is lost, one comes twice |
| 9.6 | a change takes about an hour to act fully | within the hour one request in two knows of it |
| 9.6 | whether a refused delivery is tried again is not documented | it is lost |
| 9.7 | keys, flat and partitioned | so |
| 9.8, 9.9 | a record's fields and operations; a copy gives two, a batch one a key | so |
| 9.10 | vended to CloudWatch Logs | can be set up; nothing is delivered so |
| 9.11 | requests that an endpoint's policy denied are not delivered | no such request is made |
| (S3 guide) | requests of AWS services are recorded too | S3's own deliveries are, others not |
| (S3 guide) | which error a target grant gives where ACLs are off is not documented | |
|  |  | InvalidArgument |
"""

from __future__ import annotations

from logkeep.lab.kind import LabKind
from logkeep.lab.kinds.s3_access import api
from logkeep.lab.kinds.s3_access.deliver import deliver_until, note, waits

KIND = LabKind(
    name="s3-access",
    operations={
        ("s3", "GetBucketLogging"): api.get_bucket_logging,
        ("s3", "PutBucketLogging"): api.put_bucket_logging,
    },
    note=note,
    tick=deliver_until,
    waits=waits,
)
