"""The key pairs that sign digest files (rule 1.9.4, 1.9.5)."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True)
class SigningKey:
    """One Region's RSA key pair."""

    private: RSAPrivateKey
    public_der: bytes
    """The public key in DER PKCS#1, as ListPublicKeys gives it."""
    fingerprint: str
    """Thirty-two hex digits, as in AWS's samples: the MD5 of the DER form."""

    def sign(self, text: str) -> str:
        """The SHA256withRSA signature of a text, in hex."""
        return self.private.sign(text.encode(), PKCS1v15(), SHA256()).hex()


@functools.cache
def signing_key(_region: str) -> SigningKey:
    """A Region's pair of 2048 bits; the labs of one process share it, as it is dear to make."""
    private = generate_private_key(public_exponent=65537, key_size=2048)
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return SigningKey(private, der, hashlib.md5(der, usedforsecurity=False).hexdigest())
