"""`logkeep collect`: everything worth knowing of all accounts, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from logkeep.cli.answer import answer
from logkeep.cli.look import KEPT, as_json, collected, unread, with_report
from logkeep.cli.place import check_writable, find, near
from logkeep.cli.problem import CANNOT_TELL, YES
from logkeep.cli.settings import options, settings_of
from logkeep.words.plain import clean, count


@click.command("collect", short_help="Read the configuration of all accounts into a snapshot.")
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the snapshot to this file.",
)
@click.option("--fresh", is_flag=True, help="Start again; do not continue an interrupted run.")
@options("fleet", "json")
@click.pass_context
def command(context: click.Context, path: Path | None, *, fresh: bool) -> int:
    """Read the configuration of all accounts and Regions into one snapshot file.

    The file answers `logkeep diagnose --snapshot FILE` anywhere, without AWS.
    """
    settings = settings_of(context)
    place = find(settings)
    if path is not None:
        check_writable(path)
    taken = collected(settings, place, goes_on=not fresh, in_full=True)
    snapshot = taken.snapshot
    target = near(path or place.kept / KEPT)
    if path is not None:
        from logkeep.aws.files import write_snapshot

        reported = with_report(taken, place)
        write_snapshot(path, reported.snapshot, reported.origin)
    missed = unread(snapshot)
    if settings.json:
        answers = {"schema": 1, "snapshot": str(target), "taken_at": snapshot.taken_at.isoformat(),
                   "answers": len(snapshot.answers), "unread": dict(missed)}  # fmt: skip
        answer(as_json(answers))
    else:
        lines = [f"{target}: {count(len(snapshot.answers), 'answer')}"]
        name = place.fleet.account_name
        lines += [
            f"could not read {name(account)}: {clean(why)}" for account, why in missed.items()
        ]
        answer("\n".join(lines) + "\n")
    return CANNOT_TELL if missed else YES
