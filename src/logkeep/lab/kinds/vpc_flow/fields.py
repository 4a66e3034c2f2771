"""A record as a flow log writes it: its fields by name, `-` for what is unknown (6.2.1, 6.2.2)."""

from __future__ import annotations

import re

BY_VERSION = {
    2: "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes "
    "start end action log-status",
    3: "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr",
    4: "region az-id sublocation-type sublocation-id",
    5: "pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path",
    7: "ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id "
    "ecs-container-id ecs-second-container-id ecs-service-name ecs-task-definition-arn "
    "ecs-task-arn ecs-task-id",
    8: "reject-reason",
    9: "resource-id",
    10: "encryption-status",
    11: "instance-tag instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2 "
    "interface-type next-hop-interface-id next-hop-subnet-id next-hop-az-id next-hop-vpc-id "
    "next-hop-interface-type",
}
"""Rule 6.2.3, as AWS's guide lists them."""
VERSIONS = {name: version for version, names in BY_VERSION.items() for name in names.split()}
DEFAULT = " ".join(f"${{{name}}}" for name in BY_VERSION[2].split())


def fields_of(log_format: str) -> list[str]:
    """The names of a format's fields, in their order."""
    return re.findall(r"\$\{([a-z0-9-]+)\}", log_format)


def unknown(log_format: str) -> list[str]:
    """The names that no version has; an empty format has itself."""
    names = fields_of(log_format)
    return [name for name in names if name not in VERSIONS] if names else [log_format]


def line(names: list[str], values: dict[str, str]) -> str:
    """One record; its version is the highest of its fields'."""
    version = str(max(VERSIONS[name] for name in names))
    return " ".join(version if name == "version" else values.get(name, "-") for name in names)
