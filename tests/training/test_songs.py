"""Reading files: moved to the grid, or refused with the reason."""

from pathlib import Path

import pytest

from models.reading.limits import RefusedError
from models.reading.reader import is_music
from tests.training.songs import BAR, write_midi, write_song
from training.songs import read_song

SCORE = """<?xml version="1.0"?><score-partwise version="4.0">
<part-list><score-part id="P1"><part-name>Bass</part-name></score-part></part-list><part id="P1"><measure number="1">
<attributes><divisions>4</divisions><time><beats>{beats}</beats><beat-type>4</beat-type></time></attributes>
<note><pitch><step>C</step><octave>3</octave></pitch><duration>4</duration></note>
<note><rest/><duration>2</duration></note>
<note><pitch><step>E</step><octave>3</octave></pitch><duration>2</duration></note>
<note><chord/><pitch><step>G</step><octave>3</octave></pitch><duration>2</duration></note>
</measure></part></score-partwise>"""


def test_midi_is_moved_onto_the_grid(tmp_path: Path) -> None:
    notes = [(0, 230, 60, 90), (250, 20, 62, 80), (415, 65, 64, 70)]
    song = read_song(write_midi(tmp_path / "a.mid", [("Lead", 0, notes), ("Kit", 9, [(480, 10, 36, 100)])]))
    lead, kit = song.tracks
    assert (lead.name, lead.is_drum, kit.is_drum) == ("Lead", False, True)
    assert lead.onset.tolist() == [0, 2, 3]
    assert lead.length.tolist() == [2, 1, 1]
    assert lead.pitch.tolist() == [60, 62, 64]
    assert lead.velocity.tolist() == [90, 80, 70]
    assert song.ticks == 5
    assert song.on_grid == pytest.approx(3 / 4)
    assert lead.late.tolist() == pytest.approx([0, 10 / 120, 55 / 120])
    assert song.residual.tolist() == pytest.approx([0, 10 / 120, 55 / 120, 0])


def test_scores_are_read_with_chords_and_rests(tmp_path: Path) -> None:
    path = tmp_path / "a.musicxml"
    path.write_text(SCORE.format(beats=4))
    (track,) = read_song(path).tracks
    assert track.name == "Bass"
    assert list(zip(track.onset, track.length, track.pitch, strict=True)) == [
        (0, 4, 48),
        (6, 2, 52),
        (6, 2, 55),
    ]


def test_the_suffix_tells_music() -> None:
    assert all(is_music(Path(name)) for name in ("a.mid", "b.MIDI", "c.mxl", "d.musicxml", "e.krn"))
    assert not any(is_music(Path(name)) for name in ("a.wav", "mid", "b.txt"))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.mid", b"", "is empty"),
        ("a.mid", b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\xff\xff", "has no notes"),
        ("a.mid", b"MThd\0\0\0\6\0\1\0\0\1\xe0", "has no tracks"),
        ("a.mid", b"\0" * (17 * 2**20), "larger than 16 MiB"),
        ("a.musicxml", b"<score-partwise", "not well-formed XML"),
        ("a.musicxml", SCORE.format(beats=3).encode(), "not in 4/4"),
    ],
    ids=["empty", "cut", "silent", "large", "torn score", "waltz"],
)
def test_what_cannot_be_learned_from_is_refused(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RefusedError, match=reason):
        read_song(tmp_path / name)


def test_another_metre_is_refused(tmp_path: Path) -> None:
    path = write_midi(tmp_path / "waltz.mid", [("Lead", 0, [(0, 120, 60, 80)])], metre=(3, 4))
    with pytest.raises(RefusedError, match="not in 4/4"):
        read_song(path)


def test_the_songs_of_these_tests_are_on_the_grid(tmp_path: Path) -> None:
    song = read_song(write_song(tmp_path / "s.mid", 0, bars=3))
    assert song.on_grid == 1.0
    assert 3 * BAR // 120 - 4 < song.ticks <= 3 * BAR // 120


