"""Priming: the models continue from other music as if they had just played it, lookback included."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from daemon.music.barplan import BarPlan
from daemon.music.engine import Engine, EngineState
from daemon.music.roles_model import RolesState
from daemon.parameters import Parameters
from models.codecs import melody, percussion, plan
from models.codecs.base import LOOKBACK_BARS, Floats
from models.hearing import TokenisedMusic
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT

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


def prime(engine: Engine, music: TokenisedMusic, parameters: Parameters) -> Iterator[EngineState]:
    """Run `engine` over `music` from tick 0 on; yield its state after each beat.

    The engine may be used for other work between two beats. The last state yielded is the primed one.
    """
    state: EngineState | None = None
    for first in range(0, len(music.melody), TICKS_PER_BEAT):
        if state is None:
            engine.begin(_SEED, 0)
            engine.follow(dict(enumerate(plans_of(music))))
        else:
            engine.restore(state)
        for tick in range(first, first + TICKS_PER_BEAT):
            engine.hear(tick, music.melody[tick], music.percussion[tick], parameters)
        state = engine.save()
        yield state


def primed(engine: Engine, music: TokenisedMusic, parameters: Parameters) -> EngineState:
    """Return the state of `engine` after it ran over `music`."""
    *_, state = prime(engine, music, parameters)
    return state


def primed_at(state: EngineState, music: TokenisedMusic, seed: int, tick: int) -> EngineState:
    """Return the state of an engine at `tick`, the first of a bar, if `music` ended just before it.

    `state` is the last state from `prime`. The next eight bars have the plans of the last eight of the music.
    """
    bar = tick // TICKS_PER_BAR
    gone_on = moved(state._replace(seed=seed), bar - music.bars)
    plans = dict(enumerate(plans_of(music)[-REPRISE_BARS:], bar))
    return gone_on._replace(given=tuple({**dict(gone_on.given), **plans}.items()))


def plans_of(music: TokenisedMusic) -> tuple[BarPlan, ...]:
    """Return a plan that fits each bar of the music."""
    tunes, beats = music.melody, music.percussion
    masks = [_mask(classes) for classes in plan.harmony(tunes)]
    roots = plan.roots(tunes).tolist()
    voices, drums = plan.voice_levels(tunes).tolist(), plan.drum_levels(beats).tolist()
    lengths, register = plan.lengths(tunes).tolist(), plan.register(tunes).tolist()
    thickness = plan.thickness(tunes).tolist()
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
            tune_form=tuple(map(tuple, tune_form[bar].tolist())),
            drum_form=tuple(map(tuple, drum_form[bar].tolist())),
            key=-music.shift,
        )
        for bar in range(len(voices))
    )


def moved(state: EngineState, bars: int) -> EngineState:
    """Return the state shifted by a number of bars."""
    away = bars % len(state.plans)
    plans = (*state.plans[len(state.plans) - away :], *state.plans[: len(state.plans) - away])
    ticks = bars * TICKS_PER_BAR
    return state._replace(
        plans=plans,
        given=tuple((bar + bars, plan) for bar, plan in state.given),
        melody=_moved_model(state.melody, ticks),
        percussion=_moved_model(state.percussion, ticks),
    )


def _moved_model(state: RolesState, ticks: int) -> RolesState:
    return state._replace(
        born=state.born + ticks,
        tokens=np.roll(state.tokens, ticks % len(state.tokens), axis=0),
        matched=np.roll(state.matched, ticks % len(state.matched), axis=0),
    )


def _mask(classes: Floats) -> int:
    return sum(1 << int(pitch_class) for pitch_class in np.flatnonzero(classes))
