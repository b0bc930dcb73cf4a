"""Figures of a gauge: intervals, rank correlation, views of a window, songs found again."""

import numpy as np
import pytest
import torch

from models.songindex import pack, unpack
from tests.training.tinygauge import network, song
from training.systems.gauge.figures import found_again, index_songs, judge, measure, told_right, with_kick
from training.systems.gauge.windows import DRUMS


def test_wilsons_interval_as_in_the_books() -> None:
    # R's prop.test(9, 10, correct = FALSE)
    assert told_right([True] * 9 + [False]) == {"share": 0.9, "low": 0.5958, "high": 0.9821, "of": 10}
    assert told_right([True] * 37)["low"] == 0.9059


def test_a_kick_beneath_is_all_the_drums_there_are() -> None:
    window = song(0).window(0)
    beaten = with_kick(window)
    assert (beaten[:, :10] == window[:, :10]).all()
    assert beaten[:, DRUMS].astype(bool).sum() == 32
    assert beaten[::4, DRUMS.start].all()


def test_accuracy_counts_songs_and_windows_by_what_is_read() -> None:
    songs = [song(0, 160), song(1, 160), song(2, 160, "classical")]
    deaf = network()
    with torch.no_grad():
        deaf.style.weight.zero_()
        deaf.style.bias.fill_(-1.0)
    figures = measure(deaf, songs)
    whole = figures["accuracy"]["whole"]
    assert whole["all"]["songs"]["share"] == round(2 / 3, 4)
    assert whole["edm"]["windows"] == told_right([True] * 4)
    assert whole["classical"]["windows"]["share"] == 0.0
    assert whole["edm"]["classical_read"] == pytest.approx(1 / (1 + np.e), abs=1e-3)
    assert set(figures["blends"]["classical_read"]) == {whole["edm"]["classical_read"]}
    assert measure(deaf, songs[:2]) == {}


def test_a_song_whose_end_is_its_beginning_is_found_again() -> None:
    heard = network()
    songs = [song(number, 32 * 16) for number in range(3)]
    songs = [each._replace(tokens=np.tile(each.tokens[:128], (4, 1))) for each in songs]
    index = unpack(pack(index_songs(heard, songs)), 6)
    figures, temperature = found_again(heard, songs, index)
    assert figures["songs"] == 3
    assert figures["first"]["share"] == figures["among_five"]["share"] == 1.0
    assert 0.02 <= temperature <= 0.3
    _, places = judge(heard, [songs[1].window(24)])
    assert index.likeness(places[0]).argmax() == 1
