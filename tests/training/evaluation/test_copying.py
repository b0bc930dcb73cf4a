"""The search finds planted copies in any key and at any tick, and nothing else."""

import numpy as np
import pytest

from models.codecs import percussion
from models.codecs.base import Tokens
from tests.training.evaluation.music import BAR, beat, tune, wandering
from training.evaluation.copying import Index, line, passage_hashes, steps
from training.evaluation.music import Music


def music(title: str, tunes: Tokens) -> Music:
    return Music(title, tunes, np.zeros((len(tunes), len(percussion.DRUMS)), np.int64))


def moved(tunes: Tokens, semitones: int) -> Tokens:
    """Return only the lead, transposed."""
    return np.where(tunes > 0, tunes + np.array([0] * 6 + [semitones] * 2 + [0] * 2), 0)


@pytest.fixture(scope="module")
def learned() -> Index:
    return Index([music(f"song {seed}", wandering(seed, 16)) for seed in range(20)])


def test_a_song_itself_is_all_copy(learned: Index) -> None:
    own = learned.copying([music("again", wandering(7, 16))])
    assert own.share == 1
    assert own.windows == 13
    assert own.longest is not None
    assert (own.longest.song, own.longest.song_bar, own.longest.bar) == ("song 7", 0, 0)
    assert own.longest.ticks == 16 * BAR - 1


def test_new_music_is_no_copy(learned: Index) -> None:
    new = learned.copying([music("new", wandering(100, 32))])
    assert (new.windows, new.found) == (29, 0)


@pytest.mark.parametrize("semitones", [-5, 0, 7])
@pytest.mark.parametrize("shift", [0, 3, BAR])
def test_a_planted_passage_is_found_in_any_key(learned: Index, semitones: int, shift: int) -> None:
    taken = moved(wandering(11, 16)[4 * BAR : 10 * BAR], semitones)
    tunes = np.concatenate([wandering(200, 8), np.zeros((shift, 10), np.int64), taken, wandering(201, 8)])
    found = learned.copying([music("thief", tunes)])
    assert found.found >= 2
    assert found.share < 0.3
    assert found.longest is not None
    assert found.longest.song == "song 11"
    assert found.longest.song_bar == 4
    assert 6 * BAR - 1 <= found.longest.ticks <= 6 * BAR + 2


def test_a_passage_does_not_run_from_one_song_into_the_next() -> None:
    halves = Index([music("a", wandering(1, 2)), music("b", wandering(2, 2))])
    joined = halves.copying([music("joined", np.concatenate([wandering(1, 2), wandering(2, 2)]))])
    assert joined.windows == 1
    assert joined.found == 0
    assert joined.longest is not None
    assert joined.longest.ticks < 2 * BAR + 1


def test_few_notes_are_no_melody(learned: Index) -> None:
    sparse = tune([(n * BAR, "lead", 60, 4) for n in range(16)], 16)
    trill = tune([(n, "lead", 60 + n % 2, 1) for n in range(16 * BAR)], 16)
    assert learned.copying([music("sparse", sparse), music("trill", trill)]).windows == 0


def test_the_line_is_the_lead_or_else_the_highest_note() -> None:
    tunes = tune([(0, "lead", 70, 2), (0, "chords", 80, 2), (4, "bass", 30, 2), (BAR, "chords", 60, 4)], 2)
    own = tune([(0, "chords", 60, 4), (0, "chords", 64, 4), (BAR, "lead", 72, 2)], 2)
    assert line(tunes).nonzero()[0].tolist() == [0, BAR]
    assert line(tunes)[[0, BAR]].tolist() == [70, 60]
    assert line(own)[[0, BAR]].tolist() == [64, 72]


def test_hashes_are_those_of_equal_passages_alone() -> None:
    own = np.concatenate([line(wandering(5, 40)), np.zeros(9, np.int64), line(moved(wandering(5, 40), 3))])
    hashes = passage_hashes(steps(own), 64)
    half = 40 * BAR + 9
    starts = np.arange(0, 36 * BAR)
    assert (hashes[starts] == hashes[starts + half]).all()
    assert len(np.unique(hashes[starts])) == len(starts)


def test_without_songs_nothing_is_found() -> None:
    none = Index([]).copying([music("new", wandering(1, 8))])
    assert (none.found, none.longest) == (0, None)
    assert Index([]).copying([music("silent", tune((), 8))]).share == 0


def test_drums_play_no_part(learned: Index) -> None:
    assert learned.copying([Music("drums", tune((), 4), beat([(0, "kick")], 4))]).windows == 0
