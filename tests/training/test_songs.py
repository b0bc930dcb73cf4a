"""Reading files: onto the grid, or refused with the reason."""

from pathlib import Path

import pytest

from tests.training.songs import BAR, write_midi, write_song
from training.songs import RefusedError, is_music, read_song

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
        ("a.mid", b"", "not a readable MIDI file"),
        ("a.mid", b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\xff\xff", "not a readable MIDI file"),
        ("a.mid", b"MThd\0\0\0\6\0\1\0\0\1\xe0", "has no notes"),
        ("a.mid", b"\0" * (17 * 2**20), "larger than 16 MiB"),
        ("a.musicxml", b"<score-partwise", "not a readable score"),
        ("a.musicxml", SCORE.format(beats=3).encode(), "not in 4/4 throughout"),
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
    with pytest.raises(RefusedError, match="not in 4/4 throughout"):
        read_song(path)


def test_the_songs_of_these_tests_are_on_the_grid(tmp_path: Path) -> None:
    song = read_song(write_song(tmp_path / "s.mid", 0, bars=3))
    assert song.on_grid == 1.0
    assert 3 * BAR // 120 - 4 < song.ticks <= 3 * BAR // 120
