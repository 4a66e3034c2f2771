"""One SDK session for all accounts: whose credentials sign, and what AWS answered with."""

from __future__ import annotations

import datetime
import functools
import os
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, TypeAlias

import botocore.session
import msgspec
from botocore import exceptions as sdk
from botocore.config import Config

from logkeep.aws.address import check_endpoint, keep_address
from logkeep.aws.call_log import CallLog
from logkeep.aws.calls import CALLS
from logkeep.aws.connection import bound
from logkeep.aws.errors import (
    NO_CREDENTIALS,
    NOT_REACHED,
    NOT_UNDERSTOOD,
    REFUSED_CREDENTIALS,
    STUMBLES,
    THROTTLED_CODES,
    UNREACHABLE,
    Unassumable,
    code_and_message,
    credentials_problem,
    in_a_line,
    no_credentials,
    settings_problem,
    unreachable,
)
from logkeep.aws.expected import UNREADABLE, NotAnAnswer, check_each_answer
from logkeep.aws.models import models
from logkeep.aws.pace import Pace
from logkeep.aws.quoted import read_policies_fast
from logkeep.aws.typed import Parsers
from logkeep.aws.writes import WRITES
from logkeep.fleet import Fleet
from logkeep.fleet.access import Access
from logkeep.value import AccountId, Arn, Json, Region, account_of, parse_arn
from logkeep.words.plain import without_password

# botocore ships no types: what it makes is Any by declaration, in this file and its neighbours.
Client: TypeAlias = Any

RENEWED_BEFORE_END = datetime.timedelta(minutes=5)
"""Credentials of an assumed role are renewed when less than this is left of them."""

OURS = frozenset({*CALLS, *WRITES})
"""The calls of the tables."""

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})

FEW = 8
"""So many clients of so many accounts stay: each takes some milliseconds to make again."""

SILENCES_MAX = 3
"""An endpoint that so many questions did not reach is not tried again."""


class Identity(msgspec.Struct, frozen=True):
    """Who calls."""

    account: AccountId
    arn: Arn


class AccountEntry:
    """One account's credentials and the clients that sign with them."""

    def __init__(self, credentials: Mapping[str, Json] | None = None) -> None:
        self.lock = threading.Lock()
        self.credentials = credentials
        self.clients: dict[tuple[str, Region, bool], Client] = {}
        self.refused: tuple[AccountId, str, str] | None = None
        self.was_entered = False


