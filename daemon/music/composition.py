"""The music as it is composed: which tick is next, with which snapshot, by which engine; the same live and offline."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from daemon.automation import At, Automation, boundary
from daemon.music.engine import Composed, Engine
from daemon.music.priming import go_on
from daemon.music.telling import told
from daemon.parameters import Parameters
from models.hearing import Heard
from models.notes import MELODIC_VOICES, TICKS_PER_BAR, TICKS_PER_BEAT, VOICES, Voice

# A player that jumped further than this slept: the music begins anew there instead of catching up.
_LONGEST_GAP_TICKS: Final = 64
_KEPT_TICKS: Final = 20

TickMessage = tuple[str, int, tuple[object, ...], float, tuple[Voice, ...]]


class Ticked(NamedTuple):
    """A tick that has been composed: what the player is sent, and how it came about."""

    composed: Composed
    parameters: Parameters
    release: tuple[Voice, ...]
    compose_us: float

    @property
    def message(self) -> TickMessage:
        """What the player is sent."""
        return ("tick", self.composed.tick, self.composed.notes, self.parameters.tempo, self.release)


class _Due(NamedTuple):
    """Something that happens to the engine when `tick` is composed."""

    tick: int
    act: Callable[[], None]


def fresh_seed() -> int:
    """A seed nobody chose."""
    return random.SystemRandom().randrange(2**32)


class Composition:
    """Composes the ticks that are wanted, each once; a tick wanted again is given again."""

    def __init__(self, engine: Engine, automation: Automation, last_tick: int | None = None) -> None:
        self.engine = engine
        self.automation = automation
        self.next_tick = 0
        self.last_tick = last_tick
        self._due: list[_Due] = []
        self._kept: dict[int, Ticked] = {}
        self._before = automation.current
        self._is_broken = False

    def want(self, tick: int) -> Ticked:
        """The tick `tick`; those skipped before it are composed unheard, unless they are too many."""
        if tick in self._kept:
            return self._given_again(self._kept[tick])
        if self._is_broken or not 0 <= tick - self.next_tick <= _LONGEST_GAP_TICKS:
            self._kept.clear()
            self.engine.begin(self.engine.seed, tick)
            self._is_broken = False
            self.next_tick = tick
        for number in range(self.next_tick, tick + 1):
            self._kept[number] = self._compose(number)
            self._kept.pop(number - _KEPT_TICKS, None)
        self.next_tick = tick + 1
        return self._kept[tick]

    def kept(self, tick: int) -> Ticked | None:
        """One of the last ticks composed, None for any other."""
        return self._kept.get(tick)

    def forgo(self, tick: int) -> None:
        """Go on after `tick`, which could not be composed, with fresh state: half a step may have been made."""
        self.next_tick = tick + 1
        self._is_broken = True

    def begin(self) -> None:
        """Start from tick 0 with fresh state of the same seed; changes that wait are moved there."""
        self.automation.restart(0, self.next_tick)
        self.next_tick = 0
        self._kept.clear()
        self.engine.begin(self.engine.seed, 0)
        # What waits happens to the music that begins: a priming before the first bar is heard in it.
        waiting, self._due = self._due, []
        for due in waiting:
            due.act()

    def reseed(self, seed: int, at: At) -> float:
        """Begin the music of `seed` at a boundary; the beat of it."""
        return self._at(at, lambda: self.engine.begin(seed, self.next_tick))

    def swap(self, engine: Engine, at: At = "bar", heard: Heard | None = None) -> float:
        """Go on with another engine at a boundary, primed with what it `heard`, or fresh; the beat of it."""

        def exchange() -> None:
            if heard is None:
                engine.begin(self.engine.seed, self.next_tick)
            else:
                go_on(engine, heard, self.engine.seed, self.next_tick)
            self.engine = engine

        return self._at(at, exchange)

    def may_sound(self) -> set[tuple[Voice, int]]:
        """Voices and pitches of the last ticks, which a player that was killed may have left sounding."""
        return {(note.voice, note.pitch) for ticked in self._kept.values() for note in ticked.composed.notes}

    @property
    def parameters(self) -> Parameters:
        """What the next tick will have."""
        return self.automation.peek(self.next_tick)

    @property
    def section(self) -> str:
        """The section of the last tick composed."""
        last = self._kept.get(self.next_tick - 1)
        return last.composed.plan.section if last else ""

    @property
    def plan(self) -> dict[str, object] | None:
        """The plan of the last tick's bar in words and numbers; None before the first."""
        last = self._kept.get(self.next_tick - 1)
        return told(last.composed.plan, last.composed.tick // TICKS_PER_BAR) if last else None

    def _at(self, at: At, act: Callable[[], None]) -> float:
        tick = boundary(self.next_tick, at)
        self._due.append(_Due(tick, act))
        return tick / TICKS_PER_BEAT

    def _compose(self, tick: int) -> Ticked:
        began = time.perf_counter()
        parameters = self.automation.advance(tick)
        self.next_tick = tick
        turned = self._do_due(tick)
        composed = self.engine.step(tick, parameters)
        if self.last_tick is not None and tick >= self.last_tick:
            composed = composed._replace(notes=(), release=())
        muted = _newly_muted(self._before, parameters)
        self._before = parameters
        release = (*MELODIC_VOICES,) if turned else tuple(dict.fromkeys((*composed.release, *muted)))
        return Ticked(composed, parameters, release, (time.perf_counter() - began) * 1e6)

    def _given_again(self, ticked: Ticked) -> Ticked:
        """A tick composed before a stop: its notes hold, but not a tempo or a mute that was changed since."""
        now = self.automation.peek(self.next_tick)
        before = ticked.parameters
        mutes = {f"{voice}_mute": getattr(now, f"{voice}_mute") for voice in VOICES}
        parameters = replace(before, tempo=now.tempo, **mutes)
        if parameters == before:
            return ticked
        notes = tuple(note for note in ticked.composed.notes if not mutes[f"{note.voice}_mute"])
        return ticked._replace(composed=ticked.composed._replace(notes=notes), parameters=parameters)

    def _do_due(self, tick: int) -> bool:
        """Whether anything happened to the engine."""
        due = [each for each in self._due if each.tick <= tick]
        for each in due:
            each.act()
            self._due.remove(each)
        return bool(due)


def _newly_muted(before: Parameters, after: Parameters) -> tuple[Voice, ...]:
    if before is after:
        return ()
    return tuple(v for v in VOICES if getattr(after, f"{v}_mute") and not getattr(before, f"{v}_mute"))
