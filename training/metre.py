"""Where bars begin in music whose file does not tell."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.music import Metre
from models.notes import PULSES_PER_BEAT, TICKS_PER_BAR

# Mean share of a bar's note length that begins at each sixteenth of the OpenScore Lieder in 4/4, upbeats allowed for.
_ACCENTS: Final = np.log(
    [0.333, 0.01, 0.036, 0.01, 0.11, 0.009, 0.044, 0.01, 0.213, 0.009, 0.038, 0.01, 0.122, 0.008, 0.044, 0.01]
)
# Nats a beat by which another downbeat must be likelier than the written one. On the 120 Lieder whose first change of
# metre gives the upbeat away, 74 % begin as written and 87 % are found.
_LEAST_GAIN: Final = 0.05
_LONGEST_NOTE_BEATS: Final = 4.0


def upbeat_ticks(onset: NDArray[np.integer], beats: NDArray[np.floating]) -> int:
    """Sixteenths (even, 0..14) before the first downbeat, by where long notes begin; 0 unless that is clear.

    `onset` in sixteenths, `beats` the length of each note.
    """
    weight = np.zeros(TICKS_PER_BAR)
    np.add.at(weight, onset % TICKS_PER_BAR, np.minimum(beats, _LONGEST_NOTE_BEATS))
    share = weight / max(float(weight.sum()), 1e-9)
    likelihood = [float(np.roll(share, -shift) @ _ACCENTS) for shift in range(0, TICKS_PER_BAR, 2)]
    best = int(np.argmax(likelihood))
    return 2 * best if likelihood[best] - likelihood[0] > _LEAST_GAIN else 0


def metres_of_bars(starts: Sequence[int]) -> list[Metre]:
    """Return one metre a bar, from the beats at which bars begin; the last has the length of the one before."""
    lengths = np.diff(starts).tolist()
    return [
        Metre(int(start) * PULSES_PER_BEAT, int(beats), 4)
        for start, beats in zip(starts, [*lengths, *lengths[-1:]], strict=False)
    ]
