"""A session whose SDK answers from a snapshot: everything above the SDK's clients is the real one.

What it is asked is counted by the session's own log. A role is assumed as always, so an account can
be made to refuse it; and what the snapshot does not hold is no answer, but a mistake of the test.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from logkeep.aws.calls import CALLS, VALUE, method_of, parameters, service_of
from logkeep.aws.pace import Pace
from logkeep.aws.session import Session
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Reply, Snapshot, reply

Answering = Callable[[Ask], Reply]
NAMES = {(service_of(name), method_of(name)): name for name in CALLS}


class Recorded(Session):
    """The session of a caller in the archive's account, to whom recorded answers are given."""

    def __init__(
        self, fleet: Fleet, told: Answering, taken_at: datetime.datetime, page: int = 0
    ) -> None:
        super().__init__(fleet)
        self.told = told
        self.pace = Pace(sleep=lambda _seconds: None)  # nobody is asked too often here
        self.taken_at = taken_at
        self.page = page
        """How many entries of a listing come at a time; 0 is all."""

    def _make_client(
        self,
        service: str,
        region: str,
        credentials: Mapping[str, Any] | None,
        **_: object,
    ) -> Any:
        account = credentials["AccessKeyId"] if credentials else self.fleet.archive.account
        return Client(self, account, service, region)


def unwrapped(form: Any, given: Any) -> Any:
    """The value that stands in the place of `{}` in an argument's form."""
    match form:
        case dict():
            pairs = [(form[name], given[name]) for name in form]
        case list():
            pairs = list(zip(form, given, strict=True))
        case _:
            return given if form == VALUE else None
    return next((value for pair in pairs if (value := unwrapped(*pair)) is not None), None)


class Client:
    """A client of the SDK, as far as collecting uses one."""

    def __init__(self, session: Recorded, account: str, service: str, region: str) -> None:
        self.session = session
        self.place = (account, region)
        self.meta = self
        self.endpoint_url = "recorded"
        self.service = service

    def get_caller_identity(self) -> dict[str, Any]:
        self.note("GetCallerIdentity")
        account = self.place[0]
        return {"Account": account, "Arn": f"arn:aws:iam::{account}:user/ada"}

    def assume_role(self, RoleArn: str, RoleSessionName: str) -> dict[str, Any]:  # noqa: N803 - the SDK's
        del RoleSessionName
        account = RoleArn.split(":")[4]
        self.note("AssumeRole")
        raised(self.session.told(Ask(account, "", "sts:AssumeRole")), "AssumeRole")
        until = self.session.taken_at + datetime.timedelta(days=1)
        kept = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        return {"Credentials": {**dict.fromkeys(kept, account), "Expiration": until}}

    def get_paginator(self, method: str) -> Any:
        return Pages(lambda **given: self.said(method, given))

    def __getattr__(self, method: str) -> Any:
        return lambda **given: self.said(method, given)

    def said(self, method: str, given: dict[str, Any]) -> Any:
        """The recorded answer to a call, counted as the SDK's own are."""
        name = NAMES[self.service, method]
        call = CALLS[name]
        plain = {
            one: unwrapped(form, given[called])
            for one, (called, form) in call.forms.items()
            if called in given
        }
        named = {k: v for k, v in given.items() if k in {*call.needs, *call.takes}}
        question = Ask(*self.place, name, tuple(sorted({**named, **plain}.items())))
        assert parameters(question) == given
        self.note(name.partition(":")[2])
        body = raised(self.session.told(question), name)
        for _ in range(self.further_pages(body) if call.paged else 0):
            self.note(name.partition(":")[2])
        return body

    def further_pages(self, body: Mapping[str, Any]) -> int:
        """How many pages an answer has after its first."""
        longest = max((len(each) for each in body.values() if isinstance(each, list)), default=0)
        return max(longest - 1, 0) // self.session.page if self.session.page else 0

    def note(self, operation: str) -> None:
        """Count a call, with the time at which AWS answered."""
        self.session.calls.note_call(Model(self, operation))
        self.session.calls.note_time(self.session.taken_at)


class Model:
    """The SDK's description of an operation, as far as it is counted by."""

    def __init__(self, client: Client, name: str) -> None:
        self.service_model = self
        self.service_name = client.service
        self.name = name


class Pages:
    """All pages of a listing in one."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self.ask = ask

    def paginate(self, **given: Any) -> Pages:
        self.given = given
        return self

    def build_full_result(self) -> Any:
        return self.ask(**self.given)


def raised(found: Reply, operation: str) -> Any:
    """An answer's body; an error is raised as the SDK raises it."""
    if found.error:
        said = {"Error": {"Code": found.error, "Message": found.message}}
        raise ClientError(said, operation.partition(":")[2])
    return msgspec.json.decode(found.body)


def recording(snapshot: Snapshot) -> Answering:
    """The answers that a snapshot holds; every role may be assumed."""

    def told(question: Ask) -> Reply:
        entered = reply({}) if question.call == "sts:AssumeRole" else None
        return entered or snapshot.answers[question]

    return told
