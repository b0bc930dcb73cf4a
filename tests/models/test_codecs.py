"""Codecs: decoding gives what was encoded, and the tables are right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.codecs import melody, percussion
from models.codecs.base import (
    LOOKBACK_TICKS,
    MATCH_TICKS,
    Layout,
    matches,
    position,
    recent_matches,
)
from models.codecs.melody import LENGTHS, REGISTERS, Sound
from models.codecs.percussion import ACCENTS, DRUMS, Hit

_LENGTHS = st.sampled_from(LENGTHS)


@st.composite
def _ticks(draw: st.DrawFn) -> list[Sound]:
    sounds = []
    for register in REGISTERS:
        length = draw(_LENGTHS)
        pitches = draw(st.sets(st.integers(register.low, register.high), max_size=register.notes))
        sounds += [Sound(register.voice, pitch, length) for pitch in sorted(pitches)]
    return sounds


@given(st.lists(_ticks(), min_size=1, max_size=8))
def test_melody_comes_back(ticks: list[list[Sound]]) -> None:
    tokens = melody.encode(ticks)
    assert tokens.shape == (len(ticks), 10)
    assert [melody.decode(row) for row in tokens] == ticks


@given(st.lists(st.dictionaries(st.integers(0, 8), st.sampled_from(ACCENTS)), min_size=1, max_size=8))
def test_percussion_comes_back(ticks: list[dict[int, float]]) -> None:
    hits = [[Hit(drum, accent) for drum, accent in sorted(row.items())] for row in ticks]
    assert [percussion.decode(row) for row in percussion.encode(hits)] == hits


@given(st.integers(0, 127))
def test_a_register_keeps_the_pitch_class_of_every_pitch(pitch: int) -> None:
    for register in REGISTERS:
        folded = register.token(pitch) + register.low - 1
        assert register.low <= folded <= register.high
        assert (folded - pitch) % 12 == 0


@given(st.lists(st.integers(0, 127), min_size=1, max_size=12))
def test_of_too_many_notes_the_lead_keeps_the_highest_the_bass_the_lowest(pitches: list[int]) -> None:
    for register, top in ((REGISTERS[0], False), (REGISTERS[2], True)):
        tokens = sorted({register.token(pitch) for pitch in pitches})
        (row,) = melody.encode([[Sound(register.voice, pitch, 1) for pitch in pitches]])
        start, stop = dict(zip((r.voice for r in REGISTERS), melody.LAYOUT.part_ranges, strict=True))[
            register.voice
        ]
        kept = [token for token in row[start : stop - 1] if token]
        assert kept == (tokens[-register.notes :] if top else tokens[: register.notes])


@pytest.mark.parametrize(("ticks", "nearest"), [(1, 1), (5, 6), (7, 8), (11, 12), (100, 16), (0.1, 1)])
def test_lengths_are_rounded_by_ratio(ticks: float, nearest: int) -> None:
    assert LENGTHS[melody.length_token(ticks) - 1] == nearest


def test_every_midi_pitch_is_a_drum_and_every_drum_plays_as_itself() -> None:
    assert {percussion.drum_of(pitch) for pitch in range(128)} == set(range(len(DRUMS)))
    assert [percussion.drum_of(pitch) for pitch in percussion.PITCHES] == list(range(len(DRUMS)))


def test_accents_keep_their_order_as_velocities() -> None:
    for drum in range(len(DRUMS)):
        soft, medium, loud = (percussion.velocity_of(Hit(drum, accent)) for accent in ACCENTS)
        assert 1 <= soft < medium < loud <= 127


@given(st.integers(0, 2**32 - 1), st.integers(1, 300))
def test_matches_are_what_their_definition_says(seed: int, ticks: int) -> None:
    layout: Layout = percussion.LAYOUT
    tokens = np.random.default_rng(seed).integers(0, 2, (ticks, 9))
    matched = matches(tokens, layout)
    for tick in range(ticks):
        for part, (start, stop) in enumerate(layout.part_ranges):
            for lag, back in enumerate(LOOKBACK_TICKS):
                same = tick >= back and (tokens[tick, start:stop] == tokens[tick - back, start:stop]).all()
                assert matched[tick, part, lag] == same


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_recent_matches_are_the_share_of_the_bar_before(seed: int, ticks: int) -> None:
    matched = np.random.default_rng(seed).random((ticks, 3, 4)) < 0.5
    recent = recent_matches(matched)
    for tick in range(ticks):
        before = matched[max(tick - MATCH_TICKS, 0) : tick]
        assert recent[tick] == pytest.approx(before.sum(axis=0) / MATCH_TICKS)


def test_position_tells_tick_of_the_bar_and_bar_of_eight() -> None:
    rows = position(np.array([0, 17, 16 * 8 + 3]))
    assert [np.flatnonzero(row).tolist() for row in rows] == [[0, 16], [1, 17], [3, 16]]
