"""The meter compared with pyloudnorm, true peaks with known ones, and the limiter."""

import math

import numpy as np
import pytest

from exporters.limiter import TARGET_LUFS, at_samples, gains
from exporters.loudness import FRAME, RATE, Meter, integrated, true_peaks
from tests.exporters.hearing import lufs, true_peak

_CEILING = -1.2


def noise(seconds: float, seed: int = 1) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((round(seconds * RATE), 2))
    return (made * 0.05).astype(np.float32)


def metered(samples: np.ndarray, block: int = 100 * FRAME) -> np.ndarray:
    meter = Meter()
    for start in range(0, len(samples), block):
        meter.hear(samples[start : start + block])
    return meter.measure().power


@pytest.mark.parametrize("hertz", [40, 100, 1000, 3000, 10000])
def test_a_tone_is_as_loud_as_another_meter_says(hertz: int) -> None:
    times = np.arange(5 * RATE) / RATE
    tone = (0.3 * np.sin(2 * math.pi * hertz * times)[:, None] * [1, 0.5]).astype(np.float32)
    assert integrated(metered(tone)) == pytest.approx(lufs(tone), abs=0.15)


def test_a_full_tone_on_one_side_has_the_loudness_of_the_standard() -> None:
    tone = np.sin(2 * math.pi * 997 * np.arange(5 * RATE) / RATE)[:, None] * [1, 0]
    assert integrated(metered(tone.astype(np.float32))) == pytest.approx(-3.01, abs=0.05)


def test_silences_do_not_count_and_blocks_make_no_difference() -> None:
    sound = np.concatenate([noise(4), np.zeros((20 * RATE, 2), np.float32), noise(4, 2)])
    power = metered(sound)
    assert integrated(power) == pytest.approx(lufs(sound), abs=0.15)
    assert integrated(power) == pytest.approx(integrated(metered(sound, 7 * FRAME)), abs=1e-4)
    assert integrated(metered(sound * np.float32(1e-4))) == pytest.approx(integrated(power) - 80, abs=0.01)
    assert integrated(metered(np.zeros_like(sound))) == -math.inf


def test_what_both_sides_share_and_what_they_do_not() -> None:
    meter = Meter()
    meter.hear(noise(1)[:, :1] * np.array([1, -1], np.float32))
    assert meter.measure().mid_power == pytest.approx(0, abs=1e-6)
    assert meter.measure().side_power > 1


def test_a_peak_between_two_samples_is_found() -> None:
    tone = np.sin(2 * math.pi * (RATE / 4) * np.arange(RATE) / RATE + math.pi / 4)[:, None] * [0.7, 0.2]
    nothing = np.zeros((0, 2), np.float32)
    peaks = true_peaks(tone.astype(np.float32), nothing, nothing)
    assert np.abs(tone).max() == pytest.approx(0.495, abs=0.001)
    assert np.median(peaks) == pytest.approx(0.7, rel=0.01)


@pytest.mark.parametrize("is_loop", [False, True])
def test_loud_hits_are_brought_under_the_line_and_the_rest_is_not_touched(is_loop: bool) -> None:
    sound = noise(10)
    for at in range(RATE // 2, len(sound), RATE):
        sound[at : at + 400] += np.float32(0.9)
    nothing = np.zeros((0, 2), np.float32)
    power, peaks = metered(sound), true_peaks(sound, nothing, nothing)
    curve = gains(power, peaks, _CEILING, is_loop=is_loop)
    limited = sound * at_samples(curve, 0, len(sound))[:, None]
    assert lufs(limited) == pytest.approx(TARGET_LUFS, abs=0.3)
    assert true_peak(limited) <= -1
    assert curve.min() < 0.9 * curve.max()
    assert np.abs(np.diff(np.log(curve))).max() < 1.5  # no click


def test_the_gain_of_a_loop_closes() -> None:
    sound = noise(3)
    sound[-300:] += np.float32(0.9)
    nothing = np.zeros((0, 2), np.float32)
    closed, cut = (
        gains(metered(sound), true_peaks(sound, nothing, nothing), _CEILING, is_loop=each)
        for each in (True, False)
    )
    assert closed[0] == pytest.approx(closed[-1], rel=0.1)
    assert cut[0] > 1.3 * cut[-1]


def test_gains_are_read_in_pieces_as_in_one() -> None:
    curve = np.random.default_rng(3).random(50).astype(np.float32)
    whole = at_samples(curve, 0, 50 * FRAME)
    pieces = [at_samples(curve, start, 7 * FRAME) for start in range(0, 49 * FRAME, 7 * FRAME)]
    assert np.allclose(whole[: 49 * FRAME], np.concatenate(pieces), atol=1e-6)
