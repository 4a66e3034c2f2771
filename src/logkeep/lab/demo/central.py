"""The main story: three accounts, nothing centralised; then everything; then a silence, mended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, cast

from logkeep.lab.demo.archive import Archive, File, logs, worked
from logkeep.lab.demo.between import between
from logkeep.lab.demo.stage import Stage, stage
from logkeep.lab.fleet_text import BUCKET, fleet_text
from logkeep.lab.work import Made, work

READER = "arn:aws:iam::111111111111:role/LogReader"
STAGING = "333333333333"


def tell(out: Callable[[str], None]) -> None:
    """Tell the story; raises StoryBroken where it does not come out so."""
    with stage(out) as here:
        _nothing_yet(here)
        _centralise(here)
        _work_arrives(here)
        _all_is_well(here)
        between(here)
        _silence(here)


def _nothing_yet(here: Stage) -> None:
    here.title("1. Three accounts, and nothing is centralised yet")
    here.say(
        """An AWS organization runs on this machine: a web server on 127.0.0.1 that answers as AWS
        does. It has three accounts with people and roles at work in each. Nobody of one account
        may act in another, except by switching roles. A plain `$` is ada, the organization's
        administrator:"""
    )
    into = "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole"
    query = ("--query", "AssumedRoleUser.Arn", "--output", "text")
    switch = ("aws", "sts", "assume-role", "--role-arn", into, "--role-session-name", "demo")
    here.run(*switch, *query)
    here.run(*switch, *query, who="developer@staging", code=None)
    here.say("This is what we want:")
    here.write("logkeep.toml", fleet_text(here.running.accounts, here.running.regions))
    found = here.run("logkeep", "diagnose", code=1)
    here.expect("trail-missing" in found.text, "diagnose names the missing trails")


def _centralise(here: Stage) -> None:
    here.title("2. One plan, and it is done")
    here.say("The plan shows every call before any is made, and which verdicts it turns.")
    plan = here.run("logkeep", "plan", "-o", "plan.json")
    here.expect("cloudtrail:CreateTrail" in plan.text, "the plan makes trails")
    here.run("logkeep", "apply", "plan.json", "--yes", but=plan.text)
    here.say("A plan made now is empty:")
    here.run("logkeep", "plan", "--check")


def _work_arrives(here: Stage) -> None:
    here.title("3. Ordinary work goes on, and exactly its records arrive")
    made = work(here.running, "monday")
    here.say(
        f"""In all three accounts people make users, put and read objects, start machines, switch
        roles, and now and then ask for more than they may: {_calls(made)} calls in all. Two hours
        go by. CloudTrail delivers every five minutes, and a signed digest every hour."""
    )
    here.show(*_made_lines(made))
    now = here.advance(timedelta(hours=2, minutes=5))
    archive = Archive(here.running, BUCKET, role=READER)
    files = archive.files()
    here.show(*_folder_lines(archive, files, now))
    _expect_exactly(here, archive, files, made)


def _calls(made: Iterable[Made]) -> int:
    return len({entry.request_id for entry in made})


def _made_lines(made: Iterable[Made]) -> list[str]:
    """How often each call was made, account by account."""
    lines: list[str] = []
    by_account: dict[str, Counter[str]] = {}
    for entry in made:
        name = f"{entry.name} (refused)" if entry.error else entry.name
        by_account.setdefault(entry.account, Counter())[name] += 1
    for account, names in by_account.items():
        told = ", ".join(f"{n} {name}" if n > 1 else name for name, n in sorted(names.items()))
        lines.append(f"{account}  {told}")
    return lines


def _folder_lines(archive: Archive, files: list[File], now: datetime) -> list[str]:
    """One line a folder: how many files, how large, under which key, how old the newest is."""
    folders: dict[str, list[File]] = {}
    for file in files:
        folders.setdefault(file.folder, []).append(file)
    wide = max(map(len, folders))
    lines = [f"s3://{archive.bucket}/"]
    for folder, held in folders.items():
        newest = max(held, key=lambda file: file.modified_at)
        size = sum(file.size_bytes for file in held)
        age = round((now - newest.modified_at).total_seconds() / 60)
        many = f"{len(held):>3} file{'s' if len(held) > 1 else ' '} {size:>7,} bytes"
        lines.append(f"  {folder:<{wide}} {many}  {_under(archive, held)}, newest {age} min old")
    return lines


def _under(archive: Archive, files: list[File]) -> str:
    """How the files are encrypted; every one is asked about."""
    heads = [archive.head(file.key) for file in files]
    found = {(h["ServerSideEncryption"], h.get("SSEKMSKeyId", "")) for h in heads}
    said = sorted(f"{how} {key.rpartition('/')[2][:8]}".strip() for how, key in found)
    return " and ".join(said)


def _expect_exactly(here: Stage, archive: Archive, files: list[File], made: Iterable[Made]) -> None:
    """Each call made has its records, each once, and no other record says it was ordinary work."""
    found = worked(archive.records(logs(files)))
    here.expect(found == Counter(made), "the records delivered are exactly the calls made")
    under = {archive.head(file.key).get("SSEKMSKeyId") for file in files}
    here.expect(len(under) == 1 and None not in under, "every file lies under the archive's key")
    here.say(
        f"""The {found.total()} records of that work in the files are exactly the calls that were
        made: none is missing, none is doubled, none was added. A call from one account into
        another has a record in both."""
    )


def _all_is_well(here: Stage) -> None:
    here.title("4. All is well, and here is the proof")
    here.say(
        """Logs arrive. Whether they came untouched nobody has checked yet, and what was not looked
        at is never shown as fine:"""
    )
    here.run("logkeep", "diagnose", "--fresh", code=3)
    here.say(
        """Only the reader can decrypt, so Logkeep takes the reader's role to verify: every
        signature, every hash, and that no digest is missing:"""
    )
    here.run("logkeep", "verify")
    found = here.run("logkeep", "diagnose")
    here.expect("6 healthy" in found.text, "every route holds")
    here.say("The writers are not the readers, and nobody deletes:")
    here.run("logkeep", "who", "--archive")


def _silence(here: Stage) -> None:
    here.title("6. The silence")
    here.say(
        """Somebody tidies up the key's policy, and staging is no longer named in it. AWS takes
        the new policy without a word, and in staging everybody goes on working."""
    )
    _drop_from_key(here)
    before = len(logs(Archive(here.running, BUCKET, role=READER).files(f"AWSLogs/{STAGING}/")))
    made = [entry for entry in work(here.running, "tuesday") if entry.account == STAGING]
    here.expect(all(e.error == "" or e.name == "ListUsers" for e in made), "work goes on")
    here.advance(timedelta(hours=3))
    archive = Archive(here.running, BUCKET, role=READER)
    silent = archive.files(f"AWSLogs/{STAGING}/")
    here.expect(len(logs(silent)) == before, "nothing more arrives from staging")
    here.say(
        f"""Three hours later the {len(made)} records of staging's new work have not come: there
        are {before} log files of it as before. No call failed, and nobody was told."""
    )
    _named(here)
    _mended(here, archive, before, made)


def _drop_from_key(here: Stage) -> None:
    """Leave staging's trail out of every list of the key's policy, with the real `aws` command."""
    described = here.run("aws", "kms", "describe-key", "--key-id", "alias/logkeep", shown=False)
    named = ("--key-id", described.json()["KeyMetadata"]["KeyId"], "--policy-name", "default")
    found = here.run("aws", "kms", "get-key-policy", *named, shown=False)
    policy = json.loads(found.json()["Policy"])
    less = _without(policy, f":{STAGING}:")
    here.expect(less != policy, "staging was named in the key's policy")
    here.write("key-policy.json", less, shown=False)
    here.run("aws", "kms", "put-key-policy", *named, "--policy", "file://key-policy.json")


def _without(document: Any, part: str) -> Any:
    """A document without the texts of its lists that have this part."""
    if isinstance(document, dict):
        entries = cast("dict[str, Any]", document)
        return {name: _without(value, part) for name, value in entries.items()}
    if isinstance(document, list):
        items = cast("list[Any]", document)
        return [_without(i, part) for i in items if not (isinstance(i, str) and part in i)]
    return document


def _named(here: Stage) -> None:
    found = here.run("logkeep", "diagnose", "--fresh", code=1)
    here.expect("error[key-refuses]" in found.text, "diagnose names the key's refusal")
    here.expect("staging" in found.text, "diagnose names the account")


def _mended(here: Stage, archive: Archive, before: int, made: list[Made]) -> None:
    here.say("Logkeep says which statement is too narrow, and puts the account back:")
    plan = here.run("logkeep", "plan", "-o", "plan.json")
    here.run("logkeep", "apply", "plan.json", "--yes", but=plan.text)
    here.advance(timedelta(hours=2))
    files = archive.files(f"AWSLogs/{STAGING}/")
    found = worked(archive.records(logs(files)))
    here.expect(Counter(made) <= found, "the late records arrive")
    here.say(
        f"""CloudTrail tries again for 30 days (rule 1.7.3), so nothing is lost: two hours later
        there are {len(logs(files))} log files of staging where there were {before}, and all
        {len(made)} late records are in them, each once."""
    )
    here.run("logkeep", "diagnose", "--fresh")
    here.run("logkeep", "verify")
    here.say(
        """That is the main job. `logkeep lab up` keeps such an organization running for your own
        commands, and `logkeep lab break --list` names everything that can be broken in it."""
    )
