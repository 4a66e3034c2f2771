"""VPC flow logs inside the lab: the API, records of every interface, and their delivery.

| rule | AWS | here |
|---|---|---|
| 6.1.1 | VPC, subnet, interface; transit gateways and Cloud WAN too | the first three |
| 6.1.4 | immutable | so: made and deleted alone |
| (EC2 API) | which two are the same, so that the second is refused, is not documented | |
|  |  | those of one resource, traffic, destination and format |
| 6.2.1, 6.2.3 | fields of 11 versions | version 2, what is known of the rest, else `-` |
| 6.2.7 | NODATA, SKIPDATA | NODATA; none is skipped |
| 6.2.8 | 60 or 600 seconds; files every five minutes, best effort | at each ten-minute mark |
| 6.2.9 | FlowLogStatus stays ACTIVE | so; DeliverLogsStatus tells, and is asked anew each time |
| 6.3.1 | the service makes the group with the first traffic, if it may | it does not |
| 6.3.2 | a wrong role: no error at creation | so |
| 6.3.3 | who makes one needs logs:CreateLogDelivery | not asked |
| 6.3.4 | the bucket's owner gets statements added, or the policy overwritten | added |
| 6.3.4 | of others the policy must let the service in | so, else it is not made |
| 6.3.6 | only to the first owner of the bucket | so |
| 6.3.7 | keys, Hive and hourly folders; gzip; Parquet | so; Parquet is said and text is written |
| 6.3.8 | Firehose: the service's own role, the tag, the roles between accounts | so, at each |
|  |  | delivery too, of which AWS says nothing; the stream neither waits nor is refused |
| (VPC guide) | what passes an interface | what `passed` was told, and each interface in use |
|  |  | asks Amazon something every ten minutes, unless it is idle |
| (EC2 API) | VPC Block Public Access | off |
"""

from __future__ import annotations

from logkeep.lab.kind import LabKind
from logkeep.lab.kinds.vpc_flow import api, needed, streams
from logkeep.lab.kinds.vpc_flow.deliver import deliver_until, passed, waits

KIND = LabKind(
    name="vpc-flow",
    operations={
        ("ec2", "CreateFlowLogs"): api.create_flow_logs,
        ("iam", "CreateServiceLinkedRole"): streams.create_linked_role,
        ("ec2", "DescribeFlowLogs"): api.describe_flow_logs,
        ("ec2", "DeleteFlowLogs"): api.delete_flow_logs,
        ("ec2", "DescribeVpcBlockPublicAccessOptions"): api.block_options,
        ("ec2", "DescribeVpcBlockPublicAccessExclusions"): api.block_exclusions,
    },
    asks={
        ("ec2", "CreateFlowLogs"): needed.to_create,
        ("ec2", "DeleteFlowLogs"): needed.to_delete,
    },
    tick=deliver_until,
    waits=waits,
    passed=passed,
)
