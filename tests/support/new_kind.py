"""`make kind NAME=my-logs`: the skeleton of a new kind of log in all its places.

The skeleton is one of the kinds of `tests/new_kind` under another name: the heartbeat, which writes
into the archive; or with `SHAPE=group` the tide, which writes into a log group. It is diagnosed,
planned, mended, spoilt and spoken of before a line of it is changed. Its service is one that AWS
does not have: so AWS is asked nothing of it, and no made-up permission is wanted.
`docs/adding-a-kind.md` says step by step what to put in its place.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from support.places import ROOT

MODELS = ROOT / "tests" / "new_kind" / "kinds"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SHAPES = {"archive": "heartbeat", "group": "tide"}
"""Where its logs end, and the kind that it is written from."""


class Kind(NamedTuple):
    """A kind of log by the name that the fleet file calls it."""

    name: str
    shape: str = "archive"

    @property
    def package(self) -> str:
        return self.name.replace("-", "_")

    @property
    def words(self) -> str:
        return self.name.replace("-", " ").capitalize()

    @property
    def camel(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("-"))


UNASKED = (
    (r"Iterator, Mapping", "Iterator"),
    (r"Ask, Reply, ask, reply", "Ask, ask"),
    (r"Call, Permit, WritingCall", "Call"),
    (r"Call\(\(Permit\([^()]*\),\)\)", 'Call(outside="the recorder: no call of AWS is named yet")'),
    (
        r"def (_start|_point)\(.*?\n\n\n",
        r"""def \1(_facts: Facts, _hop: Hop, _value: Json) -> tuple[Write, ...]:
    return ()  # no write means that it is not Logkeep's to change


""",
    ),
    (r"def (_started|_pointed)\(.*?\n\n\n", ""),
    (r"\n    (effects|writes|resources)=[^\n]*", ""),
    (r", wrong=\([^)]*\)", ""),
    (r"`logkeep plan` (switches it on|points it at its log group)", "say how it is switched on"),
)
"""What asks AWS or changes something there, and what stands in its place until a call is named."""


def source(kind: Kind) -> str:
    """The kind's `SOURCE`: its model's, with a recorder in the place of the beat or buoy."""
    model = MODELS / SHAPES[kind.shape] / "__init__.py"
    text = model.read_text(encoding="utf-8")
    docstring = f'''"""{kind.words}: say in a sentence who writes these logs, and where to.

Cite the rules or AWS's pages from which the requests of a delivery are known.
"""
'''
    text = text[text.index('"""\n', 3) + 4 :]
    for found, instead in UNASKED:
        text = re.sub(found, instead, text, flags=re.DOTALL)
    own = dict(renamed(kind))
    return docstring + re.sub("|".join(map(re.escape, own)), lambda its: own[its[0]], text)


def renamed(kind: Kind) -> tuple[tuple[str, str], ...]:
    """What stands in the model, and what in the kind; what is longer comes first."""
    of_group = (
        ("LogkeepTide", f"Logkeep{kind.camel}Write"),
        ("The sea rises and falls whether anybody looks or not, so silence is a fault.",
         "Say how often it writes, and whether silence is a fault."),
        ("the tide is no secret", "say who may read the group"),
        ("no tide of", "no line of"),
        ("the tide", "a line"),
        ("TIDES", "SIX_HOURLY"),
        ("high-water", "main"),
        ("waters", "lines"),
        ("buoy-off", f"{kind.name}-off"),
        ('"buoy.group"', f'"{kind.name}.group"'),
        ("Tide", kind.words),
        ("tide", kind.name),
        ("Buoy", "Recorder"),
        ("buoy", "recorder"),
    )  # fmt: skip
    of_archive = (
        ("LogkeepBeatWrite", f"Logkeep{kind.camel}Write"),
        ("beat-off", f"{kind.name}-off"),
        ('"beat.on"', f'"{kind.name}.on"'),
        ("beat-stale", f"{kind.name}-stale"),
        ("Heartbeat", kind.words),
        ("heartbeat", kind.name),
        ('step="heart"', 'step="recorder"'),
        ("Beat", "Recorder"),
        ("beat", "recorder"),
    )
    return of_group if kind.shape == "group" else of_archive


