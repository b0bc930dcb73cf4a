"""Music as it is exported: time, bar lines, loops."""

from dataclasses import replace

import pytest

from exporters.music import cut, gathered, of_take
from models.instruments import INSTRUMENTS
from models.music import Metre, Music, Part, Sound
from models.notes import Note
from models.take import Key, Take
from tests.exporters.pieces import BAR, BEAT, music

SONG = Music(
    "song",
    (
        Part(
            "pad",
            1,
            88,
            (Sound(0, 10 * BEAT, 60, 90), Sound(7 * BEAT, BEAT, 64, 90)),
            ((0, b"\xb0\x07\x60"),),
        ),
    ),
    ((0, 120.0), (4 * BEAT, 60.0)),
    ((0, "a"), (7 * BEAT, "b")),
    12 * BEAT,
    (Metre(0, 4, 4), Metre(4 * BEAT, 3, 4)),
    ((0, Key(0)), (4 * BEAT, Key(2)), (10 * BEAT, Key(-1))),
)


def test_a_change_of_tempo_is_where_it_is() -> None:
    assert SONG.tempo_map() == [(0, 0.0), (0, 0.0), (4 * BEAT, 2.0), (12 * BEAT, 10.0)]
    assert SONG.seconds == 10.0
    assert Music("", (), (), (), BEAT).seconds == 0.5


def test_bar_lines_follow_the_metre() -> None:
    assert [line // BEAT for line in SONG.bar_lines()] == [0, 4, 7, 10, 13]
    assert Music("", (), (), (), 0).bar_lines() == [0]


@pytest.mark.parametrize("end", [0, 1, 4 * BEAT, 4 * BEAT + 1, 13 * BEAT])
def test_bars_are_counted_as_their_lines_are(end: int) -> None:
    song = replace(SONG, end_pulse=end)
    assert song.bars == len(song.bar_lines()) - 1


def test_a_loop_is_whole_bars_cut_at_both_lines() -> None:
    loop = cut(SONG, 1, 2)
    assert loop.end_pulse == 6 * BEAT
    assert loop.parts[0].notes == (Sound(0, 6 * BEAT, 60, 90), Sound(3 * BEAT, BEAT, 64, 90))
    assert loop.parts[0].controls == ((0, b"\xb0\x07\x60"),)
    assert loop.tempos == ((0, 60.0),)
    assert loop.markers == ((0, "a"), (3 * BEAT, "b"))
    assert loop.metres == (Metre(0, 3, 4),)
    assert loop.keys == ((0, Key(2)),)
    assert loop.seconds == 6.0


def test_all_bars_are_the_music_itself() -> None:
    whole = music()
    assert cut(whole, 0, 4) == whole


def test_bars_of_one_beat_are_gathered_where_they_are_no_passing_thing() -> None:
    metres = (Metre(0, 1, 4), Metre(8 * BEAT, 3, 4), Metre(11 * BEAT, 1, 4), Metre(12 * BEAT, 1, 8))
    song = Music("", (), (), (), 20 * BEAT, metres)
    assert gathered(song).metres == (Metre(0, 4, 4), *metres[1:3], Metre(12 * BEAT, 4, 8))
    assert gathered(SONG) == SONG


def test_a_loop_beyond_the_end_is_refused() -> None:
    with pytest.raises(
        ValueError, match="the music has 4 bars, counted from 0; it does not have all of the bars 3 to 4"
    ):
        cut(SONG, 3, 2)


def test_a_take_ends_where_it_was_ended() -> None:
    short = Take((Note(0, 240, "bass", 40, 90),), ((0, 128.0),), (), {"bass": 3}, 2 * BAR)
    assert of_take(short).end_pulse == 2 * BAR
    assert [part.program for part in of_take(short).parts] == [INSTRUMENTS["bass"].program]
    assert [part.program for part in of_take(replace(short, programs={"bass": 33})).parts] == [33]
    assert [part.name for part in of_take(short).parts] == ["bass"]
    assert of_take(Take(short.notes, (), (), {})).end_pulse == 240


def test_a_take_brings_its_keys() -> None:
    keys = ((0, Key(-3, is_minor=True)), (BAR, Key(1, is_minor=True)))
    assert of_take(Take((), (), (), {}, 2 * BAR, keys)).keys == keys
