"""Read the bars of one MusicXML part: notes at sounding pitch, in pulses from the beginning of their bar."""

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Final
from xml.etree.ElementTree import Element

from models.notes import PULSES_PER_BEAT
from models.reading.musicxml.direction import read_barline, read_direction, read_sound, velocity_of
from models.reading.musicxml.partlist import Listed, Sounding
from models.reading.musicxml.pitches import pitch_of, place_of, tie_ends
from models.reading.notation.kit import drum_named, drum_placed
from models.reading.notation.metres import bar_pulses, ignored, is_full, metre_of
from models.reading.notation.texts import number, whole
from models.reading.notation.written import MEZZO_FORTE, Bar, Note, Staff, Written, transposed
from models.take import Key

# A bar lasts at most a thousand whole notes.
_LONGEST: Final = 4000 * PULSES_PER_BEAT
# The staff of a clef or a note that names no staff.
_FIRST_STAFF: Final = "1"


class PartReader:
    """Reads a part bar by bar. The pitched notes of a part become one staff, its drums another."""

    def __init__(self, listed: Listed, written: Written, *, is_first: bool) -> None:
        self.velocity = MEZZO_FORTE
        self.at = 0.0
        self.bar = Bar()
        self.index = 0
        self.written = written
        self.listed = listed
        self.is_first = is_first
        first = listed.first
        self.pitched = Staff(listed.name, listed.is_percussion, first.channel, first.program)
        self.drums = Staff(listed.name, True, first.channel, first.program)
        self.divisions = 1.0
        self._transpose: dict[str, int] = {}
        self._onset = 0.0
        self._sounds_to = 0.0
        self._metre: tuple[int, int] | None = None
        self._graces = 0
        self._notes = 0
        self._ending: frozenset[int] = frozenset()
        self._next_metre: tuple[int, int] | None = None
        # The number of bars that the current measure-repeat sign repeats; 0 without a sign.
        self._repeated = 0
        # Whether the clef is a percussion clef, by staff.
        self._drum_clefs: dict[str, bool] = {}
        self._program = first.program
        self._unpitched = drum_named(listed.name) if not listed.instruments else None
        self._readers: Mapping[str, Callable[[Element], None]] = {
            "note": self._note,
            "attributes": self._attributes,
            "backup": lambda element: self._move(-self._duration(element)),
            "forward": lambda element: self._move(self._duration(element)),
            "direction": lambda element: read_direction(self, element),
            "sound": lambda element: read_sound(self, element, self.at),
            "barline": self._barline,
        }

    def read(self, content: Element, index: int) -> int:
        """Read one bar. Return the number of its notes."""
        self.index, self.bar = index, self.written.bar(index)
        self.at = self._onset = 0.0
        self._graces = 0
        self.bar.is_continued |= content.get("implicit") == "yes"
        if self._next_metre is not None:
            self._set_metre(self._next_metre)
            self._next_metre = None
        self._notes = 0
        self._sounds_to = filled = 0.0
        for element in content:
            read = self._readers.get(element.tag)
            if read is not None:
                read(element)
                filled = max(filled, self.at)
        self._fill(filled)
        self.bar.marks.end(self._ending)
        if 0 < self._repeated <= index:
            self._play_again()
        return self._notes

    def _fill(self, filled: float) -> None:
        """Set the bar's length from the part's notes and rests; `filled` is their end in pulses."""
        bar = self.bar
        if self._metre is not None:
            bar.is_full |= self._sounds_to > 0 and is_full(max(filled, self._sounds_to), self._metre)
            # Rests alone do not make a bar longer than its metre: some programs write the rests of all voices in a row.
            filled = min(filled, bar_pulses(self._metre))
        if bar.is_continued and not self._sounds_to:
            bar.rests = max(bar.rests, filled)
            return
        bar.length = max(bar.length, self._sounds_to, filled)

    def staves(self) -> list[Staff]:
        """Return the staves that have notes."""
        return [staff for staff in (self.pitched, self.drums) if staff.bars]

    def program(self, number_: int, at: float) -> None:
        """Change the program from `at` on, in pulses from the beginning of the bar."""
        if number_ != self._program:
            self._program = number_
            self.pitched.programs.put(self.index, at, number_)

    def _play_again(self) -> None:
        for staff in (self.pitched, self.drums):
            again = staff.bars.get(self.index - self._repeated)
            if again and self.index not in staff.bars:
                staff.bars[self.index] = list(again)
                self._notes += len(again)

    def _duration(self, element: Element) -> float:
        return (number(element.findtext("duration")) or 0.0) * PULSES_PER_BEAT / self.divisions

    def _move(self, pulses: float) -> None:
        self.at = min(max(self.at + pulses, 0.0), _LONGEST)
        self._graces = 0

    def _note(self, element: Element) -> None:
        found = {child.tag: child for child in element}
        if "cue" in found:
            self.written.remark("cue notes are not played")
            return
        is_grace, is_chord = "grace" in found, "chord" in found
        length = 0.0
        if not is_grace:
            text = found["duration"].text if "duration" in found else None
            length = min(max(number(text) or 0.0, 0.0) * PULSES_PER_BEAT / self.divisions, _LONGEST)
        onset = self._onset if is_chord else self.at
        if is_grace:
            self._graces += not is_chord
        if not is_chord:
            self._onset = self.at
            if not is_grace:
                self._move(length)
        if "rest" not in found and (is_grace or length > 0):
            self._place(element, found, onset, length, self._graces if is_grace else 0)

    def _place(
        self, element: Element, found: dict[str, Element], onset: float, length: float, grace: int
    ) -> None:
        instrument = self._instrument(found)
        staff = self.pitched
        on_staff = (found["staff"].text if "staff" in found else None) or ""
        if "pitch" in found and not self._is_hit(instrument, on_staff):
            pitch = self._pitch(found["pitch"], on_staff)
            if instrument is not None and not staff.is_drums:
                self.program(instrument.program, onset)
        else:
            staff, pitch = self.drums, self._drum(found, instrument)
        if pitch is None or not 0 <= pitch <= 127:
            self.written.remark("notes without a valid MIDI pitch (0 to 127) are left out")
            return
        back, on = tie_ends(element) if "tie" in found or "notations" in found else (False, False)
        loudness = number(element.get("dynamics"))
        velocity = self.velocity if loudness is None else velocity_of(loudness)
        voice = found["voice"].text or "" if "voice" in found else ""
        self._sounds_to = max(self._sounds_to, onset + length)
        self._notes += 1
        staff.bar(self.index).append(Note(onset, length, pitch, velocity, voice, grace, back, on))

    def _instrument(self, found: dict[str, Element]) -> Sounding | None:
        named = found.get("instrument")
        return self.listed.instruments.get(named.get("id", "")) if named is not None else None

    def _pitch(self, pitch: Element, staff: str) -> int | None:
        written = pitch_of(pitch)
        shift = self._transpose.get(staff, self._transpose.get("", 0))
        return None if written is None else written + shift

    def _is_hit(self, instrument: Sounding | None, staff: str) -> bool:
        """Return whether a note with a pitch is a drum, whose pitch is only its position on the staff."""
        has_drum_clef = self._drum_clefs.get(staff, self._drum_clefs.get(_FIRST_STAFF, False))
        return has_drum_clef or (instrument is not None and instrument.is_unpitched)

    def _drum(self, found: dict[str, Element], instrument: Sounding | None) -> int | None:
        if instrument is None and len(self.listed.instruments) == 1:
            instrument = self.listed.first
        if instrument is not None and instrument.drum is not None:
            return instrument.drum
        if self._unpitched is not None:
            return self._unpitched
        place = place_of(found)
        head = found["notehead"].text or "" if "notehead" in found else ""
        return None if place is None else drum_placed(place, head.strip())

    def _attributes(self, element: Element) -> None:
        divisions = number(element.findtext("divisions"))
        if divisions is not None and divisions > 0:
            self.divisions = divisions
        for transpose in element.findall("transpose"):
            semitones = number(transpose.findtext("chromatic")) or 0.0
            octaves = number(transpose.findtext("octave-change")) or 0.0
            shift = round(min(max(semitones + 12 * octaves, -120.0), 120.0))
            if transpose.get("number") is None:
                self._transpose.clear()
            self._transpose[transpose.get("number") or ""] = shift
        for clef in element.findall("clef"):
            self._drum_clefs[clef.get("number") or _FIRST_STAFF] = clef.findtext("sign") == "percussion"
        for style in element.findall("measure-style/measure-repeat"):
            starts = style.get("type") == "start"
            self._repeated = (whole(style.text, 1, 16) or 1) if starts else 0
        self._read_key(element)
        self._read_metre(element)

    def _read_key(self, element: Element) -> None:
        fifths = whole(element.findtext("key/fifths"), -7, 7)
        is_for_drums = self.listed.is_drum_set or (self._drum_clefs and all(self._drum_clefs.values()))
        if fifths is None or is_for_drums:
            return
        key = Key(fifths, element.findtext("key/mode") == "minor")
        self.written.keys.put_first(self.index, self.at, transposed(key, self._transpose.get("", 0)))

    def _read_metre(self, element: Element) -> None:
        sign = next(iter(element.findall("time")[::-1]), None)  # if there are several, the last one counts
        if sign is None or sign.find("senza-misura") is not None:
            return
        beats = [each.text or "" for each in sign.findall("beats")]
        units = [each.text or "" for each in sign.findall("beat-type")]
        metre = metre_of(beats, units)
        if metre is None:
            written = "+".join(map("/".join, zip_longest(beats, units, fillvalue="")))
            self.written.remark(ignored(written), about="metre")
        elif self.at > 0:
            self._next_metre = metre
        else:
            self._set_metre(metre)

    def _set_metre(self, metre: tuple[int, int]) -> None:
        self._metre = metre
        if self.is_first or self.bar.metre is None:
            self.bar.metre = metre

    def _barline(self, element: Element) -> None:
        self._ending = read_barline(self.bar.marks, element, self._ending)
