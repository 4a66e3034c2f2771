"""What is said of replication."""

from __future__ import annotations

from typing import cast

from logkeep.archive.copies import UNCOMPARED
from logkeep.sources.replication import batch_words, failed_words, refused_words
from logkeep.value import Json
from logkeep.words.access import reader_fix, why
from logkeep.words.described import Described, Words, said, template, worded
from logkeep.words.plain import clean, few, quoted, texts
from logkeep.words.wording import Wording

PLAN = "`logkeep plan` sets it"
NOT_RETRIED = "S3 does not retry; a batch job (`existing` in the fleet file) sends what failed"


def _stale_why(finding: Described) -> str:
    """Each object with its status, and with what would refuse it today."""
    found = failed_words.lines(finding)
    return few(found, 3) or "S3 reports the newest objects as FAILED or late"


def _stale_fix(finding: Described) -> str:
    again = "set `existing` to today's date in the fleet file, and `logkeep plan` sends it again"
    refused = [each["refused_by"] for each in failed_words.missing(finding)]
    if refused and all(by == "nothing" for by in refused):
        return again
    by_key = "`logkeep try replicate s3://BUCKET/KEY` says why"
    return f"fix the cause ({by_key}), then {again}"


def _faults_why(finding: Described) -> str:
    """The first objects that verifications found so, each with what is wrong."""
    listed = finding.evidence.get("faults")
    found = cast("list[dict[str, Json]]", listed) if isinstance(listed, list) else []
    lines = [f"`{clean(str(each['key']))}` ({clean(str(each['says']))})" for each in found]
    counted = clean(str(finding.evidence.get("is")))
    return f"`logkeep verify` found {counted}, such as {', '.join(lines[:2])}"


def _compared(finding: Described) -> str:
    """How many were compared, of which folders and when: a sample is said to be one."""
    seen = finding.evidence
    if "at" not in seen:
        return ""
    where = clean(str(seen["compared"]))
    return (
        f"{clean(str(seen.get('alike')))} compared and equal ({where}) at {clean(str(seen['at']))}"
    )


def _uncompared_why(finding: Described) -> str:
    return f"`logkeep verify` {clean(str(finding.evidence.get('error') or 'has not been run'))}"


def _who_else(finding: Described) -> str:
    who = few([quoted(name) for name in texts(finding.evidence.get("who"))])
    return f"the key lets {who} decrypt the replicas"


def _of_rule(finding: Described, key: str) -> tuple[str, str]:
    """The destination of a rule, and a value of it: evidence says both as `NAME: VALUE`."""
    name, _, value = said(finding.evidence.get(key)).partition(": ")
    return quoted(name), value


def _rule_why(finding: Described) -> str:
    to, is_ = _of_rule(finding, "is")
    if is_ == "none":
        return (
            f"its replication configuration has no rule that sends everything wanted to {to}: "
            "there is none, or its filter is narrower"
        )
    return f"its rule for {to} has the status {is_}; only an Enabled rule replicates"


def _key_title(finding: Described) -> str:
    if _of_rule(finding, "is")[1].startswith("arn:"):
        return f"the replicas of {clean(finding.arn)} are encrypted with a different key"
    return f"objects encrypted with SSE-KMS are not replicated from {clean(finding.arn)}"


def _key_why(finding: Described) -> str:
    (to, is_), (_, should) = _of_rule(finding, "is"), _of_rule(finding, "should")
    if is_.startswith("arn:"):
        return f"the rule for {to} encrypts them with {is_}; the fleet file says {should}"
    skips = "S3 skips such objects, and no status shows it"
    if is_ == "none":
        return f"no rule for {to} names a key for the replicas; {should} is needed"
    return f"the rule for {to} does not select them; {should} is needed. {skips}"


def _key_fix(finding: Described) -> str:
    if _of_rule(finding, "should")[1].startswith("arn:"):
        return PLAN
    return "set the replica's `key` in the fleet file; `logkeep plan` then selects these objects"


def _taken_why(finding: Described) -> str:
    wanted = "the fleet file says that the source account owns them"
    if finding.setting == "bucket.ownership":
        is_ = said(finding.evidence.get("is"))
        return f"{wanted}; the destination's Object Ownership is {is_}, and has to be ObjectWriter"
    return f"{wanted}; {_rule_says(finding)}"


