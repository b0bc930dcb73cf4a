"""Priming: an ensemble continues from other music as if it had just played it, lookback included."""

from typing import Final

import numpy as np

from daemon.music.arranging.answer import answer_plans
from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.track_memory import ANY_TRACK, Hook, TrackMemory
from daemon.music.ensemble.ensemble import Ensemble, EnsembleState
from daemon.music.systems.played import of_melody, of_percussion
from daemon.music.systems.system import Steps
from daemon.parameters import Parameters
from models.beats import beats as beats_of
from models.codecs import melody, percussion, plan
from models.codecs.base import LOOKBACK_BARS, Floats
from models.hearing import TokenisedMusic
from models.notes import TICKS_PER_BAR

MOST_BARS: Final = 16
# The number of bars after priming that follow the plans of the music. Then all lookbacks are the models' own bars.
REPRISE_BARS: Final = LOOKBACK_BARS[-1]
# Priming does not depend on the seed of the performance: the same music always gives the same state.
_SEED: Final = 0


def passage(music: TokenisedMusic, from_bar: int | None = None) -> TokenisedMusic:
    """Return 16 bars of `music` for priming, from a bar on or else the last ones; repeat a short loop.

    Raises ValueError if there is no such bar.
    """
    if from_bar is not None and from_bar >= music.bars:
        raise ValueError(f"the music has {music.bars} bars, counted from 0; there is no bar {from_bar}")
    first = max(music.bars - MOST_BARS, 0) if from_bar is None else from_bar
    return music.part(first, MOST_BARS).filled(REPRISE_BARS)


def prime(ensemble: Ensemble, music: TokenisedMusic, parameters: Parameters) -> Steps[EnsembleState]:
    """Let `ensemble` hear all of `music` from tick 0 on; return its memory then."""
    begin(ensemble, music)
    yield from hear(ensemble, music, parameters, range(len(music.melody)))
    return ensemble.save()


def begin(ensemble: Ensemble, music: TokenisedMusic) -> None:
    """Prepare an ensemble to hear `music` from tick 0 on."""
    ensemble.begin(_SEED, 0)
    ensemble.follow(dict(enumerate(plans_of(music))))


def hear(ensemble: Ensemble, music: TokenisedMusic, parameters: Parameters, ticks: range) -> Steps[None]:
    """Let `ensemble` hear some ticks of `music`."""
    for tick in ticks:
        played = of_melody(music.melody[tick]).joined(of_percussion(music.percussion[tick]))
        yield from ensemble.hear(tick, played, parameters)


def primed_at(
    state: EnsembleState, music: TokenisedMusic, seed: int, tick: int, call_bars: int = 0
) -> EnsembleState:
    """Return the memory of an ensemble at `tick`, the first of a bar, if `music` ended just before it.

    `state` is the result of `prime`. The next eight bars have the plans of the last eight of the music. If it is a call of
    `call_bars` bars, as many have the plans of an answer.
    """
    bar = tick // TICKS_PER_BAR
    gone_on = state._replace(seed=seed).moved(bar - music.bars)
    found = plans_of(music)
    hook = Hook(bar - music.bars, music.bars, is_primed=True)
    if call_bars:  # an answer has its plans; it does not return to a hook
        coming, track = answer_plans(music, found, call_bars), TrackMemory(began=hook.start)
    else:
        coming, track = found[-REPRISE_BARS:], TrackMemory(ANY_TRACK, hook.start, hook)
    plans = dict(enumerate(coming, bar))
    return gone_on._replace(given=tuple({**dict(gone_on.given), **plans}.items()), track=track)


def plans_of(music: TokenisedMusic) -> tuple[BarPlan, ...]:
    """Return a plan that fits each bar of the music."""
    tunes, beats = music.melody, music.percussion
    masks = [_mask(classes) for classes in plan.harmony(tunes)]
    roots = plan.roots(tunes).tolist()
    voices, drums = plan.voice_levels(tunes).tolist(), plan.drum_levels(beats).tolist()
    lengths, register = plan.lengths(tunes).tolist(), plan.register(tunes).tolist()
    thickness = plan.thickness(tunes).tolist()
    heights, spans, strikes = (
        plan.heights(tunes).tolist(),
        plan.span(tunes).tolist(),
        plan.strike(tunes).tolist(),
    )
    rhythms, kinds = plan.rhythm(tunes).tolist(), beats_of(beats).tolist()
    tune_form, drum_form = plan.form(tunes, melody.LAYOUT) > 0, plan.form(beats, percussion.LAYOUT) > 0
    return tuple(
        BarPlan(
            section="",
            harmony=(masks[2 * bar], masks[2 * bar + 1]),
            voices=tuple(voices[bar]),
            drums=tuple(drums[bar]),
            energy=0.5,
            roots=(roots[2 * bar], roots[2 * bar + 1]),
            lengths=tuple(lengths[bar]),
            register=register[bar],
            thickness=thickness[bar],
            tune_form=tuple((*row, False) for row in tune_form[bar].tolist()),
            drum_form=tuple((*row, False) for row in drum_form[bar].tolist()),
            key=-music.shift,
            heights=(heights[2 * bar], heights[2 * bar + 1]),
            span=spans[bar],
            strike=strikes[bar],
            beat=kinds[bar],
            rhythms=tuple((*map(bool, row), False) for row in rhythms[bar]),
        )
        for bar in range(len(voices))
    )


def _mask(classes: Floats) -> int:
    return sum(1 << int(pitch_class) for pitch_class in np.flatnonzero(classes))
