"""MusicXML read directly, and by other libraries."""

import base64
import contextlib
import importlib
import io
import os
import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import music21

from models.notes import PULSES_PER_BEAT
from models.reading.midi import midi_music
from tests import needs
from tests.exporters.readback import stepped
from tests.roundtrip.facts import Facts, MetreAt, Note, changes

verovio = needs.library("verovio")

_FORTE = 90


def by_xml(document: bytes) -> Facts:
    """Read MusicXML directly: every note with its ties, instrument and velocity."""
    root = fromstring(document)
    sounds = {
        sound.attrib["id"]: (_number(sound, "midi-program") - 1, _number(sound, "midi-unpitched") - 1)
        for sound in root.iter("midi-instrument")
    }
    notes: Counter[Note] = Counter()
    metres: list[MetreAt] = []
    for part in root.findall("part"):
        own = {name: sound for name, sound in sounds.items() if name.startswith(f"{part.get('id')}-")}
        reader = _XmlPart(own)
        reader.read(part)
        notes.update(reader.notes)
        metres = metres or reader.metres
    return Facts(notes, changes(metres))


class _XmlPart:
    """Goes through the bars of a part."""

    def __init__(self, sounds: dict[str, tuple[int, int]]) -> None:
        self.notes: list[Note] = []
        self.metres: list[MetreAt] = []
        self._sounds = sounds
        self._held: dict[tuple[int, int], list[Note]] = defaultdict(list)
        self._divisions, self._octaves = 1, 0

    def read(self, part: Element) -> None:
        bar = 0
        for measure in part:
            now = furthest = last = 0
            for element in measure:
                length = _number(element, "duration")
                if element.tag == "attributes":
                    self._attributes(element, bar)
                elif element.tag in ("backup", "forward"):
                    now += length if element.tag == "forward" else -length
                elif element.tag == "note":
                    if element.find("chord") is None:
                        last, now = now, now + length
                    if element.find("rest") is None:
                        self._note(element, bar + self._pulses(last), self._pulses(length))
                furthest = max(furthest, now)
            bar += self._pulses(furthest)
        assert not any(self._held.values()), "a tie has no end"

    def _attributes(self, element: Element, bar: int) -> None:
        self._divisions = _number(element, "divisions") or self._divisions
        self._octaves = _number(element, "transpose/octave-change")
        if element.find("time") is not None:
            self.metres.append((bar, _number(element, "time/beats"), _number(element, "time/beat-type")))

    def _note(self, element: Element, pulse: int, length: int) -> None:
        named = element.find("instrument")
        program, drum = self._sounds[next(iter(self._sounds)) if named is None else named.attrib["id"]]
        pitch = drum if drum >= 0 else _pitch(element) + 12 * self._octaves
        velocity = round(float(element.get("dynamics", "0")) * _FORTE / 100)
        note = Note(pulse, pitch, length, velocity, program, drum >= 0)
        ties = {tie.get("type") for tie in element.findall("tie")}
        if "stop" in ties:
            held = self._held[pulse, pitch]
            # Two tied heads on one pitch are told apart by their velocities.
            before = next(each for each in held if each.velocity == velocity)
            held.remove(before)
            note = before._replace(length=before.length + length)
        if "start" in ties:
            self._held[pulse + length, pitch].append(note)
        else:
            self.notes.append(note)

    def _pulses(self, duration: int) -> int:
        return round(duration * PULSES_PER_BEAT / self._divisions)


def _pitch(element: Element) -> int:
    steps = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
    step = steps[element.findtext("pitch/step", "")]
    return step + _number(element, "pitch/alter") + 12 * (_number(element, "pitch/octave") + 1)


def _number(element: Element, path: str) -> int:
    return int(element.findtext(path) or 0)


