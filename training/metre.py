"""Where a file's music is in 4/4, and where its bars begin."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.notes import BEATS_PER_BAR, TICKS_PER_BAR

# Bars of so many beats pair up into, or fall apart into, bars of four.
_BINARY_BEATS: Final = (1, 2, 4, 8, 16)
# Mean share of a bar's note length that begins at each sixteenth of the OpenScore Lieder in 4/4, upbeats allowed for.
_ACCENTS: Final = np.log(
    [0.333, 0.01, 0.036, 0.01, 0.11, 0.009, 0.044, 0.01, 0.213, 0.009, 0.038, 0.01, 0.122, 0.008, 0.044, 0.01]
)
# Nats a beat by which another downbeat must be likelier than the written one. On the 120 Lieder whose first change of
# metre gives the upbeat away, 74 % begin as written and 87 % are found.
_LEAST_GAIN: Final = 0.05
_LONGEST_NOTE_BEATS: Final = 4.0


class Metre(NamedTuple):
    """From `beat` on the bars have `numerator` notes of 1/`denominator`."""

    beat: float
    numerator: int
    denominator: int

    @property
    def bar_beats(self) -> float:
        """Length of a bar."""
        return 4 * self.numerator / self.denominator


class Stretch(NamedTuple):
    """Beats from `start` up to `stop` that can be counted in bars of 4/4 from `start` on."""

    start: float
    stop: float

    @property
    def beats(self) -> float:
        """Length."""
        return self.stop - self.start


def in_four(metres: Sequence[Metre], end: float) -> Stretch | None:
    """Return the longest stretch in 4/4 before the beat `end`, None when there is none; 4/4 when nothing is written."""
    changes = sorted(set(metres), key=lambda metre: metre.beat) or [Metre(0.0, 4, 4)]
    stops = [*(min(metre.beat, end) for metre in changes[1:]), end]
    stretches: list[Stretch] = []
    for metre, stop in zip(changes, stops, strict=True):
        if metre.bar_beats not in _BINARY_BEATS or stop <= metre.beat:
            continue
        before = stretches[-1] if stretches else None
        if before and before.stop == metre.beat and before.beats % BEATS_PER_BAR == 0:
            stretches[-1] = before._replace(stop=stop)
        else:
            stretches.append(Stretch(metre.beat, stop))
    return max(stretches, key=lambda stretch: stretch.beats, default=None)


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
        Metre(float(start), int(beats), 4)
        for start, beats in zip(starts, [*lengths, *lengths[-1:]], strict=False)
    ]
