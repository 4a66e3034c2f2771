"""What is said of S3 server access logs."""

from __future__ import annotations

from logkeep.fleet import Fleet
from logkeep.route import Arrived
from logkeep.sources.s3_access.settings import DEFAULT_ENCRYPTION
from logkeep.words.cost import Cost
from logkeep.words.described import Described, Words, template, worded
from logkeep.words.notice import Notice
from logkeep.words.notices import NoticeWords, accounts
from logkeep.words.plain import clean, count, few, people, quoted
from logkeep.words.wording import Keeper, Wording


def _buckets(_fleet: Fleet, alike: list[Notice]) -> str:
    named = sorted({clean(str(each.evidence.get("target", ""))) for each in alike})
    return few(named, 3)


def _stay(fleet: Fleet, alike: list[Notice]) -> str:
    where, whose = _buckets(fleet, alike), accounts(fleet, alike)
    if alike[0].evidence.get("in_use"):
        return f"the access logs of {whose} stay in {where}, and not in the archive"
    return f"the access logs of {whose} are meant for {where}, and not for the archive"


def _unseen(fleet: Fleet, alike: list[Notice]) -> str:
    return f"where the access logs of {accounts(fleet, alike)} go could not be seen"


def _advice(_fleet: Fleet, _alike: list[Notice]) -> str:
    return (
        "S3 delivers them only within their own account and Region; a replication rule can "
        "bring them to the archive"
    )


def _sameness(notice: Notice) -> tuple[str, ...]:
    return notice.code, notice.settle


def _by_use(notice: Notice) -> tuple[str, ...]:
    """Targets that take logs apart from those that are yet to take any."""
    return notice.code, notice.settle, str(notice.evidence.get("in_use"))


PLACES = {"CWL": "CloudWatch Logs", "S3": "a bucket", "FH": "Firehose"}
"""The kinds of place that vended logs go to."""


def _vended(fleet: Fleet, alike: list[Notice]) -> str:
    named = sorted({clean(str(each.evidence.get("bucket", ""))) for each in alike})
    kinds = sorted({kind for each in alike for kind in str(each.evidence.get("into")).split()})
    into = " and ".join(PLACES.get(kind, clean(kind)) for kind in kinds)
    whose = accounts(fleet, alike)
    return f"the accesses of {few(named, 3)} of {whose} go into {into} already, as vended logs"


def _vended_unseen(fleet: Fleet, alike: list[Notice]) -> str:
    whose = accounts(fleet, alike)
    return f"whether accesses of buckets of {whose} are vended logs already could not be seen"


def _vended_advice(_fleet: Fleet, _alike: list[Notice]) -> str:
    return (
        "a plan switches classic access logs on besides, and both are kept and billed; leave such "
        "buckets out by `except` where the vended logs suffice"
    )


def _no_bucket(fleet: Fleet, alike: list[Notice]) -> str:
    named = sorted({f"`{clean(str(each.evidence.get('named', '')))}`" for each in alike})
    whose = accounts(fleet, alike)
    return f"no bucket of {whose} is called {' or '.join(named)}, so none logs its accesses by that"


def _unlisted(fleet: Fleet, alike: list[Notice]) -> str:
    return f"which buckets {accounts(fleet, alike)} has could not be seen"


def _name_advice(_fleet: Fleet, _alike: list[Notice]) -> str:
    return (
        "correct `buckets` or `accounts` of this `[[logs]]` entry; what is not there is not asked"
    )


def _by_name(notice: Notice) -> tuple[str, ...]:
    return notice.code, notice.settle, str(notice.evidence.get("named"))


NOT_CENTRAL = "access-logs-not-central"
UNMATCHED = "access-logs-unmatched"
VENDED = "access-logs-vended"
NOTICES = {
    NOT_CENTRAL: NoticeWords(_stay, _unseen, _advice, _by_use),
    UNMATCHED: NoticeWords(_no_bucket, _unlisted, _name_advice, _by_name),
    VENDED: NoticeWords(_vended, _vended_unseen, _vended_advice, _sameness),
}


def _kept(_fleet: Fleet, cost: Cost) -> str:
    """S3 asks nothing for writing access logs, and nobody deletes them."""
    return (
        f"the access logs of {count(cost.places, 'bucket')}, kept until somebody deletes them and "
        "billed by the gigabyte and month; S3 charges nothing for writing them"
    )


KEPT = "access-logs-kept"
COSTS = {KEPT: _kept}