def test_a_song_with_other_metres_gives_its_longest_stretch_in_four(tmp_path: Path) -> None:
    notes = [(beat * 480, 240, 60 + beat % 12, 80) for beat in range(60)]
    metres = [(0, 3, 4), (9, 4, 4), (33, 2, 4), (37, 5, 4), (42, 4, 4)]
    song = read_song(write_midi(tmp_path / "a.mid", [("Lead", 0, notes)], metres=metres))
    assert not song.whole
    # Beats 9 to 37: two bars of 2/4 make one of 4/4.
    assert song.tracks[0].onset.tolist() == list(range(0, 28 * 4, 4))
    assert song.tracks[0].pitch[0] == 60 + 9


def test_an_upbeat_gets_a_bar_of_its_own_where_it_is_asked_for(tmp_path: Path) -> None:
    rhythm = ((0, 900), (4, 220), (6, 220), (8, 460), (12, 460))
    notes = [(0, 460, 67, 80)]
    notes += [(480 + bar * BAR + at * 120, length, 60 + at, 80) for bar in range(8) for at, length in rhythm]
    path = write_midi(tmp_path / "a.mid", [("Voice", 0, notes)])
    assert read_song(path).tracks[0].onset[:3].tolist() == [0, 4, 8]
    assert read_song(path, upbeats=True).tracks[0].onset[:3].tolist() == [12, 16, 20]


def test_a_table_of_beats_makes_a_performance_a_song(tmp_path: Path) -> None:
    # Half a beat of silence, then beats that slow down; a note on every beat, and one between.
    seconds = [0.25]
    for beat in range(24):
        seconds.append(seconds[-1] + 0.5 + 0.01 * beat)
    played = [*seconds[:24], (seconds[4] + seconds[5]) / 2]
    notes = [(round(at * 960), 100, 60, 80) for at in sorted(played)]
    path = write_midi(tmp_path / "1.mid", [("MELODY", 0, notes)], metre=(1, 4))
    first_beats = [int(beat % 4 == 2) for beat in range(25)]
    rows = [f"{at} 0.0 {first}.0" for at, first in zip(seconds, first_beats, strict=True)]
    (tmp_path / "beats.txt").write_text("\n".join(rows))
    song = read_song(path, "beats.txt")
    assert song.tracks[0].onset.tolist() == [0, 4, 8, 10, *range(12, 88, 4)]
    assert song.on_grid == 1.0


@pytest.mark.parametrize(
    ("beats", "reason"),
    [
        (None, "has no beats.txt beside it"),
        ("a b c", "beats that cannot be read"),
        ("0 0 1\n1 0 0", "form no bars"),
    ],
)
def test_beats_that_are_none_are_named(tmp_path: Path, beats: str | None, reason: str) -> None:
    path = write_midi(tmp_path / "1.mid", [("MELODY", 0, [(0, 100, 60, 80)])])
    if beats:
        (tmp_path / "beats.txt").write_text(beats)
    with pytest.raises(RefusedError, match=reason):
        read_song(path, "beats.txt")


def test_a_scores_short_first_bar_is_an_upbeat(tmp_path: Path) -> None:
    path = tmp_path / "a.musicxml"
    upbeat = (
        '<measure number="0" implicit="yes"><attributes><divisions>4</divisions><time><beats>4</beats>'
        + (
            "<beat-type>4</beat-type></time></attributes><note><pitch><step>G</step><octave>4</octave></pitch>"
            '<duration>4</duration></note></measure><measure number="1"><attributes><divisions>4</divisions></attributes>'
        )
    )
    head, rest = SCORE.format(beats=4).split('<measure number="1">')
    path.write_text(head + upbeat + rest.split("</attributes>", 1)[1])
    song = read_song(path)
    assert song.tracks[0].onset.tolist() == [0, 6, 6]
    assert not song.whole
