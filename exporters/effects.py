"""The part of risers and impacts, from the messages that were sent."""

from collections.abc import Sequence
from typing import Final

from models.effects import EFFECTS, RISER
from models.music import Part, Sound

_NOTE_OFF, _NOTE_ON, _PROGRAM = 0x80, 0x90, 0xC0
_NOTES: Final = (_NOTE_OFF, _NOTE_ON)


def effects_part(messages: Sequence[tuple[int, bytes]], end_pulse: int) -> tuple[Part, ...]:
    """Return the part of these (pulse, MIDI message) in order, or nothing if they hold no note.

    A note without an end lasts until `end_pulse`, or until the last message if that is later.
    """
    last = max((end_pulse, *(pulse for pulse, _ in messages)))
    notes: list[Sound] = []
    begun: dict[int, tuple[int, int]] = {}
    for pulse, message in messages:
        if message[0] & 0xF0 in _NOTES and (start := begun.pop(message[1], None)):
            notes.append(_note(message[1], start, pulse))
        if message[0] & 0xF0 == _NOTE_ON:
            begun[message[1]] = pulse, message[2]
    notes += [_note(pitch, start, last) for pitch, start in begun.items()]
    if not notes:
        return ()
    controls = tuple((pulse, message) for pulse, message in messages if message[0] & 0xF0 not in _NOTES)
    programs = (message[1] for _, message in controls if message[0] & 0xF0 == _PROGRAM)
    channel = (messages[0][1][0] & 0x0F) + 1
    return (Part(EFFECTS, channel, next(programs, RISER.program), tuple(sorted(notes)), controls),)


def _note(pitch: int, start: tuple[int, int], end: int) -> Sound:
    pulse, velocity = start
    return Sound(pulse, max(end - pulse, 1), pitch, velocity)