def _why_stale(finding: Described) -> str:
    """Why nothing that came, or did not come, tells."""
    need = finding.need
    if isinstance(need, Arrived) and need.logs is None:
        return "it is not known whose logs lie there: a flat key does not name the bucket it is of"
    return "access logs are best effort: their absence alone proves nothing"


def _why_refused(finding: Described) -> str:
    """A Deny is named; else nothing lets the service in."""
    statement = finding.evidence.get("statement")
    if statement:
        return f"the statement {quoted(statement)} denies it"
    return (
        "no policy lets logging.s3.amazonaws.com write there, and no access control list that "
        "counts the log delivery group"
    )


def _let_in(finding: Described) -> str:
    """A Deny of others is never changed by a plan."""
    if finding.evidence.get("statement"):
        return "leave AWS services out of that Deny: `Bool aws:PrincipalIsAWSService false`"
    return "`logkeep plan` adds a statement for logging.s3.amazonaws.com"


WORDS: dict[str, Words] = {
    "accesslog-off": worded(
        "a bucket of {who} does not log its accesses: {arn}",
        "GetBucketLogging names no target",
        "`logkeep plan` switches it on; it acts within about an hour",
        step="access logging",
    ),
    "accesslog-elsewhere": worded(
        "a bucket of {who} logs its accesses elsewhere: {arn}",
        "it logs into {is_}, and the fleet file names {should}",
        "`logkeep plan` points it there, or change `target` in the fleet file",
        step="access logging",
    ),
    "accesslog-loop": worded(
        "a bucket of {who} logs its accesses into itself, or into one that logs back: {arn}",
        "each log that S3 delivers there is an access of its own, so logs and cost grow by "
        "themselves",
        "`logkeep plan` points it to another bucket; where it takes others' logs, it stops logging",
        step="no loop of logs",
        stops=False,
    ),
    "target-missing": worded(
        "the bucket for access logs of {who} is not there: {arn}",
        "no bucket of that name is in the account",
        "`logkeep plan` makes it, unless the name is taken",
        step="target",
    ),
    "target-foreign": worded(
        "the bucket for access logs of {who} belongs to another account: {arn}",
        "S3 delivers access logs only to a bucket of the same account",
        "choose another `target`; if the name was yours, somebody else has the name now",
        step="target's owner",
    ),
    "target-elsewhere": worded(
        "the bucket for access logs of {who} lies in another Region: {arn}",
        "it lies in {is_}, and the bucket that logs in {should}",
        "choose a `target` in the same Region, or leave it out: one is made in each",
        step="target's Region",
    ),
    "target-requester-pays": worded(
        "the bucket for access logs of {who} lets the requester pay: {arn}",
        "S3 delivers no access logs to a Requester Pays bucket",
        "`logkeep plan` makes the owner pay",
        step="target's payer",
    ),
    "target-locked": worded(
        "the bucket for access logs of {who} has Object Lock: {arn}",
        "Object Lock is {is_}; S3 delivers no access logs to such a bucket and says nothing",
        "choose another `target`; Object Lock cannot be switched off",
        step="target's Object Lock",
    ),
    "target-encrypted": worded(
        "it is not sure that access logs of {who} can be written: {arn}",
        "its default encryption is {is_}",
        "set the target's default encryption to SSE-S3 (AES256)",
        step="target's encryption",
    ),
    "target-refuses": Words(
        template("the bucket for access logs of {who} refuses them: {arn}"),
        _why_refused,
        _let_in,
        "target's policy",
    ),
    "accesslog-stale": Words(
        template("no access log of {who} came lately: {arn}"),
        _why_stale,
        template("make a request to the bucket and look again after some hours"),
        "access logs",
    ),
    "buckets-unlisted": worded(
        "the buckets of {who} could not be listed",
        "without the list nobody can say which buckets log",
        "let the role list them (s3:ListAllMyBuckets)",
        step="the list of buckets",
    ),
}


def _question(finding: Described) -> str:
    """What is in doubt of a target's encryption where that was seen (case SL03)."""
    is_doubt = finding.evidence.get("call") == DEFAULT_ENCRYPTION
    return WORDS[finding.code].title(finding) if is_doubt else ""


def _keeper(finding: Described) -> Keeper | None:
    """The account that logs, for its target is its own: an S3 ARN names no account."""
    own = WORDS.get(finding.code)
    if own is None or finding.role != "target" or finding.verdict == "unknown":
        return None
    return Keeper(people(finding.fleet, finding.accounts), own.fix(finding))


WORDING = Wording(
    sender="S3",
    keeper=_keeper,
    question=_question,
    speaker="logged bucket",
    words=WORDS,
    notices=NOTICES,
    costs=COSTS,
)
