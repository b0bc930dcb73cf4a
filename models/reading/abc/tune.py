"""Read ABC (version 2.1) as a written score. Each voice becomes a part.

An accidental applies to its letter in every octave up to the bar line, as the standard says. On MIDI channel 10 a note
plays the drum of its pitch, or the one in a drummap. With only a percussion clef, the position on the staff gives the
drum. Chord symbols are not played. A tune ends with an empty line.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from models.reading.abc.fields import (
    default_unit,
    key_signature,
    metre,
    part_order,
    properties,
    tempo,
    unit_length,
)
from models.reading.abc.line import LineReader
from models.reading.abc.midi import read_midi
from models.reading.abc.voice import Voice
from models.reading.limits import Limits, RefusedError
from models.reading.notation.jumps import tell_codas
from models.reading.notation.metres import ignored
from models.reading.notation.sections import Sections
from models.reading.notation.tempos import put_tempo
from models.reading.notation.texts import plain
from models.reading.notation.written import Written

_FIELD: Final = re.compile(r"([A-Za-z]):(?![|:])(.*)")
_TUNE: Final = re.compile(r"^X:", re.MULTILINE)
_COMMENT: Final = re.compile(r"(?<!\\)%.*")
# Lines that are read before the first tune. Other lines there are free text.
_BEFORE_TUNES: Final = ("%%", "M:", "L:", "I:")
_MOST_FIELDS: Final = 1000
# A continued line that gets longer than this is not continued further.
_LONGEST_LINE: Final = 10_000


def read_abc(text: str, limits: Limits) -> Written:
    """Read one tune. Raises RefusedError if the text holds several, or exceeds the limits."""
    tunes = len(_TUNE.findall(text))
    if tunes > 1:
        raise RefusedError(f"holds {tunes} tunes; save each in its own file")
    # This limits fields and comments. LineReader counts the signs in lines of music.
    if text.count("\n") > limits.signs:
        raise RefusedError(f"has more than {limits.signs:,} lines")
    reader = _TuneReader(limits)
    has_begun = not tunes
    for line in _lines(text):
        has_begun |= line.startswith("X:")
        if not has_begun and not line.startswith(_BEFORE_TUNES):
            continue
        if has_begun and not line.strip() and reader.is_in_body:
            break
        reader.line(line)
    return reader.finished()


def _lines(text: str) -> Iterator[str]:
    """Yield the lines. Comments and blocks of text for print are left out. A line that ends with a backslash continues."""
    block = unfinished = ""
    for line in io.StringIO(text):
        if block:
            block = "" if line.startswith(f"%%end{block}") else block
        elif line.startswith("%%begin"):
            block = (line[len("%%begin") :].split() or ["text"])[0]
        elif line.startswith("%%"):
            yield line
        elif not line.lstrip().startswith("%"):  # only an empty line ends the tune, a comment does not
            whole = unfinished + _COMMENT.sub("", line).rstrip()
            goes_on = whole.endswith("\\") and len(whole) < _LONGEST_LINE and not _FIELD.match(whole)
            unfinished = whole[:-1] if goes_on else ""
            if not goes_on:
                yield whole
    yield unfinished


class _TuneReader:
    """Collects a tune line by line."""

    def __init__(self, limits: Limits) -> None:
        self.is_in_body = False
        self._limits = limits
        self._written = Written()
        self._sections = Sections()
        self._voices: dict[str, Voice] = {}
        # Fields of the header, which apply to every voice.
        self._header: list[tuple[str, str]] = []
        self._voice_header: dict[str, list[tuple[str, str]]] = {}
        self._named = ""
        self._fields = 0
        self._voice: Voice | None = None
        self._lines = LineReader(self._now, self._field, limits)
        self._readers: Mapping[str, Callable[[Voice, str], None]] = {
            "M": self._metre,
            "L": _unit,
            "K": _key,
            "Q": self._tempo,
            "V": lambda voice, text: voice.set_properties(properties(text)),
            "I": self._instruction,
        }

    def line(self, line: str) -> None:
        """Read a field, a directive, or music."""
        if line.startswith("%%"):
            self._field("I", line[2:])
            return
        field = _FIELD.match(line)
        if field:
            self._field(field[1], field[2])
        elif self.is_in_body:
            self._lines.read(line)

    def _field(self, name: str, text: str) -> None:
        if name == "T" and not self._written.title:
            self._written.title = plain(text)
        elif name == "P":
            self._part(text)
        elif name == "V":
            self._switch(text)
        elif not self.is_in_body:
            self._gather(name, text)
        elif name in self._readers:
            self._readers[name](self._now(), text)

    def _gather(self, name: str, text: str) -> None:
        """Store a field of the header. It applies to every voice; a directive applies only to the voice named before it."""
        self._fields += 1
        if self._fields > _MOST_FIELDS:
            raise RefusedError(f"has a header of more than {_MOST_FIELDS} fields")
        is_of_voice = name == "I" and self._named
        (self._voice_header[self._named] if is_of_voice else self._header).append((name, text))
        self.is_in_body = name == "K"

    def _switch(self, text: str) -> None:
        name, _, rest = text.strip().partition(" ")
        self._named = name
        if not self.is_in_body:
            self._voice_header.setdefault(name, []).append(("V", rest))
            return
        self._voice = self._find(name)
        if rest.strip():
            self._voice.set_properties(properties(rest))

    def _now(self) -> Voice:
        if self._voice is None:
            self._voice = self._find(next(iter(self._voice_header), "1"))
        return self._voice

    def _find(self, name: str) -> Voice:
        if name not in self._voices:
            if len(self._voices) >= self._limits.parts:
                raise RefusedError(f"has more than {self._limits.parts:,} voices")
            voice = self._voices[name] = Voice(self._written, self._limits, "")
            fields = [*self._header, *self._voice_header.get(name, [])]
            for field in sorted(fields, key=lambda each: "MLQVIK".find(each[0])):
                if field[0] in self._readers:
                    self._readers[field[0]](voice, field[1])
            voice.unit = voice.unit or default_unit(voice.metre)
        return self._voices[name]

    def _part(self, text: str) -> None:
        if self.is_in_body:
            voice = self._now()
            self._sections.label(text, voice.index + (voice.at > 0))
            self._written.texts.put(voice.index, voice.at, plain(text))
        else:
            self._sections.order = part_order(text)

    def _metre(self, voice: Voice, text: str) -> None:
        found = metre(text)
        if found is None and text.strip().lower() not in {"none", ""}:
            self._written.remark(ignored(text), about="metre")
        elif found is not None:
            voice.metre = found
            self._written.bar(voice.index + (voice.at > 0)).metre = found

    def _tempo(self, voice: Voice, text: str) -> None:
        found = tempo(text, voice.unit or default_unit(voice.metre))
        if found is not None:
            put_tempo(self._written, voice.index, voice.at, found)

    def _instruction(self, voice: Voice, text: str) -> None:
        read_midi(voice, text)

    def finished(self) -> Written:
        """Return the whole tune."""
        written = self._written
        for voice in self._voices.values():
            voice.end_bar()
        while written.bars and not written.bars[-1].length:
            written.bars.pop()
        written.staves = [voice.staff for voice in self._voices.values()]
        written.sections = self._sections.played(len(written.bars))
        if self._lines.has_chord_symbols:
            written.remark("chord symbols are not played")
        tell_codas(bar.marks for bar in written.bars)
        return written


def _unit(voice: Voice, text: str) -> None:
    voice.unit = unit_length(text) or voice.unit


def _key(voice: Voice, text: str) -> None:
    voice.set_properties(properties(text))
    voice.set_key(key_signature(text))
