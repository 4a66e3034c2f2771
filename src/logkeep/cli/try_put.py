"""`logkeep try put`: what S3 does with an upload, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from logkeep.access import any_bucket
from logkeep.access.uploads import asks, bucket_of, caller_of, default_key, key_arn, keys_of
from logkeep.cli.answer import answer
from logkeep.cli.look import as_json, closer
from logkeep.cli.place import find
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, needs_none, options, output, settings_of, stands_alone
from logkeep.cli.storage_input import (
    ObjectTarget,
    must_be_read,
    read_document,
    read_target,
    run_cases,
)
from logkeep.show.storage.put import put_json, put_text
from logkeep.storage.advice import BY_CUSTOMER, advise
from logkeep.storage.bucket import Bucket, Keys, Requester
from logkeep.storage.headers import ACL, SSE, SSE_BUCKET_KEY, SSE_KEY
from logkeep.storage.put import put
from logkeep.storage.reading import read_bucket, read_caller, read_keys
from logkeep.storage.upload import Upload
from logkeep.value import account_of, parse_arn, partition_of

EXITS: Final = {"accepted": YES, "refused": NO, "unknown": CANNOT_TELL}


@click.command("put", short_help="Say what S3 does with an upload.")
@click.argument("target", required=False, metavar="[s3://BUCKET/KEY]")
@click.option(
    "--sse",
    type=click.Choice(("AES256", "aws:kms", "aws:kms:dsse", "sse-c")),
    help="The encryption that the upload asks for; else it asks for none.",
)
@click.option("--kms-key", "kms_key", metavar="ARN", help="The KMS key that it names.")
@click.option(
    "--bucket-key/--no-bucket-key",
    default=None,
    help="Whether it asks for a Bucket Key; else it leaves that open.",
)
@click.option("--acl", metavar="ACL", help="The canned ACL that it sends.")
@click.option("--multipart", is_flag=True, help="It is a multipart upload.")
@click.option(
    "--as",
    "principal",
    metavar="PRINCIPAL",
    help="Who sends it; else somebody of the bucket's account who may do everything.",
)
@click.option(
    "--bucket",
    "described",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The bucket as AWS describes it, in JSON; needs no fleet.",
)
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Run the cases of a file, one JSON object a line; needs no fleet.",
)
@options("fleet", "snapshot", "recent", "json")
@click.pass_context
def command(
    context: click.Context,
    target: str | None,
    *,
    sse: str | None,
    kms_key: str | None,
    bucket_key: bool | None,
    acl: str | None,
    multipart: bool,
    principal: str | None,
    described: Path | None,
    cases: Path | None,
) -> int:
    """Say whether S3 accepts an upload and how it is stored, or what refuses it.

    The policies are judged on the request as it is sent; the bucket's default encryption is
    applied after. For a refusal the `aws s3 cp` that would pass is shown.

    Exits with 0 where it is accepted, 1 where it is refused, 3 where it cannot be told.
    """
    settings = settings_of(context)
    if cases is not None:
        stands_alone(context, "--cases")
        return run_cases(settings, cases)
    if described is not None:
        needs_none(settings, "--bucket")
    if target is None:
        raise Problem("an upload takes s3://BUCKET/KEY")
    headers = headers_of(sse, kms_key, bucket_key, acl)
    return _try(settings, target, headers, principal or "", described, multipart=multipart)


def headers_of(
    sse: str | None, kms_key: str | None, bucket_key: bool | None, acl: str | None
) -> dict[str, str]:
    """The headers that the options stand for."""
    headers: dict[str, str] = dict(BY_CUSTOMER) if sse == "sse-c" else {}
    if sse is not None and sse != "sse-c":
        headers[SSE] = sse
    if kms_key is not None:
        headers[SSE_KEY] = kms_key
    if bucket_key is not None:
        headers[SSE_BUCKET_KEY] = str(bucket_key).lower()
    if acl is not None:
        headers[ACL] = acl
    return headers


def _try(
    settings: Settings,
    text: str,
    headers: dict[str, str],
    principal: str,
    described: Path | None,
    *,
    multipart: bool,
) -> int:
    target = read_target(text)
    named = headers.get(SSE_KEY)
    if described is None:
        bucket, keys, caller = _of_fleet(settings, target, principal, named or "")
    else:
        reader = read_document(described, target)
        bucket = read_bucket(reader)
        caller = read_caller(reader, bucket, principal)
        keys = read_keys(reader, bucket)
        must_be_read(reader)
    check_key(named, bucket, caller.account or bucket.account)
    upload = Upload(caller=caller, key=target.key, headers=headers, multipart=multipart)
    outcome = put(upload, bucket, keys)
    refused = outcome.answer == "refused" and bucket.exists is True
    advice = advise(upload, bucket, keys) if refused else None
    if settings.json:
        answer(as_json(put_json(upload, bucket, outcome, advice)))
    else:
        nobody = not principal
        answer(put_text(upload, bucket, outcome, output(settings), advice, by_nobody_named=nobody))
    return EXITS[outcome.answer]


def _of_fleet(
    settings: Settings, target: ObjectTarget, principal: str, named: str
) -> tuple[Bucket, Keys, Requester]:
    """The bucket, its keys and who uploads, as a snapshot of the fleet shows them."""
    facts = closer(
        settings, find(settings), lambda facts: asks(facts, target.bucket, principal, named)
    )
    where = any_bucket.find(facts, target.bucket)
    if where is None:
        says, hint = any_bucket.why_not(facts, target.bucket)
        raise Problem(says, hint=hint)
    requester = account_of(principal) or where.account
    names = (key_arn(each, where, requester) for each in (default_key(facts, where), named))
    return bucket_of(facts, where), keys_of(facts, *names), caller_of(facts, where, principal)


def check_key(name: str | None, bucket: Bucket, requester: str) -> None:
    """Say at once what is wrong with the name of a key, with the name that is meant."""
    if name is None:
        return
    parts = parse_arn(name)
    home = f"arn:{partition_of(bucket.region)}:kms:{bucket.region}"
    if parts is None:
        kind = "alias" if name.startswith("alias/") else "id"
        resource = name if kind == "alias" else f"key/{name}"
        raise Problem(
            f"`{name}` is a key's {kind} without an account, which S3 looks up in the "
            f"requester's own ({requester}) in {bucket.region}",
            hint=f"name the key by its ARN, such as {home}:{requester}:{resource}",
        )
    if parts.service != "kms" or not parts.resource.startswith(("key/", "alias/")):
        raise Problem(f"`{name}` is not the ARN of a KMS key")
    if parts.region != bucket.region:
        raise Problem(
            f"the key `{name}` is in {parts.region}, and the bucket in {bucket.region}: "
            "S3 answers KMS.NotFoundException (HTTP 400)",
            hint=f"name a key of {bucket.region}",
        )
    if parts.resource.startswith("alias/") and parts.account != requester:
        raise Problem(
            f"`{name}` is an alias of account {parts.account}, which "
            f"account {requester} cannot look up",
            hint="name the key by its ARN",
        )
