"""The tolerant layer of the MIDI reader: the bytes of one track as events, as far as they go.

No library reads damaged files well enough. mido raises an error in the middle of a track; symusic leaves events out or
misreads them, and does not say so. Code that mends the bytes before either of them reads would have to go through every
event as well.
"""

from typing import Final, NamedTuple

META: Final = 0xFF
END_OF_TRACK: Final = 0x2F
SYSEX: Final = 0xF0
_SYSEX_GOES_ON: Final = 0xF7
# Sound modules are told which channel plays drums by messages not longer than this.
_SHORT_SYSEX_BYTES: Final = 16
# Data bytes of the messages that no file should hold, by their status.
_SYSTEM_DATA_BYTES: Final = {0xF1: 1, 0xF2: 2, 0xF3: 1}
# A delta time or a length of more bytes than this is no number, but the wrong place to read one.
_LONGEST_NUMBER_BYTES: Final = 8
_CUT_SHORT: Final = "it is cut short"

Event = tuple[int, int, int, int | bytes]
"""(tick, status, first data byte, second data byte); of a meta event or sysex (tick, status, type or 0, payload)"""


class TrackEvents(NamedTuple):
    """Events of one track in order; `end` is the tick of its last event, `stopped_at` the byte after it.

    `number` counts also the events that mean nothing to a reader of music; `cause` says why reading stopped before the
    track was at its end.
    """

    events: list[Event]
    number: int
    end: int
    stopped_at: int
    cause: str | None = None
    clipped: int = 0


class _BrokenError(Exception):
    """The bytes at this place are no event; the text says why."""


def read_events(data: bytes, start: int, stop: int, most_events: int, *, is_length_sure: bool) -> TrackEvents:
    """Read the events in `data[start:stop]`, at most one more than `most_events`.

    `is_length_sure` says that the chunk ends at `stop`. Then events after an end-of-track are read too, for some programs
    write one too early. Otherwise the end-of-track, or the next track's header, ends the track.
    """
    events: list[Event] = []
    number, at, tick, running, clipped, has_ended = 0, start, 0, 0, 0, False
    cause = None
    while (
        at < stop
        and number <= most_events
        and (is_length_sure or not (has_ended or data.startswith(b"MTrk", at)))
    ):
        try:
            delta, place = _number(data, at, stop)
            status, first, second, after = _message(data, place, stop, running)
        except _BrokenError as broken:
            cause = None if has_ended else str(broken)
            break
        number, tick, at = number + 1, tick + delta, after
        if status < SYSEX:
            running = status
            first, second, was_clipped = _clipped(status, first, second)
            clipped += was_clipped
        elif status == META and first == END_OF_TRACK:
            has_ended, running = True, 0
        if first >= 0:
            events.append((tick, status, first, second))
    return TrackEvents(events, number, tick, at, cause, clipped)


def _message(data: bytes, at: int, stop: int, running: int) -> tuple[int, int, int | bytes, int]:
    """Return status, first and second data byte (type and payload) of the message at `at`, and the place after it.

    The running status holds on after meta events and sysex, as players take it. A first byte of -1 marks a message that
    means nothing to a reader of music.
    """
    status = _byte(data, at, stop)
    if status < 0x80:
        if not running:
            raise _BrokenError("a data byte stands where a message should begin")
        status = running
    else:
        at += 1
    if status < SYSEX:
        if 0xC0 <= status < 0xE0:
            return status, _byte(data, at, stop), 0, at + 1
        return status, _byte(data, at, stop), _byte(data, at + 1, stop), at + 2
    if status not in (META, SYSEX, _SYSEX_GOES_ON):
        return status, -1, 0, at + _SYSTEM_DATA_BYTES.get(status, 0)
    kind = 0
    if status == META:
        kind, at = _byte(data, at, stop), at + 1
    size, at = _number(data, at, stop)
    if at + size > stop:
        raise _BrokenError(_CUT_SHORT)
    if status != META and size > _SHORT_SYSEX_BYTES:
        kind = -1
    return status, kind, data[at : at + size], at + size


def _clipped(status: int, first: int, second: int | bytes) -> tuple[int, int, bool]:
    """Bring data bytes over 127 into range: a pitch over 127 is no key (-1), anything else has a nearest value."""
    assert isinstance(second, int)  # noqa: S101 - the second byte of a channel message is no payload
    if first <= 127 and second <= 127:
        return first, second, False
    is_key = status < 0xB0
    return -1 if is_key and first > 127 else min(first, 127), min(second, 127), True


def _number(data: bytes, at: int, stop: int) -> tuple[int, int]:
    """Return a variable-length number and the place after it; leading empty bytes are no fault."""
    value = 0
    for place in range(at, min(at + _LONGEST_NUMBER_BYTES, stop)):
        byte = data[place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + 1
    raise _BrokenError("a number has no end" if at + _LONGEST_NUMBER_BYTES < stop else _CUT_SHORT)


def _byte(data: bytes, at: int, stop: int) -> int:
    if at >= stop:
        raise _BrokenError(_CUT_SHORT)
    return data[at]
