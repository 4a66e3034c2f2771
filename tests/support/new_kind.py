"""`make kind NAME=my-logs`: the skeleton of a new kind of log in all its places.

The skeleton is the smallest kind there is, the heartbeat of `tests/new_kind`, under another name:
it is diagnosed, planned, mended, spoilt and spoken of before a line of it is changed, and its
service is one that AWS does not have. `docs/adding-a-kind.md` says step by step what to put in
its place.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from support.places import ROOT

MODEL = ROOT / "tests" / "new_kind" / "kinds" / "heartbeat" / "__init__.py"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Kind(NamedTuple):
    """A kind of log by the name that the fleet file calls it."""

    name: str

    @property
    def package(self) -> str:
        return self.name.replace("-", "_")

    @property
    def words(self) -> str:
        return self.name.replace("-", " ").capitalize()

    @property
    def camel(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("-"))


def source(kind: Kind) -> str:
    """The kind's `SOURCE`: the heartbeat's, with a recorder in the place of its beat."""
    text = MODEL.read_text(encoding="utf-8")
    docstring = f'''"""{kind.words}: say in a sentence who writes these logs, and where to.

Cite the rules or AWS's pages from which the requests of a delivery are known.
"""
'''
    text = docstring + text[text.index('"""\n', 3) + 4 :]
    for model, own in (
        ("LogkeepBeatWrite", f"Logkeep{kind.camel}Write"),
        ("beat-off", f"{kind.name}-off"),
        ("beat-stale", f"{kind.name}-stale"),
        ("Heartbeat", kind.words),
        ("heartbeat", kind.name),
        ('step="heart"', 'step="recorder"'),
        ("Beat", "Recorder"),
        ("beat", "recorder"),
    ):
        text = text.replace(model, own)
    return text


def page(code: str, what: str, after: str) -> str:
    """The page of a finding, in the parts that every page has."""
    return f"""\
# {code}

Aspect: {"configured" if code.endswith("-off") else "arriving"}

## What

{what}

## Why it happens

Say which change of a person or of AWS leads to it.

## How it shows

Say what a person sees without Logkeep; often it is nothing.

## Before

The command that shows it, and its answer.

## After

{after}

## AWS's pages

* Name the page that says so.
"""


def lab(kind: Kind) -> str:
    """The lab's half: nothing is served yet."""
    return f'''"""{kind.words} inside the lab: by rule, what AWS does and what happens here."""

from __future__ import annotations

from logkeep.lab.kind import LabKind

KIND = LabKind(name="{kind.name}")
'''


def breaking(kind: Kind) -> str:
    """What can be broken of it; nothing can where the lab serves nothing."""
    return f'''"""What `lab break` can bring about of {kind.words}."""

from __future__ import annotations

from logkeep.lab.breaking.table import Breaking

BREAKING = Breaking(breaks=())
'''


def tests(kind: Kind) -> str:
    """The laws over a fleet that wants it of every account."""
    return f'''"""{kind.words}: the laws, over a fleet that wants it of every account."""

from __future__ import annotations

import functools

import msgspec
import pytest

from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet, Logs
from logkeep.plan import plan
from logkeep.snapshot import Snapshot, ask, reply
from support.laws import World, every_fault_is_found, every_fault_is_mended
from support.worlds import ACCOUNTS, applied, fleet_of, well, with_arrivals


@functools.cache
def fleet() -> Fleet:
    """CloudTrail, and this kind of every account."""
    known = fleet_of()
    logs = (*known.logs, Logs("{kind.name}", tuple(ACCOUNTS.values())))
    return msgspec.structs.replace(known, logs=logs)


def before() -> Snapshot:
    """All else is well, and no recorder is on."""
    home = fleet().home_region
    off = {{
        ask(account, home, "{kind.name}:DescribeRecorder"): reply({{"on": False}})
        for account in ACCOUNTS.values()
    }}
    return well(fleet_of()).with_answers(off)


def healthy(of: Fleet) -> Snapshot:
    """What a plan makes of it, delivering."""
    return with_arrivals(of, applied(before(), plan(of, before())))


WORLD = World(fleet(), healthy, routes="{kind.name}/")


def test_nothing_is_fine_before_anything_is_there() -> None:
    own = [r for r in diagnose(fleet(), before()).routes if r.source == "{kind.name}"]
    assert {{route.verdict for route in own}} == {{"fails"}}
    assert len(own) == len(ACCOUNTS)


def test_every_fault_is_mended_and_then_nothing_is_left_to_do(subtests: pytest.Subtests) -> None:
    every_fault_is_mended(WORLD, subtests)


def test_every_fault_is_found_by_its_code(subtests: pytest.Subtests) -> None:
    every_fault_is_found(WORLD, subtests)
'''


def least(kind: Kind) -> str:
    """How the lab leads to its calls; to none where the lab serves nothing."""
    return f'''"""How {kind.words} leads to each call that it declares, in the lab."""

from __future__ import annotations

from support.least import Least

LEAST = Least(logs=())
'''


def about(kind: Kind) -> str:
    """The page of the kind."""
    return f"""\
# {kind.words}

`source = "{kind.name}"`: say whose logs these are, and where AWS writes them.

```toml
[[logs]]
source = "{kind.name}"
```

| asked | finding |
|---|---|
| the recorder is on | {kind.name}-off |
| the archive's bucket lets it write | bucket-refuses, bucket-denies |
| a line came in the last two hours | {kind.name}-stale |

Not asked: say which of the five aspects, and why.
"""


def files(kind: Kind) -> Iterator[tuple[str, str]]:
    """Every file of the skeleton: its path below the project, and its text."""
    src = "src/logkeep"
    yield f"{src}/sources/{kind.package}/__init__.py", source(kind)
    findings = f"{src}/sources/{kind.package}/findings"
    off = page(f"{kind.name}-off", "Nothing is recorded.", "`logkeep plan` switches it on.")
    yield f"{findings}/{kind.name}-off.md", off
    stale = page(f"{kind.name}-stale", "No line came of late.", "Fix what is named before it.")
    yield f"{findings}/{kind.name}-stale.md", stale
    yield f"{src}/lab/kinds/{kind.package}/__init__.py", lab(kind)
    yield f"{src}/lab/kinds/{kind.package}/breaking/__init__.py", breaking(kind)
    yield f"tests/kinds/{kind.package}/test_routes.py", tests(kind)
    yield f"tests/kinds/{kind.package}/least.py", least(kind)
    yield f"docs/kinds/{kind.name}.md", about(kind)


def write(root: Path, name: str) -> list[Path]:
    """Write the skeleton below a checkout's root; raises ValueError where it cannot."""
    if not NAME.fullmatch(name):
        raise ValueError(f"`{name}` is no name for a kind: use small letters, digits and hyphens")
    made = [(root / path, text) for path, text in files(Kind(name))]
    there = [str(path.relative_to(root)) for path, _ in made if path.exists()]
    if there:
        raise ValueError(f"{', '.join(there)} is there already: nothing was written")
    for path, text in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [path for path, _ in made]


def main() -> int:
    """Write the skeleton that the command line names into this checkout."""
    try:
        made = write(ROOT, sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 2
    python = [str(path) for path in made if path.suffix == ".py"]
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *python], check=True)
    for path in made:
        print(path.relative_to(ROOT))
    print("\nnext: docs/adding-a-kind.md, step 2")
    return 0


if __name__ == "__main__":
    sys.exit(main())
