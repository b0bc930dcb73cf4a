"""Read Humdrum **kern as a written score. Each spine becomes a part, the rightmost (the highest) first.

**kern holds sounding pitches. If `*Tr` says that a spine was transposed, its notes are moved back. (`*ITr` describes
only how the part is written.) If the parts of a bar have different lengths, time advances with the shortest note.
"""

import re
from collections.abc import Callable
from typing import Final

from models.reading.humdrum.spines import Path, Record, records
from models.reading.humdrum.token import Token, read_token
from models.reading.humdrum.voice import DRUM_CLEF, INSTRUMENT, MOVED, Voice, beat, move, name
from models.reading.limits import Limits, RefusedError
from models.reading.notation.kit import drum_placed
from models.reading.notation.metres import ignored, metre_of
from models.reading.notation.sections import Sections
from models.reading.notation.tempos import put_tempo
from models.reading.notation.texts import plain
from models.reading.notation.written import DYNAMICS, Bar, Note, Staff, Written
from models.take import Key

_NEAR: Final = 0.01
_LONGEST_LIST: Final = 20_000
_KERN: Final = "**kern"
_LOUDNESS: Final = frozenset({"**dynam", "**dyn"})
_METRE: Final = re.compile(r"\*M([\d+%]+)/(\d+)$")
_TEMPO: Final = re.compile(r"\*MM(\d{1,12}(?:\.\d{1,6})?)$")
_FORWARD, _BACKWARD = re.compile(r"[|!]:"), re.compile(r":[|!]")
_KEY_SIGNATURE: Final = re.compile(r"\*k\[((?:[a-g](?:#|-|n))*)\]$")
_SECTION: Final = re.compile(r"\*>(.+)")
_KEY: Final = re.compile(r"\*([a-gA-G])(#|-)?:")


def read_kern(text: str, limits: Limits) -> Written:
    """Read a Humdrum text.

    Raises RefusedError if it has no **kern spine, the number of columns is wrong, or the text exceeds the limits.
    """
    reader = _Reader(limits)
    signs = 0
    for record in records(text):
        signs += 1 if isinstance(record, str) else len(record.tokens)
        if signs > limits.signs:
            raise RefusedError(f"has more than {limits.signs:,} signs")
        if isinstance(record, str):
            reader.reference(record)
        elif record.tokens[0].startswith("="):
            reader.bar_line(record)
        elif record.tokens[0].startswith("*"):
            reader.interpret(record)
        else:
            reader.data(record)
    return reader.finished()


