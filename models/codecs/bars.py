"""The codec of the plan network: a bar as a short row of tokens that says what each part does, without any notes."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.beats import BEATS
from models.codecs import melody, percussion, plan
from models.codecs.base import (
    BARS_IN_POSITION,
    LOOKBACK_BARS,
    STYLES,
    Floats,
    Layout,
    Part,
    Slot,
    Tokens,
    identity,
)
from models.codecs.demands import Codec, Settings, Tensors
from models.codecs.steps import PLAIN, step_tensors
from models.genres import GENRES
from models.notes import SECTIONS

PART: Final = "plan"
LAGS: Final = len(LOOKBACK_BARS)
VOICES: Final = len(melody.LAYOUT.parts)
PARTS: Final = VOICES + len(percussion.LAYOUT.parts)
_LEAD: Final = 2
# "New", or which of the lookbacks a bar repeats.
_REPEATS: Final = 1 + LAGS
_LENGTHS: Final = len(plan.LENGTH_BOUNDS) + 2
_MOST_NOTES: Final = 4
_SECOND_HALF: Final = plan.HEIGHTS + 1


class Bar(NamedTuple):
    """What the parts do in a bar.

    `form` has for each of the seven parts 0 if it is new or silent, or 1 to 4: it repeats its bar of 1, 2, 4 or 8 bars
    ago. `rhythm` says the same for the onsets of bass, chords and lead. `beat` is an index of `models.beats.BEATS`, -1 if
    unstated. The other fields have the values of `models.codecs.plan`.
    """

    form: tuple[int, ...]
    rhythm: tuple[int, ...]
    voices: tuple[int, ...]
    lengths: tuple[int, ...]
    thickness: int
    strike: int
    heights: tuple[int, int]
    span: int
    beat: int
    drums: tuple[int, ...]


def _slots_of_voice(voice: str) -> tuple[Slot, ...]:
    own = {"chords": (("thickness", _MOST_NOTES + 1), ("strike", plan.STRIKES + 1)),
           "lead": (("height", _SECOND_HALF), ("height after", _SECOND_HALF), ("span", plan.SPANS + 1))}  # fmt: skip
    slots = (("form", _REPEATS), ("rhythm", _REPEATS), ("level", plan.VOICE_LEVELS), ("length", _LENGTHS))
    return tuple(Slot(f"{voice} {name}", size) for name, size in (*slots, *own.get(voice, ())))


def _slots_of_drums(part: Part) -> tuple[Slot, ...]:
    beat = (Slot("beat", len(BEATS) + 1),) if part is percussion.LAYOUT.parts[0] else ()
    drums = (Slot(slot.name, plan.DRUM_LEVELS) for slot in part.slots)
    return (Slot(f"{part.name} form", _REPEATS), *beat, *drums)


LAYOUT: Final = Layout([
    *(Part(part.name, _slots_of_voice(part.name)) for part in melody.LAYOUT.parts),
    *(Part(part.name, _slots_of_drums(part)) for part in percussion.LAYOUT.parts),
])  # fmt: skip
_PLACES: Final = {slot.name: place for place, slot in enumerate(LAYOUT.slots)}
_VOICE_NAMES: Final = tuple(part.name for part in melody.LAYOUT.parts)


def _places(what: str, names: tuple[str, ...] = _VOICE_NAMES) -> list[int]:
    return [_PLACES[f"{name} {what}"] for name in names]


FIELDS: Final[Mapping[str, list[int]]] = {
    "form": _places("form", tuple(part.name for part in LAYOUT.parts)),
    "rhythm": _places("rhythm"),
    "voices": _places("level"),
    "lengths": _places("length"),
    "thickness": [_PLACES["chords thickness"]],
    "strike": [_PLACES["chords strike"]],
    "heights": [_PLACES["lead height"], _PLACES["lead height after"]],
    "span": [_PLACES["lead span"]],
    "beat": [_PLACES["beat"]],
    "drums": [_PLACES[drum] for drum in percussion.DRUMS],
}
"""The places of a bar's fields in its row; the row has the beat plus 1."""


def bar_of(row: Tokens) -> Bar:
    """Return the bar of a row (S,)."""

    def values(name: str) -> tuple[int, ...]:
        return tuple(row[FIELDS[name]].tolist())

    first, second = values("heights")
    return Bar(
        form=values("form"),
        rhythm=values("rhythm"),
        voices=values("voices"),
        lengths=values("lengths"),
        thickness=values("thickness")[0],
        strike=values("strike")[0],
        heights=(first, second),
        span=values("span")[0],
        beat=values("beat")[0] - 1,
        drums=values("drums"),
    )