def _time_why(finding: Described) -> str:
    to, _is = _of_rule(finding, "is")
    return f"no enabled rule for {to} has S3 Replication Time Control on"


def _rule_differs(finding: Described) -> str:
    return f"{_rule_says(finding)}; the fleet file says {_of_rule(finding, 'should')[1]}"


def _rule_says(finding: Described) -> str:
    to, is_ = _of_rule(finding, "is")
    if is_ == "none":
        return f"there is no rule for {to}"
    return f"the rule for {to} says {is_}"


WORDS: dict[str, Words] = {
    **batch_words.WORDS,
    **refused_words.WORDS,
    "rule-missing": Words(
        template("no rule replicates {arn}"),
        _rule_why,
        template(
            "`logkeep plan` adds the rule and keeps the others; objects that are there already are "
            "not replicated by it: add `existing` with a date in the fleet file for those"
        ),
        step="rule",
    ),
    "kms-not-selected": Words(
        _key_title,
        _key_why,
        _key_fix,
        step="rule's key",
    ),
    "owner-keeps": worded(
        "the source account, not the destination account, owns the replicas of {arn}",
        "the rule has no owner override, and ACLs are enabled in the destination",
        f"{PLAN}; replicas that are there keep their owner",
        step="rule's owner",
        stops=False,
    ),
    "owner-taken": Words(
        template("the destination account, not the source account, owns the replicas of {arn}"),
        _taken_why,
        template(PLAN),
        step="rule's owner",
        stops=False,
    ),
    "delete-markers-differ": Words(
        template("the rule of {arn} handles delete markers differently from the fleet file"),
        _rule_differs,
        template(PLAN),
        step="delete markers",
        stops=False,
    ),
    "storage-class-differs": Words(
        template("the replicas of {arn} are in a different storage class"),
        _rule_differs,
        template(PLAN),
        step="storage class",
        stops=False,
    ),
    "time-control-off": Words(
        template("replication of {arn} has no guaranteed time"),
        _time_why,
        template(f"{PLAN}; AWS charges for it"),
        step="time control",
        stops=False,
    ),
    "replication-source-missing": worded(
        "the bucket to replicate does not exist: {arn}",
        "no account of the fleet has a bucket of that name",
        "correct `from` in the fleet file",
        step="replicated bucket",
    ),
    "versioning-off": worded(
        "versioning is off for a bucket to replicate: {arn}",
        "its versioning is {is_}; S3 replicates only when it is Enabled",
        f"{PLAN}",
        step="versioning",
    ),
    "replication-role-missing": worded(
        "the role that S3 uses for replication does not exist: {arn}",
        "each object fails with AssumeRoleNotPermitted",
        "`logkeep plan` makes it",
        step="role",
    ),
    "replication-role-untrusted": worded(
        "S3 may not assume its replication role: {arn}",
        "its trust policy does not let s3.amazonaws.com assume it (AssumeRoleNotPermitted)",
        f"`logkeep plan` adds the statement; {NOT_RETRIED}",
        step="role's trust",
    ),
    "replication-role-refuses": worded(
        "the replication role lacks permissions: {arn}",
        "its own policies or a policy of its organization do not allow the request",
        f"`logkeep plan` adds what is missing; {NOT_RETRIED}",
        step="role's policies",
    ),
    "context-mismatch": worded(
        "S3 uses the key with an encryption context that is not allowed: {arn}",
        "with an S3 Bucket Key the context is the bucket's ARN; without one it is the object's",
        f"allow both ARNs; `logkeep plan` does so in its own statements; {NOT_RETRIED}",
        step="encryption context",
    ),
    "source-refuses": worded(
        "the policy of the source bucket denies replication: {arn}",
        "it denies the replication role an action that S3 needs",
        "change the Deny statement",
        step="source's policy",
    ),
    "source-key-missing": worded(
        "the key of the source bucket does not exist: {arn}",
        "kms:DescribeKey finds no such key",
        "objects encrypted with it can no longer be read; give the bucket another default key",
        step="source's key",
    ),
    "source-key-disabled": worded(
        "the key of the source bucket cannot be used: {arn}",
        "its state is {is_} (SrcKmsKeyInvalidState)",
        f"`logkeep plan` enables it; {NOT_RETRIED}",
        step="source's key",
    ),
    "source-key-refuses": worded(
        "the key of the source bucket does not let the replication role decrypt: {arn}",
        "its policy does not allow the role's request (SrcGetObjectNotPermitted)",
        f"`logkeep plan` adds the statement; {NOT_RETRIED}",
        step="source key's policy",
    ),
    "replica-missing": worded(
        "the destination bucket does not exist: {arn}",
        "the account has no bucket with that name (DstBucketNotFound)",
        "`logkeep plan` makes it, unless the name is taken",
        step="replica",
    ),
    "replica-foreign": worded(
        "the destination bucket belongs to another account: {arn}",
        "it belongs to {is_}; the fleet file says {should}",
        "correct the name or the account in the fleet file; if the bucket was yours, somebody else "
        "has the name now",
        step="replica's owner",
    ),
    "replica-unversioned": worded(
        "versioning is off for the destination bucket: {arn}",
        "its versioning is {is_} (DstBucketUnversioned)",
        f"{PLAN}; {NOT_RETRIED}",
        step="replica's versioning",
    ),
    "replica-unlocked": worded(
        "the destination bucket has no Object Lock: {arn}",
        "the source bucket has it (DstBucketObjectLockConfigMissing)",
        f"`logkeep plan` switches it on, which cannot be undone; {NOT_RETRIED}",
        step="replica's Object Lock",
    ),
    "replica-refuses": worded(
        "the destination bucket refuses the replicas: {arn}",
        "its policy does not allow the role's request (DstPutObjectNotPermitted)",
        f"`logkeep plan` adds the statement; {NOT_RETRIED}",
        step="replica's policy",
    ),
    "replica-key-missing": worded(
        "the key for the replicas does not exist: {arn}",
        "kms:DescribeKey finds no such key (DstKmsKeyNotFound)",
        "set another `key` in the fleet file",
        step="replica's key",
    ),
    "replica-key-disabled": worded(
        "the key for the replicas cannot be used: {arn}",
        "its state is {is_} (DstKmsKeyInvalidState)",
        f"`logkeep plan` enables it; {NOT_RETRIED}",
        step="replica's key",
    ),
    "replica-key-elsewhere": worded(
        "the key for the replicas is not in the Region of their bucket: {arn}",
        "it is in {is_}, the bucket in {should}; S3 accepts such a rule, but each object fails",
        "set `key` in the fleet file to a key in the bucket's Region",
        step="replica key's Region",
    ),
    "replica-key-refuses": worded(
        "the key for the replicas does not let the replication role use it: {arn}",
        "its policy does not allow the role's request (DstPutObjectNotPermitted)",
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
        "ACLs are enabled for the replica: {arn}",
        "its Object Ownership is {is_}",
        f"{PLAN}",
        step="replica's ACLs",
        stops=False,
    ),
    "replica-expires": worded(
        "a lifecycle rule deletes objects of the replica: {arn}",
        "the rule: {is_}",
        "remove the rule",
        step="replica's lifecycle",
        stops=False,
    ),
    "replica-reader-refused": Words(
        template("the reader `{arn}` cannot read the replica"),
        why,
        reader_fix,
        "reader of the replica",
        stops=False,
    ),
    "replica-readers-too-many": Words(
        template("others than the replica's readers can decrypt it: {arn}"),
        _who_else,
        template(
            "name them under `[archive.replica] readers` if they may, or have the key's owner take "
            "them out of its policy"
        ),
        "readers of the replica",
        stops=False,
    ),
    "replica-lost": Words(
        template("replicated objects are missing from the replica: {arn}"),
        _faults_why,
        template(
            "`logkeep verify` lists them and how to restore them: `logkeep help replica-lost`; "
            "then find out who deleted them"
        ),
        "replicas against sources",
        stops=False,
        holds=_compared,
    ),
    "replica-differs": Words(
        template("objects in the replica differ from the source: {arn}"),
        _faults_why,
        template("delete the version that hides the replica: `logkeep help replica-differs`"),
        "replicas against sources",
        stops=False,
    ),
    "replica-uncompared": Words(
        template("cannot tell whether the replicas match the source: {arn}"),
        _uncompared_why,
        template("`logkeep verify` compares a sample, `logkeep verify --all` every version"),
        "replicas against sources",
        stops=False,
    ),
    "replica-stale": Words(
        template("the newest objects have not been replicated: {arn}"),
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