class _Reader:
    """Collects a score record by record. `_now` is in pulses from the beginning."""

    def __init__(self, limits: Limits) -> None:
        self.written = Written()
        self._limits = limits
        self._voices: dict[int, Voice] = {}
        self._now = self._bar_began = 0.0
        self._index = 0
        self._notes = 0
        self._sections = Sections()
        self._readers: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Voice], None]], ...] = (
            (_METRE, self._metre),
            (_TEMPO, self._tempo),
            (MOVED, move),
            (_KEY_SIGNATURE, self._key),
            (_KEY, self._mode),
            (INSTRUMENT, name),
            (DRUM_CLEF, beat),
            (_SECTION, self._section),
        )

    def reference(self, text: str) -> None:
        """Read the title, if the record holds one."""
        code, _, value = text.partition(":")
        if code.split("@")[0] == "OTL" and not self.written.title:
            self.written.title = plain(value)

    def bar_line(self, record: Record) -> None:
        """End the bar, unless it is still empty."""
        length = self._now - self._bar_began
        if length > _NEAR:
            self.written.bar(self._index).length = length
            self._index += 1
            self._bar_began = self._now
            if self._index >= self._limits.bars:
                raise RefusedError(f"has more than {self._limits.bars:,} bars")
        if self._index and _BACKWARD.search(record.tokens[0]):
            self.written.bars[self._index - 1].marks.times = 2
        if _FORWARD.search(record.tokens[0]):
            self._bar().marks.forward = True

    def data(self, record: Record) -> None:
        """Add notes that begin now, and advance time to the first end of a sounding note."""
        has_struck = has_grace = False
        columns = [each for each in zip(record.tokens, record.paths, strict=True) if each[0] != "."]
        for text, path in columns:
            if path.kind in _LOUDNESS:
                self._loudness(text, path)
        for text, path in columns:
            if path.kind == _KERN:
                has_grace |= self._strike(text, path)
                has_struck = True
        if has_struck and not has_grace:
            later = self._now + _NEAR
            ends = [path.end for path in record.paths if path.kind == _KERN and path.end > later]
            self._now = min(ends, default=self._now)

    def _strike(self, text: str, path: Path) -> bool:
        """Begin the notes of a text. Return whether they are grace notes, after which time does not advance."""
        voice = self._voice(path)
        notes = [read_token(each) for each in text.split(" ")[:64]]
        length = next((note.length for note in notes if note.length), 0.0)
        is_grace = any(note.is_grace for note in notes)
        grace = 0
        if is_grace:
            grace = voice.graces[path.lane] = voice.graces.get(path.lane, 0) + 1
        else:
            voice.graces.pop(path.lane, None)
            path.end = self._now + length
        for note in notes:
            self._place(note, voice, str(path.lane), note.length or length, grace)
        return is_grace

    def _place(self, note: Token, voice: Voice, lane: str, length: float, grace: int) -> None:
        if note.is_rest or note.pitch is None or not (length or grace):
            return
        pitch = note.pitch - voice.moved
        if note.is_drum or voice.staff.is_drums:
            voice.staff.is_drums = True
            pitch = voice.drum or drum_placed(note.place)
        if not 0 <= pitch <= 127:
            self.written.remark("notes without a valid MIDI pitch (0 to 127) are left out")
            return
        self._notes += 1
        if self._notes > self._limits.written_notes:
            raise RefusedError(f"has more than {self._limits.written_notes:,} notes")
        at = self._now - self._bar_began
        ties = note.ties_back, note.ties_on
        length = 0.0 if grace else length
        voice.staff.bar(self._index).append(Note(at, length, pitch, voice.velocity, lane, grace, *ties))

    def _loudness(self, text: str, path: Path) -> None:
        sign = text.strip("<>[]()' ")
        left = [track for track in self._voices if track < path.track]
        if sign in DYNAMICS and left:
            self._voices[max(left)].velocity = DYNAMICS[sign]

    def interpret(self, record: Record) -> None:
        """Read a metre, key, tempo, instrument or section label."""
        for text, path in zip(record.tokens, record.paths, strict=True):
            if path.kind == _KERN and text != "*":
                self._interpret(text, self._voice(path))

    def _interpret(self, text: str, voice: Voice) -> None:
        voice.place = self._index, self._now - self._bar_began
        for pattern, read in self._readers:
            if found := pattern.match(text):
                read(found, voice)
                return

    def _metre(self, found: re.Match[str], _: Voice) -> None:
        metre = metre_of([found[1]], [found[2]])
        if metre is None:
            self.written.remark(ignored(f"{found[1]}/{found[2]}"), about="metre")
        else:
            self._bar().metre = metre

    def _tempo(self, found: re.Match[str], _: Voice) -> None:
        put_tempo(self.written, self._index, self._now - self._bar_began, float(found[1]))

    def _section(self, found: re.Match[str], _: Voice) -> None:
        """Read a label, or the list of labels in playing order. Named lists are alternatives and are ignored."""
        text = found[1][:_LONGEST_LIST]
        if text.startswith("["):
            self._sections.order = self._sections.order or [
                plain(each) for each in text.strip("[]").split(",")
            ]
        elif "[" not in text:
            has_begun = self._now - self._bar_began > _NEAR
            self._sections.label(text, self._index + has_begun)

    def _key(self, found: re.Match[str], voice: Voice) -> None:
        keys, at = self.written.keys, self._now - self._bar_began
        sharps = found[1].count("#") - found[1].count("-")
        if not voice.staff.is_drums and not voice.moved:
            keys.put_first(self._index, at, Key(max(min(sharps, 7), -7)))

    def _mode(self, found: re.Match[str], _: Voice) -> None:
        keys = self.written.keys.get(self._index)
        if keys:
            keys[-1] = keys[-1][0], keys[-1][1]._replace(is_minor=found[1].islower())

    def _bar(self) -> Bar:
        return self.written.bar(self._index)

    def _voice(self, path: Path) -> Voice:
        return self._voices.setdefault(path.track, Voice(Staff("")))

    def finished(self) -> Written:
        """Return the whole score. Raises RefusedError if it has no **kern spine."""
        if not self._voices:
            raise RefusedError("has no **kern spine")
        if self._now - self._bar_began > _NEAR:
            self._bar().length = self._now - self._bar_began
        elif len(self.written.bars) > self._index:
            self.written.bars.pop()
        self.written.staves = [voice.staff for _, voice in sorted(self._voices.items(), reverse=True)]
        self.written.sections = self._sections.played(len(self.written.bars))
        if self.written.sections:
            for bar in self.written.bars:
                bar.marks.forward, bar.marks.times = False, 0
        return self.written
