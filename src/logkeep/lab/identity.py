"""Who signed this request? Access keys of users, sessions and root users, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from logkeep.lab.call import Caller
from logkeep.lab.routes import Arrival, Scope
from logkeep.lab.signature import valid
from logkeep.lab.store import PARTITION, iam_backends, sts_backends


@dataclass(frozen=True)
class Stranger:
    """A request that no known key signed, and what AWS says to it."""

    code: str
    message: str


_NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
_INVALID = "The security token included in the request is invalid."


@dataclass(frozen=True)
class Session:
    """What the lab remembers of an assumed role's session beside what moto does."""

    expires: datetime
    """Real time: a session ends by the client's clock, not by the lab's."""
    policies: tuple[str, ...] = ()
    """Session policies, as JSON."""


class Gate:
    """Knows every access key of the lab."""

    def __init__(self) -> None:
        self.roots: dict[str, str] = {}
        """Root users' access keys: key id to account."""
        self.secrets: dict[str, str] = {}
        """Root users' secrets by access key id."""
        self.sessions: dict[str, Session] = {}

    def admit(self, arrival: Arrival, scope: Scope) -> Caller | Stranger:
        """The caller behind a request's signature, or AWS's refusal."""
        caller = self._caller(scope)
        if isinstance(caller, Stranger) or valid(arrival, self._secret(caller)):
            return caller
        return _badly_signed(scope)

    def _secret(self, caller: Caller) -> str:
        if caller.access_key in self.secrets:
            return self.secrets[caller.access_key]
        keys: Any = iam_backends[caller.account][PARTITION].access_keys
        return str(keys[caller.access_key].secret_access_key)

    def _caller(self, scope: Scope) -> Caller | Stranger:
        key = scope.access_key
        if not key:
            return _unsigned(scope)
        if key in self.roots:
            return _root(self.roots[key], key)
        for account in list(iam_backends):
            found = iam_backends[account][PARTITION].access_keys.get(key)
            if found is not None:
                return self._known(account, found, scope)
        return _unknown(scope)

    def _known(self, account: str, key: Any, scope: Scope) -> Caller | Stranger:
        if key.status != "Active":
            return _unknown(scope)
        if key.role_arn is None:
            return _user(account, key, scope)
        session = self.sessions.get(key.access_key_id)
        if session is not None and session.expires <= datetime.now(UTC):
            return Stranger(*_expired(scope.service))
        return _session(account, key.access_key_id, scope)


def _root(account: str, key: str) -> Caller:
    arn = f"arn:{PARTITION}:iam::{account}:root"
    return Caller(account, arn, "root", "root", key, account)


def _user(account: str, key: Any, scope: Scope) -> Caller | Stranger:
    user = iam_backends[account][PARTITION].users.get(key.user_name)
    if user is None:
        return _unknown(scope)
    return Caller(account, user.arn, "user", user.name, key.access_key_id, user.id)


def _session(account: str, key: str, scope: Scope) -> Caller | Stranger:
    assumed = sts_backends[account][PARTITION].get_assumed_role_from_access_key(key)
    if assumed is None or assumed.session_token != scope.token:
        return _unknown(scope)
    return Caller(
        account,
        assumed.arn,
        "role",
        assumed.role_arn.rpartition("/")[2],
        key,
        assumed.user_id,
        assumed.role_arn,
        assumed.session_name,
    )


def _unknown(scope: Scope) -> Stranger:
    """S3 and the other services word it differently (S3 "Error responses"; IAM "Common errors")."""
    if scope.service == "s3":
        return Stranger(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        )
    if scope.service == "ec2":
        return Stranger(
            "AuthFailure", "AWS was not able to validate the provided access credentials"
        )
    if scope.service in ("sts", "iam"):
        return Stranger(
            "InvalidClientTokenId", "The security token included in the request is invalid."
        )
    return Stranger(
        "UnrecognizedClientException", "The security token included in the request is invalid."
    )


def _badly_signed(scope: Scope) -> Stranger:
    if scope.service == "ec2":
        return Stranger("AuthFailure", _NOT_VALIDATED)
    code = "SignatureDoesNotMatch"
    if scope.service not in ("s3", "sts", "iam"):
        code = "InvalidSignatureException"
    return Stranger(
        code,
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method.",
    )


def _unsigned(scope: Scope) -> Stranger:
    if scope.service in ("", "s3"):
        return Stranger("AccessDenied", "Access Denied")
    return Stranger("MissingAuthenticationToken", "Request is missing Authentication Token")


def _expired(service: str) -> tuple[str, str]:
    if service == "s3":
        return "ExpiredToken", "The provided token has expired."
    if service in ("sts", "iam"):
        return "ExpiredToken", "The security token included in the request is expired"
    if service == "ec2":
        return "RequestExpired", "Request has expired."
    return "ExpiredTokenException", "The security token included in the request is expired"
