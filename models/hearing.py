"""Any music as the networks hear it: four voices in the common key, as tokens a tick."""

from collections.abc import Sequence
from statistics import mean, median
from typing import Final, NamedTuple

import numpy as np

from models.codecs import melody, percussion
from models.codecs.base import Tokens
from models.keys import shift_to_common_key
from models.notes import MELODIC_VOICES, TICKS_PER_BAR, VOICES, Voice

# The pitch that a voice's middle is moved near to, by whole octaves.
CENTRES: Final[dict[Voice, int]] = {"bass": 38, "chords": 62, "lead": 75}
BASS_BELOW: Final = 50
CHORD_POLYPHONY: Final = 1.7
_LONGEST_WEIGHT_TICKS: Final = 16
_MOST_BARS: Final = 4096


class PartNote(NamedTuple):
    """A note on the grid: `tick` and `length` in ticks, MIDI pitch and velocity."""

    tick: int
    length: int
    pitch: int
    velocity: int


class Part(NamedTuple):
    """What one instrument plays; a part named as a voice is that voice."""

    name: str
    is_drum: bool
    notes: tuple[PartNote, ...]


class Heard(NamedTuple):
    """Music as tokens: (T, 10) and (T, 9) tokens, T whole bars; `shift` semitones led to the common key."""

    melody: Tokens
    percussion: Tokens
    shift: int

    @property
    def bars(self) -> int:
        """How many bars."""
        return len(self.melody) // TICKS_PER_BAR

    def part(self, first_bar: int, bars: int) -> "Heard":
        """Those bars of it that there are."""
        ticks = slice(first_bar * TICKS_PER_BAR, (first_bar + bars) * TICKS_PER_BAR)
        return Heard(self.melody[ticks], self.percussion[ticks], self.shift)

    def filled(self, bars: int) -> "Heard":
        """Said again and again until it has at least `bars` bars."""
        times = -(-bars // self.bars)
        return Heard(np.tile(self.melody, (times, 1)), np.tile(self.percussion, (times, 1)), self.shift)


def hear(parts: Sequence[Part]) -> Heard:
    """Deal `parts` to the four voices; the first note's bar is bar 0. ValueError for no notes, and too many bars."""
    voices = dealt(parts)
    ticks = [note.tick for notes in voices.values() for note in notes]
    if not ticks:
        raise ValueError("there are no notes")
    first = min(ticks) // TICKS_PER_BAR * TICKS_PER_BAR
    count = (max(ticks) - first) // TICKS_PER_BAR * TICKS_PER_BAR + TICKS_PER_BAR
    if count > _MOST_BARS * TICKS_PER_BAR:
        raise ValueError(f"there are more than {_MOST_BARS} bars")
    shift = common_key_shift([note for voice in MELODIC_VOICES for note in voices[voice]])
    return Heard(_melody(voices, first, count, shift), _percussion(voices["drums"], first, count), shift)


def dealt(parts: Sequence[Part]) -> dict[Voice, list[PartNote]]:
    """The notes of each voice, by the names of the parts, their registers and how many notes they sound at once."""
    voices: dict[Voice, list[PartNote]] = {voice: [] for voice in VOICES}
    for part in parts:
        if part.notes:
            voices[_voice_of(part)] += part.notes
    if not voices["bass"]:
        _take_lowest(voices)
    return voices


def common_key_shift(notes: Sequence[PartNote]) -> int:
    """Semitones (-6..5) that bring notes to C major or A minor, by Krumhansl and Schmuckler's correlation."""
    weight = np.zeros(12)
    for note in notes:
        weight[note.pitch % 12] += min(note.length, _LONGEST_WEIGHT_TICKS)
    return shift_to_common_key(weight)


def _voice_of(part: Part) -> Voice:
    name = part.name.strip().lower()
    named = next((voice for voice in VOICES if voice == name), None)
    if part.is_drum or named:
        return "drums" if part.is_drum else named or "lead"
    if "bass" in name or median(note.pitch for note in part.notes) < BASS_BELOW:
        return "bass"
    polyphony = len(part.notes) / len({note.tick for note in part.notes})
    return "chords" if polyphony >= CHORD_POLYPHONY else "lead"


def _take_lowest(voices: dict[Voice, list[PartNote]]) -> None:
    """Where nobody plays the bass, the low notes under the chords are it, as a left hand plays them."""
    floor: dict[int, int] = {}
    for note in voices["chords"]:
        floor[note.tick] = min(note.pitch, floor.get(note.tick, 127))
    is_low = [note.pitch == floor[note.tick] and note.pitch < 60 for note in voices["chords"]]
    if not all(is_low):
        notes = list(zip(voices["chords"], is_low, strict=True))
        voices["bass"] = [note for note, low in notes if low]
        voices["chords"] = [note for note, low in notes if not low]


def _melody(voices: dict[Voice, list[PartNote]], first: int, count: int, shift: int) -> Tokens:
    rows: list[list[melody.Sound]] = [[] for _ in range(count)]
    for voice in MELODIC_VOICES:
        notes = voices[voice]
        if notes:
            middle = median(note.pitch for note in notes) + shift
            moved = shift + 12 * round((CENTRES[voice] - middle) / 12)
            for note in notes:
                rows[note.tick - first].append(melody.Sound(voice, note.pitch + moved, note.length))
    return melody.encode(rows)


def _percussion(notes: Sequence[PartNote], first: int, count: int) -> Tokens:
    """Velocities count against what is usual for their drum: mixes differ."""
    rows: list[list[percussion.Hit]] = [[] for _ in range(count)]
    drums: dict[int, list[PartNote]] = {}
    for note in notes:
        drums.setdefault(percussion.drum_of(note.pitch), []).append(note)
    for drum, own in drums.items():
        usual = max(mean(note.velocity for note in own), 1.0)
        for note in own:
            rows[note.tick - first].append(percussion.Hit(drum, note.velocity / usual))
    return percussion.encode(rows)