class Session:
    """The caller's own credentials in his account, the fleet's role in every other.

    `roles` names other roles to enter instead, even in the caller's own account; `through` is the
    session that enters them, where that is not the caller himself.
    """

    def __init__(
        self,
        fleet: Fleet,
        roles: Mapping[AccountId, Arn] | None = None,
        through: Session | None = None,
    ) -> None:
        self.fleet = fleet
        self.roles = dict(roles or {})
        self.through = through
        self.calls = CallLog()
        self.pace = Pace()
        self._making = threading.Lock()
        self._entries: defaultdict[AccountId, AccountEntry] = defaultdict(AccountEntry)
        self._identity: Identity | None = None
        self._caller = AccountEntry()
        self.endpoint = ""
        """Which AWS said who calls."""
        self._silent: Counter[tuple[str, Region]] = Counter()
        try:
            self._sdk: Any = open_sdk()
            self._config = client_config(self._sdk)
        except NO_CREDENTIALS as error:  # such as a profile that is not there
            raise no_credentials(error) from error

    def identity(self, *, again: bool = False) -> Identity:
        """Who calls; raises CredentialsProblem or Unreachable where AWS does not say so."""
        if self._identity is None or again:
            self._identity = self._ask_identity()
        return self._identity

    def account_client(
        self, account: AccountId, service: str, region: Region, *, once: bool = False
    ) -> Client:
        """A client that acts in an account; raises Unassumable where its role refuses.

        With `once` it tries nothing again: whoever made a thing twice may have made two.
        """
        entry = self._entry(account)
        with entry.lock:
            if self._is_by_role(account):
                self._renew_if_ending(account, entry)
            return self._client(entry, service, region, once=once)

    def signing_keys(self, account: AccountId) -> tuple[str, str, str]:
        """The id, secret and token by which an account's requests are signed, renewed if ending.

        Raises Unassumable where its role refuses.
        """
        entry = self._entry(account)
        with entry.lock:
            if not self._is_by_role(account):
                found = self._sdk.get_credentials().get_frozen_credentials()
                return found.access_key, found.secret_key, found.token or ""
            self._renew_if_ending(account, entry)
            keys = sdk_credentials(entry.credentials or {})
        return keys["aws_access_key_id"], keys["aws_secret_access_key"], keys["aws_session_token"]

    def certificates(self) -> str | None:
        """The file of whom the user's own settings trust; None is the SDK's own."""
        own = self._sdk.get_config_variable("ca_bundle")
        return own or os.environ.get("REQUESTS_CA_BUNDLE")

    def drop(self, account: AccountId) -> None:
        """Forget an account's clients and so their memory, unless they are few, and of few."""
        with self._making:
            entry = self._entries.get(account)
            of_few = len(self._entries) <= FEW
        if entry is not None:
            with entry.lock:
                if not of_few or len(entry.clients) > FEW:
                    entry.clients.clear()

    def forget_credentials(self, account: AccountId) -> bool:
        """Let an account's role be assumed anew; false where the caller's own ones expired."""
        entry = self._entry(account)
        with entry.lock:
            entry.credentials = None
            entry.clients.clear()
        if not self._is_entered(account):
            self._caller.credentials = None
        return self._is_by_role(account)

    def begin_again(self) -> None:
        """Forget which roles refused and which endpoints were silent: it may have been mended."""
        with self._making:
            self._silent.clear()
            entries = list(self._entries.values())
        for entry in entries:
            entry.refused = None

    def note_silence(self, service: str, region: Region) -> None:
        """An endpoint gave no answer to all the SDK's tries."""
        with self._making:
            self._silent[service, region] += 1

    def is_silent(self, service: str, region: Region) -> bool:
        """Whether an endpoint has been given up, lest every account waits for it."""
        return self._silent[service, region] >= SILENCES_MAX

    def role_arn(self, account: AccountId) -> Arn:
        """The ARN of the role for an account, the fleet's in the partition of whoever calls."""
        if account in self.roles:
            return self.roles[account]
        caller = parse_arn(self.identity().arn)
        partition = caller.partition if caller else self.fleet.partition
        return f"arn:{partition}:iam::{account}:role/{self.fleet.role}"

    def _is_entered(self, account: AccountId) -> bool:
        """Whether an account is acted in by a role, and not by the caller himself."""
        return account in self.roles or account != self.identity().account

    def _is_by_role(self, account: AccountId) -> bool:
        """Whether credentials of a role sign there, which are had anew when they end."""
        return bool(self.fleet.access.through) or self._is_entered(account)

    def _entry(self, account: AccountId) -> AccountEntry:
        with self._making:
            return self._entries[account]

    def _client(self, entry: AccountEntry, service: str, region: Region, *, once: bool) -> Client:
        found = entry.clients.get((service, region, once))
        if found is None:
            found = self._make_client(service, region, entry.credentials, once=once)
            entry.clients[service, region, once] = found
        return found

    def _make_client(
        self,
        service: str,
        region: Region,
        credentials: Mapping[str, Json] | None,
        *,
        once: bool = False,
    ) -> Client:
        config = self._config.merge(ONCE) if once else self._config
        signing = sdk_credentials(credentials) if credentials else {}
        try:
            with self._making:  # the SDK's session is not safe for threads, its clients are
                client = self._sdk.create_client(
                    service, region_name=region, config=config, **signing
                )
            check_endpoint(client.meta.endpoint_url)
        except NO_CREDENTIALS as error:
            raise no_credentials(error) from error
        except (*NOT_UNDERSTOOD, *STUMBLES) as error:  # such as an endpoint that is a typo
            raise settings_problem(error) from error
        keep_address(client)
        bound(client)
        read_policies_fast(client)
        client.meta.events.register("before-call", self.calls.note_call)
        client.meta.events.register("after-call", self.calls.note_answer)
        check_each_answer(client)
        return client

    def _ask_identity(self) -> Identity:
        try:
            client = self._callers_client()
            answer = called(client, "get_caller_identity", {})
            self.endpoint = without_password(client.meta.endpoint_url)
        except sdk.ClientError as error:
            code, message = code_and_message(error)
            known = code in REFUSED_CREDENTIALS or code.startswith("AccessDenied")
            raise (credentials_problem(code, message) if known else unreachable(error)) from error
        except NO_CREDENTIALS as error:
            raise no_credentials(error) from error
        except NOT_UNDERSTOOD as error:
            raise unreachable(error) from error
        return Identity(answer["Account"], answer["Arn"])

    def _callers_client(self) -> Client:
        """STS as the caller asks it: by his own credentials, or by those of the last role."""
        home, caller = self.fleet.home_region, self._caller
        with caller.lock:
            self._renew_chain()
            return self._client(caller, "sts", home, once=False)

    def _renew_chain(self) -> None:
        """Have the caller enter the roles that come before all others, where that is due."""
        caller = self._caller
        if self.fleet.access.through and self._is_due(caller):
            caller.clients.clear()
            caller.credentials = self._chained()

    def _is_due(self, entry: AccountEntry) -> bool:
        return entry.credentials is None or self._ends_soon(entry.credentials)

    def _renew_if_ending(self, account: AccountId, entry: AccountEntry) -> None:
        if entry.refused is not None:
            raise Unassumable(*entry.refused)
        if not self._is_due(entry):
            return
        entry.clients.clear()
        if self._is_entered(account):
            entry.credentials = self._assume(account, entry)
            return
        with self._caller.lock:
            self._renew_chain()
            entry.credentials = self._caller.credentials

    def _chained(self) -> Mapping[str, Json]:
        """The credentials of the last role that the fleet file has the caller enter before."""
        found: Mapping[str, Json] | None = None
        for role in self.fleet.access.through:
            client = self._make_client("sts", self.fleet.home_region, found)
            given = entering(self.fleet.access, account_of(role), role)
            try:
                found = called(client, "assume_role", given)["Credentials"]
            except sdk.ClientError as error:
                code, message = code_and_message(error)
                says = f"cannot assume {role}, which `[access] through` names: {message}"
                raise credentials_problem(code, says) from error
        return found or {}

    def _ends_soon(self, credentials: Mapping[str, Json]) -> bool:
        now = self.calls.newest
        return now is not None and credentials["Expiration"] - now < RENEWED_BEFORE_END

    def _assume(self, account: AccountId, entry: AccountEntry) -> Mapping[str, Json]:
        role, home = self.role_arn(account), self.fleet.home_region
        if self.is_silent("sts", home):
            raise Unassumable(account, UNREACHABLE, f"cannot assume {role}: sts gives no answer")
        if entry.was_entered:
            self.calls.note_repeat()
        entry.was_entered = True
        given = entering(self.fleet.access, account, role)
        try:
            if self.through is not None:
                client = self.through.account_client(account, "sts", home)
            else:
                client = self._callers_client()
            return called(client, "assume_role", given)["Credentials"]
        except sdk.ClientError as error:
            code, message = code_and_message(error)
            if code in REFUSED_CREDENTIALS:
                raise credentials_problem(code, message) from error
            refused = (account, code, f"cannot assume {role}: {message}")
            if code not in THROTTLED_CODES:
                entry.refused = refused
            raise Unassumable(*refused) from error
        except NO_CREDENTIALS as error:  # such as a token of the caller's that cannot be renewed
            raise no_credentials(error) from error
        except NOT_UNDERSTOOD as error:
            self.note_silence("sts", home)
            code = UNREACHABLE if isinstance(error, NOT_REACHED) else type(error).__name__
            says = f"cannot assume {role}: {in_a_line(str(error))}"
            raise Unassumable(account, code, says) from error


