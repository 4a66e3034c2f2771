"""One question to AWS and its answer; a refusal is an answer too."""

from __future__ import annotations

import os

from botocore import exceptions as sdk

from logkeep.aws.calls import call_named, kept, method_of, parameters, service_of
from logkeep.aws.errors import (
    EXPIRED_CODES,
    NO_CREDENTIALS,
    NOT_REACHED,
    NOT_UNDERSTOOD,
    UNREACHABLE,
    Unassumable,
    code_and_message,
    credentials_problem,
    in_a_line,
    no_credentials,
)
from logkeep.aws.pace import UNPACED
from logkeep.aws.session import Session, called
from logkeep.snapshot import NOT_OF_AWS, Ask, Reply, reply
from logkeep.value import Json


def answer(session: Session, question: Ask) -> Reply:
    """What AWS answers; raises CredentialsProblem where the caller's own credentials ended."""
    given, service = parameters(question), service_of(question.call)
    if outside := call_named(question.call).outside:
        return Reply(error=NOT_OF_AWS, message=f"Logkeep asks nothing of {outside}")
    if session.is_silent(service, question.region):
        return Reply(error=UNREACHABLE, message=f"no answer from {service} in {question.region}")
    try:
        return asked_again_if_expired(session, question, given)
    except Unassumable as error:
        return Reply(error=error.code, message=error.message)
    except sdk.ClientError as error:
        code, message = code_and_message(error)
        return Reply(error=code, message=message)
    except NO_CREDENTIALS as error:
        raise no_credentials(error) from error
    except NOT_REACHED as error:
        session.note_silence(service, question.region)
        return Reply(error=UNREACHABLE, message=in_a_line(str(error)))
    except NOT_UNDERSTOOD as error:  # such as a bucket's name that can be none
        return Reply(error=type(error).__name__, message=in_a_line(str(error)))


def asked_again_if_expired(session: Session, question: Ask, given: dict[str, Json]) -> Reply:
    """An answer, with an assumed role's credentials renewed once where they have expired."""
    try:
        return asked(session, question, given)
    except sdk.ClientError as error:
        code, message = code_and_message(error)
        if code not in EXPIRED_CODES:
            raise
        if not session.forget_credentials(question.account):
            raise credentials_problem(code, message) from error
        session.calls.note_repeat()
        return asked(session, question, given)


def asked(session: Session, question: Ask, given: dict[str, Json]) -> Reply:
    """The kept part of one answer, or of all its pages."""
    call, method = call_named(question.call), method_of(question.call)
    client = session.account_client(question.account, service_of(question.call), question.region)
    if call.pause_s and client.meta.endpoint_url != os.environ.get(UNPACED):
        session.pace.wait((question.account, question.region, question.call), call.pause_s)
    with session.calls.one_question():
        paged = call.paged and call.bounded_by not in given
        return reply(kept(call, called(client, method, given, paged=paged)))
