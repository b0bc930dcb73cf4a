"""Training windows of a gauge: transposed, silenced, blended; every run draws the same ones."""

import numpy as np

from models.codecs import melody
from tests.training.tinygauge import song
from training.systems.gauge.recipe import Chances
from training.systems.gauge.windows import (
    DRUMS,
    NO_SONG,
    Batches,
    Drawing,
    blended,
    cells,
    transposed,
    without,
)

CALM = Chances(blend=0.0, transpose=0.0, no_drums=0.0, no_voice=0.0, late=0.0)
ALL_BLENDS = Chances(blend=1.0, transpose=1.0, no_drums=0.5, no_voice=0.5, late=0.5)
EDM, CLASSICAL = song(0).window(0), song(1).window(0)


def test_transposing_moves_every_pitch_and_nothing_else() -> None:
    moved = transposed(EDM, 5)
    for before, after in zip(EDM, moved, strict=True):
        was, now = (
            {(s.voice, s.length, s.pitch % 12) for s in melody.decode(row[:10])} for row in (before, after)
        )
        assert now == {(voice, length, (pitch + 5) % 12) for voice, length, pitch in was}
    assert (moved[:, DRUMS] == EDM[:, DRUMS]).all()
    assert (moved[:, [1, 6, 9]] == EDM[:, [1, 6, 9]]).all(), "lengths stay"


def test_a_blend_is_as_classical_as_what_sounds_of_it() -> None:
    beats_of_one = np.zeros((8, 4), bool)
    beats_of_one[:, :3] = True
    mixed, share = blended(EDM, CLASSICAL, beats_of_one)
    assert (mixed[:, :10] == CLASSICAL[:, :10]).all()
    assert (mixed[:, DRUMS] == EDM[:, DRUMS]).all()
    assert share == 0.75
    silenced = without(EDM, (False, False, False, True))
    assert blended(silenced, CLASSICAL, beats_of_one)[1] == 1.0, "silence is of no style"
    assert not cells(silenced)[:, 3].any()
    assert cells(silenced)[:, 0].all()


def test_whole_windows_carry_their_song_and_blends_none() -> None:
    songs = [song(0, 16 * 20), song(1, 16 * 9, "classical")]
    plain = Drawing(songs, CALM, 1, learned=True).batch(40)
    for tokens, classical, number in zip(*plain, strict=True):
        own = songs[int(number)]
        assert classical == own.style
        heard = [own.window(bar) for bar in own.starts(0, own.learned)]
        assert any(np.array_equal(tokens, window) for window in heard)
    batch = Drawing(songs, ALL_BLENDS, 1, learned=True).batch(40)
    assert (batch.song == NO_SONG).all()
    assert 0.2 < float(batch.classical.mean()) < 0.8


def test_epochs_differ_and_a_run_that_goes_on_hears_what_the_first_would_have() -> None:
    songs = [song(0), song(1, style="classical")]
    batches = Batches(songs, ALL_BLENDS, batch=4, steps=2)
    first, second = list(batches), list(batches)
    assert not np.array_equal(first[0].tokens, second[0].tokens)
    again = list(Batches(songs, ALL_BLENDS, batch=4, steps=2, epoch=1))
    assert all(np.array_equal(one.tokens, two.tokens) for one, two in zip(second, again, strict=True))
