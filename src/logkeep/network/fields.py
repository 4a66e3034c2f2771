"""Which fields may a flow-log record have, and since which version? (rule 6.2.3)"""

from __future__ import annotations

import re
from typing import Final

import msgspec

DEFAULT: Final = (
    "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport",
    "protocol", "packets", "bytes", "start", "end", "action", "log-status",
)  # fmt: skip
"""The default format, in its order (rule 6.2.1)."""

_BY_VERSION: Final[dict[int, str]] = {
    2: " ".join(DEFAULT),
    3: "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr",
    4: "region az-id sublocation-type sublocation-id",
    5: "pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path",
    6: "resource-type tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id "
    "tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni "
    "tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id packets-lost-no-route "
    "packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired",
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
VERSIONS: Final = {name: v for v, names in _BY_VERSION.items() for name in names.split()}
"""Every field with the version that it came with."""

PORTS: Final = frozenset({"srcport", "dstport"})
NUMBERS: Final = frozenset(
    {
        *PORTS, "version", "protocol", "packets", "bytes", "start", "end", "tcp-flags",
        "traffic-path", "encryption-status", "packets-lost-no-route", "packets-lost-blackhole",
        "packets-lost-mtu-exceeded", "packets-lost-ttl-expired",
    }
)  # fmt: skip
ADDRESSES: Final = frozenset({"srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr"})
WORDS: Final[dict[str, frozenset[str]]] = {
    "action": frozenset({"ACCEPT", "REJECT"}),
    "log-status": frozenset({"OK", "NODATA", "SKIPDATA"}),
    "flow-direction": frozenset({"ingress", "egress"}),
}
"""What a field may say, besides `-`."""


class Format(msgspec.Struct, frozen=True):
    """The fields of a flow log's records, in their order."""

    fields: tuple[str, ...]

    @property
    def version(self) -> int:
        """The version that records of this format show: the highest of its fields (6.2.2)."""
        return max(VERSIONS[name] for name in self.fields)


class Wrong(msgspec.Struct, frozen=True):
    """What is wrong with a format or a record, and what to do."""

    says: str
    hint: str = ""


def read_format(text: str) -> Format | Wrong:
    """A format as AWS writes it (`${srcaddr} ${dstaddr}`), or as the first line of a file."""
    names = [each.strip("${}") for each in re.split(r"[\s,]+", text.strip()) if each]
    if not names:
        return Wrong("the format names no field", "give it as the flow log's LogFormat says")
    strange = [name for name in names if name not in VERSIONS]
    if strange:
        listed = ", ".join(f"`{name}`" for name in strange[:5])
        import difflib  # takes 5 ms, and is wanted only where a word is misspelt

        near = difflib.get_close_matches(strange[0], VERSIONS, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "logkeep knows the fields up to version 11"
        noun = "fields" if len(strange) > 1 else "field"
        return Wrong(f"the format has the unknown {noun} {listed}", hint)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        return Wrong(f"the format names `{twice}` twice")
    return Format(tuple(names))


def is_header(line: str) -> bool:
    """Whether a line is the names of fields, as the first of a file is (rule 13.5)."""
    names = line.split()
    known = sum(name in VERSIONS for name in names)
    return known >= 2 and known * 2 > len(names)
