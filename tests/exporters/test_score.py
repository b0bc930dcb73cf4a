"""MusicXML is read back by music21, and by verovio without a warning; pages are engraved."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

import music21
import pytest
from PIL import Image

from tests import needs

verovio = needs.library("verovio")
needs.library("typst")

from exporters import engraving
from exporters.music import of_take
from exporters.score import compressed, landmarks, musicxml
from exporters.writing import ExportError
from models.music import Metre, Music, Part, Sound
from models.take import Key, Take
from tests.exporters.pieces import BAR, BEAT, TICK, music
from tests.exporters.readback import onsets, read

PIANO = Part(
    "piano",
    1,
    0,
    (
        *(Sound(i * BEAT, BEAT, 40 + i, 80) for i in range(12)),
        *(Sound(i * 3 * TICK, 5 * TICK, 70 + i % 7, 80) for i in range(16)),
        Sound(0, 3 * BAR, 84, 80),
    ),
)


@pytest.fixture(scope="module")
def document() -> bytes:
    return musicxml(music())


@pytest.fixture(scope="module")
def score(document: bytes) -> Any:
    return read(document)


def begun(part: Any) -> Iterator[tuple[int, str]]:
    """(pulse, pitch or place) of every note that is not the rest of a tied one."""
    for note in part.recurse().notes:
        if note.tie is not None and note.tie.type != "start":
            continue
        hits: list[Any] = list(note.notes) if isinstance(note, music21.chord.ChordBase) else [note]
        for each in hits:
            name = each.displayName if isinstance(each, music21.note.Unpitched) else str(each.pitch.midi)
            yield round(float(note.getOffsetInHierarchy(part)) * BEAT), name


def test_music21_reads_the_notes_that_were_written(score: Any) -> None:
    assert [part.partName for part in score.parts] == ["lead", "chords", "bass", "drums"]
    for part, source in zip(score.parts, music().parts, strict=True):
        places = {36: "F4", 46: "G5"}
        written = [(n.pulse, places[n.pitch] if source.is_drums else str(n.pitch)) for n in source.notes]
        assert sorted(begun(part)) == sorted(written)


def test_every_bar_of_every_voice_is_full(score: Any) -> None:
    for measure in score.recurse().getElementsByClass(music21.stream.Measure):
        for line in measure.voices or [measure]:
            assert sum(thing.quarterLength for thing in line.notesAndRests) == 4


def test_it_says_key_metre_tempo_and_sections(score: Any) -> None:
    first = score.parts[0]
    assert [mark.number for mark in first.recurse().getElementsByClass("MetronomeMark")] == [125, 150]
    marks = first.recurse().getElementsByClass("RehearsalMark")
    assert [(mark.content, mark.getOffsetInHierarchy(first)) for mark in marks] == [("intro", 0), ("drop", 8)]
    assert {each.sharps for each in score.recurse().getElementsByClass("KeySignature")} == {0}
    assert {each.ratioString for each in score.recurse().getElementsByClass("TimeSignature")} == {"4/4"}
    assert score.metadata.bestTitle == "a piece"


def _read(made: Music) -> Any:
    return read(musicxml(made))


def test_a_change_of_key_is_signed_and_spelled_where_it_is() -> None:
    whole = Part("lead", 1, 0, tuple(Sound(bar * BAR, BAR, 70, 90) for bar in range(5)))
    keys = ((0, Key(-3)), (BAR, Key(5)), (2 * BAR, Key(5)), (2 * BAR + TICK, Key(-1, is_minor=True)))
    score = _read(Music("keys", (whole,), (), (), 5 * BAR, keys=keys))
    signs = score.parts[0].recurse().getElementsByClass("KeySignature")
    assert [(sign.getOffsetInHierarchy(score), sign.sharps) for sign in signs] == [(0, -3), (4, 5), (12, -1)]
    notes = list(score.recurse().notes)
    assert [note.pitch.name for note in notes] == ["B-", "A#", "A#", "B-", "B-"]
    assert [bool(note.pitch.accidental.displayStatus) for note in notes] == [False] * 5


@pytest.mark.parametrize("sharps", range(-7, 8))
def test_every_pitch_can_be_written_in_every_key(sharps: int) -> None:
    whole = Part("lead", 1, 0, tuple(Sound(pitch * BEAT, BEAT, pitch, 90) for pitch in range(128)))
    made = Music("all", (whole,), (), (), 32 * BAR, keys=((0, Key(sharps)),))
    written = Counter(note.pitch.midi % 12 for note in _read(made).recurse().notes)
    assert written == Counter(pitch % 12 for pitch in range(128))


def test_parts_may_share_channels_and_be_more_than_there_are(capfd: pytest.CaptureFixture[str]) -> None:
    parts = tuple(Part(f"p{n}", n % 3 + 1, n, (Sound(0, BEAT, 60, 90),)) for n in range(20))
    written = musicxml(Music("many", parts, (), (), BAR))
    channels = re.findall(rb"<midi-channel>(\d+)</midi-channel>", written)
    assert [int(channel) for channel in channels] == [n % 3 + 1 for n in range(20)]
    assert capfd.readouterr().err == ""


def test_a_note_held_into_another_key_keeps_its_name() -> None:
    held = Part("lead", 1, 0, (Sound(0, 2 * BAR, 70, 90),))
    score = _read(Music("tie", (held,), (), (), 2 * BAR, keys=((0, Key(-3)), (BAR, Key(5)))))
    assert [note.pitch.name for note in score.recurse().notes] == ["B-", "B-"]


def test_of_a_glide_of_tempo_the_beginning_and_the_end_are_marked() -> None:
    glide = [(BAR + TICK * step, 120.0 + step) for step in range(64)]
    made = Music("glide", music(8).parts, ((0, 120.0), *glide, (7 * BAR, 90.0)), (), 8 * BAR)
    marks = _read(made).recurse().getElementsByClass("MetronomeMark")
    assert [mark.number for mark in marks] == [120, 120, 183, 90]
    assert landmarks([]) == []
    assert landmarks([(0, 99.0), (BEAT, 98.0), (3 * BEAT, 97.0)]) == [
        (0, 99.0),
        (BEAT, 98.0),
        (3 * BEAT, 97.0),
    ]


def test_drums_are_signs_on_a_percussion_staff_that_a_program_can_play(score: Any, document: bytes) -> None:
    drums = score.parts[3]
    assert isinstance(drums.recurse().getElementsByClass("Clef").first(), music21.clef.PercussionClef)
    heads = Counter((note.displayName, note.notehead) for note in drums.recurse().notes)
    assert heads == {("F4", "normal"): 16, ("G5", "circle-x"): 16}
    assert [int(each) - 1 for each in re.findall(rb"<midi-unpitched>(\d+)", document)] == [36, 46]
    named = {int(each) for each in re.findall(rb'<instrument id="P4-I(\d+)"', document)}
    assert named == {36, 46}


def test_eighths_are_beamed_by_the_beat() -> None:
    eighths = Part("lead", 1, 0, tuple(Sound(i * 2 * TICK, 2 * TICK, 72, 90) for i in range(8)))
    document = musicxml(Music("eighths", (eighths,), (), (), BAR))
    assert re.findall(rb'<beam number="1">(\w+)', document) == [b"begin", b"end"] * 4


def test_a_note_beyond_the_end_ends_with_the_last_bar() -> None:
    long = Part("lead", 1, 0, (Sound(3 * BEAT, 9 * BEAT, 72, 90),))
    assert b"tie" not in musicxml(Music("long", (long,), (), (), BAR))


@pytest.mark.parametrize("at", [BAR, BAR + BEAT])
def test_a_note_that_begins_at_the_end_or_after_it_gets_its_bar(at: int) -> None:
    late = Part("lead", 1, 0, (Sound(0, BEAT, 72, 90), Sound(at, 1, 74, 90)))
    document = musicxml(Music("late", (late,), (), (), BAR))
    assert onsets(read(document), "lead") == {0: 1, at: 1}
    assert document.count(b"<measure ") == 2


@pytest.mark.parametrize(
    "made",
    [
        music(),
        Music("piano", (PIANO,), ((0, 90.0), (777, 91.5)), ((333, "ü <&>"),), 3 * BAR),
        Music("three", (PIANO,), (), (), 3 * BAR, (Metre(0, 3, 4), Metre(6 * BEAT, 6, 8))),
        of_take(Take((), ((0, 128.0),), (), {}, 2 * BAR)),
        of_take(Take((), (), (), {})),
    ],
    ids=["band", "piano", "metres", "silence", "nothing"],
)
def test_verovio_reads_it_without_a_word(made: Music, capfd: pytest.CaptureFixture[str]) -> None:
    verovio.enableLog(verovio.LOG_WARNING)
    toolkit = verovio.toolkit()
    assert toolkit.loadData(musicxml(made).decode())
    assert toolkit.getPageCount() >= 1
    assert capfd.readouterr() == ("", "")


def test_a_keyboard_part_is_on_two_staves_joined_by_a_brace() -> None:
    made = Music("piano", (PIANO,), (), (), 3 * BAR)
    score = _read(made)
    assert len(score.parts) == 2
    assert [group.symbol for group in score.getElementsByClass("StaffGroup")] == ["brace"]
    heard = Counter(pitch for part in score.parts for _, pitch in begun(part))
    assert heard == Counter(str(note.pitch) for note in PIANO.notes)


def test_the_same_music_is_the_same_bytes(document: bytes) -> None:
    assert musicxml(music()) == document
    assert compressed(document) == compressed(document)
    assert b"encoding-date" not in document
    page = engraving.pages(document, one=True)
    assert engraving.pages(document, one=True) == page
    assert engraving.pdf(page) == engraving.pdf(page)
    assert engraving.png(page[0]) == engraving.png(page[0])


def test_a_compressed_score_holds_the_score(document: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(compressed(document))) as archive:
        assert archive.read("score.musicxml") == document
        assert b'full-path="score.musicxml"' in archive.read("META-INF/container.xml")


def test_a_picture_of_the_score_shows_four_staves_on_white(document: bytes) -> None:
    (svg,) = engraving.pages(document, one=True)
    assert svg.count('class="staff"') == 16
    assert "a piece" in svg
    image = Image.open(io.BytesIO(engraving.png(svg))).convert("L")
    dark = sum(image.histogram()[:128]) / (image.width * image.height)
    assert image.width > 800
    assert 0.01 < dark < 0.3
    assert image.getpixel((0, 0)) == 255


def test_a_long_score_is_many_pages() -> None:
    lead = Part("lead", 1, 0, tuple(Sound(i * BEAT, BEAT, 72 + i % 5, 90) for i in range(4 * 200)))
    document = musicxml(Music("long", (lead,), (), (), 200 * BAR))
    svgs = engraving.pages(document, one=False)
    assert len(svgs) > 1
    pdf = engraving.pdf(svgs)
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == len(svgs)


def test_no_font_of_the_machine_is_named(document: bytes) -> None:
    (svg,) = engraving.pages(document, one=True)
    assert 'Leipzig"' not in re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)


def test_what_verovio_does_not_read_is_an_error_in_words() -> None:
    with pytest.raises(ExportError, match="cannot be engraved"):
        engraving.pages(b"<nothing/>", one=True)
