"""The networks' input while playing has the same form as their input from real music in training."""

import numpy as np

from daemon.music.arranging.barplan import BarPlan
from daemon.music.systems.edm.conditioning import beat_row, beat_rows, tune_row, tune_rows
from models.codecs import melody, percussion, plan
from models.codecs.condition import melody_condition, percussion_condition


def _plan_of(tunes: np.ndarray, beats: np.ndarray, bar: int) -> BarPlan:
    """The plan that a director would make for an existing bar."""
    masks = [int((half > 0) @ (1 << np.arange(12))) for half in plan.harmony(tunes)[2 * bar : 2 * bar + 2]]
    first, second = plan.roots(tunes)[2 * bar : 2 * bar + 2].tolist()
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
        tuple(tuple(row) for row in plan.form(tunes, melody.LAYOUT)[bar] > 0),
        tuple(tuple(row) for row in plan.form(beats, percussion.LAYOUT)[bar] > 0),
    )


def test_rows_of_a_plan_are_the_rows_learned_from() -> None:
    rng = np.random.default_rng(5)
    tunes = (rng.random((48, 10)) < 0.3) * rng.integers(1, 9, (48, 10))
    tunes[32:] = tunes[:16]
    beats = rng.integers(0, 4, (48, 9))
    beats[32:] = beats[:16]
    style = np.array([0.7, 0.3], np.float32)
    drums, begun = rng.random((48, 9)).astype(np.float32), rng.random((48, 3)).astype(np.float32)
    lately = rng.random((48, 3, 4)).astype(np.float32), rng.random((48, 4, 4)).astype(np.float32)
    styles = np.tile(style, (48, 1))
    tune = melody_condition(np.arange(48), styles, plan.melody_plan(tunes), drums, lately[0])
    beat = percussion_condition(np.arange(48), styles, plan.percussion_plan(beats), begun, lately[1])
    for bar in range(3):
        words = _plan_of(tunes, beats, bar)
        rows, hits = tune_rows(words, bar), beat_rows(words, bar)
        for place in range(16):
            tick = bar * 16 + place
            assert (tune_row(rows, place, style, drums[tick], lately[0][tick]) == tune[tick]).all()
            assert (beat_row(hits, place, style, begun[tick], lately[1][tick]) == beat[tick]).all()
