"""The lab's engine on the policies of real failures: refused as they were, allowed once mended."""

import pytest

from logkeep.lab.authorizer import Policies, decide
from logkeep.lab.call import Caller
from logkeep.lab.language import Request, context_of
from support.places import shared_rows, without

CASES = "cases/failures.jsonl"
pytestmark = without(CASES)
KINDS = {"bucket_policy", "key_policy"}


def probes():
    found = []
    for case in shared_rows(CASES):
        for number, probe in enumerate(case["probes"]):
            if probe["policy_kind"] == "resource" and KINDS & case["broken_config"].keys():
                found.append(pytest.param(case, probe, id=f"{case['id']}-{number}"))
    return found


def caller(principal):
    if not principal.startswith("arn:"):
        return Caller("", principal, "service", principal)
    account, name = principal.split(":")[4], principal.rpartition("/")[2]
    session = f"arn:aws:sts::{account}:assumed-role/{name}/any"
    return Caller(account, session, "role", name, role_arn=principal)


def verdict(config, probe):
    resource = next((config[kind] for kind in sorted(KINDS) if kind in config), None)
    identity = [config["identity_policy"]] if "identity_policy" in config else []
    request = Request(
        caller(probe["principal"]),
        probe["action"],
        probe["resource"],
        probe["resource_account"],
        context_of(probe["context"]),
    )
    named = probe["action"].startswith("kms:")
    layers = Policies(identity=identity, resource=resource, must_be_named=named)
    ruling = decide(request, layers)
    if ruling.allowed:
        return "Allowed"
    return "ExplicitlyDenied" if ruling.explicit else "ImplicitlyDenied"


@pytest.mark.parametrize(("case", "probe"), probes())
def test_failure_is_refused_and_its_fix_is_not(case, probe):
    assert verdict(case["broken_config"], probe) == probe["expect_broken"]
    assert verdict(case["fix"], probe) == probe["expect_fixed"]


def test_cases_are_present():
    assert len(probes()) > 5
