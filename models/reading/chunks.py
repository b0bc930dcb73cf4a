"""Find the tracks of a standard MIDI file, even if the lengths of its chunks are wrong."""

import struct
from typing import Final, NamedTuple

from models.reading.events import TrackEvents, read_events
from models.reading.limits import Limits, RefusedError

_HEADER_BYTES: Final = 14
# Some programs write their own header before the file, such as MacBinary's 128 bytes.
_MOST_BYTES_BEFORE: Final = 1024


class MidiTracks(NamedTuple):
    """The content of the chunks: `kind` is the MIDI file type, `ticks_per_beat` is at least 1."""

    kind: int
    ticks_per_beat: int
    tracks: list[TrackEvents]
    remarks: list[str]


def read_tracks(data: bytes, limits: Limits) -> MidiTracks:
    """Read every track chunk of a MIDI file, also of one inside RIFF.

    Raises RefusedError if the bytes are not a MIDI file, hold a kind that is not supported, or exceed `limits`.
    """
    data = _without_wrapping(data)
    size, kind, _, division = struct.unpack_from(">IHHH", data, 4)
    if division & 0x8000:
        raise RefusedError("counts time in SMPTE frames, not in beats; save it again with ticks per beat")
    if division == 0:
        raise RefusedError("says that a beat has 0 ticks")
    tracks: list[TrackEvents] = []
    remarks: list[str] = []
    # The header has the length that it states, or the standard one if the stated length exceeds the file.
    place = 8 + size if 6 <= size <= len(data) - 8 else _HEADER_BYTES
    left, end = limits.events, len(data.rstrip(b"\0"))
    while (place := _next_track(data, place)) >= 0:
        if len(tracks) == limits.tracks:
            raise RefusedError(f"has more than {limits.tracks:,} tracks")
        track, place = _track_at(data, place, end, left)
        left -= track.number
        if left < 0:
            raise RefusedError(f"has more than {limits.events:,} events")
        tracks.append(track)
        if track.cause:
            remarks.append(
                f"track {len(tracks)} can be read only up to byte {track.stopped_at}: {track.cause}"
            )
        if track.clipped:
            remarks.append(f"track {len(tracks)} has {track.clipped} messages with values over 127")
    if kind == 2 and len(tracks) > 1:
        raise RefusedError("holds several independent sequences (MIDI type 2); save each in its own file")
    return MidiTracks(kind, division, tracks, remarks)


def _without_wrapping(data: bytes) -> bytes:
    """Return the file's bytes from its MThd chunk on."""
    if data.startswith(b"RIFF"):
        start = data.find(b"MThd", 0, _MOST_BYTES_BEFORE)
        if data[8:12] != b"RMID" or start < 0:
            raise RefusedError("is a RIFF file that holds no MIDI")
    else:
        start = data.find(b"MThd", 0, _MOST_BYTES_BEFORE)
    if start < 0:
        raise RefusedError("is not a MIDI file: it does not begin with MThd")
    if len(data) < start + _HEADER_BYTES:
        raise RefusedError("ends inside its header")
    return data[start:]


def _next_track(data: bytes, place: int) -> int:
    """Return the position of the next MTrk chunk, or -1 if there is none. Chunks of other kinds are skipped.

    A second MThd chunk begins another file, so the search ends there.
    """
    while place + 8 <= len(data) and not data.startswith(b"MThd", place):
        if data.startswith(b"MTrk", place):
            return place
        if not _is_chunk(data, place):
            return data.find(b"MTrk", place)
        place += 8 + int.from_bytes(data[place + 4 : place + 8], "big")
    return -1


def _is_chunk(data: bytes, place: int) -> bool:
    """Return whether a chunk begins at `place`: a four-letter name, and a length that fits the file."""
    name, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "big")
    return len(name) == 4 and name.isalnum() and place + 8 + size <= len(data)


def _track_at(data: bytes, place: int, end: int, most_events: int) -> tuple[TrackEvents, int]:
    """Read the track whose chunk begins at `place`. Return it and the position at which to look for the next chunk.

    The stated length is used if another chunk begins after it, or if only zeros follow (`end` is where they begin).
    Otherwise the events determine where the track ends.
    """
    start = place + 8
    stop = start + int.from_bytes(data[place + 4 : start], "big")
    is_sure = end <= stop <= len(data) or _begins_chunk(data, stop)
    track = read_events(data, start, stop if is_sure else len(data), most_events, is_length_sure=is_sure)
    return track, stop if is_sure else max(track.stopped_at, start)


def _begins_chunk(data: bytes, place: int) -> bool:
    return data.startswith(b"MTrk", place) or _is_chunk(data, place)
