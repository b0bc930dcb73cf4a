"""Build MIDI files byte by byte, valid or damaged."""

import struct
from collections.abc import Iterable

BEAT = 480
TUNE = (60, 64, 67, 72)


def number(value: int) -> bytes:
    """A variable-length number."""
    data = [value & 0x7F]
    while value := value >> 7:
        data.append(value & 0x7F | 0x80)
    return bytes(reversed(data))


def meta(kind: int, payload: bytes = b"", delta: int = 0) -> bytes:
    return number(delta) + bytes((0xFF, kind)) + number(len(payload)) + payload


END = meta(0x2F)


def tune(pitches: Iterable[int] = TUNE, channel: int = 0, length: int = BEAT) -> bytes:
    """Notes one after the other, each `length` ticks."""
    return b"".join(
        bytes((0, 0x90 | channel, pitch, 100)) + number(length) + bytes((0x80 | channel, pitch, 0))
        for pitch in pitches
    )


def chunk(content: bytes, *, name: bytes = b"MTrk", size: int | None = None) -> bytes:
    return name + struct.pack(">I", len(content) if size is None else size) + content


def header(tracks: int = 1, kind: int = 1, division: int = BEAT, extra: bytes = b"") -> bytes:
    return b"MThd" + struct.pack(">IHHH", 6 + len(extra), kind, tracks, division & 0xFFFF) + extra


def file(*tracks: bytes, kind: int = 1, division: int = BEAT) -> bytes:
    """A well-formed file of these tracks; each gets its end."""
    return header(len(tracks), kind, division) + b"".join(chunk(track + END) for track in tracks)
