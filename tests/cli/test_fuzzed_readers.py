"""Every module that reads a file has its reader in `make fuzz`, which takes a good one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import logkeep
from support import fuzz

ROOT = Path(logkeep.__file__).parent
READ = {
    "read_bytes",
    "read_text",
    "text_lines",
    "opened",
    "own",
    "plain",
    "bounded",
    "read_kept",
    "earlier_run",
}
"""The doors by which a file is read (aws/disk.py), and what reads by them for others."""
BY = {
    "aws/disk.py": (),  # the door itself
    "aws/files.py": ("snapshot", "earlier snapshot"),
    "aws/journal.py": ("interrupted run",),
    "aws/models.py": (),  # the SDK's own descriptions of services
    "aws/collect.py": ("interrupted run",),
    "cli/alone.py": (),  # a lock, of which nothing is read
    "cli/assigned.py": ("assigned values",),
    "cli/kept_copies.py": ("verify's memory of replicas",),
    "cli/kept_report.py": ("verify's memory",),
    "cli/listing_input.py": ("listing", "inventory", "manifest"),
    "cli/look.py": ("snapshot", "interrupted run"),
    "cli/network_file.py": ("network",),
    "cli/place.py": ("fleet file",),
    "cli/plan_file.py": ("plan",),
    "cli/storage_input.py": ("bucket of put", "buckets of replicate", "cases of put"),
    "cli/try_ping.py": ("cases of ping",),
    "cli/why.py": ("cases of why",),
    "lab/breaking/act.py": ("what is broken",),
    "lab/statefile.py": ("running lab",),
}
"""Which reader of `make fuzz` reads by each module."""


def reads(path: Path) -> bool:
    tree = ast.parse(path.read_text("utf-8"))
    doors = ("logkeep.aws.disk", "logkeep.aws.files", "logkeep.aws.journal")
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module in doors
        and not READ.isdisjoint(each.name for each in node.names)
        for node in ast.walk(tree)
    ) or any(isinstance(node, ast.Name) and node.id == "open" for node in ast.walk(tree))


def test_every_module_that_reads_a_file_is_fuzzed() -> None:
    found = {
        path.relative_to(ROOT).as_posix() for path in sorted(ROOT.rglob("*.py")) if reads(path)
    }
    assert found - set(BY) == set()
    assert set(BY) - found <= {"aws/disk.py", "aws/collect.py"}
    known = {*fuzz.READERS, *fuzz.called()}
    assert {name for names in BY.values() for name in names} <= known
    assert known - {name for names in BY.values() for name in names} <= {
        "digest",  # of the archive, and no file
        "cases of replicate",
    }


@pytest.mark.parametrize("name", fuzz.called())
def test_what_is_good_is_taken_and_what_is_damaged_is_not_our_fault(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".logkeep").mkdir()
    genuine, read = fuzz.called()[name]
    good = genuine()
    assert fuzz.by_call(read, good) == (0, "")
    for bad in (
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        good[:-3],
        good[: len(good) // 2],
        b"[" * 9999,
    ):
        code, said = fuzz.by_call(read, bad)
        assert code in (0, fuzz.BAD_FILE), said
