"""Does the statement that closes the archive's settings leave out the role of the job?

S3 lists a bucket for a job by an inventory that the role sets up (rule 3.3.3), and to set one up is
a setting of the archive: our own Deny stops it unless it names the role beside the administrators.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logkeep.access import people
from logkeep.access.bucket import archives
from logkeep.access.policies.compose import DENY_SIDS
from logkeep.access.policies.speaking import Holder, layers_for, put, texts
from logkeep.policy import decide
from logkeep.policy.resource_kinds import BUCKET
from logkeep.policy.write import (
    document_of,
    one_or_many,
    statements,
    text_of,
    with_statements,
)
from logkeep.route import Hop, Is
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.snapshot.setting import Fault, Setting, Write
from logkeep.sources.replication.options import batch_role
from logkeep.sources.replication.requests import Side, request_of
from logkeep.value import Absent, Arn, Json, Look, Seen

LET_IN: Final = "let in"
SHUT_OUT: Final = "shut out"
SID: Final = DENY_SIDS["settings-open"]
OPERATOR: Final = "ArnNotLike"
KEY: Final = "aws:PrincipalArn"
INVENTORY: Final = "s3:PutInventoryConfiguration"


def _role(facts: Facts) -> Arn:
    return batch_role(facts.fleet.bucket_arn, archives(facts).account)


def _holder(facts: Facts) -> Holder:
    return Holder(BUCKET, facts.fleet.bucket_arn)


def _read(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    look = texts(facts, _holder(facts))
    if isinstance(look, Absent):
        return Seen(LET_IN)
    return map_look(look, lambda _found: SHUT_OUT if _shuts_out(facts) else LET_IN)


def _shuts_out(facts: Facts) -> bool:
    """Whether it is our own statement that stops the role."""
    side = Side(facts.fleet.bucket_arn, archives(facts).account)
    asked = request_of(facts, _role(facts), INVENTORY, side)
    found = decide(asked, layers_for(facts, asked))
    by = found.statement
    return found.outcome == "ExplicitlyDenied" and by is not None and by.sid == SID


def _naming(facts: Facts, names: tuple[Arn, ...]) -> tuple[Write, ...]:
    """The policy with just these left out of our statement."""
    text = (seen(texts(facts, _holder(facts))) or {}).get("")
    document = document_of(text)
    condition = {OPERATOR: {KEY: one_or_many(names)}}
    after = [
        {**each, "Condition": condition} if each.get("Sid") == SID else each
        for each in statements(document)
    ]
    write = put(facts, _holder(facts), text_of(with_statements(document, after)))
    return (write,) if write is not None and names else ()


def _write(facts: Facts, _hop: Hop, _value: Json) -> tuple[Write, ...]:
    return _naming(facts, seen(people.setters(facts)) or ())


def _spoil(facts: Facts, _hop: Hop, need: Is) -> Iterator[Fault]:
    writes = _naming(facts, seen(people.administrators(facts)) or ())
    yield Fault(need.code, "the Deny names the administrators alone", writes)


SETTINGS: Final[dict[str, Setting]] = {
    "replication.listed-by-job": Setting(_read, _write, (), _spoil)
}
