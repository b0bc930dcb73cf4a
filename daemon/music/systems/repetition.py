"""What the parameter `repetition` means for networks that may copy earlier music."""

from typing import Final

# The `repetition` at which copy gates are used as learned.
_LEARNED_REPETITION: Final = 0.6
_LOOPING, _WANDERING, _NEVER = 8.0, 6.0, 1e4


def copy_bias(repetition: float) -> float:
    """Return what is added to the copy gates: 0 at the learned `repetition`, above 0 for loops, below 0 for new notes."""
    if repetition == 0:
        return -_NEVER
    if repetition >= _LEARNED_REPETITION:
        return _LOOPING * (repetition - _LEARNED_REPETITION) / (1 - _LEARNED_REPETITION)
    return _WANDERING * (repetition - _LEARNED_REPETITION) / _LEARNED_REPETITION
