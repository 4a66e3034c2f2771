"""Which calls that flow logs may take do the fleet's wishes never lead to in an account?"""

from __future__ import annotations

from logkeep.snapshot.facts import Facts
from logkeep.sources.vpc_flow import delivery_streams
from logkeep.sources.vpc_flow.options import CLOUDWATCH, FIREHOSE, FlowLogs
from logkeep.value import AccountId


def needless(facts: Facts, logs: tuple[FlowLogs, ...], account: AccountId) -> frozenset[str]:
    """The calls on what no flow log of the account is to be sent to, nor another's to it."""
    named = facts.fleet.accounts
    here = (
        entry.options
        for entry in logs
        if account in entry.accounts
        or account == named.get(entry.options.stream_account, entry.options.stream_account)
    )
    to = {each for options in here for each in options.to}
    of_streams = () if FIREHOSE in to else tuple(delivery_streams.WRITES)
    of_groups = () if CLOUDWATCH in to else ("logs:CreateLogGroup",)
    return frozenset((*of_streams, *of_groups))
