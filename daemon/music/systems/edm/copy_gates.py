"""Which earlier bars the networks may copy, and which of them the form repeats."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.music.arranging.barplan import BarPlan, Repeats
from models.codecs import percussion
from models.codecs.base import Floats, Layout, Tokens

# Added to the logits of the tokens that the form repeats, before they are divided by the temperature: at temperature 1
# few new tokens differ from them, at 0.5 almost none, at 2 one in ten.
_REPEATED: Final = 5.0


def repeated(allowed: NDArray[np.bool_], form: tuple[Repeats, ...] | None) -> NDArray[np.bool_]:
    """Return (P, 4): the nearest allowed lookback that each part's bar repeats by its form, none for a part without one.

    `allowed` (P, 4) says which lookbacks may be copied.
    """
    if form is None:
        return np.zeros_like(allowed)
    named: NDArray[np.bool_] = allowed & np.array(form, bool)
    named &= named.cumsum(axis=1) == 1
    return named


def only_repeated(allowed: NDArray[np.bool_], again: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return `allowed` without the other lookbacks of the parts that have one in `again`.

    An older bar that should be equal may hold a variation, which would return with it.
    """
    return np.where(again.any(axis=1, keepdims=True), again, allowed)


def repeated_mask(layout: Layout, lookback: Tokens, again: NDArray[np.bool_]) -> Floats:
    """Return (V,) values that favour the tokens of `lookback` (4, S) in the parts and at the lookbacks of `again` (P, 4)."""
    mask = np.zeros(layout.vocabulary, np.float32)
    for part, lag in zip(*again.nonzero(), strict=True):
        slots = np.arange(*layout.part_ranges[part])
        mask[np.array(layout.offsets)[slots] + lookback[lag, slots]] = _REPEATED
    return mask


def tune_marks(plan: BarPlan, half: int) -> tuple[int, ...]:
    """Return a number for bass, chords, lead: equal for equal harmony if the voice sounds in both bars or neither."""
    harmony = 2 * plan.harmony[half]
    return tuple(harmony + bool(level) for level in plan.voices)


def same_riff(old: BarPlan, new: BarPlan, half: int) -> tuple[bool, ...]:
    """Return for bass, chords, lead whether the voice's riff may repeat where the form asks for it.

    A bass riff repeats only over the same root, a lead riff anywhere, chords never. The voice must sound in both bars or
    in neither.
    """
    fits = (old.roots[half] == new.roots[half], False, True)
    return tuple(fit and same for fit, same in zip(fits, _same_voices(old, new), strict=True))


def _same_voices(old: BarPlan, new: BarPlan) -> tuple[bool, ...]:
    """Return for bass, chords, lead whether the voice sounds in both bars or neither: a voice turned off is not copied."""
    return tuple(bool(was) == bool(now) for was, now in zip(old.voices, new.voices, strict=True))


def beat_marks(plan: BarPlan) -> tuple[int, ...]:
    """Return a number for each part of the kit: equal where the same drums sound in two plans."""
    return _sounding_drums(plan.drums)


@lru_cache(maxsize=512)
def _sounding_drums(drums: tuple[int, ...]) -> tuple[int, ...]:
    bits = [bool(level) << drum for drum, level in enumerate(drums)]
    return tuple(sum(bits[start:stop]) for start, stop in percussion.LAYOUT.part_ranges)
