"""What is worth naming on every run and is no fault: a value that every kind of log may give."""

from __future__ import annotations

import msgspec

from logkeep.value import AccountId, Arn, Json, Look, Region, Unseen


class Notice(msgspec.Struct, frozen=True):
    """One thing named; or, with `settle`, that it could not be seen whether there is any."""

    code: str
    """Its words are shared, or those of a kind of log."""
    account: AccountId
    """Which account it is of; where it could not be seen, which one was asked."""
    region: Region = ""
    arn: Arn = ""
    evidence: dict[str, Json] = {}
    settle: str = ""
    """The call that did not tell, and why; empty where the thing itself was seen."""

    @property
    def known(self) -> bool:
        """Whether the thing itself was seen."""
        return not self.settle


def not_seen(code: str, account: AccountId, look: Look[object]) -> Notice:
    """A notice that something could not be seen, and by which call."""
    why = look.error if isinstance(look, Unseen) else "is not there"
    call = "" if not isinstance(look, Unseen) else look.call
    return Notice(code, account, evidence={"call": call, "error": why}, settle=f"{call}: {why}")
