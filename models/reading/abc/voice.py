"""One voice of an ABC tune: its notes, rests, ties, tuplets and bars in the order of the text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from models.reading.abc.fields import ACCIDENTALS, KeySignature, Properties
from models.reading.drumkits import is_drum_name
from models.reading.limits import Limits, RefusedError
from models.reading.notation.kit import drum_placed
from models.reading.notation.metres import is_full
from models.reading.notation.written import MEZZO_FORTE, Bar, Note, Staff, Written, transposed

NOTE: Final = re.compile(
    r"(?P<sign>\^\^|\^/|\^|__|_/|_|=)?(?P<letter>[A-Ga-g])(?P<octave>[,']{0,9})"
    r"(?P<above>\d{0,4})(?P<slashes>/{0,6})(?P<below>\d{0,4})(?P<tie>-?)"
)
_STEPS: Final[Mapping[str, int]] = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_DRUM_CHANNEL: Final = 10
_MOST_OVERLAYS: Final = 100


class Spelled(NamedTuple):
    """A note as written: accidental, letter in upper case, octave (4 begins with middle C)."""

    sign: str
    letter: str
    octave: int


@dataclass
class _Lane:
    """A line of notes: its position in the bar in pulses, and the pitches of its last notes at which a tie begins."""

    at: float = 0.0
    tied: dict[tuple[str, int], int] = field(default_factory=dict)


@dataclass
class _Struck:
    """The last event: the indices of its notes, its position and length, and the pitches that a following tie joins."""

    first: int
    stop: int
    at: float
    length: float
    pitches: dict[tuple[str, int], int] = field(default_factory=dict)


class Voice:
    """The notes read for a voice, and its current settings."""

    def __init__(self, written: Written, limits: Limits, name: str) -> None:
        self.staff = Staff(name)
        self.unit = 0.0
        self.metre: tuple[int, int] | None = None
        self.key = KeySignature(None, {})
        self.velocity = MEZZO_FORTE
        self.index = 0
        self.ending: frozenset[int] = frozenset()
        self.drums: dict[Spelled, int] = {}
        self.midi_semitones = 0
        self._written, self._limits = written, limits
        self._octaves = self._clef_octaves = self._semitones = 0
        self._accidentals: dict[str, int] = {}
        self._lanes = [_Lane()]
        self._lane = 0
        self._last: _Struck | None = None
        self._factor = 1.0
        self._tuplet, self._tuplet_left = 1.0, 0
        self._graces = 0

    @property
    def bar(self) -> Bar:
        """The current bar."""
        return self._written.bar(self.index)

    @property
    def at(self) -> float:
        """The position in the bar, in pulses."""
        return self._lanes[self._lane].at

    def set_key(self, key: KeySignature) -> None:
        """Change the key from here on."""
        self.key = key
        self._accidentals = {}
        if key.key is not None and not self.staff.is_drums:
            sounding = transposed(key.key, self._semitones + self.midi_semitones)
            self._written.keys.put_first(self.index, self.at, sounding)

    def set_program(self, program: int) -> None:
        """Change the program from here on."""
        self.staff.play_from(self.index, self.at, program)

    def set_properties(self, found: Properties) -> None:
        """Change the name, clef and transposition that `found` sets."""
        self.staff.name = self.staff.name if found.name is None else found.name
        self.staff.is_drums |= bool(found.is_drums) or is_drum_name(self.staff.name)
        self._octaves = self._octaves if found.octaves is None else found.octaves
        self._clef_octaves = self._clef_octaves if found.clef_octaves is None else found.clef_octaves
        self._semitones = self._semitones if found.semitones is None else found.semitones

    def play(self, found: Sequence[re.Match[str]], times: float = 1.0, tie: str = "") -> None:
        """Add notes that begin together, each `times` its written length. The next event begins where the first ends."""
        factor = self.unit * times * self._stretch()
        lengths = [fraction(*each.group("above", "slashes", "below")) * factor for each in found]
        lane, notes = self._lanes[self._lane], self.staff.bar(self.index)
        first, tied = len(notes), lane.tied
        lane.tied, pitches = {}, {}
        for each, length in zip(found, lengths, strict=True):
            spelled = spell(each)
            key = spelled.letter, spelled.octave
            goes_back = key in tied and not spelled.sign
            pitch = pitches[key] = tied[key] if goes_back else self._pitch(spelled)
            ties_on = bool(tie or each["tie"])
            if ties_on:
                lane.tied[key] = pitch
            self._add(Note(lane.at, length, pitch, self.velocity, str(self._lane), 0, key in tied, ties_on))
        self._last = _Struck(first, len(notes), lane.at, lengths[0], pitches)
        lane.at += lengths[0]
        self._graces = 0

    def grace(self, found: re.Match[str]) -> None:
        """Add a grace note before the next note."""
        self._graces += 1
        pitch = self._pitch(spell(found))
        self._add(Note(self.at, 0.0, pitch, self.velocity, str(self._lane), self._graces))

    def rest(self, length: float) -> None:
        """Add a rest of `length` pulses."""
        lane, length = self._lanes[self._lane], length * self._stretch()
        notes = len(self.staff.bar(self.index))
        self._last = _Struck(notes, notes, lane.at, length)
        lane.at += length
        lane.tied = {}

    def tie(self) -> None:
        """Begin a tie at the last notes, for a tie sign that does not directly follow them."""
        if self._last is not None:
            notes = self.staff.bar(self.index)
            for index in range(self._last.first, self._last.stop):
                notes[index] = notes[index]._replace(ties_on=True)
            self._lanes[self._lane].tied |= self._last.pitches

    def break_rhythm(self, sign: str) -> None:
        """Apply broken rhythm: `>` moves half of the next note's length to the note before, `<` does the opposite."""
        if self._last is None:
            return
        less = 0.5 ** len(sign)
        before, after = (2 - less, less) if sign[0] == ">" else (less, 2 - less)
        notes, last = self.staff.bar(self.index), self._last
        for index in range(last.first, last.stop):
            notes[index] = notes[index]._replace(length=notes[index].length * before)
        self._lanes[self._lane].at = last.at + last.length * before
        self._factor, self._last = after, None

    def begin_tuplet(self, notes: int, time_of: int, over: int) -> None:
        """Play the next `over` notes with the lengths of a tuplet: `notes` in the time of `time_of`."""
        self._tuplet, self._tuplet_left = time_of / max(notes, 1), over

    def overlay(self) -> None:
        """Go back to the beginning of the bar, in another line. Raises RefusedError for more than 100 in a bar."""
        self._lane += 1
        if self._lane > _MOST_OVERLAYS:
            raise RefusedError(f"has more than {_MOST_OVERLAYS} overlays (&) in a bar")
        if self._lane == len(self._lanes):
            self._lanes.append(_Lane())
        self._lanes[self._lane].at = 0.0
        self._accidentals = {}
        self._last = None

    def end_bar(self) -> None:
        """End the bar, unless it is still empty. Raises RefusedError for more bars than the limits allow."""
        length = max(lane.at for lane in self._lanes)
        # Ties continue in the lines of this bar. Lines that only earlier bars had are dropped.
        del self._lanes[self._lane + 1 :]
        self._lane = 0
        if not length:
            return
        if self.metre is not None and self.index in self.staff.bars and is_full(length, self.metre):
            self.bar.is_full = True
        self.bar.length = max(self.bar.length, length)
        self.bar.marks.end(self.ending)
        self.index += 1
        if self.index >= self._limits.bars:
            raise RefusedError(f"has more than {self._limits.bars:,} bars")
        for lane in self._lanes:
            lane.at = 0.0
        self._last, self._accidentals = None, {}

    def repeat(self, times: int) -> None:
        """Play a section `times` times. The section ends with the previous bar."""
        if self.index:
            marks = self._written.bar(self.index - 1).marks
            marks.times = max(marks.times, times)

    def _stretch(self) -> float:
        factor, self._factor = self._factor, 1.0
        if self._tuplet_left:
            self._tuplet_left -= 1
            factor *= self._tuplet
        return factor

    def _pitch(self, spelled: Spelled) -> int:
        if self.staff.is_drums:
            return self._drum(spelled)
        if spelled.sign:
            self._accidentals[spelled.letter] = ACCIDENTALS[spelled.sign]
        raised = self._accidentals.get(spelled.letter, self.key.raised.get(spelled.letter, 0))
        octaves = spelled.octave + 1 + self._octaves + self._clef_octaves
        return 12 * octaves + _STEPS[spelled.letter] + raised + self._semitones + self.midi_semitones

    def _drum(self, spelled: Spelled) -> int:
        """Return a drum's pitch: from a drummap, else on channel 10 the written pitch, else by its place on the staff."""
        mapped = self.drums.get(spelled, self.drums.get(spelled._replace(sign="")))
        if mapped is not None:
            return mapped
        if self.staff.channel == _DRUM_CHANNEL:
            raised = ACCIDENTALS[spelled.sign] if spelled.sign else self.key.raised.get(spelled.letter, 0)
            return 12 * (spelled.octave + 1) + _STEPS[spelled.letter] + raised
        return drum_placed(f"{spelled.letter}{spelled.octave}")

    def _add(self, note: Note) -> None:
        if not 0 <= note.pitch <= 127:
            self._written.remark("notes without a valid MIDI pitch (0 to 127) are left out")
            return
        self.staff.bar(self.index).append(note)


def fraction(above: str, slashes: str, below: str) -> float:
    """Return a length such as 3/2, /, // or 2, in unit lengths."""
    divisor = (int(below) if below else 2 ** len(slashes)) if slashes else 1
    return int(above or 1) / (divisor or 1)


def spell(found: re.Match[str]) -> Spelled:
    """Return how a note is written."""
    letter, marks = found["letter"], found["octave"]
    octave = (5 if letter.islower() else 4) + marks.count("'") - marks.count(",")
    return Spelled(found["sign"] or "", letter.upper(), octave)
