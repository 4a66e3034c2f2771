"""What would make a denied request pass: the smallest change, tried, and all that it would open."""

from logkeep.plan.fix.edits import Edit
from logkeep.plan.fix.mend import Change, Fix, Mending, NotOurs, fix, with_changes
from logkeep.plan.fix.spread import Flip

__all__ = ["Change", "Edit", "Fix", "Flip", "Mending", "NotOurs", "fix", "with_changes"]
