"""What is said of replication."""

from __future__ import annotations

from typing import cast

from logkeep.archive.copies import UNCOMPARED
from logkeep.sources.replication import batch_words
from logkeep.value import Json
from logkeep.words.described import Described, Words, template, worded
from logkeep.words.plain import clean, few
from logkeep.words.wording import Wording

PLAN = "`logkeep plan` sets it"
NOT_RETRIED = "S3 does not try again; a job (`existing`) sends what failed"


def _missing(finding: Described) -> list[dict[str, Json]]:
    found = finding.evidence.get("missing")
    return cast("list[dict[str, Json]]", found) if isinstance(found, list) else []


def _stale_why(finding: Described) -> str:
    """Each object with its status, and with what would refuse it today."""
    lines = [
        f"`{clean(str(each['key']))}` ({clean(str(each['status']))}): {_refused(each)}"
        for each in _missing(finding)
    ]
    return few(lines, 3) or "S3 says of the newest objects that are not there: FAILED or late"


def _refused(each: dict[str, Json]) -> str:
    match each["refused_by"]:
        case "nothing":
            return "nothing refuses it today, so it was refused when it was new"
        case "unknown":
            return "what refuses it cannot be told"
        case code:
            return f"today it would fail with {clean(str(code))}"


def _stale_fix(finding: Described) -> str:
    again = "name today as `existing` of the replication, and `logkeep plan` sends it again"
    refused = [each["refused_by"] for each in _missing(finding)]
    if refused and all(by == "nothing" for by in refused):
        return again
    by_key = "`logkeep try replicate s3://BUCKET/KEY` says all of it"
    return f"mend what refuses it ({by_key}), then {again}"


def _faults_why(finding: Described) -> str:
    """The first objects that verifications found so, each with what is wrong."""
    listed = finding.evidence.get("faults")
    found = cast("list[dict[str, Json]]", listed) if isinstance(listed, list) else []
    lines = [f"`{clean(str(each['key']))}` ({clean(str(each['says']))})" for each in found]
    counted = clean(str(finding.evidence.get("is")))
    return f"`logkeep verify` found {counted}, such as {', '.join(lines[:2])}"


def _compared(finding: Described) -> str:
    """How many were compared, of which folders and when: a sample is said to be one."""
    told = finding.evidence
    if "at" not in told:
        return ""
    where = clean(str(told["compared"]))
    return f"{clean(str(told.get('alike')))} compared alike ({where}) at {clean(str(told['at']))}"


def _uncompared_why(finding: Described) -> str:
    return f"`logkeep verify` {clean(str(finding.evidence.get('error') or 'has not been run'))}"


