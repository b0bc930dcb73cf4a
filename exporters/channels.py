"""Decide how the tracks of a MIDI file share channels: where each sends its program, and which port it has."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from models.music import Part
from models.notes import CHANNELS
from models.reading.drumkits import by_bank, is_drum_name

_PROGRAM_CHANGE: Final = 0xC0
_CONTROL_CHANGE: Final = 0xB0
_BANK_SELECTS: Final = (0, 32)
# The banks of General MIDI 2: drum kits, and melodic sounds.
_DRUM_BANK, _MELODIC_BANK = 120, 121

Message = tuple[int, bytes]
"""(pulse, MIDI message)"""


class Place(NamedTuple):
    """The port of a part's track, and all its messages except notes, in order."""

    port: int
    messages: tuple[Message, ...]


def places(parts: Sequence[Part]) -> list[Place]:
    """Return the port and messages of each part's track.

    A program applies to a channel in all tracks. So each part sends its program at the place where the channel gets it;
    the first part on a channel sends it at the beginning. Parts whose programs disagree get different ports.
    """
    found: dict[int, Place] = {}
    ports: dict[int, list[_Programs]] = {}
    for number in sorted(range(len(parts)), key=lambda each: _first_pulse(parts[each])):
        part = parts[number]
        on_channel = ports.setdefault(part.channel, [])
        port = next((port for port, used in enumerate(on_channel) if used.agree(part)), len(on_channel))
        if port < len(on_channel):
            at = on_channel[port].since(_first_pulse(part))
        else:
            at = _bank_pulse(part)
            on_channel.append(_Programs(at, part))
        found[number] = Place(port, _messages(part, at))
    return [found[number] for number in range(len(parts))]


class _Programs:
    """The programs of a channel over time, from the first part on it."""

    def __init__(self, at: int, part: Part) -> None:
        changes = [(at, part.program), *_changes(part)]
        self._pulses = [pulse for pulse, _ in changes]
        self._programs = [program for _, program in changes]

    def agree(self, part: Part) -> bool:
        """Return whether a part that begins later has the same programs as the channel at all times."""
        changes = ((_first_pulse(part), part.program), *_changes(part))
        return all(self._programs[self._number(pulse)] == program for pulse, program in changes)

    def since(self, pulse: int) -> int:
        """Return the pulse at which the program that applies at `pulse` was selected."""
        return self._pulses[self._number(pulse)]

    def _number(self, pulse: int) -> int:
        return max(bisect_right(self._pulses, pulse) - 1, 0)


def _messages(part: Part, at: int) -> tuple[Message, ...]:
    """Return a part's controls, with its program inserted at `at`, after any bank select there."""
    channel = part.channel - 1
    chosen = [(at, bytes((_PROGRAM_CHANGE | channel, part.program)))]
    if (bank := _bank(part)) is not None:
        chosen.insert(0, (at, bytes((_CONTROL_CHANGE | channel, _BANK_SELECTS[0], bank))))
    later = (
        number for number, (pulse, message) in enumerate(part.controls) if pulse > at or _is_program(message)
    )
    ahead = next(later, len(part.controls))
    return (*part.controls[:ahead], *chosen, *part.controls[ahead:])


def _bank_pulse(part: Part) -> int:
    """Return the pulse at which a part selects the bank of its first note, or 0 if it selects none."""
    first = _first_pulse(part)
    return max((at for at, message in part.controls if at <= first and _is_bank_select(message)), default=0)


def _changes(part: Part) -> list[tuple[int, int]]:
    return [(pulse, message[1]) for pulse, message in part.controls if _is_program(message)]


def _bank(part: Part) -> int | None:
    """Return the bank that shows whether a part plays drums, or None if the channel, a bank or the name shows it."""
    is_drums, first = part.channel == CHANNELS["drums"], _first_pulse(part)
    for at, message in part.controls:
        if at <= first and _is_bank_select(message):
            selection = by_bank(at, part.channel - 1, message[1], message[2], is_gs=False)
            is_drums = is_drums if selection is None else selection.is_drums
    if part.is_drums == (is_drums or is_drum_name(part.name)):
        return None
    return _DRUM_BANK if part.is_drums else _MELODIC_BANK


def _first_pulse(part: Part) -> int:
    return part.notes[0].pulse if part.notes else 0


def _is_program(message: bytes) -> bool:
    return message[0] & 0xF0 == _PROGRAM_CHANGE


def _is_bank_select(message: bytes) -> bool:
    return message[0] & 0xF0 == _CONTROL_CHANGE and message[1] in _BANK_SELECTS
