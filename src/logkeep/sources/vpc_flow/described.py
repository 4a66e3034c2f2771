"""What EC2 says of an account's VPCs, interfaces and flow logs in a Region."""

from __future__ import annotations

from typing import Final

import msgspec

from logkeep.access.enabled_regions import regions
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look, remembered
from logkeep.sources.vpc_flow.calls import FLOW_LOGS, INTERFACES, SUBNETS, VPCS
from logkeep.value import AccountId, Arn, Look, Region, Seen, Time

ACTIVE: Final = "ACTIVE"
FAILED: Final = "FAILED"
TO_BUCKET: Final = "s3"
TO_GROUP: Final = "cloud-watch-logs"
TO_STREAM: Final = "kinesis-data-firehose"
PARQUET: Final = "parquet"
TEXT: Final = "plain-text"


class ResourceTag(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """A tag of a resource."""

    key: str = ""
    value: str = ""


class DestinationOptions(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """How the files in a bucket are laid out (rule 6.3.7)."""

    file_format: str = TEXT
    hive_compatible_partitions: bool = False
    per_hour_partition: bool = False


class FlowLog(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """A flow log as ec2:DescribeFlowLogs shows it."""

    flow_log_id: str
    resource_id: str = ""
    traffic_type: str = "ALL"
    flow_log_status: str = ""
    log_destination_type: str = TO_GROUP
    log_destination: Arn = ""
    log_group_name: str = ""
    log_format: str = ""
    deliver_logs_status: str = ""
    deliver_logs_error_message: str = ""
    deliver_logs_permission_arn: Arn = ""
    deliver_cross_account_role: Arn = ""
    max_aggregation_interval: int = 600
    creation_time: Time | None = None
    destination_options: DestinationOptions = DestinationOptions()
    tags: tuple[ResourceTag, ...] = ()

    @property
    def is_active(self) -> bool:
        """Whether it records; that it delivers this never shows (rule 6.2.9)."""
        return self.flow_log_status == ACTIVE

    @property
    def bucket_arn(self) -> Arn:
        """The bucket that it delivers to; nothing where it goes elsewhere."""
        return self.log_destination.partition("/")[0] if self.is_to_bucket else ""

    @property
    def folder(self) -> str:
        """The folder of the bucket that its keys begin with."""
        named = self.log_destination.partition("/")[2].strip("/")
        return f"{named}/" if named else ""

    @property
    def is_to_bucket(self) -> bool:
        """Whether it delivers to a bucket."""
        return self.log_destination_type == TO_BUCKET

    @property
    def stream(self) -> Arn:
        """The Firehose stream that it delivers to; nothing where it goes elsewhere."""
        return self.log_destination if self.log_destination_type == TO_STREAM else ""

    @property
    def group(self) -> str:
        """The name of the log group that it delivers to; nothing where it goes elsewhere."""
        if self.log_destination_type != TO_GROUP:
            return ""
        named = self.log_destination.partition(":log-group:")[2].removesuffix(":*")
        return self.log_group_name or named


class FlowLogsAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of ec2:DescribeFlowLogs."""

    flow_logs: tuple[FlowLog, ...] = ()


class Vpc(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """A VPC as ec2:DescribeVpcs shows it: one's own, or shared by another account."""

    vpc_id: str
    owner_id: AccountId = ""


class VpcsAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of ec2:DescribeVpcs."""

    vpcs: tuple[Vpc, ...] = ()


class Subnet(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """A subnet as ec2:DescribeSubnets shows it."""

    subnet_id: str
    vpc_id: str = ""
    owner_id: AccountId = ""


class SubnetsAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of ec2:DescribeSubnets."""

    subnets: tuple[Subnet, ...] = ()


class Attachment(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """Since when an interface is attached, and to which instance."""

    attach_time: Time | None = None
    instance_id: str = ""


class Interface(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """A network interface as ec2:DescribeNetworkInterfaces shows it."""

    network_interface_id: str
    vpc_id: str = ""
    subnet_id: str = ""
    status: str = ""
    interface_type: str = "interface"
    private_ip_address: str = ""
    description: str = ""
    attachment: Attachment | None = None

    @property
    def is_used(self) -> bool:
        """Whether packets may pass it."""
        return self.status == "in-use"


class InterfacesAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of ec2:DescribeNetworkInterfaces."""

    network_interfaces: tuple[Interface, ...] = ()


def places(facts: Facts, account: AccountId) -> tuple[Region, ...]:
    """The Regions in which an account's VPCs are looked for."""
    return regions(facts, account) or (facts.fleet.home_region,)


def listing(account: AccountId, region: Region, call: str) -> Ask:
    """A question about all that an account has of something in a Region."""
    return ask(account, region, call)


# An answer is read once and then remembered in the form that is asked for, not in both: there is
# one of each account and Region.


@remembered
def flow_logs(facts: Facts, account: AccountId, region: Region) -> Look[tuple[FlowLog, ...]]:
    """Every flow log of an account in a Region."""
    look = facts.glance(listing(account, region, FLOW_LOGS), FlowLogsAnswer)
    return map_look(look, lambda answer: answer.flow_logs)


@remembered
def vpcs(facts: Facts, account: AccountId, region: Region) -> Look[tuple[str, ...]]:
    """The account's own VPCs in a Region; one that another shares with it is that one's."""
    look = facts.glance(listing(account, region, VPCS), VpcsAnswer)
    return map_look(
        look,
        lambda answer: tuple(sorted(v.vpc_id for v in answer.vpcs if v.owner_id in ("", account))),
    )


@remembered
def sharers(facts: Facts, account: AccountId, region: Region) -> dict[str, AccountId]:
    """The VPCs that other accounts share with this one, and whose they are (rule 13.6)."""
    look = facts.glance(listing(account, region, VPCS), VpcsAnswer)
    shown = look.value.vpcs if isinstance(look, Seen) else ()
    return {vpc.vpc_id: vpc.owner_id for vpc in shown if vpc.owner_id not in ("", account)}


@remembered
def subnets(facts: Facts, account: AccountId, region: Region) -> Look[tuple[Subnet, ...]]:
    """The account's own subnets in a Region."""
    look = facts.glance(listing(account, region, SUBNETS), SubnetsAnswer)
    return map_look(
        look, lambda answer: tuple(s for s in answer.subnets if s.owner_id in ("", account))
    )


@remembered
def interfaces(facts: Facts, account: AccountId, region: Region) -> Look[tuple[Interface, ...]]:
    """Every network interface of an account in a Region."""
    look = facts.glance(listing(account, region, INTERFACES), InterfacesAnswer)
    return map_look(look, lambda answer: answer.network_interfaces)
