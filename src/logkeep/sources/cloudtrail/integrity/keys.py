"""Did CloudTrail sign this? Its public keys by fingerprint, and RSA PKCS #1 v1.5 with SHA-256."""

from __future__ import annotations

import binascii
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

# Loaded with the first key: it costs 9 MB and 20 ms, and only verification needs it.
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ALGORITHM = "SHA256withRSA"

Signed: TypeAlias = Literal["valid", "invalid", "key-unknown"]


class PublicKey(msgspec.Struct, frozen=True):
    """A key as ListPublicKeys gives it: its fingerprint, and PKCS #1 DER (rule 1.9.5)."""

    fingerprint: str
    value: bytes


class KeyRing:
    """The public keys of one Region, parsed once each."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = {key.fingerprint: parsed for key in keys if (parsed := parse_key(key.value))}

    def __len__(self) -> int:
        return len(self._keys)

    def check(self, fingerprint: str, signature: str, message: bytes) -> Signed:
        """Whether this key signed this message; the signature is in hex."""
        key = self._keys.get(fingerprint)
        if key is None:
            return "key-unknown"
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            key.verify(binascii.unhexlify(signature), message, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return "invalid"
        return "valid"


def parse_key(value: bytes) -> RSAPublicKey | None:
    """An RSA key from its DER, None where it is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(value)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) else None
