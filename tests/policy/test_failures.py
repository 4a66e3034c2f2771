"""Real failures: every probe's verdict before and after its fix."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.policy import Layers, Policy, decide, read_policy, request
from logkeep.policy.values import Kind
from support.places import shared_rows, without

CASES = "cases/failures.jsonl"
PROBES = [
    (f"{case['id']}-{i}-{when}", case[config], probe, probe[expect])
    for case in shared_rows(CASES)
    for i, probe in enumerate(case["probes"])
    for when, config, expect in (
        ("broken", "broken_config", "expect_broken"),
        ("fixed", "fix", "expect_fixed"),
    )
    if case[config] is not None and probe[expect] is not None
]
pytestmark = without(CASES)
ALL_OF_LOGS = {"Statement": {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}}


def policy_of(document: object, kind: Kind) -> Policy:
    policy = read_policy(document, kind, kind)
    assert isinstance(policy, Policy), policy
    return policy


def root_key(account: str) -> dict[str, Any]:
    everything = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    return {"Statement": [everything | {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}}]}


def layers_of(config: dict[str, Any], probe: dict[str, Any]) -> Layers:
    """The case's own documents in the layers that the probe's `policy_kind` says."""
    identity: list[Policy] = []
    resource: Policy | None = None
    for name, document in config.items():
        match name:
            case "bucket_policy" | "resource_policy" | "destination_policy":
                resource = policy_of(document, "resource")
            case "key_policy":
                resource = policy_of(document, "key")
            case "identity_policy" | "role_policy":
                identity.append(policy_of(document, "identity"))
            case "trust_policy":
                policy_of(document, "trust")
            case _:
                continue
    match probe["policy_kind"]:
        case "identity+root-key":
            resource = policy_of(root_key(probe["resource_account"]), "key")
        case "resource+identity-allow":
            identity.append(policy_of(ALL_OF_LOGS, "identity"))
        case "resource" | "identity":
            pass
        case other:
            pytest.fail(f"a new policy_kind: {other}")
    return Layers(identity=tuple(identity), resource=resource)


@pytest.mark.parametrize(
    ("config", "probe", "expected"),
    [probe[1:] for probe in PROBES],
    ids=[probe[0] for probe in PROBES],
)
def test_probe(config: dict[str, Any], probe: dict[str, Any], expected: str):
    asked = request(
        probe["principal"],
        probe["action"],
        probe["resource"],
        probe["resource_account"],
        probe["context"],
    )
    assert decide(asked, layers_of(config, probe)).outcome == expected
