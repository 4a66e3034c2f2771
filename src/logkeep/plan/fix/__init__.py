"""What would make a denied request pass: the smallest change, tried, and all that it would open."""

from logkeep.plan.fix.edits import Edit
from logkeep.plan.fix.mend import Fix, Mending, NotOurs, StatementChange, fix, with_changes
from logkeep.plan.fix.spread import Flip

__all__ = ["Edit", "Fix", "Flip", "Mending", "NotOurs", "StatementChange", "fix", "with_changes"]
