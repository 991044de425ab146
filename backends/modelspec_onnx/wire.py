"""The wire format of Protocol Buffers: fields as bytes.

Source: the encoding guide of Protocol Buffers. Only what ONNX's messages need: variable-length integers, 32-bit floats, and
fields with a length (text, bytes, messages within messages). A message is its fields one after another, in the order of their
numbers, which is also how the official library writes them when asked to be deterministic.
"""

from __future__ import annotations

import struct

_VARINT, _LENGTH, _FIXED32 = 0, 2, 5


def varint(value: int) -> bytes:
    """Return an integer, seven bits a byte, the low ones first; a negative one in two's complement of 64 bits."""
    if 0 <= value < 0x80:
        return _SMALL[value]
    value &= 0xFFFF_FFFF_FFFF_FFFF
    made = bytearray()
    while value >= 0x80:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


_SMALL = [bytes([value]) for value in range(0x80)]


def integer(number: int, value: int) -> bytes:
    """Return a field that holds an integer."""
    return varint(number << 3 | _VARINT) + varint(value)


def real(number: int, value: float) -> bytes:
    """Return a field that holds a float of 32 bits."""
    return varint(number << 3 | _FIXED32) + struct.pack("<f", value)


def opening(number: int, length: int) -> bytes:
    """Return what stands before the ``length`` bytes of a field."""
    return varint(number << 3 | _LENGTH) + varint(length)


def message(number: int, content: bytes) -> bytes:
    """Return a field that holds bytes or a message."""
    return opening(number, len(content)) + content


def text(number: int, value: str) -> bytes:
    """Return a field that holds text."""
    return message(number, value.encode())
