"""By which calls could somebody end the archive's key, or hand it on, and who may make them?

Whoever ends the key has deleted every log that was encrypted under it.
"""

from __future__ import annotations

from typing import Final

from logkeep.access import key, people
from logkeep.route import Denies, Hop
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.value import parse_arn

ENDINGS: Final = {
    "kms:PutKeyPolicy": "lets anybody do anything with the key",
    "kms:ScheduleKeyDeletion": "ends the key, and with it every log under it",
    "kms:DisableKey": "no log is written or read until it is enabled again",
    "kms:CreateGrant": "lets anybody use the key, past its policy",
    "kms:UpdateAlias": "leads the fleet's name for the key to another key",
    "kms:DeleteAlias": "takes the fleet's name for the key away",
    "kms:ImportKeyMaterial": "sets a day on which a key whose material was imported ends",
    "kms:DeleteImportedKeyMaterial": "ends a key whose material was imported, at once",
    "kms:UpdatePrimaryRegion": "moves what a multi-Region key hangs on to another Region",
    "kms:ReplicateKey": "copies the key into another Region, under a policy of its own",
    "kms:ReEncryptFrom": "takes what is under the key to another key, a stranger's too",
}
"""Each with what it does (KMS API Reference; KMS guide, "Deleting AWS KMS keys")."""
_USE: Final = "uses the key, which is asked about as writing and reading"
_BACK: Final = "brings the key back, or keeps it as it is"
_STORE: Final = "is asked of a key store, and no key policy speaks of one"
_SIGNS: Final = "is not for keys that encrypt"
LEFT_OUT: Final = {
    "kms:CancelKeyDeletion": _BACK,
    "kms:ConnectCustomKeyStore": _STORE,
    "kms:CreateAlias": "gives the key one more name",
    "kms:CreateCustomKeyStore": _STORE,
    "kms:CreateKey": "makes another key",
    "kms:Decapsulate": _SIGNS,
    "kms:Decrypt": _USE,
    "kms:DeleteCustomKeyStore": _STORE,
    "kms:DeriveSharedSecret": _SIGNS,
    "kms:DisableKeyRotation": _BACK,
    "kms:DisconnectCustomKeyStore": _STORE,
    "kms:EnableKey": _BACK,
    "kms:EnableKeyRotation": "what was encrypted stays readable",
    "kms:Encapsulate": _SIGNS,
    "kms:Encrypt": _USE,
    "kms:GenerateDataKey": _USE,
    "kms:GenerateDataKeyPair": _USE,
    "kms:GenerateDataKeyPairWithoutPlaintext": _USE,
    "kms:GenerateDataKeyWithoutPlaintext": _USE,
    "kms:GenerateMac": _SIGNS,
    "kms:GenerateRandom": "asks for no key",
    "kms:ReEncryptTo": _USE,
    "kms:RetireGrant": "takes a grant back, and no delivery hangs on one",
    "kms:RevokeGrant": "takes a grant back, and no delivery hangs on one",
    "kms:RotateKeyOnDemand": "what was encrypted stays readable",
    "kms:Sign": _SIGNS,
    "kms:SynchronizeMultiRegionKey": "keeps the copies of a key alike, and only KMS may",
    "kms:TagResource": "decides only where a policy asks for tags, which leaves that open",
    "kms:UntagResource": "decides only where a policy asks for tags, which leaves that open",
    "kms:UpdateCustomKeyStore": _STORE,
    "kms:UpdateKeyDescription": "changes words",
    "kms:Verify": _SIGNS,
    "kms:VerifyMac": _SIGNS,
}
"""All else of KMS that writes or opens, with why it neither ends the key nor hands it on."""
OF_ALIAS: Final = frozenset({"kms:UpdateAlias", "kms:DeleteAlias"})
"""What takes a permission on the alias too, which only IAM can give (KMS guide, "Controlling access
to aliases")."""
CODE: Final = "key-endable"
OF_IMPORTED: Final = frozenset({"kms:ImportKeyMaterial", "kms:DeleteImportedKeyMaterial"})
OF_MANY_REGIONS: Final = frozenset({"kms:ReplicateKey", "kms:UpdatePrimaryRegion"})


def endings(facts: Facts) -> tuple[str, ...]:
    """The calls that come to something for this very key; all that was not seen counts."""
    return tuple(action for action in ENDINGS if not _is_idle(facts, action))


def _is_idle(facts: Facts, action: str) -> bool:
    if action in OF_ALIAS:
        return parse_arn(facts.fleet.archive.key) is not None
    found = seen(key.described(facts))
    if found is None:
        return False
    if action in OF_MANY_REGIONS:
        return found.multi_region is False
    return action in OF_IMPORTED and found.origin not in ("", "EXTERNAL")


def alias_arn(facts: Facts) -> str:
    """The alias by which the fleet names the key."""
    fleet = facts.fleet
    place = f"{key.region(facts)}:{key.account(facts)}"
    return f"arn:{fleet.partition}:kms:{place}:{fleet.archive.key}"


@remembered
def key_keeping_hop(facts: Facts) -> Hop:
    """The key as a keeper: nobody but the archive's administrators ends it or hands it on.

    The root user of its account is left out, so that the key is never without a way back (4.10).
    The administrators are of the archive's account: of a key that lies elsewhere nobody knows here
    who looks after it, so no Deny of ours could shut them out.
    """
    arn = key.arn(facts)
    admins = seen(people.administrators(facts))
    root = f"arn:{facts.fleet.partition}:iam::{key.account(facts)}:root"
    but = (*admins, root) if admins else admins
    closes = ("*",) if key.account(facts) == facts.fleet.archive.account else ()
    ended = Denies(tuple(ENDINGS), arn, but, CODE, by="either", closes=closes)
    return Hop(arn, "archive-key", key.asker(facts), key.region(facts), (ended,), keeps=True)
