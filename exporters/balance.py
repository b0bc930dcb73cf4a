"""How loud and how wide each part is in a mix."""

import math
from typing import Final, NamedTuple, cast

import numpy as np

from exporters.loudness import Measure, integrated
from exporters.synthesiser import Samples
from models.instruments import INSTRUMENTS
from models.music import Music, Part
from models.notes import VOICES, Voice

# How much a part may lose where it is heard in mono.
_MONO_LOSS_DB: Final = 0.7
_LEAST_WIDTH: Final = 0.25  # a part whose left is the opposite of its right would be silent without its sides
_VOLUMES: Final = (7, 11)  # controllers: channel volume and expression


class Place(NamedTuple):
    """A part's place in the mix: its gain, and how much is left of what its sides do not share."""

    gain: float = 1.0
    width: float = 1.0

    def applied(self, samples: Samples) -> Samples:
        """The samples as the mix has them."""
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
    """Return whether its parts are voices of edmd, none with a volume of its own. Other music is balanced already."""
    names = [part.name for part in music.parts]
    return len(set(names)) == len(names) and all(_is_voice(part) for part in music.parts)


def placed(part: Part, measure: Measure) -> Place:
    """Return the place at which a voice has its level, whatever sound font played it, and is heard in mono."""
    loudness = integrated(measure.power)
    if loudness == -math.inf:
        return Place()
    middle, sides = measure.mid_power, measure.side_power
    allowed = (10 ** (_MONO_LOSS_DB / 10) - 1) * middle
    width = max(math.sqrt(allowed / sides), _LEAST_WIDTH) if sides > allowed else 1.0
    narrowed_db = 10 * math.log10((middle + width**2 * sides) / (middle + sides))
    level = INSTRUMENTS[cast("Voice", part.name)].level
    return Place(10 ** ((level - loudness - narrowed_db) / 20), width)


def _is_voice(part: Part) -> bool:
    return (
        part.name in VOICES
        and part.is_drums == (part.name == "drums")
        and not any(message[0] & 0xF0 == 0xB0 and message[1] in _VOLUMES for _, message in part.controls)
    )
