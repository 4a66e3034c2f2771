"""The checksum that S3 keeps of every object that came without one: CRC-64/NVME.

S3 User Guide, "Checking object integrity in Amazon S3"; the polynomial is of the NVM Express
specification, 5.2.1.3.4, "64b CRC".
"""

from __future__ import annotations

import base64

_POLYNOMIAL = 0x9A6C9329AC4BC9B5
_ONES = 0xFFFFFFFFFFFFFFFF


def _entry(number: int) -> int:
    for _ in range(8):
        number = (number >> 1) ^ (_POLYNOMIAL if number & 1 else 0)
    return number


_TABLE = tuple(_entry(number) for number in range(256))


def crc64nvme(content: bytes) -> str:
    """The checksum as S3's header tells it."""
    found = _ONES
    for byte in content:
        found = _TABLE[(found ^ byte) & 0xFF] ^ (found >> 8)
    return base64.b64encode((found ^ _ONES).to_bytes(8, "big")).decode()
