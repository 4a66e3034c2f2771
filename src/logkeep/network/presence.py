"""Is somebody behind this network interface, who opens connections or takes them?"""

from __future__ import annotations

from typing import Final

from logkeep.network.trip import Doubt
from logkeep.network.values import Interface

ENDS: Final = frozenset(
    {"", "interface", "efa", "trunk", "branch", "load_balancer", "network_load_balancer"}
)
"""Interfaces of machines, tasks and balancers: they open connections and take them."""
OPENS: Final = ENDS | {"lambda"}
"""A function's interface only opens connections (AWS Lambda Developer Guide, "Configuring VPC")."""
TAKES: Final = ENDS | {"vpc_endpoint"}
"""An interface endpoint only takes them (AWS PrivateLink Guide, "Access an AWS service")."""


def unsure_of_sender(face: Interface) -> Doubt | None:
    """Why nobody can tell whether the interface sends what it is said to send."""
    return _unsure(face, OPENS)


def unsure_of_taker(face: Interface) -> Doubt | None:
    """Why nobody can tell whether the interface takes what comes to it."""
    return _unsure(face, TAKES)


def _unsure(face: Interface, judged: frozenset[str]) -> Doubt | None:
    if face.changes:
        settle = "the interface again, once it is attached or detached"
        return Doubt("network-interface", face.id, "attachment-changes", settle)
    if face.kind not in judged:
        settle = f"a test: AWS does not say what an interface of the kind {face.kind} does with it"
        return Doubt("network-interface", face.id, "kind-unjudged", settle)
    return None
