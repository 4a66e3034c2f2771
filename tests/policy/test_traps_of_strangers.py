"""The traps of callers that no user or role signs for: federated ones, providers, the anonymous.

`IAM` is the IAM User Guide, `ORG` the Organizations User Guide.
"""

from __future__ import annotations

import pytest

from logkeep.policy import decide, explain, request
from policy.test_traps import (
    ANN,
    ANY,
    ASK,
    DENY,
    NO,
    NOTHING,
    ONE,
    ROLE,
    SESSION,
    STARS,
    YES,
    Trap,
    aws,
    layers_of,
    not_principal,
    st,
    when,
)

OIDC = f"arn:aws:iam::{ONE}:oidc-provider/id.example.com"
SAML = f"arn:aws:iam::{ONE}:saml-provider/office"
GUEST = f"arn:aws:sts::{ONE}:federated-user/guest"
ANYBODY = "anonymous"
BY_WEB, BY_SAML = "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"
TRUST = "IAM: Principal, OIDC and SAML federated principals"
SESSIONS = "IAM: Principal, Web identity and SAML session principals"
GUESTS = "IAM: Principal, AWS STS federated user session principals; Policy evaluation logic"
ALL = "IAM: Principal, All principals"
USERS = "whether naming an identity provider names the sessions of its users"
CAME_BY = {"aws:FederatedProvider": OIDC}
TO_OIDC = [st(principal={"Federated": OIDC})]


def trusting(*providers: str) -> list[dict[str, object]]:
    return [st(principal={"Federated": list(providers)}, action="sts:AssumeRoleWith*")]


TRAPS = [
    Trap("a trusted OIDC provider", TRUST, YES, OIDC, BY_WEB, ROLE, policy=trusting(OIDC)),
    Trap("a provider without an ARN", TRUST, YES, "accounts.google.com", BY_WEB, ROLE,
         policy=trusting("accounts.google.com")),
    Trap("a trusted SAML provider", TRUST, YES, SAML, BY_SAML, ROLE, policy=trusting(OIDC, SAML)),
    Trap("another provider", TRUST, NO, SAML, BY_SAML, ROLE, policy=trusting(OIDC)),
    Trap("an account's trust is not its providers'", TRUST, NO, OIDC, BY_WEB, ROLE,
         policy=[st(principal=aws(ONE))]),
    Trap("SCPs do not bind a provider", "ORG: SCP effects (5.1.6)", YES, OIDC, BY_WEB, ROLE,
         policy=trusting(OIDC), scps=[NOTHING]),
    Trap("RCPs bind a provider", "ORG: Resource control policies (5.1.7)", DENY, OIDC, BY_WEB, ROLE,
         policy=trusting(OIDC), rcps=[st("Deny", "*", BY_WEB)]),
    Trap("who came by a provider that a bucket names", SESSIONS, ASK, SESSION, context=CAME_BY,
         policy=TO_OIDC, unknown=(USERS,)),
    Trap("who came by a provider that a bucket denies", SESSIONS, ASK, SESSION, context=CAME_BY,
         identity=ANY, policy=[st("Deny", {"Federated": OIDC})], unknown=(USERS,)),
    Trap("who came by another provider", SESSIONS, NO, SESSION, policy=TO_OIDC,
         context={"aws:FederatedProvider": "accounts.google.com"}),
    Trap("who came by none", SESSIONS, NO, SESSION, context={"aws:FederatedProvider": []},
         policy=TO_OIDC),
    Trap("who may have come by it", SESSIONS, ASK, SESSION, policy=TO_OIDC,
         unknown=("aws:federatedprovider", USERS)),
    Trap("a role's sessions may have come by it", SESSIONS, ASK, ROLE, policy=TO_OIDC,
         unknown=("aws:federatedprovider", USERS)),
    Trap("which SAML provider let a session in", SESSIONS, ASK, SESSION,
         context={"aws:FederatedProvider": []}, policy=[st(principal={"Federated": SAML})],
         unknown=("the SAML provider of the session", USERS)),
    Trap("a user comes by no provider", SESSIONS, NO, ANN, policy=TO_OIDC),
    Trap("a NotPrincipal of a provider", "IAM: NotPrincipal", ASK, SESSION, identity=ANY,
         policy=[not_principal({"Federated": OIDC})],
         unknown=("how the service reads a NotPrincipal that names only part of the caller",)),
    Trap("a federated user's ARN skips the session policy", GUESTS, YES, GUEST,
         policy=[st(principal=aws(GUEST))], session=NOTHING),
    Trap("a federated user stays within its session policy", GUESTS, NO, GUEST, identity=ANY,
         session=NOTHING),
    Trap("another federated user", GUESTS, NO, GUEST, policy=[st(principal=aws(GUEST + "s"))]),
    Trap("whether it is the named user that federates", GUESTS, ASK, GUEST,
         policy=[st(principal=aws(ANN))], unknown=("the IAM user that a federated user is of",)),
    Trap("whether it is the denied user that federates", GUESTS, ASK, GUEST, identity=ANY,
         policy=[st("Deny", aws(ANN))], unknown=("the IAM user that a federated user is of",)),
    Trap("* is the anonymous too", ALL, YES, ANYBODY, policy=STARS),
    Trap("an AWS of * is the anonymous too", ALL, YES, ANYBODY, policy=[st(principal=aws("*"))]),
    Trap("no account is anonymous", ALL, NO, ANYBODY, policy=[st(principal=aws(ONE))]),
    Trap("the anonymous have no identity policy", ALL, NO, ANYBODY, identity=ANY),
    Trap("SCPs do not bind the anonymous", "ORG: SCP effects (5.1.6)", YES, ANYBODY, policy=STARS,
         scps=[NOTHING]),
    Trap("RCPs bind the anonymous", "ORG: Resource control policies (5.1.7)", DENY, ANYBODY,
         policy=STARS, rcps=[st("Deny", "*", "s3:*")]),
    Trap("the anonymous pass an endpoint too", "5.1.8", NO, ANYBODY, policy=STARS,
         endpoint=[st(principal="*", action="s3:PutObject")]),
    Trap("the anonymous have no organization", "IAM: Global condition keys (5.2.7)", DENY, ANYBODY,
         policy=[*STARS, when("Deny", StringNotEquals={"aws:PrincipalOrgID": "o-1"})]),
    Trap("only signed requests say whether they are a service's",
         "IAM: Global condition keys, aws:PrincipalIsAWSService (5.2.6)", NO, ANYBODY,
         policy=[when(Bool={"aws:PrincipalIsAWSService": "false"})]),
    Trap("a NotPrincipal spares no anonymous", "IAM: NotPrincipal", DENY, ANYBODY,
         policy=[*STARS, not_principal(aws(ANN, ONE))]),
]  # fmt: skip


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_trap(trap: Trap):
    asked = request(trap.principal, trap.action, trap.resource, trap.owner, trap.context)
    decision = decide(asked, layers_of(trap))
    assert (decision.outcome, decision.unknown) == (trap.expected, trap.unknown), trap.page
    assert explain(asked, layers_of(trap)).decision == decision