def entering(access: Access, account: AccountId, role: Arn) -> dict[str, Json]:
    """What STS is given to enter an account by a role."""
    given: dict[str, Json] = {"RoleArn": role, "RoleSessionName": access.session_name}
    if access.external_id_of(account):
        given["ExternalId"] = access.external_id_of(account)
    if access.session_minutes is not None:
        given["DurationSeconds"] = 60 * access.session_minutes
    return given


def called(client: Any, method: str, given: dict[str, Json], *, paged: bool = False) -> Any:
    """What the SDK answers to one call, all pages in one where it has pages."""
    try:
        if paged:
            return client.get_paginator(method).paginate(**given).build_full_result()
        return getattr(client, method)(**given)
    except STUMBLES as error:
        raise NotAnAnswer(came=UNREADABLE) from error


def open_sdk(calls: frozenset[str] = OURS) -> Any:
    """The SDK's session, with its own settings and its own chain of credentials."""
    found = _sdk(calls)
    found.register_component("response_parser_factory", Parsers())
    return found


def plain_sdk() -> Any:
    """The SDK's session as anybody has it, but for its descriptions of services: read once."""
    return _sdk(frozenset())


def _sdk(calls: frozenset[str]) -> Any:
    """The SDK's session, of big services with these calls alone; with none named, with all."""
    found: Any = botocore.session.get_session()  # pyright: ignore[reportUnknownMemberType] no types
    data_path = found.get_config_variable("data_path")
    found.register_component("data_loader", _shared_models(data_path, calls))
    return found


_shared_models = functools.cache(models)
"""The SDK's descriptions of services, which every session of a process may share."""


def client_config(session: Any) -> Any:
    """How every client behaves where the user's own settings do not say otherwise."""
    profile = session.get_scoped_config()
    own = {"AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS"} & set(os.environ)
    own |= {"retry_mode", "max_attempts"} & set(profile)
    retries = {} if own else {"retries": {"mode": "adaptive", "total_max_attempts": 6}}
    return Config(user_agent_extra="logkeep", connect_timeout=5, read_timeout=60, **retries)


def sdk_credentials(credentials: Mapping[str, Json]) -> dict[str, str]:
    """An assumed role's credentials as a client takes them."""
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
