"""Which operations a KMS key's state refuses, whatever the policies say.

KMS Developer Guide, "Key states of AWS KMS keys", its table (rule 4.6).
"""

from __future__ import annotations

from typing import Final

from logkeep.policy.facts import Facts
from logkeep.policy.truth import Truth
from logkeep.policy.values import Unread

CRYPTOGRAPHIC: Final = frozenset(
    {
        "decrypt", "derivesharedsecret", "encrypt", "generatedatakey", "generatedatakeypair",
        "generatedatakeypairwithoutplaintext", "generatedatakeywithoutplaintext", "generatemac",
        "reencryptfrom", "reencryptto", "sign", "verify", "verifymac",
    }
)  # fmt: skip
_NOT_TO_BE_DELETED: Final = frozenset({"cancelkeydeletion"})
"""There is no deletion to cancel but where one is pending."""
_UNUSABLE: Final = CRYPTOGRAPHIC | _NOT_TO_BE_DELETED
_DOOMED: Final = CRYPTOGRAPHIC | {
    "creategrant", "createalias", "disablekey", "disablekeyrotation", "enablekey",
    "enablekeyrotation", "getparametersforimport", "getpublickey", "importkeymaterial",
    "deleteimportedkeymaterial", "schedulekeydeletion", "tagresource", "untagresource",
    "updatekeydescription",
}  # fmt: skip
REFUSED: Final[dict[str, frozenset[str]]] = {
    "Enabled": _NOT_TO_BE_DELETED,
    "Disabled": _UNUSABLE
    | {"creategrant", "getpublickey", "enablekeyrotation", "disablekeyrotation"},
    "PendingImport": _UNUSABLE
    | {"creategrant", "enablekey", "disablekey", "enablekeyrotation", "disablekeyrotation"}
    | {"getkeyrotationstatus"},
    "PendingDeletion": _DOOMED,
    "Unavailable": _UNUSABLE,
    # "Create multi-Region replica keys": it can be managed, not yet used.
    "Creating": CRYPTOGRAPHIC,
    "PendingReplicaDeletion": CRYPTOGRAPHIC,
}
"""What fails in each state."""
WORKS: Final = frozenset(
    {
        "describekey", "getkeypolicy", "listaliases", "listgrants", "listkeypolicies",
        "listresourcetags", "listretirablegrants", "putkeypolicy", "retiregrant", "revokegrant",
        "deletealias",
    }
)  # fmt: skip
"""What no state in the table refuses."""
ONLY_IN_PART: Final = frozenset({"Creating", "PendingReplicaDeletion", "Updating"})
"""States of multi-Region keys, of which not every operation could be looked up."""


def refuses(state: str | Unread, facts: Facts) -> Truth:
    """Return whether the key's state refuses what is asked; an empty state refuses nothing."""
    operation = facts.action.partition(":")[2]
    if state == "" or operation in WORKS:
        return False
    if isinstance(state, Unread):
        return frozenset((state.call,))
    if operation in REFUSED.get(state, frozenset()):
        return True
    if state in ONLY_IN_PART or state not in REFUSED:
        return frozenset((f"what the key's state {state} refuses",))
    return False
