"""Set up, proven, broken without any error, found and mended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from logkeep.lab.demo.found import listed
from logkeep.lab.demo.stage import Stage
from logkeep.lab.fleet_text import BUCKET, fleet_text
from logkeep.lab.kinds.cloudtrail.held import Archive, logs, worked
from logkeep.lab.work import RecordedCall, work

READER = "arn:aws:iam::111111111111:role/LogReader"
STAGING = "333333333333"
ENCRYPT = "LogkeepCloudTrailEncrypt"
"""The statement of the key's policy that lets the trails encrypt."""


def tell(here: Stage) -> None:
    """Tell it."""
    here.say(
        """A log that stops arriving makes no noise. This is what Logkeep does about it. An AWS
        organization of three accounts runs on this machine, and every command below is really run
        against it. A plain `$` is ada, its administrator."""
    )
    _set_up(here)
    _proven(here)
    made = _silence(here)
    _found(here)
    _mended(here, made)
    here.say(
        """That is the main job. `logkeep lab up` keeps such an organization running for your own
        commands; `logkeep lab break --list` names what can be broken in it. Other stories, told
        by `logkeep lab demo NAME`:"""
    )
    here.show(*listed()[1:])


def _set_up(here: Stage) -> None:
    here.title("1. Set up")
    here.say(
        """The CloudTrail logs of every account go into one bucket, under one key, and one role may
        read them. This is all that you write:"""
    )
    here.write("logkeep.toml", fleet_text(here.running.accounts, here.running.regions))
    here.say("Logkeep shows every call and statement of a policy before it changes anything:")
    applied = here.run("logkeep", "apply", "--yes", ends=(5, 2))
    here.expect("cloudtrail:CreateTrail" in applied.text, "the plan makes trails")


def _proven(here: Stage) -> None:
    here.title("2. Proven")
    made = work(here.running, "monday")
    here.advance(timedelta(hours=2, minutes=5))
    found = _records(here)
    here.expect(found == Counter(made), "the records delivered are exactly the calls made")
    here.say(
        f"""People go to work in all three accounts, and two hours go by. The {found.total()}
        records of their {_calls(made)} calls are in the archive: none is missing, none is
        doubled. `logkeep verify` checks every signature and every hash, and Logkeep answers five
        questions for each account, each with its own evidence:"""
    )
    here.run("logkeep", "verify", shown=False)
    found = here.run("logkeep", "diagnose")
    here.expect("6 healthy" in found.text, "every route holds")


def _records(here: Stage, account: str = "") -> Counter[RecordedCall]:
    """The records of ordinary work that the archive holds."""
    archive = Archive(here.running, BUCKET, role=READER)
    return worked(archive.records(logs(archive.files(f"AWSLogs/{account}"))))


def _calls(made: Iterable[RecordedCall]) -> int:
    return len({entry.request_id for entry in made})


def _silence(here: Stage) -> list[RecordedCall]:
    """Staging is left out of the key's policy, and goes on working."""
    here.title("3. Broken, and nobody is told")
    here.say(
        """Somebody tidies up the key's policy, and staging may no longer encrypt under it. AWS
        accepts the new policy without a warning:"""
    )
    _drop_from_key(here)
    before = _records(here, STAGING)
    made = [entry for entry in work(here.running, "tuesday") if entry.account == STAGING]
    here.expect(all(e.error == "" or e.name == "ListUsers" for e in made), "work goes on")
    here.advance(timedelta(hours=3))
    here.expect(_records(here, STAGING) == before, "nothing more arrives from staging")
    here.say(
        f"""In staging everybody goes on working. Three hours later, none of {len(made)} new records
        has arrived. No call failed, and the trail still says that it is logging:"""
    )
    status = ("cloudtrail", "get-trail-status", "--name", "logkeep", "--query", "IsLogging")
    on = here.run("aws", *status, who="admin@staging")
    here.expect(on.text.strip() == "true", "the trail still says that it is on")
    return made


def _drop_from_key(here: Stage) -> None:
    """Leave staging out of the statement that lets trails encrypt, with the real `aws` command."""
    described = here.run("aws", "kms", "describe-key", "--key-id", "alias/logkeep", shown=False)
    named = ("--key-id", described.json()["KeyMetadata"]["KeyId"], "--policy-name", "default")
    found = here.run("aws", "kms", "get-key-policy", *named, shown=False)
    policy = json.loads(found.json()["Policy"])
    kept = [s if s.get("Sid") != ENCRYPT else _without(s, STAGING) for s in policy["Statement"]]
    less = {**policy, "Statement": kept}
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


def _found(here: Stage) -> None:
    here.title("4. Found")
    here.say("Logkeep asks what every delivery needs, and names the first broken link:")
    here.run("logkeep", "verify", shown=False, code=None)
    found = here.run("logkeep", "diagnose", code=1, ends=(20, 10))
    here.expect("error[key-refuses]" in found.text, "diagnose names the key's refusal")
    here.expect("staging" in found.text, "diagnose names the account")


def _mended(here: Stage, made: list[RecordedCall]) -> None:
    here.title("5. Mended")
    here.say("The smallest change lets staging in again; the rest of the policy stays:")
    here.run("logkeep", "apply", "--yes", ends=(12, 2))
    here.advance(timedelta(hours=2))
    late = Counter(made)
    here.expect(_records(here, STAGING) & late == late, "the late records arrive")
    here.say(
        f"""Two hours later all {len(made)} late records are there, each once, and verified. Every
        account is healthy:"""
    )
    here.run("logkeep", "verify", shown=False)
    here.run("logkeep", "diagnose", ends=(0, 3))