@lru_cache(maxsize=1024)
def row_of(bar: Bar) -> Tokens:
    """Return the row (S,) of a bar, which is read-only."""
    row = np.zeros(len(LAYOUT.slots), np.int64)
    for name, places in FIELDS.items():
        value = getattr(bar, name)
        row[places] = value + 1 if name == "beat" else value
    row.flags.writeable = False
    return row


def register_of(heights: tuple[int, int]) -> int:
    """Return the lead's register, 1..4, by its heights in both halves; 0 if it is silent."""
    stated = [height for height in heights if height]
    if not stated:
        return 0
    steps = sum(stated) / len(stated) - 0.5
    pitch = melody.REGISTERS[_LEAD].low + plan.HEIGHT_SEMITONES * steps
    return 1 + int(np.searchsorted(plan.REGISTER_BOUNDS, pitch, side="right"))


# --- the condition of a bar ---

# The least numbers of bars since a section's first bar, and until its last one, of each class.
_AGES: Final = (0, 8, 16, 24)
_LEFT: Final = (0, 1, 2, 3, 4, 8, 16)


def _columns(widths: Mapping[str, int]) -> dict[str, slice]:
    ends = np.cumsum([0, *widths.values()]).tolist()
    return {name: slice(*ends_of) for name, ends_of in zip(widths, pairwise(ends), strict=True)}


COLUMNS: Final = _columns({
    "place": BARS_IN_POSITION + len(_AGES),
    "left": len(_LEFT),
    "section": len(SECTIONS),
    "following": len(SECTIONS),
    "energy": 2,
    "style": len(STYLES),
    "genre": len(GENRES),
    "simplicity": 2,
    "harmony": LAGS,
})  # fmt: skip
CONDITION: Final[int] = COLUMNS["harmony"].stop
GROUPS: Final = ("place", "left", "section", "following", "energy", "genre", "simplicity", "harmony")
"""The groups of columns that training hides at random."""


class Circumstances(NamedTuple):
    """What the plan network learns about each of N bars before it writes them.

    `age` and `left` (N,) count the bars of the section before and after the bar, `section` and `following` (N,) are
    indices of `models.notes.SECTIONS`; all are -1 if unstated. `energy` and `simplicity` (N,) are 0..1, negative if
    unstated. `style` (N, 2) and `genre` (N, 9) are weights. `same_chords` (N, 4): whether the bar has the chords of its
    lookbacks.
    """

    age: NDArray[np.int64]
    left: NDArray[np.int64]
    section: NDArray[np.int64]
    following: NDArray[np.int64]
    energy: NDArray[np.floating]
    style: NDArray[np.floating]
    genre: NDArray[np.floating]
    simplicity: NDArray[np.floating]
    same_chords: NDArray[np.bool_]


def condition(bars: Circumstances) -> Floats:
    """Return the rows (N, C) for the plan network."""
    place = np.where(bars.age >= 0, bars.age % BARS_IN_POSITION, -1)
    return np.concatenate(
        [
            identity(BARS_IN_POSITION)[place],
            _class(bars.age, _AGES),
            _class(bars.left, _LEFT),
            identity(len(SECTIONS))[bars.section],
            identity(len(SECTIONS))[bars.following],
            _stated(bars.energy),
            bars.style,
            bars.genre,
            _stated(bars.simplicity),
            bars.same_chords,
        ],
        axis=1,
        dtype=np.float32,
    )


def _class(values: NDArray[np.int64], least: tuple[int, ...]) -> Floats:
    rows: Floats = identity(len(least))[np.searchsorted(least, values, side="right") - 1]
    return rows


def _stated(values: NDArray[np.floating]) -> Floats:
    """Return (N, 2): each value and 1, or zeros if it is negative."""
    stated = values >= 0
    return np.stack([values * stated, stated], axis=1).astype(np.float32)


# --- the network ---


def _tensors(settings: Settings) -> Tensors:
    return step_tensors(PART, LAYOUT, CONDITION, LAGS, settings)


CODEC: Final = Codec("bars-v1", PART, _tensors, plain=PLAIN)
