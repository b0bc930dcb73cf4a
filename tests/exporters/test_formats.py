"""The choice of the exporter by suffix, missing libraries, and names of stems."""

import importlib.util
import io
from dataclasses import replace
from pathlib import Path

import mido
import pytest
from PIL import Image

from exporters.formats import KINDS, FormatError, MissingError, Settings, check, kind_of, stems, write
from exporters.limits import Extent, check_extent, extent_of
from exporters.soundfont import NoSoundFontError
from exporters.writing import WriteError
from models.music import Metre
from models.reading.midi import read_midi
from tests.exporters.pieces import BAR, music


@pytest.mark.parametrize(
    ("name", "asked", "kind"),
    [
        ("a.mid", None, "midi"),
        ("a.MusicXML", None, "score"),
        ("a.svg", None, "score"),
        ("a.png", None, "picture"),
        ("a.png", "score", "score"),
        ("a.pdf", "picture", "picture"),
        ("a.mp3", "audio", "audio"),
    ],
)
def test_the_suffix_picks_the_exporter(name: str, asked: str | None, kind: str) -> None:
    assert kind_of(Path(name), asked) == kind


@pytest.mark.parametrize(
    ("name", "asked", "said"),
    [
        ("a.doc", None, r"suffix \.doc is not known; use one of \.mid, "),
        ("a", None, r"suffix \(none\) is not known"),
        ("a.wav", "score", r"as score; the suffixes for score are \.musicxml"),
    ],
)
def test_what_nobody_writes_is_told(name: str, asked: str | None, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        kind_of(Path(name), asked)


@pytest.mark.parametrize(
    ("name", "kind", "module", "extra"),
    [
        ("a.svg", "score", "verovio", "score"),
        ("a.pdf", "score", "typst", "score"),
        ("a.wav", "audio", "soundfile", "audio"),
        ("a.png", "picture", "matplotlib", "picture"),
    ],
)
def test_a_missing_extra_is_named_before_work_begins(
    name: str, kind: str, module: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else real(name))
    with pytest.raises(MissingError, match=rf"needs {module}; install edmd with its extra `{extra}`"):
        check(tmp_path / name, kind, Settings())
    assert not list(tmp_path.iterdir())


def test_musicxml_needs_no_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    check(tmp_path / "a.musicxml", "score", Settings())


def test_a_sound_font_that_is_not_there_is_told_before_work_begins(font: Path, tmp_path: Path) -> None:
    with pytest.raises(NoSoundFontError, match=r"no\.sf2"):
        check(tmp_path / "a.wav", "audio", Settings(soundfont=tmp_path / "no.sf2"))
    check(tmp_path / "a.wav", "audio", Settings(soundfont=font))


def test_a_place_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="there is no folder"):
        check(tmp_path / "no" / "a.svg", "score", Settings())


def test_stems_are_named_by_their_parts_and_keep_apart(tmp_path: Path) -> None:
    twins = music()
    first = twins.parts[0]._replace(name="Lead / 1")
    made = stems(
        type(twins)("x", (first, first, *twins.parts[1:]), twins.tempos, (), BAR), tmp_path / "s.wav"
    )
    names = [path.name for path in made]
    assert names == ["s-lead-1.wav", "s-lead-1-2.wav", "s-chords.wav", "s-bass.wav", "s-drums.wav"]
    assert all(len(each.parts) == 1 and each.end_pulse == BAR for each in made.values())


def test_stems_of_a_midi_file_hold_the_notes_of_the_whole(tmp_path: Path) -> None:
    files = write(music(), tmp_path / "s.mid", "midi", Settings(stems=True))
    counts = [sum(m.type == "note_on" for m in mido.MidiFile(path)) for path in files]
    assert len(counts) == 5
    assert counts[0] == sum(counts[1:]) == sum(len(part.notes) for part in music().parts)


