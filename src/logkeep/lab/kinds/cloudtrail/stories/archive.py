"""What lies in the archive, and who may read or delete it."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from logkeep.lab.demo.stage import WIDTH, Stage
from logkeep.lab.fleet_text import BUCKET, fleet_text
from logkeep.lab.kinds.cloudtrail.held import Archive, File, logs, worked
from logkeep.lab.work import RecordedCall, work

READER = "arn:aws:iam::111111111111:role/LogReader"


def tell(here: Stage) -> None:
    """Tell it."""
    here.write("logkeep.toml", fleet_text(here.running.accounts, here.running.regions), shown=False)
    here.run("logkeep", "apply", "--yes", shown=False)
    _work_arrives(here)
    _nobody_looked(here)
    _who(here)


def _work_arrives(here: Stage) -> None:
    here.title("1. Ordinary work goes on, and exactly its records arrive")
    made = work(here.running, "monday")
    calls = len({entry.request_id for entry in made})
    here.say(
        f"""Three accounts send their trails into one archive. People make users, put and read
        objects, start machines, switch roles, and now and then ask for more than they may:
        {calls} calls in all."""
    )
    here.show(*_made_lines(made))
    here.say(
        """Two hours go by. CloudTrail delivers every five minutes, and a signed digest every hour,
        all of it under the archive's key:"""
    )
    now = here.advance(timedelta(hours=2, minutes=5))
    archive = Archive(here.running, BUCKET, role=READER)
    files = archive.files()
    here.show(*_folder_lines(archive, files, now))
    _expect_exactly(here, archive, files, made)


def _made_lines(made: Iterable[RecordedCall]) -> list[str]:
    """How often each call was made, account by account."""
    lines: list[str] = []
    by_account: dict[str, Counter[str]] = {}
    for entry in made:
        name = f"{entry.name} (refused)" if entry.error else entry.name
        by_account.setdefault(entry.account, Counter())[name] += 1
    for account, names in by_account.items():
        counted = ", ".join(f"{n} {name}" if n > 1 else name for name, n in sorted(names.items()))
        lines += textwrap.wrap(f"{account}  {counted}", WIDTH, subsequent_indent=" " * 14)
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
        age = round((now - newest.modified_at).total_seconds() / 60)
        many = f"{len(held):>2} file{'s' if len(held) > 1 else ' '}"
        lines.append(f"  {folder:<{wide}} {many}, newest {age:>3} min old")
    return lines


def _expect_exactly(
    here: Stage, archive: Archive, files: list[File], made: Iterable[RecordedCall]
) -> None:
    """Each call made has its records, each once, and no other record says it was ordinary work."""
    found = worked(archive.records(logs(files)))
    here.expect(found == Counter(made), "the records delivered are exactly the calls made")
    under = {archive.head(file.key).get("SSEKMSKeyId") for file in files}
    here.expect(
        len(under) == 1 and None not in under, "every file is encrypted under the archive's key"
    )
    here.say(
        f"""The {found.total()} records of that work in the files are exactly the calls that were
        made: none is missing, none is doubled, none was added. A call from one account into
        another has a record in both."""
    )


def _nobody_looked(here: Stage) -> None:
    here.title("2. What nobody checked is not fine")
    here.say("Nobody has checked yet whether the files are unchanged, and Logkeep says so:")
    here.run("logkeep", "diagnose", code=3)
    here.say(
        """Only the reader can decrypt, so Logkeep takes the reader's role to verify: every
        signature, every hash, and that no digest is missing:"""
    )
    here.run("logkeep", "verify")


def _who(here: Stage) -> None:
    here.title("3. The writers are not the readers, and nobody deletes")
    here.run("logkeep", "who", "--archive")
