"""The plans of the answer to a call that somebody played: its rhythm and chords, with new notes."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from daemon.music.arranging.barplan import UNSTATED, BarPlan
from daemon.music.systems.symbols.harmonise import chords_of
from models.codecs import melody
from models.codecs.base import LOOKBACK_BARS, Tokens
from models.hearing import TokenisedMusic
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, TICKS_PER_BAR, Note

# From here on in its last bar an answer has a rhythm of its own, so that it is no echo.
_FREE_FROM: Final = 12
_OUT_OF_FORM: Final = (False,) * (len(LOOKBACK_BARS) + 1)


def answer_plans(music: TokenisedMusic, plans: Sequence[BarPlan], bars: int) -> tuple[BarPlan, ...]:
    """Return the plans of the answer to a call of so many bars; `plans` are those of the call, which `music` repeats.

    Its voices have the rhythm of the call, but for its end, and new notes. What the call has not is unstated: drums, and
    silent voices.
    """
    found = plans[:bars]
    played = [any(plan.voices[voice] for plan in found) for voice in range(3)]
    back = LOOKBACK_BARS.index(bars)
    rhythm = tuple(lag == back for lag in range(len(_OUT_OF_FORM)))
    harmonised = None if played[1] else _harmony(music, bars)
    answers = []
    for number, plan in enumerate(found):
        levels = [level if here else UNSTATED for level, here in zip(plan.voices, played, strict=True)]
        answer = plan._replace(
            voices=(levels[0], levels[1], levels[2]),
            drums=(UNSTATED,) * len(plan.drums),
            beat=UNSTATED,
            drum_form=None,
            strike=0,
            tune_form=(_OUT_OF_FORM,) * 3,
            rhythms=tuple(rhythm if here else _OUT_OF_FORM for here in played),
            strikes=_strikes(music, number),
            free_from=_FREE_FROM if number == bars - 1 else TICKS_PER_BAR,
        )
        if harmonised is not None:
            (first, first_root), (second, second_root) = harmonised[number]
            answer = answer._replace(harmony=(first, second), roots=(first_root, second_root))
        answers.append(answer)
    return tuple(answers)


def _strikes(music: TokenisedMusic, bar: int) -> tuple[int, ...]:
    """Return the sixteenths of a bar at which bass, chords and lead begin notes, as 16-bit masks."""
    onsets = melody.onsets(music.melody[bar * TICKS_PER_BAR : (bar + 1) * TICKS_PER_BAR]) > 0
    return tuple(sum(1 << int(place) for place in np.flatnonzero(voice)) for voice in onsets.T)


def _harmony(music: TokenisedMusic, bars: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return a chord of the common key for each half bar of a melody without chords."""
    notes = _notes(music.melody[: bars * TICKS_PER_BAR])
    found, before = [], UNSTATED
    for bar in range(bars):
        first, second = chords_of(notes, bar * PULSES_PER_BAR, before)
        before = second.root
        found.append(((first.mask, first.root), (second.mask, second.root)))
    return found


def _notes(tokens: Tokens) -> list[Note]:
    return [
        Note(tick * PULSES_PER_TICK, sound.length * PULSES_PER_TICK, sound.voice, sound.pitch, 90)
        for tick, row in enumerate(tokens)
        for sound in melody.decode(row)
    ]