def by_music21(document: bytes) -> Facts:
    """Read with music21, which knows only the staff place of a drum, and one program for each part."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score: Any = music21.converter.parseData(
            document.decode(), format="musicxml", forceSource=True
        ).toSoundingPitch()
    notes: Counter[Note] = Counter()
    for part in score.parts:
        held: dict[tuple[int, int], list[int]] = defaultdict(list)
        for chord in part.recurse().notes:
            pulse = round(chord.getOffsetInHierarchy(part) * PULSES_PER_BEAT)
            length = round(chord.quarterLength * PULSES_PER_BEAT)
            heads: list[Any] = list(chord.notes) if isinstance(chord, music21.chord.ChordBase) else [chord]
            for each in heads:
                if isinstance(each, music21.note.Unpitched):
                    notes[Note(pulse, 0, 0, 0, 0, is_drums=True)] += 1
                    continue
                pitch, tie = each.pitch.midi, each.tie and each.tie.type
                begun = held[pulse, pitch].pop() if tie in ("stop", "continue") else pulse
                if tie in ("start", "continue"):
                    held[pulse + length, pitch].append(begun)
                else:
                    notes[Note(begun, pitch, pulse + length - begun, 0, 0, is_drums=False)] += 1
    signs = score.parts[0].recurse().getElementsByClass("TimeSignature")
    metres = (
        (round(sign.getOffsetInHierarchy(score) * PULSES_PER_BEAT), sign.numerator, sign.denominator)
        for sign in signs
    )
    return Facts(notes, changes(metres))


def by_verovio(document: bytes) -> Facts:
    """Read with verovio, as the MIDI file that it plays; ValueError for a score that it warns of."""
    verovio.enableLog(verovio.LOG_WARNING)
    toolkit = verovio.toolkit()
    with tempfile.TemporaryFile() as log:
        with _standard_error(log.fileno()):
            is_read = toolkit.loadData(document.decode())
        log.seek(0)
        warned = log.read().decode().strip()
    if warned or not is_read:
        raise ValueError(warned or "verovio does not read it")
    music = midi_music(base64.b64decode(toolkit.renderToMIDI()), "")
    notes = Counter(
        Note(stepped(note.pulse), note.pitch, 0, note.velocity, part.program, part.is_drums)
        for part in music.parts
        for note in part.notes
    )
    return Facts(notes, changes((stepped(pulse), beats, unit) for pulse, beats, unit in music.metres))


@contextlib.contextmanager
def _standard_error(to: int) -> Iterator[None]:
    """Redirect what a library writes to a file descriptor, below Python, to another file."""
    kept = os.dup(2)
    os.dup2(to, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def by_partitura(document: bytes) -> Facts:
    """Read only parts without drums with partitura, which does not support drum chords."""
    root = fromstring(document)
    drums = {part.get("id") for part in root.iter("score-part") if part.find(".//midi-unpitched") is not None}
    for parent in (root, *root.findall("part-list")):
        for part in [each for each in parent if each.get("id") in drums]:
            parent.remove(part)
    if root.find("part") is None:
        return Facts(Counter(), ())
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        score = _partitura().load_musicxml(io.BytesIO(tostring(root)))
        notes: Counter[Note] = Counter()
        metres: list[MetreAt] = []
        for part in score.parts:
            notes.update(_of_partitura(part))
            metres = metres or list(_metres_of_partitura(part))
    return Facts(notes, changes(metres))


def _of_partitura(part: Any) -> Iterator[Note]:
    for note in part.notes_tied:
        start = int(note.start.t * PULSES_PER_BEAT / part.quarter_duration_map(0))
        length = int(note.duration_tied * PULSES_PER_BEAT / part.quarter_duration_map(0))
        yield Note(start, note.midi_pitch, length, 0, 0, is_drums=False)


def _metres_of_partitura(part: Any) -> Iterator[MetreAt]:
    score = _partitura().score
    for sign in part.iter_all(score.TimeSignature):
        start = int(sign.start.t * PULSES_PER_BEAT / part.quarter_duration_map(0))
        yield start, sign.beats, sign.beat_type


def _partitura() -> Any:
    """Import partitura without FluidSynth, because with it the import downloads a sound font."""
    if "partitura" not in sys.modules:
        before = sys.modules.get("fluidsynth")
        sys.modules["fluidsynth"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("partitura")
        finally:
            del sys.modules["fluidsynth"]
            if before is not None:
                sys.modules["fluidsynth"] = before
    return sys.modules["partitura"]
