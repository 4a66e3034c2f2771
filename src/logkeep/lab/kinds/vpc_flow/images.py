"""When does a network get AWS's own machine images? When somebody first asks for one.

moto makes 1,300 of them, each with a snapshot, for every account's Region, and again before it
forgets them: an eighth of a second for what no flow log needs.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.amis import AmiBackend
from moto.ec2.models.elastic_block_store import EBSBackend

_LATER = "_images_later"
"""Set on a network that has none of them yet."""


def put_off() -> None:
    """Have the images, and the snapshots they come with, made when either is first read."""
    own: Any = AmiBackend
    make = own._load_amis

    def later(network: Any) -> None:
        network.__dict__[_LATER] = True

    def kept(name: str) -> property:
        def read(network: Any) -> Any:
            known: dict[str, Any] = network.__dict__
            if known.pop(_LATER, False):
                make(network)
            return known[name]

        def write(network: Any, value: Any) -> None:
            network.__dict__[name] = value

        return property(read, write)

    own._load_amis = later
    own.amis = kept("amis")
    disks: Any = EBSBackend
    disks.snapshots = kept("snapshots")
