"""Who is asking: what a principal's name alone says about it and its context keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

CallerKind: TypeAlias = Literal[
    "user", "role", "session", "root", "federated", "provider", "service", "anonymous", "other"
]

WEB_PROVIDERS: Final = frozenset(
    {
        "accounts.google.com",
        "cognito-identity.amazonaws.com",
        "graph.facebook.com",
        "www.amazon.com",
    }
)
"""The identity providers that a trust policy names without an ARN (IAM User Guide, "Principal")."""

NOT_KNOWN: Final = object()
"""A key that the caller's kind certainly or possibly carries, with a value not known here."""

ABSENT: Final = object()
"""A key that a request of the caller's kind never carries."""


class Caller(NamedTuple):
    """A principal taken apart."""

    kind: CallerKind
    arn: str
    """The name itself where it is no ARN."""
    account: str
    name: str
    """Of a user or role, without path; of a session, the role's; of a service, the service's."""
    keys: dict[str, str | object]
    """The context keys that follow from who it is; `NOT_KNOWN` where only a value is missing."""
    is_customer: bool
    """Whether it belongs to an account, and so has identity policies and SCPs."""


@lru_cache(maxsize=65536)
def read_caller(principal: str) -> Caller:
    """Return who a principal's name means."""
    if principal == "anonymous":
        return _with_keys("anonymous", principal, "", "")
    if principal.isdigit() and len(principal) == 12:
        return _with_keys("root", f"arn:aws:iam::{principal}:root", principal, "root")
    if not principal.startswith("arn:"):
        kind = "provider" if principal in WEB_PROVIDERS else "service"
        return _with_keys(kind, principal, "", principal)
    parts = [*principal.split(":", 5), "", "", "", "", ""]
    family, _, rest = parts[5].partition("/")
    kind = _KINDS.get((parts[2], family), "other")
    name = rest.split("/")[0] if kind == "session" else rest.rsplit("/", 1)[-1]
    return _with_keys(kind, principal, parts[4], name or family)


_KINDS: Final[dict[tuple[str, str], CallerKind]] = {
    ("iam", "user"): "user",
    ("iam", "role"): "role",
    ("iam", "root"): "root",
    ("iam", "saml-provider"): "provider",
    ("iam", "oidc-provider"): "provider",
    ("sts", "assumed-role"): "session",
    ("sts", "federated-user"): "federated",
}


def _with_keys(kind: CallerKind, arn: str, account: str, name: str) -> Caller:
    is_customer = kind not in ("provider", "service", "anonymous")
    bare = Caller(kind, arn, account, name, {}, is_customer)
    common = _CUSTOMER_KEYS if bare.is_customer else _OTHER_KEYS.get(kind, {})
    keys = {
        key: _value_of(value, bare) for key, value in {**common, **_OWN_KEYS.get(kind, {})}.items()
    }
    return bare._replace(keys=keys)


_Told: TypeAlias = Callable[[Caller], str] | str | object


def _value_of(value: _Told, caller: Caller) -> str | object:
    return value(caller) if callable(value) else value


# The tables below are IAM User Guide, "AWS global condition context keys" (availability of each
# key) and "IAM policy elements: Variables and tags" (principal key values).
_OF_SERVICES_ONLY: Final[dict[str, _Told]] = dict.fromkeys(
    (
        *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"),
        *("aws:principalservicename", "aws:principalservicenameslist"),
    ),
    ABSENT,
)
"""Keys of a service's own calls alone (rules 5.2.5, 5.2.6): not of a session of it, nor of what it
does for somebody."""
_CUSTOMER_KEYS: Final[dict[str, _Told]] = {
    **_OF_SERVICES_ONLY,
    "aws:principalarn": lambda caller: caller.arn,
    "aws:principalaccount": lambda caller: caller.account,
    "aws:principalisawsservice": "false",
    "aws:principalorgid": NOT_KNOWN,
    "aws:principalorgpaths": NOT_KNOWN,
    "aws:userid": NOT_KNOWN,
    "aws:principaltype": NOT_KNOWN,
}
_NEVER_OF_A_SERVICE: Final = (
    # What a principal of an account has, a service's own call lacks (rules 1.5.1, 5.2.7).
    *("aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths"),
    *("aws:username", "aws:multifactorauthage", "aws:sourceidentity", "aws:federatedprovider"),
    *("aws:assumedroot", "aws:chatbotsourcearn", "aws:ec2instancesourcevpc"),
    *("aws:ec2instancesourceprivateipv4", "ec2:roledelivery", "ec2:sourceinstancearn"),
    *("glue:roleassumedby", "glue:credentialissuingservice", "lambda:sourcefunctionarn"),
    *("ssm:sourceinstancearn", "identitystore:userid"),
    # It passes through no endpoint of a customer (rule 5.1.8).
    *("aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpcsourceip"),
    *("aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"),
    # It is made for no principal ("aws:CalledVia": "when a service makes a request on behalf of
    # an IAM principal"), and by no browser ("aws:referer").
    *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:calledviaawsmcp"),
    "aws:referer",
)
"""IAM User Guide, "AWS global condition context keys", what it says of each key's availability."""
_ABSENT_FAMILIES: Final = {"service": ("aws:principaltag/",)}


def is_absent_family(kind: CallerKind, key: str) -> bool:
    """Return whether a key with an open name is never carried by such a caller's requests."""
    return key.startswith(_ABSENT_FAMILIES.get(kind, ()))


_OTHER_KEYS: Final[dict[str, dict[str, _Told]]] = {
    "service": {
        **dict.fromkeys(_NEVER_OF_A_SERVICE, ABSENT),
        "aws:principalisawsservice": "true",
        "aws:principalservicename": lambda caller: caller.name,
        "aws:principalservicenameslist": NOT_KNOWN,
        "aws:principaltype": NOT_KNOWN,
    },
    "anonymous": {
        **_OF_SERVICES_ONLY,
        "aws:principalaccount": "anonymous",
        "aws:principaltype": "Anonymous",
        "aws:userid": "anonymous",
    },
}
_OWN_KEYS: Final[dict[str, dict[str, _Told]]] = {
    "user": {"aws:username": lambda caller: caller.name, "aws:principaltype": "User"},
    # aws:FederatedProvider is there for who came by an OpenID Connect provider.
    "role": {"aws:principaltype": "AssumedRole", "aws:federatedprovider": NOT_KNOWN},
    # A session's ARN leaves out its role's path, and with it aws:PrincipalArn, the role's ARN.
    "session": {
        "aws:principaltype": "AssumedRole",
        "aws:principalarn": NOT_KNOWN,
        "aws:federatedprovider": NOT_KNOWN,
    },
    "root": {"aws:principaltype": "Account", "aws:userid": lambda caller: caller.account},
    "federated": {"aws:principaltype": "FederatedUser"},
}
