"""A foreign clock as a line: tempo and phase, with jitter, changes of tempo, gaps."""

import random
from collections.abc import Iterator

import pytest

from daemon.player.timing.follower import Follower, begin, follow, timeline
from models.notes import PULSES_PER_CLOCK

TWO_BEATS = 48


def run(times: list[float], expected: float = 128.0) -> Iterator[Follower]:
    state = begin(times[0], expected)
    yield state
    for seconds in times[1:]:
        state = follow(state, seconds)
        yield state


def grid(tempo: float, count: int, start: float = 0.0) -> list[float]:
    return [start + n * 60 / (tempo * 24) for n in range(count)]


def jittered(times: list[float], jitter_ms: float, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [seconds + chance.uniform(-jitter_ms, jitter_ms) / 1e3 for seconds in times]


@pytest.mark.parametrize("tempo", [20.0, 60.0, 119.0, 174.0, 300.0])
@pytest.mark.parametrize("expected", [60.0, 128.0, 300.0])
def test_tempo_and_phase_are_right_after_two_beats(tempo: float, expected: float) -> None:
    times = grid(tempo, TWO_BEATS + 1)
    line = timeline([*run(times, expected)][-1])
    assert line.tempo == pytest.approx(tempo, rel=0.002)
    assert line.seconds_at(TWO_BEATS * PULSES_PER_CLOCK) == pytest.approx(times[-1], abs=0.001)


@pytest.mark.parametrize(("jitter_ms", "most_ms"), [(0, 0.001), (1, 0.2), (2, 0.4), (5, 1.0), (10, 2.0)])
def test_jitter_is_not_passed_on(jitter_ms: float, most_ms: float) -> None:
    errors = []
    for seed in range(10):
        times = grid(120, 20 * 96)
        for n, state in enumerate(run(jittered(times, jitter_ms, seed))):
            if 4 * 96 <= n < len(times) - 1:
                ahead = timeline(state).seconds_at((state.number + 1) * PULSES_PER_CLOCK)
                errors.append(abs(ahead - times[n + 1]) * 1e3)
    assert sorted(errors)[int(0.95 * len(errors))] <= most_ms


@pytest.mark.parametrize("jitter_ms", [0, 2, 5])
@pytest.mark.parametrize("tempo", [60.0, 90.0, 117.0, 130.0, 240.0])
def test_another_tempo_is_followed_within_two_beats(tempo: float, jitter_ms: float) -> None:
    before = grid(120, 960)
    times = before + grid(tempo, TWO_BEATS + 1, before[-1] + 60 / (tempo * 24))
    state = [*run(jittered(times, jitter_ms, 3))][-1]
    assert timeline(state).tempo == pytest.approx(tempo, rel=0.02)
    assert state.seconds == pytest.approx(times[-1], abs=0.005)
    if tempo > 80 or jitter_ms < 5:  # at half the tempo, jitter makes clocks look lost
        assert state.number == len(times) - 1


def test_a_glide_is_followed() -> None:
    times, tempo = [0.0], 100.0
    for _ in range(16 * 24):
        tempo += 40 / (16 * 24)
        times.append(times[-1] + 60 / (tempo * 24))
    late = [state.seconds - seconds for state, seconds in zip(run(times, 100.0), times, strict=True)]
    assert max(map(abs, late)) < 0.005


@pytest.mark.parametrize("missing", [1, 3, 24, 100])
def test_clocks_that_were_lost_are_counted(missing: int) -> None:
    times = grid(125, 600)
    state = [*run(times[:300] + times[300 + missing :])][-1]
    assert state.number == 599
    assert state.seconds == pytest.approx(times[-1], abs=0.0005)


@pytest.mark.parametrize("late_ms", [-8, 8, 14])
def test_a_clock_that_was_held_up_moves_nothing(late_ms: float) -> None:
    times = grid(120, 960)
    times[800] += late_ms / 1e3
    errors = [state.seconds - 60 * state.number / (24 * 120) for state in run(times)]
    assert max(map(abs, errors[700:])) < 0.0001


@pytest.mark.parametrize("jitter_ms", [0.0, 1.0])
@pytest.mark.parametrize("spacing_ms", [0.02, 1.0, 4.0])
@pytest.mark.parametrize("held", [1, 2, 3, 5, 9])
def test_clocks_that_are_held_up_and_come_in_a_burst_are_counted_once_each(
    held: int, spacing_ms: float, jitter_ms: float
) -> None:
    period = 60 / (120 * 24)
    wrong = []
    for twentieth in range(20):
        times = jittered(grid(120, 1200), jitter_ms, twentieth)
        until = times[800] + (held + twentieth / 20) * period
        for n in range(801, 801 + held + 10):
            times[n] = max(times[n], until + (n - 801) * spacing_ms / 1e3)
        last = [*run(sorted(times))][-1]
        if last.number != 1199 or last.seconds != pytest.approx(times[-1], abs=0.004):
            wrong.append((twentieth / 20, last.number, last.seconds - times[-1]))
    assert not wrong


def test_clocks_that_come_in_a_burst_after_a_pause_are_counted_once() -> None:
    times = grid(120, 960)
    held_up = [
        max(seconds, times[805]) + (n - 800) * 1e-4 if 800 <= n < 806 else seconds
        for n, seconds in enumerate(times)
    ]
    state = [*run(held_up)][-1]
    assert state.number == 959
    assert state.seconds == pytest.approx(times[-1], abs=0.0005)
