"""Set the loudness and stereo width of each part in a mix."""

import math
from typing import Final, NamedTuple, cast

import numpy as np

from exporters.loudness import Measure, integrated
from exporters.synthesiser import Samples
from models.effects import EFFECTS, EFFECTS_LEVEL
from models.instruments import INSTRUMENTS
from models.music import Music, Part
from models.notes import VOICES, Voice

# The most that a part may lose when the mix is played in mono.
_MONO_LOSS_DB: Final = 0.7
_LEAST_WIDTH: Final = 0.25  # with width 0, a part whose left is the inverse of its right would be silent
_VOLUMES: Final = (7, 11)  # controllers: channel volume and expression


class Place(NamedTuple):
    """A part's place in the mix: its gain, and its width, the factor for the difference between its sides."""

    gain: float = 1.0
    width: float = 1.0

    def applied(self, samples: Samples) -> Samples:
        """Return the samples with this gain and width."""
        if self == Place():
            return samples
        if self.width == 1:
            return samples * np.float32(self.gain)
        middle = samples.mean(axis=1, keepdims=True)
        placed_samples: Samples = np.float32(self.gain) * (
            middle + np.float32(self.width) * (samples - middle)
        )
        return placed_samples


def is_ours_to_balance(music: Music) -> bool:
    """Return whether all parts are voices of edmd without volume controllers, or its effects. Other music is balanced."""
    names = [part.name for part in music.parts]
    return len(set(names)) == len(names) and all(
        part.name == EFFECTS or _is_voice(part) for part in music.parts
    )


def placed(part: Part, measure: Measure) -> Place:
    """Return the place that gives a voice its level with any sound font, and keeps it audible in mono."""
    loudness = integrated(measure.power)
    if loudness == -math.inf:
        return Place()
    middle, sides = measure.mid_power, measure.side_power
    allowed = (10 ** (_MONO_LOSS_DB / 10) - 1) * middle
    width = max(math.sqrt(allowed / sides), _LEAST_WIDTH) if sides > allowed else 1.0
    narrowed_db = 10 * math.log10((middle + width**2 * sides) / (middle + sides))
    level = EFFECTS_LEVEL if part.name == EFFECTS else INSTRUMENTS[cast("Voice", part.name)].level
    return Place(10 ** ((level - loudness - narrowed_db) / 20), width)


def _is_voice(part: Part) -> bool:
    return (
        part.name in VOICES
        and part.is_drums == (part.name == "drums")
        and not any(message[0] & 0xF0 == 0xB0 and message[1] in _VOLUMES for _, message in part.controls)
    )
