"""The store underneath: moto's backends and its WSGI application, tamed for the lab.

What moto gets wrong is written in its own modules' behaviour; each correction here says which.
"""

from __future__ import annotations

import functools
import os
import urllib.parse
from collections.abc import Iterable
from io import BytesIO
from typing import Any

# moto reads these when it is first imported.
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")
os.environ.setdefault("S3_IGNORE_SUBDOMAIN_BUCKETNAME", "true")

import moto.core.responses as core_responses
import moto.kms.models as kms_models
import moto.kms.responses as kms_responses
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.utils import method_names_from_class
from moto.iam import policy_validation
from moto.iam.access_control import PermissionResult
from moto.iam.models import (
    SERVICE_NAME_CONVERSION,
    IAMBackend,
    ManagedPolicy,
    User,
    iam_backends,
)
from moto.iam.utils import random_access_key
from moto.kms.models import kms_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.organizations.models import FakeDelegatedAdministrator, organizations_backends
from moto.s3.models import FakeBucket, S3Backend, s3_backends
from moto.sts.models import sts_backends
from werkzeug.test import run_wsgi_app

from logkeep.aws.models import Files, Loader

__all__ = [
    "SERVICE_NAMES",
    "Store",
    "iam_backends",
    "kms_backends",
    "organizations_backends",
    "s3_backends",
    "sts_backends",
]

PARTITION = "aws"
_OF_AWS = f"arn:{PARTITION}:iam::aws:policy/"
SERVICE_NAMES = SERVICE_NAME_CONVERSION
"""How services are written in the names of their linked roles."""
_POLICY_CHECK = "validate_policy"
"""The name under which moto's KMS imported its own check of key policies."""


def _neutral(self: FakeBucket, action: str, resource: str) -> Any:  # noqa: ARG001 - moto's signature
    """moto's half policy engine ignores Principal and Condition; the lab's authorizer decides."""
    return PermissionResult.NEUTRAL


def _write_no_access_log(self: S3Backend, request: Any, bucket_name: str) -> None:
    """moto writes one access log object a request, at once and wrongly; the lab does not."""


def _no_opinion(key: Any, action: str) -> None:
    """moto lets any Deny of a key policy refuse everyone; the lab's authorizer decides."""


@functools.lru_cache(maxsize=256)
def _quoted(document: str) -> str:
    """A policy's text as IAM answers it; moto quotes half a megabyte anew for every account."""
    return urllib.parse.quote(document)


def _versions(policy: ManagedPolicy) -> list[dict[str, Any]]:
    return [
        {
            "Document": _quoted(version.document),
            "VersionId": version.version_id,
            "IsDefaultVersion": version.is_default_version,
            "CreateDate": version.create_date,
        }
        for version in policy.versions
    ]


def _show_what_is_in_use() -> None:
    """An account's details hold those of AWS's own policies that somebody has; moto's hold all."""
    every = IAMBackend.get_account_authorization_details

    def in_use(self: IAMBackend, policy_filter: list[str]) -> dict[str, Any]:
        found = every(self, policy_filter)
        holders: list[Any] = [*self.users.values(), *self.roles.values()]
        bounds = {getattr(holder, "permissions_boundary_arn", None) for holder in holders}
        listed: list[Any] = found["managed_policies"]
        found["managed_policies"] = [
            each
            for each in listed
            if not each.arn.startswith(_OF_AWS) or each.attachment_count or each.arn in bounds
        ]
        return found

    IAMBackend.get_account_authorization_details = in_use


class _Unmade:
    """A key's private half, made when it is first asked for anything; a symmetric key's is not."""

    def __init__(self, spec: str) -> None:
        self._spec = spec

    def __getattr__(self, name: str) -> Any:
        made = self.__dict__["_made"] = self.__dict__.get("_made") or _made_key(self._spec)
        return getattr(made, name)


_MADE_KEY = "generate_private_key"
"""The name under which moto's KMS imported what makes an RSA pair for every key of any kind."""
_made_key: Any = getattr(kms_models, _MADE_KEY)


def _hurry_moto() -> None:
    """Let moto read the SDK's descriptions as Logkeep does, list its methods once a class, and
    make no pair of keys that nobody uses."""
    setattr(kms_models, _MADE_KEY, _Unmade)
    Loader.FILE_LOADER_CLASS = Files
    listed = functools.cache(method_names_from_class)
    setattr(core_responses, "method_names_from_class", listed)  # noqa: B010 - moto's own


def _correct_moto() -> None:
    # S3's jobs and access points have a Region (Service Authorization Reference, Amazon S3).
    policy_validation.SERVICE_TYPE_REGION_INFORMATION_ERROR_ASSOCIATIONS.pop("s3", None)
    setattr(ManagedPolicy, "policy_version_list", property(_versions))  # noqa: B010 - moto's own
    setattr(kms_responses, _POLICY_CHECK, _no_opinion)
    FakeBucket.get_permission = _neutral
    S3Backend.log_incoming_request = _write_no_access_log
    trust("config", "Config")


def trust(prefix: str, written: str) -> None:
    """Let an organization trust a service, and write its linked role as AWS does.

    moto registers a delegated administrator for such a service and then raises all the same.
    """
    SERVICE_NAME_CONVERSION[prefix] = written
    delegated = FakeDelegatedAdministrator.SUPPORTED_SERVICES
    if f"{prefix}.amazonaws.com" not in delegated:
        delegated.append(f"{prefix}.amazonaws.com")


def _name_users_like_iam() -> None:
    """IAM's user ids begin with AIDA (IAM User Guide, "IAM identifiers"); moto's do not."""
    made = User.__init__

    def make(self: User, *args: Any, **named: Any) -> None:
        made(self, *args, **named)
        self.id = "AIDA" + random_access_key() + "X"

    User.__init__ = make


_hurry_moto()
_correct_moto()
_name_users_like_iam()
_show_what_is_in_use()


class _Dispatcher(DomainDispatcherApplication):
    """moto's choice of a service, which looks at its own folder on disk for every request."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self.get_backend_for_host = functools.lru_cache(1024)(self.get_backend_for_host)


class Store:
    """moto, answering one request at a time as the account it is told to be."""

    def __init__(self) -> None:
        os.environ.pop("MOTO_ACCOUNT_ID", None)  # it would pin every request to one account
        self.reset()
        self._application = _Dispatcher()
        self._has = functools.lru_cache(1024)(self._has_service)

    def reset(self) -> None:
        """Forget everything, so that a second lab in the same process starts empty."""
        BackendDict.reset()
        reset_model_data()
        s3_backends.bucket_accounts.clear()
        organizations_backends.master_accounts.clear()

    def knows(self, environ: dict[str, Any]) -> bool:
        """Whether moto has a service for this request at all."""
        path = str(environ.get("PATH_INFO", ""))
        host = self._application.infer_service_region_host(environ, path)
        return host is not None and self._has(host)

    def _has_service(self, host: str) -> bool:
        patterns: Iterable[Any] = self._application.backend_url_patterns
        return any(
            backend == host or pattern.match(f"http://{host}") for backend, pattern in patterns
        )

    def ask(
        self, environ: dict[str, Any], body: bytes, account: str
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Pass a request to moto as one of this account's, whatever the client says it is."""
        asked = {
            **environ,
            "wsgi.input": BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_MOTO_ACCOUNT_ID": account,
        }
        asked.pop("wsgi.input_terminated", None)
        asked.pop("HTTP_TRANSFER_ENCODING", None)
        chunks, status, headers = run_wsgi_app(self._application, asked, buffered=True)
        return int(status.split()[0]), list(headers.items()), b"".join(chunks)
