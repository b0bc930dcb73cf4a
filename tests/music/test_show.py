"""The rows to show: genres and primes by hand-made sets, and a set that continues a prime."""

from dataclasses import replace

import numpy as np
import pytest

from models.genres import GENRES
from tests.music import genre, show
from tests.music.playing import Asked, Primer, play
from tests.music.prime import primes_of
from tests.music.show import Reach
from tests.music.stage import EDM
from tests.training.evaluation.music import BAR, beat, four_on_the_floor, tune
from tests.training.evaluation.test_structure import piece
from training.evaluation.measures import MEASURES
from training.evaluation.music import Music

_HOUSE, _DUBSTEP = GENRES[0], next(each for each in GENRES if each.name == "dubstep")


def full(bars: int) -> Music:
    """Return a song in which each voice begins a note in every bar."""
    notes = [
        (bar * BAR, voice, pitch, 4)
        for bar in range(bars)
        for voice, pitch in (("lead", 72), ("chords", 60), ("bass", 36))
    ]
    return Music("a", tune(notes, bars), four_on_the_floor(bars))


def test_only_drops_count_for_a_genre() -> None:
    half = [(bar * BAR + 8, "snare") for bar in range(8, 16)] + [(bar * BAR, "kick") for bar in range(8, 16)]
    floor = [(tick, "kick") for tick in range(0, 8 * BAR, 4)]
    own = piece(full(16).melody, beat([*floor, *half], 16), [(0, "intro"), (8, "drop")])
    (row,) = genre.rows_of(_DUBSTEP, [own])
    assert (row.value, row.met) == (1.0, True)
    rows = {each.name: each for each in genre.rows_of(_HOUSE, [own])}
    assert rows["house: drop bars of its beats"].value == 0
    assert rows["house, drops: bass and chords strike together"].value == 1
    assert rows["house, drops: bass onsets per bar"].value == 1
    assert rows["house, drops: bass rhythms in 8 bars"].value == 1
    assert rows["house, drops: lead pitches in 8 bars"].value == 1


def test_a_row_shows_the_figure_its_interval_and_that_of_songs() -> None:
    own, real = piece(full(8).melody, four_on_the_floor(8)), piece(full(8).melody, beat([(0, "kick")], 8))
    row = show.row_of("beat: four", MEASURES["beat: four"], [own], [real], Reach(0.5))
    assert (row.value, row.real, row.met, row.note) == (
        1.0,
        0.0,
        True,
        "1.00 to 1.00, 8 values; songs: 1 values",
    )
    assert show.row_of("chord VI", MEASURES["chord VI"], [own], [], Reach()).real is None


def test_the_bundles_likelihoods_lie_below_the_baselines_too() -> None:
    figures = {
        "told": {"all": 1.5},
        "untold": {"all": 1.9},
        "ngram_copies": {"all": 1.7},
        "longest_match": {"all": 1.8},
    }
    rows = show._nats({"held_out": {"melody": {"electronic": figures}}})
    assert [(row.high, row.met) for row in rows] == [(1.6, True), (1.7, False)]
    assert show._nats({}) == []


def test_primes_are_the_first_full_windows() -> None:
    quiet = Music("b", tune((), 24), four_on_the_floor(24))
    late = full(24)
    late.melody[: 9 * BAR] = 0
    (prime,) = primes_of([quiet, late], 4)
    assert np.array_equal(prime.melody, late.melody[8 * BAR : 16 * BAR])
    assert list(primes_of([full(8)] * 3, 2)) != []
    assert len(list(primes_of([full(8)] * 3, 2))) == 2


def test_a_primer_holds_the_tokens() -> None:
    song = full(8)
    music = Primer.of(song.melody, song.percussion).music()
    assert np.array_equal(music.melody, song.melody)
    assert np.array_equal(music.percussion, song.percussion)


@pytest.mark.parametrize("seed", [3])
def test_a_set_continues_its_prime(seed: int) -> None:
    song = full(8)
    primed = play("edm", Asked(EDM, seed, 2, Primer.of(song.melody, song.percussion)))
    alone = play("edm", Asked(replace(EDM), seed, 2))
    assert not np.array_equal(primed.music.melody, alone.music.melody)
