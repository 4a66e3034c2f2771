"""Is this commit slower or larger than another? Both are measured alternately, in one run.

    python benchmarks/against.py COMMIT [SCRIPT] [ROUNDS]

Checks the other commit out beside this one, runs its own SCRIPT (`diagnose`, unless another is
named) and this one's in turn, and prints a JSON line a workload: of each figure the median of
both and this one's share of the other's. A figure of seconds is of the CPU, not of the clock. Each
script prints its own floor, so the shares of `times_floor` hold on a machine that others use too.
Where the other has no such script, as `questions` (`who`, `why` and `diagnose` by their commands),
this one's is run with the other's modules.
Without a commit there is nothing to compare with, and nothing is done.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]
Figures = dict[str, list[float]]


def run(tree: Path, script: str) -> list[dict[str, Any]]:
    """What a script of a tree prints, by that tree's own modules."""
    paths = {**os.environ, "PYTHONPATH": str(tree / "src")}
    own, ours = (each / "benchmarks" / f"{script}.py" for each in (tree, HERE))
    command = [sys.executable, str(own if own.exists() else ours)]
    told = subprocess.check_output(command, env=paths, text=True)
    return [json.loads(line) for line in told.splitlines()]


def measured(trees: dict[str, Path], script: str, rounds: int) -> dict[str, dict[str, Figures]]:
    """Every figure of both trees, by workload, tree and name, round after round."""
    found: dict[str, dict[str, Figures]] = {}
    for _ in range(rounds):
        for name, tree in trees.items():
            for line in run(tree, script):
                figures = found.setdefault(line.get("workload", script), {}).setdefault(name, {})
                for key, value in line.items():
                    if isinstance(value, int | float):
                        figures.setdefault(key, []).append(value)
    return found


def compared(this: Figures, other: Figures) -> dict[str, dict[str, float]]:
    """The medians that differ, and the share of the one in the other."""
    both = {key: (statistics.median(this[key]), statistics.median(other[key]))
            for key in this if key in other}  # fmt: skip
    return {
        key: {"this": now, "other": was, "share": round(now / was, 3)}
        for key, (now, was) in both.items()
        if was and now != was
    }


def main() -> None:
    if len(sys.argv) == 1:
        return
    commit, script, rounds = (*sys.argv[1:], *("", "diagnose", "3")[len(sys.argv) - 1 :])
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "other"
        git = ["git", "-C", str(HERE), "worktree"]
        subprocess.check_call([*git, "add", "--quiet", "--detach", str(other), commit])
        try:
            found = measured({"this": HERE, "other": other}, script, int(rounds))
        finally:
            subprocess.check_call([*git, "remove", "--force", str(other)])
    both = ((workload, by) for workload, by in found.items() if len(by) == 2)
    for workload, by in both:
        print(json.dumps({"workload": workload, **compared(by["this"], by["other"])}), flush=True)


if __name__ == "__main__":
    main()
