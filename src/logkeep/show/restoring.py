"""How are files put back that were deleted or written over? By commands for a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from logkeep.access.policies.compose import DENY_SIDS
from logkeep.archive.report import Earlier, Fault
from logkeep.show.paint import Paint, Whole
from logkeep.words.plain import clean, count, moment

COMMAND_CHARS_MAX = 4000
TOGETHER_LEAST = 2
TOGETHER_MAX = 1000
"""How many files one command takes; it is pasted."""
KEY_CHARS_MAX = 1024
REFUSED = (
    f"the bucket's policy refuses an undo while `{DENY_SIDS['bucket-deletable']}` (for deletes) or "
    f"`{DENY_SIDS['logs-forgeable']}` (for copies) is in it: an administrator of the archive "
    "removes the statement, runs the command, and `logkeep apply` puts the statement back"
)


def earlier_lines(fault: Fault, paint: Paint) -> Iterator[str]:
    """That an earlier version is there, and who took its place."""
    earlier = fault.earlier
    if earlier is None:
        return
    known = {
        True: "is as it was written",
        False: "is not as it was written",
        None: "could not be judged (reading it takes s3:GetObjectVersion)",
    }
    done = "deleted" if earlier.marker else "replaced"
    by = f": {clean(earlier.by)}" if earlier.by else ""
    says = f"the version of {moment(earlier.written_at)} {known[earlier.is_whole]}"
    yield from paint.wrap("older", f"{says}; it was {done} at {moment(earlier.gone_at)}{by}")


def can_undo(fault: Fault) -> bool:
    """Whether there is a command that puts an earlier version of a file back."""
    return fault.earlier is not None and fault.earlier.is_whole is not False


def undo_lines(fault: Fault, paint: Paint) -> Iterator[str]:
    """The command that puts an earlier version of a file back."""
    earlier = fault.earlier
    if earlier is not None and can_undo(fault):
        yield Whole(f"  undo   {paint.dye(_undo(fault, earlier), 'cyan')}")


def can_undo_together(faults: Sequence[Fault]) -> list[Fault]:
    """The files that one command can put back: several, of one bucket, lost in one way."""
    found = [each for each in faults if _is_plain(each)]
    alike = [each for each in found if _way(each) == _way(found[0])][:TOGETHER_MAX]
    return alike if len(alike) >= TOGETHER_LEAST else []


def undo_together_lines(faults: Sequence[Fault], paint: Paint) -> Iterator[str]:
    """The command that puts all of these back, with a line for each file."""
    if not faults:
        return
    bucket = shlex.quote(faults[0].bucket)
    if faults[0].earlier is not None and faults[0].earlier.above:
        names = "version key"
        call = f'delete-object --bucket {bucket} --key "$key" --version-id "$version"'
    else:
        names = "source key"
        call = f'copy-object --bucket {bucket} --key "$key" --copy-source "$source"'
    yield f"  undo   for {count(len(faults), 'file')}:"
    loop = f"while read -r {names}; do aws s3api {call}; done <<'END'"
    for line in (loop, *(_row(each) for each in faults), "END"):
        yield Whole(paint.dye(line, "cyan"))


def _way(fault: Fault) -> tuple[str, bool]:
    return fault.bucket, bool(fault.earlier and fault.earlier.above)


def _is_plain(fault: Fault) -> bool:
    """Whether a shell reads the file's key back from a line as it is."""
    key = fault.key
    return can_undo(fault) and bool(key) and clean(key, KEY_CHARS_MAX) == key == key.strip()


def _row(fault: Fault) -> str:
    earlier = fault.earlier
    assert earlier is not None
    first = earlier.above or _source(fault, earlier)
    return f"{clean(quote(first, safe='/?=%'), COMMAND_CHARS_MAX)} {fault.key}"


def _source(fault: Fault, earlier: Earlier) -> str:
    return f"{fault.bucket}/{quote(fault.key)}?versionId={quote(earlier.version)}"


def _undo(fault: Fault, earlier: Earlier) -> str:
    where = f"--bucket {shlex.quote(fault.bucket)} --key {shlex.quote(fault.key)}"
    if earlier.above:
        above = shlex.quote(earlier.above)
        return clean(f"aws s3api delete-object {where} --version-id {above}", COMMAND_CHARS_MAX)
    source = shlex.quote(_source(fault, earlier))
    return clean(f"aws s3api copy-object {where} --copy-source {source}", COMMAND_CHARS_MAX)