@pytest.mark.parametrize("suffix", [suffix for suffix, kinds in KINDS.items() if "audio" not in kinds])
def test_every_kind_is_written_the_same_twice_and_nothing_else(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    for kind in KINDS[suffix]:
        write(music(2), path, kind, Settings())
        content = path.read_bytes()
        assert len(content) > 300
        write(music(2), path, kind, Settings())
        assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_picture_has_the_colours_of_the_voices(tmp_path: Path) -> None:
    write(music(2), tmp_path / "a.png", "picture", Settings())
    image = Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())).convert("RGB")
    colours = {colour for _, colour in image.getcolors(1 << 20) or []}
    assert {(0xD5, 0x5E, 0x00), (0x56, 0xB4, 0xE9), (0x00, 0x72, 0xB2)} <= colours


@pytest.mark.parametrize(("parts", "bars"), [(1, 256), (4, 256), (8, 128), (128, 8)])
def test_a_page_holds_the_fewer_bars_the_more_parts_there_are(parts: int, bars: int) -> None:
    check_extent(Path("a.svg"), "score", Extent(bars, parts, 0.0))
    check_extent(Path("a.mid"), "midi", Extent(99_999, parts, 1e9))
    with pytest.raises(WriteError, match=f"{bars + 1} bars do not fit one page.* up to {bars} with"):
        check_extent(Path("a.svg"), "score", Extent(bars + 1, parts, 0.0))


def test_a_score_holds_so_many_notes_and_signs() -> None:
    made = music()
    extent = extent_of(made, "score")
    assert extent.marks == sum(len(part.notes) for part in made.parts) + 2 + 2 + 1
    crowded = extent._replace(marks=120_001)
    check_extent(Path("a.mid"), "midi", crowded)
    check_extent(Path("a.png"), "picture", crowded)
    check_extent(Path("a.musicxml"), "score", extent._replace(marks=120_000))
    with pytest.raises(
        WriteError, match="120,001 notes and signs do not fit one score; choose bars with at most 120,000"
    ):
        check_extent(Path("a.musicxml"), "score", crowded)


def test_a_midi_file_holds_as_many_parts_as_its_header_counts() -> None:
    check_extent(Path("a.mid"), "midi", Extent(1, 65_534, 1.0))
    with pytest.raises(WriteError, match="the music has 65,535 parts; a MIDI file holds at most 65,534"):
        check_extent(Path("a.mid"), "midi", Extent(1, 65_535, 1.0))


def test_a_score_gathers_bars_of_one_beat_and_a_midi_file_keeps_them(tmp_path: Path) -> None:
    clicked = replace(music(), metres=(Metre(0, 1, 4),))
    write(clicked, tmp_path / "a.musicxml", "score", Settings())
    assert (tmp_path / "a.musicxml").read_bytes().count(b"<measure ") == 4 * 4
    write(clicked, tmp_path / "a.mid", "midi", Settings())
    assert read_midi(tmp_path / "a.mid").metres == clicked.metres


def test_a_picture_of_too_much_music_is_refused(tmp_path: Path) -> None:
    long = type(music())("x", music().parts, (), (), 600 * BAR)
    with pytest.raises(WriteError, match="600 bars do not fit one picture"):
        write(long, tmp_path / "a.png", "picture", Settings())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "kind", "extent", "told"),
    [
        (
            "a.musicxml",
            "score",
            Extent(1, 129, 1.0, 129),
            "the music has 129 parts; a score holds at most 128",
        ),
        ("a.musicxml", "score", Extent(1, 1, 1.0, 120_001), "120,001 notes and signs do not fit one score"),
        (
            "a.svg",
            "score",
            Extent(1, 1, 1.0, 30_001),
            "30,001 notes and signs do not fit one page; choose bars with at most 30,000",
        ),
        ("a.png", "picture", Extent(1, 1, 1.0, 1, 300_001), "300,001 controllers and bends are too many"),
        ("a.wav", "audio", Extent(1, 1, 1.0, 1, 300_001), "300,001 controllers and bends are too many"),
    ],
)
def test_what_stands_in_few_bars_is_bounded_too(name: str, kind: str, extent: Extent, told: str) -> None:
    with pytest.raises(WriteError, match=told):
        check_extent(Path(name), kind, extent)
