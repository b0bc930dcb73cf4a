"""Where the drops of music are: they have the intended loudness, and the other sections are as much softer as they are."""

import numpy as np

from exporters.limiter import Where
from exporters.loudness import FRAME, RATE
from models.music import Music

_LOUD = ("drop", "groove")


def in_drops(music: Music, frames: int) -> Where | None:
    """Return whether each frame is in a drop, or in a groove if there is no drop; None if there is neither."""
    pulses, seconds = zip(*music.tempo_map(), strict=True)
    ends = [*(pulse for pulse, _ in music.markers[1:]), music.end_pulse]
    for loud in _LOUD:
        where = np.zeros(frames, bool)
        for (pulse, name), end in zip(music.markers, ends, strict=False):
            if name == loud:
                first, last = np.interp((pulse, end), pulses, seconds) * RATE / FRAME
                where[int(first) : int(last)] = True
        if where.any():
            return where
    return None