WORDS: dict[str, Words] = {
    **batch_words.WORDS,
    "rule-missing": worded(
        "no rule replicates {arn}",
        "its replication configuration says {is_}, and {should} is wanted",
        "`logkeep plan` adds the rule, and leaves the others; what is there already is not "
        "replicated by it: name a day as `existing` for that",
        step="rule",
    ),
    "kms-not-selected": worded(
        "objects under SSE-KMS are not replicated from {arn}",
        "the rule says {is_}, and {should} is wanted; S3 leaves such objects behind and no "
        "status tells",
        "name the replica's `key` in the fleet file, and `logkeep plan` selects them",
        step="rule's key",
    ),
    "owner-keeps": worded(
        "the account that writes keeps the replicas of {arn}",
        "the rule does not hand them over, and the destination has ACLs",
        f"{PLAN}; replicas that are there keep their owner",
        step="rule's owner",
        stops=False,
    ),
    "owner-taken": worded(
        "the destination's account takes the replicas of {arn}",
        "the fleet file wants the source to own them, and it says {is_}",
        f"{PLAN}",
        step="rule's owner",
        stops=False,
    ),
    "delete-markers-differ": worded(
        "the rule of {arn} does with delete markers what nobody asked for",
        "it says {is_}, and {should} is wanted",
        f"{PLAN}",
        step="delete markers",
        stops=False,
    ),
    "storage-class-differs": worded(
        "the replicas of {arn} lie in another storage class",
        "the rule says {is_}, and {should} is wanted",
        f"{PLAN}",
        step="storage class",
        stops=False,
    ),
    "time-control-off": worded(
        "S3 promises no time for the replication of {arn}",
        "Replication Time Control says {is_}",
        f"{PLAN}, at a price",
        step="time control",
        stops=False,
    ),
    "replication-source-missing": worded(
        "the bucket that is to be replicated is not there: {arn}",
        "no account of the fleet has a bucket of that name",
        "correct `from` in the fleet file",
        step="replicated bucket",
    ),
    "versioning-off": worded(
        "a bucket that is to be replicated keeps no versions: {arn}",
        "its versioning is {is_}, and S3 replicates only where it is Enabled",
        f"{PLAN}",
        step="versioning",
    ),
    "replication-role-missing": worded(
        "the role that S3 replicates by is not there: {arn}",
        "AssumeRoleNotPermitted is what S3 says of each object",
        "`logkeep plan` makes it",
        step="role",
    ),
    "replication-role-untrusted": worded(
        "S3 may not assume the role that it replicates by: {arn}",
        "its trust policy does not let s3.amazonaws.com assume it (AssumeRoleNotPermitted)",
        f"`logkeep plan` adds the statement; {NOT_RETRIED}",
        step="role's trust",
    ),
    "replication-role-refuses": worded(
        "the role that S3 replicates by may not do all it has to: {arn}",
        "its own policies, or its organization's, do not let the request through",
        f"`logkeep plan` adds what is missing; {NOT_RETRIED}",
        step="role's policies",
    ),
    "context-mismatch": worded(
        "S3 uses the key in another encryption context than is allowed: {arn}",
        "with a Bucket Key the context is the bucket's ARN, else the object's",
        f"allow both ARNs; `logkeep plan` does so in its own statements; {NOT_RETRIED}",
        step="encryption context",
    ),
    "source-refuses": worded(
        "a bucket refuses to be read for its replication: {arn}",
        "its policy denies the role what S3 needs",
        "change the statement that denies",
        step="source's policy",
    ),
    "source-key-missing": worded(
        "the key of what is to be replicated is not there: {arn}",
        "kms:DescribeKey finds none",
        "objects under it can be read no more; name another default key",
        step="source's key",
    ),
    "source-key-disabled": worded(
        "the key of what is to be replicated cannot be used: {arn}",
        "its state is {is_} (SrcKmsKeyInvalidState)",
        f"`logkeep plan` enables it; {NOT_RETRIED}",
        step="source's key",
    ),
    "source-key-refuses": worded(
        "the key of what is to be replicated does not let the role decrypt: {arn}",
        "its policy does not let the role's request through (SrcGetObjectNotPermitted)",
        f"`logkeep plan` adds the statement; {NOT_RETRIED}",
        step="source key's policy",
    ),
    "replica-missing": worded(
        "the bucket that takes the replicas is not there: {arn}",
        "no bucket of that name is in the account (DstBucketNotFound)",
        "`logkeep plan` makes it, if nobody else has the name",
        step="replica",
    ),
    "replica-foreign": worded(
        "the bucket that takes the replicas belongs to another account: {arn}",
        "it belongs to {is_}, and {should} is meant",
        "correct the name or the account in the fleet file; if the name was yours, somebody else "
        "holds it now",
        step="replica's owner",
    ),
    "replica-unversioned": worded(
        "the bucket that takes the replicas keeps no versions: {arn}",
        "its versioning is {is_} (DstBucketUnversioned)",
        f"{PLAN}; {NOT_RETRIED}",
        step="replica's versioning",
    ),
    "replica-unlocked": worded(
        "the bucket that takes the replicas has no Object Lock: {arn}",
        "the bucket that is replicated has (DstBucketObjectLockConfigMissing)",
        f"`logkeep plan` switches it on, which cannot be undone; {NOT_RETRIED}",
        step="replica's Object Lock",
    ),
    "replica-refuses": worded(
        "the bucket that takes the replicas refuses them: {arn}",
        "its policy does not let the role's request through (DstPutObjectNotPermitted)",
        f"`logkeep plan` adds the statement; {NOT_RETRIED}",
        step="replica's policy",
    ),
    "replica-key-missing": worded(
        "the key of the replicas is not there: {arn}",
        "kms:DescribeKey finds none (DstKmsKeyNotFound)",
        "name another `key` in the fleet file",
        step="replica's key",
    ),
    "replica-key-disabled": worded(
        "the key of the replicas cannot be used: {arn}",
        "its state is {is_} (DstKmsKeyInvalidState)",
        f"`logkeep plan` enables it; {NOT_RETRIED}",
        step="replica's key",
    ),
    "replica-key-elsewhere": worded(
        "the key of the replicas lies in another Region than they do: {arn}",
        "it lies in {is_}, and the bucket in {should}; S3 accepts the rule and fails each object",
        "name a `key` of the bucket's Region in the fleet file",
        step="replica key's Region",
    ),
    "replica-key-refuses": worded(
        "the key of the replicas does not let the role use it: {arn}",
        "its policy does not let the role's request through (DstPutObjectNotPermitted)",
        f"`logkeep plan` adds the statement; {NOT_RETRIED}",
        step="replica key's policy",
    ),
    "replica-public": worded(
        "the replica may become public: {arn}",
        "Block Public Access: {is_}",
        f"{PLAN}",
        step="replica's public access",
        stops=False,
    ),
    "replica-acls": worded(
        "the replica takes ACLs: {arn}",
        "its Object Ownership is {is_}",
        f"{PLAN}",
        step="replica's ACLs",
        stops=False,
    ),
    "replica-expires": worded(
        "the replica loses what it keeps: {arn}",
        "a lifecycle rule says {is_}",
        "take the rule away",
        step="replica's lifecycle",
        stops=False,
    ),
    "replica-lost": Words(
        template("objects that S3 had replicated are not in the replica any more: {arn}"),
        _faults_why,
        template(
            "`logkeep verify` names them, and what undoes it: `logkeep help replica-lost`; "
            "then find out who deleted them"
        ),
        "replicas against sources",
        stops=False,
        holds=_compared,
    ),
    "replica-differs": Words(
        template("objects in the replica are not what the source holds: {arn}"),
        _faults_why,
        template("delete the version that lies over the replica: `logkeep help replica-differs`"),
        "replicas against sources",
        stops=False,
    ),
    "replica-uncompared": Words(
        template("cannot tell whether the replicas are what the source holds: {arn}"),
        _uncompared_why,
        template("`logkeep verify` compares a sample, `logkeep verify --all` every version"),
        "replicas against sources",
        stops=False,
    ),
    "replica-stale": Words(
        template("the newest objects are not in the replica: {arn}"),
        _stale_why,
        _stale_fix,
        "replicas",
    ),
}


def _question(finding: Described) -> str:
    """What is asked where the answer is not known, if it is asked in a way of its own."""
    if finding.code == UNCOMPARED:
        return WORDS[UNCOMPARED].title(finding)
    return ""


WORDING = Wording(
    sender="S3",
    speaker="replicated bucket",
    words=WORDS,
    question=_question,
    costs=batch_words.COSTS,
)