def page(code: str, what: str, after: str) -> str:
    """The page of a finding, in the parts that every page has."""
    return f"""\
# {code}

Aspect: {"arriving" if code.endswith("-stale") else "configured"}

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


OF_ARCHIVE = '''
def told() -> dict[Ask, Reply]:
    """Every recorder is on, as its service would say."""
    home = fleet().home_region
    return {
        ask(account, home, "{name}:DescribeRecorder"): reply({"on": True})
        for account in ACCOUNTS.values()
    }
'''
OF_GROUP = '''
def told() -> dict[Ask, Reply]:
    """Every recorder points at its group, as its service would say; and no policy is there."""
    home, found = fleet().home_region, dict[Ask, Reply]()
    for account in ACCOUNTS.values():
        group = group_arn("aws", home, account, "/{name}/main")
        found[ask(account, home, "{name}:DescribeRecorder")] = reply({"group": group})
        found |= dict.fromkeys(policies_ask(group), reply({"resourcePolicies": []}))
    return found
'''


def tests(kind: Kind) -> str:
    """The laws over a fleet that wants it of every account."""
    told = (OF_GROUP if kind.shape == "group" else OF_ARCHIVE).replace("{name}", kind.name)
    return f'''"""{kind.words}: the laws, over a fleet that wants it of every account."""

from __future__ import annotations

import functools

import msgspec
import pytest

from logkeep.access.log_group import group_arn, policies_ask
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet, Logs
from logkeep.plan import plan
from logkeep.snapshot import NOT_OF_AWS, Ask, Reply, Snapshot, ask, reply
from support.laws import World, every_fault_is_found, every_fault_is_mended
from support.worlds import ACCOUNTS, applied, fleet_of, known_more, well, with_arrivals


@functools.cache
def fleet() -> Fleet:
    """CloudTrail, and this kind of every account."""
    known = fleet_of()
    logs = (*known.logs, Logs("{kind.name}", tuple(ACCOUNTS.values())))
    return msgspec.structs.replace(known, logs=logs)

{told}

def before() -> Snapshot:
    """All else is well, and nothing lets the recorders through."""
    return known_more(fleet(), well(fleet_of()).with_answers(told()))


def healthy(of: Fleet) -> Snapshot:
    """What a plan makes of it, delivering."""
    return with_arrivals(of, known_more(of, applied(before(), plan(of, before()))))


WORLD = World(fleet(), healthy, routes="{kind.name}/")


def test_nothing_is_fine_before_anything_is_there() -> None:
    own = [r for r in diagnose(fleet(), before()).routes if r.source == "{kind.name}"]
    assert {{route.verdict for route in own}} == {{"fails"}}
    assert len(own) == len(ACCOUNTS)


def test_what_no_call_tells_is_unknown() -> None:
    asked = [question for question in told() if question.call == "{kind.name}:DescribeRecorder"]
    untold = WORLD.healthy.with_answers(dict.fromkeys(asked, Reply(error=NOT_OF_AWS)))
    own = [r for r in diagnose(fleet(), untold).routes if r.source == "{kind.name}"]
    assert {{route.aspects["configured"] for route in own}} == {{"unknown"}}


def test_every_fault_is_mended_and_then_nothing_is_left_to_do(subtests: pytest.Subtests) -> None:
    every_fault_is_mended(WORLD, subtests)


def test_every_fault_is_found_by_its_code(subtests: pytest.Subtests) -> None:
    every_fault_is_found(WORLD, subtests)
'''


def least(kind: Kind) -> str:
    """How the lab leads to its calls, of which none is its own yet."""
    return f'''"""How {kind.words} leads to each call that it declares, in the lab."""

from __future__ import annotations

from logkeep.fleet import Logs
from support.least import STAGING, Least

LEAST = Least(logs=(Logs("{kind.name}", (STAGING,)),))
'''


def about(kind: Kind) -> str:
    """The page of the kind."""
    passes = "| the archive's bucket lets it write | bucket-refuses, bucket-denies |"
    if kind.shape == "group":
        passes = f"""\
| the log group is there | {kind.name}-group-missing |
| the Region's policies let it write | resource-policy-refuses |"""
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
{passes}
| a line came of late | {kind.name}-stale |

Not asked: say which of the five aspects, and why.
"""


def files(kind: Kind) -> Iterator[tuple[str, str]]:
    """Every file of the skeleton: its path below the project, and its text."""
    src = "src/logkeep"
    yield f"{src}/sources/{kind.package}/__init__.py", source(kind)
    findings = f"{src}/sources/{kind.package}/findings"
    off = page(f"{kind.name}-off", "Nothing is recorded.", "Say how it is switched on.")
    yield f"{findings}/{kind.name}-off.md", off
    stale = page(f"{kind.name}-stale", "No line came of late.", "Fix what is named before it.")
    yield f"{findings}/{kind.name}-stale.md", stale
    if kind.shape == "group":
        code = f"{kind.name}-group-missing"
        yield (
            f"{findings}/{code}.md",
            page(code, "It has no log group.", "`logkeep plan` makes it."),
        )
    yield f"{src}/lab/kinds/{kind.package}/__init__.py", lab(kind)
    yield f"{src}/lab/kinds/{kind.package}/breaking/__init__.py", breaking(kind)
    yield f"tests/kinds/{kind.package}/test_routes.py", tests(kind)
    yield f"tests/kinds/{kind.package}/least.py", least(kind)
    yield f"docs/kinds/{kind.name}.md", about(kind)


def write(root: Path, name: str, shape: str = "archive") -> list[Path]:
    """Write the skeleton below a checkout's root; raises ValueError where it cannot."""
    if not NAME.fullmatch(name):
        raise ValueError(f"`{name}` is no name for a kind: use small letters, digits and hyphens")
    if shape not in SHAPES:
        raise ValueError(f"`{shape}` is no shape of a kind: use one of {', '.join(SHAPES)}")
    made = [(root / path, text) for path, text in files(Kind(name, shape))]
    there = [str(path.relative_to(root)) for path, _ in made if path.exists()]
    if there:
        raise ValueError(f"{', '.join(there)} is there already: nothing was written")
    for path, text in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    tidied(path for path, _ in made)
    return [path for path, _ in made]


def tidied(paths: Iterable[Path]) -> None:
    """Take away the imports that a shape does not need, and format what is Python."""
    python = [str(path) for path in paths if path.suffix == ".py"]
    ruff = (sys.executable, "-m", "ruff")
    unused = ("check", "--quiet", "--fix", "--select", "F401,I001")
    subprocess.run([*ruff, *unused, *python], check=True)
    subprocess.run([*ruff, "format", "--quiet", *python], check=True)


def main() -> int:
    """Write the skeleton that the command line names into this checkout."""
    try:
        made = write(ROOT, *(sys.argv[1:] or [""]))
    except ValueError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 2
    for path in made:
        print(path.relative_to(ROOT))
    print("\nnext: `make golden`, then docs/adding-a-kind.md, step 2")
    return 0


if __name__ == "__main__":
    sys.exit(main())
