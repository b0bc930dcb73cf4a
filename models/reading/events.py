"""Read the bytes of one MIDI track as events, up to the first error.

No library reads damaged files well enough. mido raises an error in the middle of a track. symusic drops or misreads
events without a message. Code that repairs the bytes for one of them would have to parse every event as well.
"""

from typing import Final, NamedTuple

META: Final = 0xFF
END_OF_TRACK: Final = 0x2F
SYSEX: Final = 0xF0
_SYSEX_GOES_ON: Final = 0xF7
# Messages that select drums for a channel are not longer than this.
_SHORT_SYSEX_BYTES: Final = 16
# Number of data bytes of messages that no file should hold, by status.
_SYSTEM_DATA_BYTES: Final = {0xF1: 1, 0xF2: 2, 0xF3: 1}
# A delta time or length with more bytes than this means that the reader is at a wrong position.
_LONGEST_NUMBER_BYTES: Final = 8
_CUT_SHORT: Final = "it ends too early"

Event = tuple[int, int, int, int | bytes]
"""(tick, status, first data byte, second data byte). For a meta event or sysex: (tick, status, type or 0, payload)"""


class TrackEvents(NamedTuple):
    """Events of one track in order; `end` is the tick of its last event, `stopped_at` the position after its last byte.

    `number` also counts events that carry no music. `cause` says why reading stopped before the end of the track.
    `clipped` counts messages with data bytes over 127.
    """

    events: list[Event]
    number: int
    end: int
    stopped_at: int
    cause: str | None = None
    clipped: int = 0


class _BrokenError(Exception):
    """The bytes at this position are not an event; the text says why."""


def read_events(data: bytes, start: int, stop: int, most_events: int, *, is_length_sure: bool) -> TrackEvents:
    """Read the events in `data[start:stop]`, at most one more than `most_events`.

    If `is_length_sure`, the chunk ends at `stop`. Then events after an end-of-track are read too, because some programs
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
    """Return status, first and second data byte (or type and payload) of the message at `at`, and the position after it.

    Running status continues after meta events and sysex, as players do it. A first byte of -1 marks a message that
    carries no music.
    """
    status = _byte(data, at, stop)
    if status < 0x80:
        if not running:
            raise _BrokenError("it has a data byte where a message should begin")
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
    """Limit data bytes to 127. A pitch over 127 becomes -1, because no key has it; other values become 127."""
    assert isinstance(second, int)  # noqa: S101 - only meta events and sysex have a payload instead
    if first <= 127 and second <= 127:
        return first, second, False
    is_key = status < 0xB0
    return -1 if is_key and first > 127 else min(first, 127), min(second, 127), True


def _number(data: bytes, at: int, stop: int) -> tuple[int, int]:
    """Return a variable-length number and the position after it. Leading zero bytes (0x80) are allowed."""
    value = 0
    for place in range(at, min(at + _LONGEST_NUMBER_BYTES, stop)):
        byte = data[place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + 1
    raise _BrokenError("a number in it is too long" if at + _LONGEST_NUMBER_BYTES < stop else _CUT_SHORT)


def _byte(data: bytes, at: int, stop: int) -> int:
    if at >= stop:
        raise _BrokenError(_CUT_SHORT)
    return data[at]
