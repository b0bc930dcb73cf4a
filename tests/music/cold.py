"""Cold starts: ten seeds, the director off, energy 0.8."""

from collections.abc import Callable, Sequence

import numpy as np

from daemon.parameters import Parameters
from models.codecs.base import Tokens
from tests.music.row import Row
from tests.music.stage import Stage
from training.evaluation import sets
from training.evaluation.music import Music

SEEDS = range(10)
BARS = 64


def rows(stage: Stage) -> list[Row]:
    """What a dance floor needs from the first bar on; each figure is the worst set's."""
    parameters = Parameters(classical_mix=0.0, energy=0.8, director=False)
    own = [each.music for each in stage.played(parameters, SEEDS, BARS, "cold starts")]
    loops = [sets.chord_loop(each.melody) for each in own]
    real_loops = [sets.chord_loop(each.melody) for each in stage.held_out]
    return [
        _worst(
            "kick on the beat", own, stage.held_out, sets.kick_on_beats, lambda each: each.percussion, 0.75
        ),
        Row(
            "bars without a drum",
            sum(sets.bars_without_drum(each.percussion) for each in own),
            f"of {BARS * len(own)}",
            high=0,
        ),
        _worst(
            "bass or chords sound", own, stage.held_out, sets.harmony_share, lambda each: each.melody, 0.9
        ),
        Row(
            "sets with a chord loop that returns",
            sum(loop.returns for loop in loops),
            f"of {len(own)}",
            low=len(own),
            real=float(np.mean([loop.returns for loop in real_loops])) * len(own),
            note=f"likeness {' '.join(f'{loop.likeness:.2f}' for loop in loops)}, "
            f"real on the mean {np.mean([loop.likeness for loop in real_loops]):.2f}",
        ),
    ]


def _worst(
    name: str,
    own: Sequence[Music],
    real: Sequence[Music],
    measure: Callable[[Tokens], float],
    part: Callable[[Music], Tokens],
    low: float,
) -> Row:
    values = [measure(part(each)) for each in own]
    median = float(np.median([measure(part(each)) for each in real]))
    return Row(
        name, min(values), "worst set", low, None, median, f"mean {np.mean(values):.2f}; real is the median"
    )
