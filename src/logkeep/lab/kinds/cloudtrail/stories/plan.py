"""What is missing at first, and every call that sets it up."""

from __future__ import annotations

from logkeep.lab.demo.stage import Stage
from logkeep.lab.fleet_text import fleet_text


def tell(here: Stage) -> None:
    """Tell it."""
    here.title("1. Nothing is there yet")
    here.say("Three accounts, and a file that says where their logs shall come:")
    here.write("logkeep.toml", fleet_text(here.running.accounts, here.running.regions))
    found = here.run("logkeep", "diagnose", code=1)
    here.expect("trail-missing" in found.text, "diagnose names the missing trails")
    here.title("2. The plan, whole")
    here.say("Every call before any is made, each for its reason, and which verdicts it turns:")
    plan = here.run("logkeep", "plan", "-o", "plan.json")
    here.expect("cloudtrail:CreateTrail" in plan.text, "the plan makes trails")
    here.title("3. Done, and nothing else")
    here.run("logkeep", "apply", "plan.json", "--yes", but=plan.text)
    here.say("A plan made now is empty:")
    here.run("logkeep", "plan", "--check")
