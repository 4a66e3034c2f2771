"""What does AWS answer to a call that changes something, and what did it assign?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore import exceptions as sdk

from logkeep.aws.calls import method_of, service_of
from logkeep.aws.errors import (
    EXPIRED_CODES,
    NOT_REACHED,
    NOT_UNDERSTOOD,
    UNREACHABLE,
    code_and_message,
    in_a_line,
)
from logkeep.aws.session import Session, called
from logkeep.aws.writes import WRITES
from logkeep.snapshot.change import Change
from logkeep.value import Json


class Refused(Exception):
    """A call or a look that AWS, or the way to it, refused."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def assigned(call: str, body: Json) -> str:
    """The value that AWS assigned in its answer to a call."""
    for field in WRITES[call].assigns:
        body = body[field]
    return str(body)


def sent(session: Session, change: Change, arguments: dict[str, Json]) -> Any:
    """AWS's answer to a change's call, with expired credentials of a role renewed once."""
    try:
        return sent_once(session, change, arguments)
    except Refused as error:
        if error.code not in EXPIRED_CODES or not session.forget_credentials(change.account):
            raise
        return sent_once(session, change, arguments)


def sent_once(session: Session, change: Change, arguments: dict[str, Json]) -> Any:
    """AWS's answer to a change's call; raises Refused."""
    service, once = service_of(change.call), bool(change.makes)
    client = session.account_client(change.account, service, change.region, once=once)
    try:
        answered: dict[str, Json] = called(client, method_of(change.call), arguments)
        refuse_if_unsuccessful(answered)
        return answered
    except sdk.ClientError as error:
        raise Refused(*code_and_message(error)) from error
    except NOT_REACHED as error:
        raise Refused(UNREACHABLE, in_a_line(str(error))) from error
    except NOT_UNDERSTOOD as error:
        raise Refused(type(error).__name__, in_a_line(str(error))) from error


def refuse_if_unsuccessful(answered: Mapping[str, Json]) -> None:
    """Some calls of EC2 answer well and name in the answer what they did not do; raises Refused."""
    for each in answered.get("Unsuccessful") or ():
        error: Mapping[str, str] = each.get("Error") or {}
        code = error.get("Code", "Unsuccessful")
        raise Refused(code, error.get("Message", "") or str(each.get("ResourceId", "")))
