"""How long does a plan for 1,000 accounts in 17 Regions take, from nothing and with nothing to do?

Prints one JSON line a workload: the seconds of a plan, how many times a quarter of the fleet that
is, and how many times one diagnosis of the same snapshot, which is its floor. What the plan comes
to is checked. The garbage collector is set as the command line sets it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from logkeep.cli.garbage import garbage_waits, look_for_garbage_seldom
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.plan import Plan, plan
from logkeep.snapshot import Reply, Snapshot, reply
from support.large import large

ACCOUNTS, REGIONS = 1_000, 17


def nothing_there(whole: Snapshot) -> Snapshot:
    """The fleet with its archive bare, and no trail in any account."""
    answers = {q: a for q, a in whole.answers.items() if not q.call.startswith("cloudtrail:")}
    for question in whole.answers:
        match question.call:
            case "cloudtrail:DescribeTrails":
                answers[question] = reply({"trailList": []})
            case "s3:GetBucketVersioning":
                answers[question] = reply({})
            case "s3:GetBucketPolicy":
                answers[question] = Reply(error="NoSuchBucketPolicy")
            case _:
                pass
    return Snapshot(whole.fleet, whole.taken_at, answers)


def planned(fleet: Fleet, snapshot: Snapshot) -> tuple[Plan, float, float]:
    """The plan, the seconds it took, and the seconds that one diagnosis takes."""
    with garbage_waits():
        start = time.process_time()
        diagnose(fleet, snapshot)
        diagnosed = time.process_time()
        made = plan(fleet, snapshot)
        return made, time.process_time() - diagnosed, diagnosed - start


def measure(how: str) -> dict[str, object]:
    took: list[float] = []
    for accounts in (ACCOUNTS // 4, ACCOUNTS):
        fleet, snapshot = large(accounts, REGIONS)
        if how == "nothing-there":
            snapshot = nothing_there(snapshot)
        made, plan_s, floor_s = planned(fleet, snapshot)
        trails = [c for c in made.changes if c.call == "cloudtrail:CreateTrail"]
        assert len(trails) == (accounts if how == "nothing-there" else 0), len(trails)
        assert not made.blocked, made.blocked
        took.append(plan_s)
    return {
        "workload": f"{how}-{ACCOUNTS}x{REGIONS}",
        "changes": len(made.changes),
        "plan_s": round(plan_s, 2),
        "times_quarter": round(took[1] / took[0], 1),
        "floor_s": round(floor_s, 2),
        "times_floor": round(plan_s / floor_s, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    look_for_garbage_seldom()
    for how in ("well", "nothing-there"):
        print(json.dumps(measure(how)), flush=True)


if __name__ == "__main__":
    main()
