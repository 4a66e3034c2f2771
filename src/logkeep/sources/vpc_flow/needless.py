"""Which calls that flow logs may take do the fleet's wishes never lead to in an account?"""

from __future__ import annotations

from logkeep.snapshot.facts import Facts
from logkeep.sources.vpc_flow import delivery_streams
from logkeep.sources.vpc_flow.options import CLOUDWATCH, FIREHOSE, FlowLogs
from logkeep.value import AccountId


def needless(_facts: Facts, logs: tuple[FlowLogs, ...], _account: AccountId) -> frozenset[str]:
    """The calls on what no flow log of the fleet is to be sent to."""
    to = {each for entry in logs for each in entry.options.to}
    of_streams = () if FIREHOSE in to else tuple(delivery_streams.WRITES)
    of_groups = () if CLOUDWATCH in to else ("logs:CreateLogGroup",)
    return frozenset((*of_streams, *of_groups))
