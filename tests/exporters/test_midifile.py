"""MIDI files written, and read back by four other libraries."""

from pathlib import Path
from typing import Any

import mido
import music21
import pretty_midi
import pytest
import symusic

from exporters.midi import file_bytes
from models.music import Metre, Music, Sound
from models.reading.limits import RefusedError
from models.reading.midi import read_midi
from models.take import Key
from tests.exporters.pieces import BAR, BEAT, TICK, music

LoudnessFigures = set[tuple[str, int, int, int]]  # part, pulse, length, pitch


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("midi") / "piece.mid"
    made.write_bytes(file_bytes(music()))
    return made


def written() -> LoudnessFigures:
    return {(part.name, n.pulse, n.length, n.pitch) for part in music().parts for n in part.notes}


def test_edmd_reads_back_all_of_it(path: Path) -> None:
    assert read_midi(path) == music()


def test_symusic_hears_the_same(path: Path) -> None:
    score: Any = symusic.Score(str(path))
    assert score.ticks_per_quarter == BEAT
    heard = {(track.name, n.time, n.duration, n.pitch) for track in score.tracks for n in track.notes}
    assert heard == written()
    assert [marker.text for marker in score.markers] == ["intro", "drop"]


def test_pretty_midi_hears_the_same_at_the_same_seconds(path: Path) -> None:
    file = pretty_midi.PrettyMIDI(str(path))
    heard = {
        (i.name, file.time_to_tick(n.start), file.time_to_tick(n.end) - file.time_to_tick(n.start), n.pitch)
        for i in file.instruments
        for n in i.notes
    }
    assert heard == written()
    assert {i.name: (i.program, i.is_drum) for i in file.instruments} == {
        "lead": (81, False),
        "chords": (89, False),
        "bass": (38, False),
        "drums": (25, True),
    }
    last = max(n.start for i in file.instruments for n in i.notes)
    assert last == pytest.approx(2 * 4 * 60 / 125 + 7.5 * 60 / 150, abs=0.001)


def test_music21_hears_the_same(path: Path) -> None:
    score: Any = music21.converter.parse(path, quantizePost=False, forceSource=True)
    parts = score.parts.stream()
    assert [part.partName for part in parts] == ["lead", "chords", "bass", "drums"]
    heard = {
        (part.partName, round(float(note.getOffsetInHierarchy(part)) * BEAT), pitch)
        for part in parts
        for note in part.recurse().notes
        if note.tie is None or note.tie.type == "start"
        for pitch in _pitches(note)
    }
    assert heard == {(name, pulse, pitch) for name, pulse, _, pitch in written()}


def _pitches(note: Any) -> list[int]:
    hits: list[Any] = list(note.notes) if isinstance(note, music21.chord.ChordBase) else [note]
    return [
        hit.pitch.midi if isinstance(hit, music21.note.Note) else hit.storedInstrument.percMapPitch
        for hit in hits
    ]


def test_mido_finds_the_end_at_the_last_bar_line(path: Path) -> None:
    file = mido.MidiFile(path)
    assert file.length == pytest.approx(music().seconds, abs=0.001)
    assert sum(message.time for message in file.tracks[0]) == 4 * BAR


def test_one_track_of_several_channels_is_several_parts(tmp_path: Path) -> None:
    track = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name="all"),
            mido.Message("program_change", channel=1, program=40, time=0),
            mido.Message("control_change", channel=1, control=7, value=99, time=0),
            mido.Message("note_on", channel=1, note=60, velocity=70, time=0),
            mido.Message("note_on", channel=9, note=36, velocity=99, time=24),
            mido.Message("note_on", channel=1, note=60, velocity=0, time=24),
            mido.Message("note_off", channel=9, note=36, time=0),
            mido.MetaMessage("time_signature", numerator=3, denominator=4, time=336),
            mido.MetaMessage("end_of_track", time=288),
        ]
    )
    file = mido.MidiFile(type=0, ticks_per_beat=96)
    file.tracks.append(track)
    file.save(tmp_path / "one.mid")
    heard = read_midi(tmp_path / "one.mid")
    assert [(part.channel, part.program, part.is_drums) for part in heard.parts] == [
        (2, 40, False),
        (10, 0, True),
    ]
    assert heard.parts[0].notes == (Sound(0, 2 * TICK, 60, 70),)
    assert heard.parts[0].controls == ((0, b"\xb1\x07\x63"),)
    assert heard.metres == (Metre(0, 4, 4), Metre(BAR, 3, 4))
    assert heard.end_pulse == BAR + 3 * BEAT
    assert heard.title == "all"


