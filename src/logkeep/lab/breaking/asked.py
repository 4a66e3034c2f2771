"""What of the archive is a fault only where the fleet file asks for it, and who still reads."""

from __future__ import annotations

from logkeep.access.policies.speaking import of_archive
from logkeep.lab.breaking.calls import Breakage, CannotBreak, policy_text, policy_write
from logkeep.lab.breaking.table import Break
from logkeep.policy.write import Statement, document_of, statements, text_of, with_statements
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId

ENCRYPTION = '[archive] encryption = "default"'
LOCK = '[archive] lock = "compliance 400d"'
NO_READERS = "[archive] without readers"


def check(facts: Facts, each: Break) -> None:
    """Some are no faults unless the fleet file asks for what is broken."""
    archive = facts.fleet.archive
    is_asked = {
        "": True,
        ENCRYPTION: bool(archive.encryption),
        LOCK: archive.lock is not None,
        NO_READERS: not archive.readers,
    }
    if not is_asked[each.asks]:
        says = f"the fleet file has to say `{each.asks}` for that to be a fault"
        raise CannotBreak(f"{says}; write it there, and plan and apply first")


def no_reader(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    """A Deny on the key for everybody who is no AWS service."""
    holder = of_archive(facts, "key")
    before = policy_text(facts, holder)
    deny: Statement = {
        "Sid": "SomebodyElsesDeny",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}},
    }
    found = document_of(before)
    after = text_of(with_statements(found, [*statements(found), deny]))
    return Breakage(
        "a Deny in the key's policy keeps everybody from decrypting the logs",
        (policy_write(facts, holder, after),),
        (policy_write(facts, holder, before),),
    )
