"""How do AWS, the SDK and the way between them say that something failed, and in which words?"""

from __future__ import annotations

import os
from typing import Any, Final

from botocore import exceptions as sdk
from botocore.parsers import ResponseParserError

from logkeep.value import AccountId
from logkeep.words.plain import without_password

MESSAGE_LENGTH_MAX = 1000
"""A proxy may answer with a whole page where AWS says a sentence."""

EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
REFUSED_CREDENTIALS = EXPIRED_CODES | {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
    "AuthFailure",
    "InvalidToken",
}
"""How AWS says that it does not know the caller, rather than that he may not."""

THROTTLED_CODES = frozenset(
    {
        "503",  # S3 answers HEAD with its status alone
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""How AWS says that it was asked too often: it says nothing of what was asked."""

NO_HELP: Final = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SECURITY_TOKEN",
        "AWS_SESSION_TOKEN",
    }
)
"""The variables that make no client fail."""

SERVER_ERRORS = frozenset(
    {
        "500",
        "502",
        "503",
        "504",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "KMSInternalException",
        "ServiceException",
        "ServiceFailure",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)
"""How AWS, or a proxy, says that it failed: whether anything was done is open."""

NO_CREDENTIALS = (
    sdk.NoCredentialsError,
    sdk.PartialCredentialsError,
    sdk.CredentialRetrievalError,
    sdk.ProfileNotFound,
    sdk.ConfigParseError,
    sdk.ConfigNotFound,
    sdk.InvalidConfigError,
    sdk.SSOError,
    sdk.TokenRetrievalError,
    sdk.UnknownCredentialError,
)
"""How the SDK says that it found no credentials that could be used."""

NOT_REACHED = (sdk.HTTPClientError, sdk.ConnectionError)
"""How the SDK says that an endpoint did not answer."""


NOT_UNDERSTOOD = (sdk.BotoCoreError,)
"""How the SDK says everything else, such as that an answer is no answer of AWS."""

STUMBLES = (
    ResponseParserError,
    AttributeError,
    LookupError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""How the SDK fails on an answer of another shape than it expects, or too deep: broken XML is a
SyntaxError."""


UNREACHABLE = "EndpointUnreachable"
"""The error of a question whose endpoint gave no answer."""


class CredentialsProblem(Exception):
    """There are no credentials that AWS accepts."""

    def __init__(self, says: str, hint: str) -> None:
        super().__init__(says)
        self.says = says
        self.hint = hint


class SettingsProblem(CredentialsProblem):
    """The SDK cannot work with the settings that it is given."""


class Unreachable(Exception):
    """AWS could not be reached at all."""

    def __init__(self, says: str, hint: str) -> None:
        super().__init__(says)
        self.says = says
        self.hint = hint


class Unassumable(Exception):
    """The fleet's role could not be assumed in an account."""

    def __init__(self, account: AccountId, code: str, message: str) -> None:
        super().__init__(message)
        self.account = account
        self.code = code
        self.message = message


def code_and_message(error: Any) -> tuple[str, str]:
    """What AWS called an error, and what it said of it, in one line."""
    found = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "of its own")
    code, said = str(found.get("Code") or "Unknown"), in_a_line(str(found.get("Message") or ""))
    code = str(status) if code == "Unknown" else code
    return code, said or f"the HTTP status {status}, and no reason"


def is_there_already(code: str) -> bool:
    """Whether AWS refuses to make what is there, as each service says it in its own words."""
    in_full = ("ConflictException", "IdempotencyException")  # S3 Batch Operations, of a token
    return "AlreadyExist" in code or "AlreadyOwned" in code or code in in_full


def in_a_line(message: str) -> str:
    """A message without its line breaks and passwords, and not longer than a person reads."""
    return without_password(" ".join(message.split()))[:MESSAGE_LENGTH_MAX]


def credentials_problem(code: str, message: str) -> CredentialsProblem:
    """The credentials are there, and AWS does not accept them."""
    if code in EXPIRED_CODES:
        return CredentialsProblem("the AWS credentials have expired", "sign in again")
    return CredentialsProblem(
        f"AWS does not accept the credentials: {code}: {message}",
        "run `aws sts get-caller-identity` with the same AWS_PROFILE",
    )


def no_credentials(error: Exception) -> CredentialsProblem:
    """The SDK's chain ended without credentials."""
    return CredentialsProblem(
        f"no AWS credentials: {error}", "set AWS_PROFILE, or sign in as the SDK expects it"
    )


def settings_problem(error: Exception) -> SettingsProblem:
    """The SDK's own settings make no client."""
    variables = {name for name in os.environ if name.startswith("AWS_")} - NO_HELP
    return SettingsProblem(
        f"the SDK cannot work with its settings: {in_a_line(str(error))}",
        f"check {', '.join(sorted(variables))}{' and ' if variables else ''}the profile",
    )


def unreachable(error: Exception) -> Unreachable:
    """No answer came from AWS."""
    return Unreachable(
        f"cannot reach AWS: {in_a_line(str(error))}",
        "check the network, the proxy and AWS_ENDPOINT_URL",
    )
