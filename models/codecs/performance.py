"""The codec of `performance`: note-on, note-off, time shifts of 10 ms and velocities, as in Performance RNN (2017).

388 events express one line, which is `lead`. Three more say which voice the next notes belong to, so that one sequence
has all voices of a song. Times are counted at 125 BPM, where a sixteenth is 12 steps of 10 ms; so music keeps its place in
the bar at every tempo.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from models.codecs.base import Floats
from models.codecs.symbols import (
    LONGEST_PULSES,
    MOST_AT_ONCE,
    Reading,
    SymbolCodec,
    forbidden,
    graded,
    single_line,
    wanted,
)
from models.notes import MELODIC_VOICES, Note, Voice

STEP_PULSES: Final = 10
_PITCHES, _SHIFTS, _VELOCITIES = 128, 100, 32
ON: Final = 0
OFF: Final = ON + _PITCHES
SHIFT: Final = OFF + _PITCHES
VELOCITY: Final = SHIFT + _SHIFTS
VOICE: Final = VELOCITY + _VELOCITIES
_BIN: Final = 128 // _VELOCITIES
_SINGLE: Final[tuple[Voice, ...]] = ("lead",)


class Register(NamedTuple):
    """The lowest and the highest pitch of a voice. Other pitches are moved in by octaves."""

    low: int
    high: int

    def folded(self, pitch: int) -> int:
        """Return a pitch moved by octaves into the register."""
        below, above = -(-(self.low - pitch) // 12), -(-(pitch - self.high) // 12)
        return pitch + 12 * max(below, 0) - 12 * max(above, 0)


REGISTERS: Final[Mapping[Voice, Register]] = {
    "lead": Register(48, 103),
    "chords": Register(36, 96),
    "bass": Register(21, 62),
}


class PerformanceCodec(SymbolCodec):
    """Events of one line, or of all melodic voices with a symbol for each voice."""

    grid_pulses = STEP_PULSES
    has_velocity = True

    def __init__(self, name: str, voices: tuple[Voice, ...]) -> None:
        self.name, self.voices = name, voices
        self._numbers = {voice: number for number, voice in enumerate(voices)}
        self.own_features = len(voices) * (2 + _PITCHES) + 3
        self.size = VOICE + (len(voices) if len(voices) > 1 else 0)

    def fitted(self, notes: Sequence[Note]) -> list[Note]:
        """Move notes to steps of 10 ms, and velocities to the middle of their bin. No pitch of a voice sounds twice."""
        own = [
            note._replace(pitch=REGISTERS[note.voice].folded(note.pitch))
            for note in notes
            if note.voice in self.voices
        ]
        if len(self.voices) == 1:
            placed = single_line(own, STEP_PULSES)
        else:
            placed = [
                note
                for voice in self.voices
                for pitch in sorted({each.pitch for each in own if each.voice == voice})
                for note in single_line(
                    [each for each in own if each.voice == voice and each.pitch == pitch], STEP_PULSES
                )
            ]
        return sorted(note._replace(velocity=_middle(_bin(note.velocity))) for note in placed)

    def encode(self, notes: Sequence[Note], end: int) -> list[int]:
        """Return the events up to `end`."""
        moments: dict[int, tuple[list[Note], list[Note]]] = {end: ([], [])}
        for note in notes:
            if note.length < LONGEST_PULSES:  # a longer one ends by itself
                moments.setdefault(note.pulse + note.length, ([], []))[0].append(note)
            moments.setdefault(note.pulse, ([], []))[1].append(note)
        symbols, now, velocity, voice = list[int](), 0, -1, self.voices[0]
        for pulse in sorted(moments):
            symbols += _shifts(pulse - now)
            now = pulse
            ending, beginning = moments[pulse]
            for note in sorted(ending, key=self._order):
                symbols += self._change(voice, note.voice)
                symbols.append(OFF + note.pitch)
                voice = note.voice
            for note in sorted(beginning, key=self._order):
                symbols += self._change(voice, note.voice)
                voice = note.voice
                if velocity != _bin(note.velocity):
                    velocity = _bin(note.velocity)
                    symbols.append(VELOCITY + velocity)
                symbols.append(ON + note.pitch)
        return symbols

    def continued(self, reading: Reading, notes: Sequence[Note], end: int) -> list[int]:
        """Return the events of `encode`, which begins with the first voice."""
        return [*self._change(reading.voice, self.voices[0]), *self.encode(notes, end)]

    def _order(self, note: Note) -> tuple[int, int]:
        return self.voices.index(note.voice), note.pitch

    def _change(self, before: Voice, after: Voice) -> list[int]:
        return [] if before == after else [VOICE + self.voices.index(after)]

    def read(self, reading: Reading, symbol: int) -> tuple[Reading, tuple[Note, ...]]:
        """Apply an event. A note-off of a pitch that does not sound does nothing."""
        reading = reading._replace(at_once=reading.at_once + 1)
        if symbol < OFF:
            after, notes = self._silenced(reading, symbol - ON)  # a second note-on of a pitch ends the first
            return after.begun(reading.voice, symbol - ON), notes
        if symbol < SHIFT:
            return self._silenced(reading, symbol - OFF)
        if symbol < VELOCITY:
            return reading.moved_on((symbol - SHIFT + 1) * STEP_PULSES)
        if symbol < VOICE:
            return reading._replace(velocity=_middle(symbol - VELOCITY)), ()
        return reading._replace(voice=self.voices[symbol - VOICE]), ()

    def _silenced(self, reading: Reading, pitch: int) -> tuple[Reading, tuple[Note, ...]]:
        own = (each for each in reading.sounding if each.pitch == pitch and each.voice == reading.voice)
        after, notes = reading.ended(reading.pulse, own)
        return after, tuple(note for note in notes if note.length)

    def allowed(self, reading: Reading) -> Floats:
        """Forbid note-offs of what does not sound, doubled notes, endless moments, endless silence, other registers."""
        mask = forbidden(self.size)
        own = [each.pitch for each in reading.sounding if each.voice == reading.voice]
        register = REGISTERS[reading.voice]
        may_begin = len(self.voices) > 1 or not own
        pitches = slice(ON + register.low, ON + register.high + 1)
        if reading.is_stalled and may_begin and reading.at_once < MOST_AT_ONCE:
            mask[pitches] = 0
            return mask
        mask[SHIFT:VELOCITY] = 0
        if reading.at_once >= MOST_AT_ONCE:
            return mask
        mask[VELOCITY:VOICE] = 0
        if may_begin:
            mask[pitches] = 0
        if len(self.voices) > 1:
            self._call_back(reading, mask, pitches)
        mask[[ON + pitch for pitch in own]] = forbidden(1)
        mask[[OFF + pitch for pitch in own]] = 0
        return mask

    def _call_back(self, reading: Reading, mask: Floats, pitches: slice) -> None:
        """Make voices that rest likelier: their tokens, and the pitches of the one whose turn it is."""
        if reading.is_alone:
            mask[VOICE:] = 0
            return
        mask[VOICE:] = [0 if each == reading.voice else wanted(reading.rest(each)) for each in self.voices]
        mask[pitches] = wanted(reading.rest(reading.voice))

    def describe_more(self, reading: Reading, row: Floats) -> None:
        """Write the voice, how long the oldest note of each sounds, silence, velocity, solo, and the pitches that sound."""
        voices = self._numbers
        count = len(voices)
        row[voices[reading.voice]] = 1
        ages, pitches = [0] * count, row[2 * count + 3 :]
        for each in reading.sounding:
            voice = voices[each.voice]
            ages[voice] = max(ages[voice], reading.pulse - each.pulse)
            pitches[voice * _PITCHES + each.pitch] = 1
        row[count : 2 * count] = [graded(age / LONGEST_PULSES) for age in ages]
        row[2 * count] = graded(min(reading.pulse - reading.struck, 2 * LONGEST_PULSES) / LONGEST_PULSES)
        row[2 * count + 1] = graded(reading.velocity / 128)
        row[2 * count + 2] = reading.is_alone


def _bin(velocity: int) -> int:
    return min(max(velocity, 1), 127) // _BIN


def _middle(number: int) -> int:
    return number * _BIN + _BIN // 2


def _shifts(pulses: int) -> Iterator[int]:
    """Yield the time shifts of a time: as many of 1 s as fit, then the rest."""
    steps = pulses // STEP_PULSES
    while steps > 0:
        yield SHIFT + min(steps, _SHIFTS) - 1
        steps -= _SHIFTS


LINE: Final = PerformanceCodec("performance-388", _SINGLE)
"""The published events: one line."""
VOICES: Final = PerformanceCodec("performance-voices", MELODIC_VOICES)
"""The same with a voice token: lead, chords and bass in one sequence."""
