"""A take: the music that was played, as notes with a tempo map and sections, built from the messages sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from models.effects import ControlRow
from models.notes import PULSES_PER_BAR, Note, Voice

# A note message that was sent: pulse, voice, is_on, pitch, velocity, channel (from 1), lateness in µs.
SentRow = tuple[int, Voice, bool, int, int, int, float]


class Key(NamedTuple):
    """A key signature: the number of sharps (-7 to 7, negative for flats), and whether the key is minor or major."""

    sharps: int
    is_minor: bool = False


def tonic(key: Key) -> int:
    """Return the pitch class of a key's tonic."""
    return (7 * key.sharps + (9 if key.is_minor else 0)) % 12


@dataclass(frozen=True)
class Take:
    """Finished music. `tempos` are (pulse, BPM), `sections` (pulse, name), `keys` (pulse, key), each in order.

    `controls` are the messages of effects, in order. `channels` are 1 to 16, `programs` from 0; a voice without one has its
    default program. The music ends at `end_pulse`, or with its last note if that is later.
    """

    notes: tuple[Note, ...]
    tempos: tuple[tuple[int, float], ...]
    sections: tuple[tuple[int, str], ...]
    channels: dict[Voice, int]
    end_pulse: int = 0
    keys: tuple[tuple[int, Key], ...] = ()
    controls: tuple[ControlRow, ...] = ()
    programs: Mapping[Voice, int] = field(default_factory=dict)


@dataclass
class TakeBuilder:
    """Collects a take while it is played. It begins with the bar of its first message."""

    channels: dict[Voice, int] = field(default_factory=dict)
    programs: Mapping[Voice, int] = field(default_factory=dict)
    _notes: list[Note] = field(default_factory=list)
    _open: dict[tuple[Voice, int], tuple[int, int]] = field(default_factory=dict)
    _tempos: list[tuple[int, float]] = field(default_factory=list)
    _sections: list[tuple[int, str]] = field(default_factory=list)
    _keys: list[tuple[int, Key]] = field(default_factory=list)
    _controls: list[ControlRow] = field(default_factory=list)
    _base_pulse: int = 0
    _last_pulse: int = 0

    def add_rows(self, rows: Iterable[SentRow]) -> None:
        """Add note messages, in the order in which they were sent."""
        for pulse, voice, is_on, pitch, velocity, channel, _ in rows:
            at = self._base_pulse + pulse
            self._last_pulse = max(self._last_pulse, at)
            begun = self._open.pop((voice, pitch), None)
            if begun is not None:
                self._notes.append(Note(begun[0], max(at - begun[0], 1), voice, pitch, begun[1]))
            if is_on:
                self._open[voice, pitch] = (at, velocity)
                self.channels[voice] = channel

    def add_controls(self, rows: Iterable[ControlRow]) -> None:
        """Add messages of effects, in the order in which they were sent."""
        for pulse, lane, message in rows:
            at = self._base_pulse + pulse
            self._last_pulse = max(self._last_pulse, at)
            self._controls.append((at, lane, message))

    def add_tick(self, pulse: int, tempo: float, section: str, key: Key | None = None) -> None:
        """Set tempo, section and key from `pulse` on. Values added for later pulses are removed."""
        at = self._base_pulse + pulse
        # A tick that was composed before a stop is added again after it, perhaps with another tempo.
        self._drop_from(at)
        _add(self._tempos, at, tempo)
        _add(self._sections, at, section)
        if key is not None:
            _add(self._keys, at, key)

    def start_over(self) -> None:
        """Let pulses count from 0 again. The following music is added from the next bar line on."""
        base = -(-self._last_pulse // PULSES_PER_BAR) * PULSES_PER_BAR
        self._base_pulse = base
        # Ticks that were composed but never played may lie after the new beginning.
        self._drop_from(base)

    def finish(self, end_pulse: int | None = None) -> Take:
        """Return the take so far, moved to begin at pulse 0. It ends at `end_pulse`, else with the last message."""
        end = self._last_pulse if end_pulse is None else self._base_pulse + end_pulse
        held = [
            Note(at, max(end - at, 1), voice, pitch, vel) for (voice, pitch), (at, vel) in self._open.items()
        ]
        notes = sorted([*self._notes, *held])
        if end_pulse is not None:
            notes = [
                note._replace(length=min(note.length, end - note.pulse)) for note in notes if note.pulse < end
            ]
            self._drop_from(end)
        starts = [*(note.pulse for note in notes[:1]), *(pulse for pulse, _ in self._tempos[:1])]
        origin = min(starts, default=0) // PULSES_PER_BAR * PULSES_PER_BAR
        return Take(
            tuple(note._replace(pulse=note.pulse - origin) for note in notes),
            tuple((pulse - origin, tempo) for pulse, tempo in self._tempos),
            tuple((pulse - origin, name) for pulse, name in self._sections),
            dict(self.channels),
            0 if end_pulse is None else end - origin,
            tuple((pulse - origin, key) for pulse, key in self._keys),
            tuple(
                (pulse - origin, lane, message)
                for pulse, lane, message in self._controls
                if end_pulse is None or pulse <= end
            ),
            self.programs,
        )

    def _drop_from(self, pulse: int) -> None:
        lists: tuple[list[Any], ...] = (self._tempos, self._sections, self._keys)
        for entries in lists:
            while entries and entries[-1][0] >= pulse:
                entries.pop()


def _add(entries: list[tuple[int, Any]], at: int, value: object) -> None:
    """Append a value that applies from `at` on, unless it equals the last one."""
    if not entries or entries[-1][1] != value:
        entries.append((at, value))
