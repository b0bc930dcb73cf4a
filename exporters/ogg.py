"""Give an Ogg file a fixed serial number. Encoders choose a random one, but the same music must give the same bytes."""

import struct
import zlib
from typing import Final

_SERIAL: Final = 1
_HEADER: Final = 27
_SERIAL_AT, _CHECKSUM_AT, _SEGMENTS_AT = 14, 22, 26
_MIRRORED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def with_fixed_serial(data: bytearray) -> None:
    """Set the serial number of every page of a stream in place, and compute its checksum again."""
    at = 0
    while at < len(data):
        segments = data[at + _SEGMENTS_AT]
        table = at + _HEADER
        end = table + segments + sum(data[table : table + segments])
        struct.pack_into("<I", data, at + _SERIAL_AT, _SERIAL)
        struct.pack_into("<I", data, at + _CHECKSUM_AT, 0)
        struct.pack_into("<I", data, at + _CHECKSUM_AT, _checksum(bytes(data[at:end])))
        at = end


def _checksum(page: bytes) -> int:
    """Return Ogg's CRC (RFC 3533): zlib's polynomial, but highest bit first, starting at 0, and not inverted."""
    crc = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{crc:032b}"[::-1], 2)
