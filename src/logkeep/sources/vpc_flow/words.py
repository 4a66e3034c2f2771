"""What is said of VPC flow logs."""

from __future__ import annotations

from logkeep.fleet import Fleet
from logkeep.sources.vpc_flow.stream_words import STREAM_WORDS
from logkeep.words.cost import Cost
from logkeep.words.described import Described, Words, template, worded
from logkeep.words.notice import Notice
from logkeep.words.notices import NoticeWords, accounts
from logkeep.words.plain import clean, count, few, people, texts
from logkeep.words.wording import Wording

PLACES = {
    "s3": "the archive",
    "cloud-watch-logs": "log groups",
    "kinesis-data-firehose": "Firehose streams",
}


def _doubled(fleet: Fleet, alike: list[Notice]) -> str:
    total = sum(int(each.evidence.get("interfaces", 0)) for each in alike)
    logs = [name for each in alike for name in texts(each.evidence.get("flow_logs"))]
    said = f"{count(total, 'network interface')} of {accounts(fleet, alike)}"
    return f"{said}: traffic is recorded more than once, by {clean(few(logs, 4))}"


def _doubled_unseen(fleet: Fleet, alike: list[Notice]) -> str:
    return f"whether packets of {accounts(fleet, alike)} are recorded twice could not be seen"


def _doubled_advice(_fleet: Fleet, _alike: list[Notice]) -> str:
    return "AWS bills each record; Logkeep removes only flow logs that it made"


def _doubled_sameness(notice: Notice) -> tuple[str, ...]:
    return notice.code, notice.settle


DOUBLED = "flowlog-doubled"
CROWDED = "flowlog-crowded"


def _crowded(fleet: Fleet, alike: list[Notice]) -> str:
    named = [name for each in alike for name in texts(each.evidence.get("named"))]
    return (
        f"{clean(few(named, 4))} of {accounts(fleet, alike)}: with what the fleet file asks "
        "for there are more than two flow logs; AWS may refuse a third"
    )


def _crowded_unseen(fleet: Fleet, alike: list[Notice]) -> str:
    return f"how many flow logs the networks of {accounts(fleet, alike)} have could not be seen"


def _crowded_advice(_fleet: Fleet, _alike: list[Notice]) -> str:
    return "if `apply` meets FlowLogsLimitExceeded, delete one that is not needed, and plan again"


NOTICES = {
    DOUBLED: NoticeWords(_doubled, _doubled_unseen, _doubled_advice, _doubled_sameness),
    CROWDED: NoticeWords(_crowded, _crowded_unseen, _crowded_advice, _doubled_sameness),
}


def _records(_fleet: Fleet, cost: Cost) -> str:
    where = PLACES.get(cost.kinds[0], "a place") if cost.kinds else "a place"
    return (
        f"the records of {count(cost.places, 'flow log')} into {where}, billed by the gigabyte "
        "delivered; the volume is not known in advance"
    )


def _twice(fleet: Fleet, cost: Cost) -> str:
    return (
        f"{count(cost.places, 'network interface')} of {people(fleet, cost.accounts)} recorded "
        "more than once, until the old flow log goes: each copy is billed"
    )


COSTS = {"flow-records": _records, "flow-records-doubled": _twice}


def _failed_why(finding: Described) -> str:
    return (
        f"DescribeFlowLogs shows DeliverLogsStatus FAILED: {clean(finding.evidence.get('is'))}; "
        "FlowLogStatus stays ACTIVE all the same"
    )


def _stale_why(finding: Described) -> str:
    done = finding.evidence.get("done")
    if done:
        return f"{clean(done)}, and the records that came before have stopped"
    status = finding.evidence.get("status")
    if status is not None:
        status_says = (
            f"DeliverLogsStatus says {clean(status)}" if status else "AWS says nothing yet"
        )
        return f"{status_says}, and only the stream can show that records come"
    return "no record came yet, or none was found, and whether there was traffic is not known"


WORDS: dict[str, Words] = {
    "flowlog-missing": worded(
        "no flow log records a network of {who}: {arn}",
        "DescribeFlowLogs shows none that captures it and delivers where the fleet file says",
        "`logkeep plan` makes one, once the destination lets the records in",
        step="flow log",
    ),
    "capture-too-narrow": worded(
        "the flow logs of {who} capture only a part of {arn}",
        "they are on subnets or interfaces in it: the rest of it, and what is added later, "
        "is not recorded",
        "`logkeep plan` makes one on the whole VPC; the narrower ones stay until you remove them",
        step="flow log",
    ),
    "flowlog-elsewhere": worded(
        "the flow log of {who} delivers elsewhere: {arn}",
        "it is captured, and no flow log of it delivers where the fleet file says",
        "`logkeep plan` makes one that does",
        step="flow log",
    ),
    "filter-hides": worded(
        "the flow log of {who} leaves out a part of the traffic: {arn}",
        "it records {is_} alone, and the fleet file wants {should}",
        "`logkeep plan` makes a new one, since a flow log cannot be changed; an old one "
        "that Logkeep made is removed once the new one delivers",
        step="traffic filter",
        stops=False,
    ),
    "flowlog-format": worded(
        "the records of {who} are in another form than the fleet file wants: {arn}",
        "they are {is_}",
        "`logkeep plan` makes a new flow log, since one cannot be changed; an old one that "
        "Logkeep made is removed once the new one delivers",
        step="record format",
        stops=False,
    ),
    "flowlog-failed": Words(
        template("AWS says that it cannot deliver the flow log of {who}: {arn}"),
        _failed_why,
        template(
            "correct what is named before it, if anything; AWS tries again by itself. If the "
            "bucket has a new owner, only a new flow log delivers"
        ),
        step="AWS's own status",
    ),
    "flowlog-stale": Words(
        template("no record of {who} came lately: {arn}"),
        _stale_why,
        template(
            "correct what is named before it, if anything; else delete the flow log and "
            "make a new one"
        ),
        step="records",
    ),
    "flowlog-pinned": worded(
        "it is not certain that the bucket still gets the flow log of {who}: {arn}",
        "the bucket is younger than the flow log, which delivers only to the account that owned "
        "the bucket at the first delivery",
        "wait for a new file, or delete the flow log and make a new one",
        step="bucket's owner as the flow log knows it",
    ),
    "flowlog-key-unfit": worded(
        "flow logs of {who} cannot use the bucket's default key: {arn}",
        "the default encryption names {is_}; the service takes a customer managed key by its ARN",
        "name the key by its ARN in the bucket's default encryption",
        step="default encryption",
    ),
    **STREAM_WORDS,
    "vpcs-unlisted": worded(
        "the VPCs of {who} in {region} could not be listed",
        "without the list nobody can say which networks are recorded",
        "let the role describe them (ec2:DescribeVpcs, ec2:DescribeSubnets, "
        "ec2:DescribeNetworkInterfaces)",
        step="the list of VPCs",
    ),
}

WORDING = Wording(
    sender="VPC flow logs",
    speaker="captured network",
    words=WORDS,
    costs=COSTS,
    notices=NOTICES,
)
