"""Which log files does no digest list, and what does that mean?"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from logkeep.archive.spans import Span
from logkeep.archive.standing import EDGE
from logkeep.sources.cloudtrail.integrity.check import Blame
from logkeep.sources.cloudtrail.integrity.ledger import ChainAnswer, Ledger
from logkeep.sources.cloudtrail.integrity.series import Chain, day_of, day_span, log_time

UNPROVEN_NAMED_MAX = 100
"""How many log files of a folder, of which nobody can tell, are named; of more there is no need."""
_UNLISTED = "no digest lists it: it was added, or its digest was deleted"
_FOREIGN = "it is among CloudTrail's log files, and its name is not one that CloudTrail gives"
_UNSPOKEN = "no digest covers its time"


def find_unlisted(
    keys: Iterable[str],
    ledgers: Mapping[Chain, Ledger],
    answers: Mapping[Chain, ChainAnswer],
    unvouched: str,
    newest: datetime.datetime | None,
) -> None:
    """Accuse log files that a digest would have to list, and name those of which none can tell."""
    for key in keys:
        day = day_of(key)
        if any(key in ledger.mentioned.get(day, ()) for ledger in ledgers.values()):
            continue
        at = log_time(key)
        if at is None:
            if key.endswith(".json.gz"):
                first = next(iter(ledgers.values()))
                first.fault(
                    Blame("log-unlisted", _FOREIGN), first.chain.bucket, key, day_span(day).ends
                )
            continue
        _judge(key, at, ledgers, answers, unvouched, newest)


def _judge(
    key: str,
    at: datetime.datetime,
    ledgers: Mapping[Chain, Ledger],
    answers: Mapping[Chain, ChainAnswer],
    unvouched: str,
    newest: datetime.datetime | None,
) -> None:
    excuses = [answer.excuses(at) for answer in answers.values()]
    if "" in excuses:  # the digest of its hour is at fault, and named
        return
    why = next((said for said in excuses if said), unvouched)
    wanting = next((chain for chain, answer in answers.items() if answer.wants(at)), None)
    if wanting is not None and not why:
        ledger = ledgers[wanting]
        ledger.fault(Blame("log-unlisted", _UNLISTED), ledger.chain.bucket, key, at)
        return
    if not why and newest is not None and at > newest - EDGE:
        return  # the next digest will list it
    ledger = next(iter(ledgers.values()))
    ledger.unproven += 1
    if ledger.unproven <= UNPROVEN_NAMED_MAX:
        ledger.fault(Blame("log-unproven", why or _UNSPOKEN), ledger.chain.bucket, key, at)
    else:
        ledger.troubled.add(Span(at, at))
