"""The networks' input while playing has the same form as their input from real music in training."""

import numpy as np

from daemon.music.arranging.barplan import BarPlan
from daemon.music.systems.edm.conditioning import beat_row, beat_rows, tune_row, tune_rows
from models.beats import beats as beats_of
from models.codecs import melody, percussion, plan
from models.codecs.base import LAGS, RECALL
from models.codecs.chords import chord_of
from models.codecs.condition import Frame, melody_condition, percussion_condition

GENRE = 3
LAGS_BACK = (12, 0, 12, 0, 20, 0, 0)
RECALLED = {
    "tune": (True, False, False),
    "rhythm": (False, False, True),
    "drums": (False, True, False, False),
}


def _halves(tunes: np.ndarray, bar: int) -> list[tuple[int, int]]:
    """The mask and the root of each half of a bar."""
    halves = slice(2 * bar, 2 * bar + 2)
    masks = [int((half > 0) @ (1 << np.arange(12))) for half in plan.harmony(tunes)[halves]]
    return list(zip(masks, plan.roots(tunes)[halves].tolist(), strict=True))


def _plan_of(tunes: np.ndarray, beats: np.ndarray, bar: int) -> BarPlan:
    """The plan that a director would make for an existing bar."""
    (one, first), (other, second) = _halves(tunes, bar)
    masks = one, other
    heights, rhythms = plan.heights(tunes)[2 * bar : 2 * bar + 2].tolist(), plan.rhythm(tunes)[bar] > 0
    return BarPlan(
        "any",
        (masks[0], masks[1]),
        tuple(plan.voice_levels(tunes)[bar].tolist()),
        tuple(plan.drum_levels(beats)[bar].tolist()),
        0.5,
        (first, second),
        tuple(plan.lengths(tunes)[bar].tolist()),
        int(plan.register(tunes)[bar]),
        int(plan.thickness(tunes)[bar]),
        (heights[0], heights[1]),
        int(plan.span(tunes)[bar]),
        int(plan.strike(tunes)[bar]),
        GENRE,
        int(beats_of(beats)[bar]),
        tuple((*row, RECALLED["rhythm"][voice]) for voice, row in enumerate(rhythms.tolist())),
        LAGS_BACK,
        0,
        tuple(
            (*row, RECALLED["tune"][n])
            for n, row in enumerate((plan.form(tunes, melody.LAYOUT)[bar] > 0).tolist())
        ),
        tuple(
            (*row, RECALLED["drums"][n])
            for n, row in enumerate((plan.form(beats, percussion.LAYOUT)[bar] > 0).tolist())
        ),
    )


def test_rows_of_a_plan_are_the_rows_learned_from() -> None:
    rng = np.random.default_rng(5)
    tunes = (rng.random((48, 10)) < 0.3) * rng.integers(1, 9, (48, 10))
    tunes[32:] = tunes[:16]
    beats = rng.integers(0, 4, (48, 9))
    beats[32:] = beats[:16]
    style = np.array([0.7, 0.3], np.float32)
    genre = np.zeros((48, 9), np.float32)
    genre[:, GENRE] = 1
    frame = Frame(np.arange(48), np.tile(style, (48, 1)), genre)
    drums, begun = rng.random((48, 9)).astype(np.float32), rng.random((48, 3)).astype(np.float32)
    recent = rng.random((48, 3, LAGS)).astype(np.float32), rng.random((48, 4, LAGS)).astype(np.float32)
    line = rng.integers(0, 49, 48)
    tune_plan = plan.melody_plan(tunes)
    tune_plan.form[:, :, RECALL], tune_plan.rhythm[:, :, RECALL] = RECALLED["tune"], RECALLED["rhythm"]
    tune_plan.recalled[:] = np.array(LAGS_BACK[:3]) > 0
    # The director names the chord of a mask, which has no weights.
    chords = [chord_of(mask, root) for bar in range(3) for mask, root in _halves(tunes, bar)]
    tune_plan = tune_plan._replace(
        chord_roots=np.repeat([root for root, _ in chords], 8),
        qualities=np.repeat([kind for _, kind in chords], 8),
    )
    beat_plan = plan.percussion_plan(beats)
    beat_plan.form[:, :, RECALL] = RECALLED["drums"]
    beat_plan.recalled[:] = np.array(LAGS_BACK[3:]) > 0
    tune = melody_condition(frame, tune_plan, line - 1, drums, recent[0])
    beat = percussion_condition(frame, beat_plan, begun, recent[1])
    for bar in range(3):
        words = _plan_of(tunes, beats, bar)
        rows, hits = tune_rows(words, bar), beat_rows(words, bar)
        for place in range(16):
            tick = bar * 16 + place
            row = tune_row(rows[place], style, int(line[tick]), drums[tick], recent[0][tick])
            assert (row == tune[tick]).all()
            assert (beat_row(hits[place], style, begun[tick], recent[1][tick]) == beat[tick]).all()
