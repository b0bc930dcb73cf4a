"""The codec of the gauge: from eight bars of melody and percussion tokens to shares of the styles and a place."""

from typing import Final

from models.codecs import melody, percussion
from models.codecs.base import STYLES
from models.codecs.demands import GAUGE, Codec, Settings, System, Tensors, width
from models.notes import TICKS_PER_BAR
from models.onnxfile import Tensor

# It reads tokens of melody-roles-v2 and percussion-nine-v2.
NAME: Final = "gauge-roles-v2"
# A gauge reads eight bars.
HEARD_TICKS: Final = 8 * TICKS_PER_BAR
SONGS: Final = "songs"


def tensors(settings: Settings) -> Tensors:
    """Return the tensors of a gauge. Raises ValueError if a setting is not valid."""
    place = width(settings, GAUGE, "embedding")
    temperature = settings.get("nearness_temperature")
    if type(temperature) is not float or not 0 < temperature <= 1:
        raise ValueError(f"nearness_temperature is {temperature}, not above 0 and up to 1; train it again")
    return Tensors(
        inputs={
            "melody": Tensor("int64", [HEARD_TICKS, len(melody.LAYOUT.slots)]),
            "percussion": Tensor("int64", [HEARD_TICKS, len(percussion.LAYOUT.slots)]),
        },
        outputs={"style": Tensor("float", [len(STYLES)]), "place": Tensor("float", [place])},
        states={},
    )


SYSTEM: Final = System(GAUGE, GAUGE, (Codec(NAME, GAUGE, tensors, is_batched=False),), (SONGS,))
