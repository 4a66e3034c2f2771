"""Can anybody open the logs, where the fleet file does not say who should?

A key that Logkeep makes lets nobody decrypt until a reader is named (rule 4.10), so an archive
without one would keep what nobody ever reads.
"""

from __future__ import annotations

from typing import Final

from logkeep.access import key
from logkeep.access.policies.speaking import all_layers_for, of_request, policy
from logkeep.archive.anyone_else import Could, could_decrypt
from logkeep.archive.readers import as_reader
from logkeep.policy import Malformed, Outcome, decide
from logkeep.route import Hop, Is
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import Arn, Json, Look, Seen, Unseen, account_of

SOMEBODY: Final = "somebody"
NOBODY: Final = "nobody"


@remembered
def readers_of_no_fleet(facts: Facts) -> Hop:
    """Asks whether anybody reads, where the fleet file does not say who."""
    need = Is("archive.read-by", SOMEBODY, "no-reader", "protected")
    return Hop(key.arn(facts), "readers", key.asker(facts), key.region(facts), (need,), keeps=True)


def read_by_anybody(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    """Whether any user or role can get a log and decrypt it; a root user is no reader."""
    return _anybody(facts)


@remembered
def _anybody(facts: Facts) -> Look[Json]:
    arn = key.arn(facts)
    holder = of_request(facts, arn, "kms:Decrypt")
    look = policy(facts, holder) if holder else None
    match look:
        case Seen(found):
            return _let_in(facts, could_decrypt(facts, found, arn, (), ()))
        case Unseen():
            return look
        case Malformed(mistakes):
            return Unseen("kms:GetKeyPolicy", mistakes[0])
        case _:
            return Seen(NOBODY)


def _let_in(facts: Facts, could: Could) -> Look[Json]:
    """Whether any of those who decrypt, or may, gets a log from the bucket too."""
    found = {_gets(facts, who) for who in could.who if not who.endswith(":root")}
    if "Allowed" in found:
        return Seen(SOMEBODY)
    if could.unknown or "Unknown" in found:
        return Unseen("kms:Decrypt", "name in `[archive] readers` who reads, and each is asked")
    return Seen(NOBODY)


def _gets(facts: Facts, who: Arn) -> Outcome:
    if not who.startswith("arn:"):  # everybody, whoever that is
        return "Unknown"
    log = f"{facts.fleet.bucket_arn}/AWSLogs/{facts.fleet.archive.account}/any"
    asked = as_reader(facts, who, account_of(who), "s3:GetObject", log)
    return decide(asked, all_layers_for(facts, asked)).outcome