def _file(path: Path, *messages: mido.MetaMessage, ticks_per_beat: int = 480) -> Path:
    """A file of one note, with these messages before it."""
    notes = [
        mido.Message("note_on", note=60, velocity=90, time=0),
        mido.Message("note_off", note=60, time=BEAT),
    ]
    file = mido.MidiFile(ticks_per_beat=ticks_per_beat)
    file.tracks.append(mido.MidiTrack([*messages, *notes]))
    file.save(path)
    return path


def test_a_file_keeps_its_key_signatures_once(tmp_path: Path) -> None:
    signs = [("Bb", 0), ("Bb", 0), ("Gm", 0), ("Gm", BAR), ("F#m", BAR)]
    path = _file(tmp_path / "x.mid", *(mido.MetaMessage("key_signature", key=k, time=at) for k, at in signs))
    heard = read_midi(path)
    assert heard.keys == ((0, Key(-2, is_minor=True)), (2 * BAR, Key(3, is_minor=True)))
    path.write_bytes(file_bytes(heard))
    assert read_midi(path).keys == heard.keys


@pytest.mark.parametrize(("beats", "unit"), [(0, 4), (4, 2**20), (4, 2**255), (1, 32)])
def test_a_metre_without_length_and_a_tempo_without_time_are_ignored(
    beats: int, unit: int, tmp_path: Path
) -> None:
    path = _file(
        tmp_path / "x.mid",
        mido.MetaMessage("set_tempo", tempo=0),
        mido.MetaMessage("time_signature", numerator=beats, denominator=unit),
        mido.MetaMessage("time_signature", numerator=3, denominator=4, time=BAR),
    )
    heard = read_midi(path)
    assert heard.tempos == ()
    assert heard.metres == (Metre(0, 4, 4), Metre(BAR, 3, 4))
    assert heard.bar_lines() == [0, BAR, BAR + 3 * BEAT]


def test_a_metre_that_begins_when_the_music_is_over_is_none(tmp_path: Path) -> None:
    track = mido.MidiTrack(
        [
            mido.Message("note_on", note=60, velocity=90, time=0),
            mido.Message("note_off", note=60, time=3 * BEAT),
            mido.MetaMessage("time_signature", numerator=2, denominator=4, time=0),
        ]
    )
    mido.MidiFile(tracks=[track]).save(tmp_path / "x.mid")
    heard = read_midi(tmp_path / "x.mid")
    assert heard.metres == (Metre(0, 4, 4),)
    (tmp_path / "x.mid").write_bytes(file_bytes(heard))
    assert read_midi(tmp_path / "x.mid") == heard


@pytest.mark.parametrize("strange", [b"\x08\x00", b"\x00\x02", b"\xf8\x01"])
def test_a_key_signature_that_does_not_exist_is_ignored(strange: bytes, tmp_path: Path) -> None:
    signs = [mido.MetaMessage("key_signature", key=key, time=at) for key, at in (("D", 0), ("A", BAR))]
    path = _file(tmp_path / "x.mid", *signs)
    content = path.read_bytes()
    assert content.count(b"\xff\x59\x02\x02\x00") == 1
    path.write_bytes(content.replace(b"\xff\x59\x02\x02\x00", b"\xff\x59\x02" + strange))
    assert read_midi(path).keys == ((BAR, Key(3)),)


def test_names_hold_nothing_that_a_page_cannot(tmp_path: Path) -> None:
    words = [mido.MetaMessage("track_name", name="a\x01\x1bb \0"), mido.MetaMessage("marker", text="x\x07y")]
    heard = read_midi(_file(tmp_path / "t\x02\udce4.mid", *words))
    assert (heard.title, heard.parts[0].name, heard.markers) == ("t", "ab", ((0, "xy"),))


def test_a_file_that_says_it_lasts_for_years_is_refused(tmp_path: Path) -> None:
    path = _file(tmp_path / "x.mid", mido.MetaMessage("text", text="", time=2**28 - 1), ticks_per_beat=1)
    with pytest.raises(RefusedError, match=r"has 67,108,984 bars; at most 100,000 are allowed"):
        read_midi(path)


def test_controls_come_through_a_file(tmp_path: Path) -> None:
    part = music().parts[0]._replace(controls=((0, b"\xb0\x07\x60"), (BEAT, b"\xe0\x00\x50")))
    bent = Music("bent", (part,), ((0, 120.0),), (), BAR)
    (tmp_path / "bent.mid").write_bytes(file_bytes(bent))
    assert read_midi(tmp_path / "bent.mid").parts[0].controls == part.controls


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        (b"", "is empty"),
        (b"MThd\x00\x00\x00\x06\x00\x01", "ends inside its header"),
        (b"not MIDI at all, but long enough for a header", "not a MIDI file"),
        (file_bytes(Music("", (), (), (), BAR)), "has no notes"),
    ],
)
def test_what_is_no_music_is_told(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.mid"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RefusedError, match=said):
        read_midi(path)
