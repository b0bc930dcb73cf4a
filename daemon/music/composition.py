"""The music as it is composed: which tick is next, with which snapshot, by which engine; the same live and offline."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from daemon.automation import At, Automation, boundary, heard_tick
from daemon.music.agenda import Agenda, Due, Kind
from daemon.music.barplan import BarPlan
from daemon.music.engine import Composed, Engine
from daemon.music.outlook import Outlook, Standing
from daemon.music.priming import go_on
from daemon.parameters import Parameters
from models.bundle import Bundle
from models.hearing import TokenisedMusic
from models.notes import MELODIC_VOICES, TICKS_PER_BAR, TICKS_PER_BEAT, VOICES, Voice

# A player that jumped further than this slept: the music begins anew there instead of catching up.
_LONGEST_GAP_TICKS: Final = 64
_KEPT_TICKS: Final = 20
# Of a tick that was composed before a stop and sounds after it, these are taken as they are then.
_TAKEN_ANEW: Final = frozenset({"tempo", *(f"{voice}.mute" for voice in VOICES)})

TickMessage = tuple[str, int, tuple[object, ...], float, tuple[Voice, ...]]


class Ticked(NamedTuple):
    """A tick that has been composed: what the player is sent, and how it came about.

    `tell_plan` tells the plan of its bar, and what comes after it, as everything stands when it is called.
    """

    composed: Composed
    parameters: Parameters
    release: tuple[Voice, ...]
    compose_us: float
    tell_plan: Callable[[], dict[str, object] | None] = lambda: None

    @property
    def message(self) -> TickMessage:
        """What the player is sent."""
        return ("tick", self.composed.tick, self.composed.notes, self.parameters.tempo, self.release)


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
        self._agenda = Agenda()
        self._outlook = Outlook()
        self._kept: dict[int, Ticked] = {}
        self._before = automation.current
        self._is_broken = False

    def want(self, tick: int) -> Ticked:
        """The tick `tick`; those skipped before it are composed unheard, unless they are too many."""
        if tick in self._kept:
            return self._given_again(self._kept[tick])
        if self._is_broken or not 0 <= tick - self.next_tick <= _LONGEST_GAP_TICKS:
            self._kept.clear()
            self._outlook.forget()
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
        self._outlook.forget()
        self.engine.begin(self.engine.seed, 0)
        # What waits happens to the music that begins: a priming before the first bar is heard in it.
        for due in self._agenda.take_all():
            due.act()

    def reseed(self, seed: int, at: At) -> float:
        """Begin the music of `seed` at a boundary; the beat of it."""
        return self._wait("seed", at, lambda: self.engine.begin(seed, self.next_tick), seed, None)

    def swap(self, engine: Engine, at: At = "bar", heard: TokenisedMusic | None = None) -> float:
        """Go on with another engine at a boundary, primed with what it `heard`, or fresh; the beat of it."""

        def exchange() -> None:
            if heard is None:
                engine.begin(self.engine.seed, self.next_tick)
            else:
                go_on(engine, heard, self.engine.seed, self.next_tick)
            self.engine = engine

        return self._wait("model" if heard is None else "prime", at, exchange, None, engine.bundle)

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
        """The plan of the last tick's bar and what comes after it, in words and numbers; None before the first."""
        last = self._kept.get(self.next_tick - 1)
        return last.tell_plan() if last else None

    @property
    def asked(self) -> int:
        """Counts what was asked for: while it stays the same, so does what is to come."""
        return self._agenda.asked + self.automation.changes

    @property
    def due(self) -> tuple[Due, ...]:
        """What waits to happen to the engine, the soonest first."""
        return self._agenda.due

    def heard_tick(self, name: str, tick: int, sounding: int | None = None) -> int:
        """The tick at which a change of a parameter that begins at `tick` is heard.

        `sounding` is the next tick to sound where the music stands still: tempo and mutes act from there on.
        """
        if sounding is not None and name in _TAKEN_ANEW and tick == self.next_tick:
            return min(sounding, tick)
        return heard_tick(name, tick)

    def _wait(
        self, kind: Kind, at: At, act: Callable[[], None], seed: int | None, bundle: Bundle | None
    ) -> float:
        due = Due(kind, boundary(self.next_tick, at), act, seed, bundle)
        self._agenda.add(due)
        return due.tick / TICKS_PER_BEAT

    def _tell_plan(self, plan: BarPlan, bar: int) -> dict[str, object]:
        end = None if self.last_tick is None else self.last_tick // TICKS_PER_BAR
        return self._outlook.tell(plan, bar, Standing(self.engine, self.automation, self._agenda.due, end))

    def _compose(self, tick: int) -> Ticked:
        began = time.perf_counter()
        parameters = self.automation.advance(tick)
        self.next_tick = tick
        turned = self._do_due(tick)
        composed = self.engine.step(tick, parameters)
        bar = tick // TICKS_PER_BAR
        self._outlook.note(bar, composed.plan, self.engine, parameters)
        if self.last_tick is not None and tick >= self.last_tick:
            composed = composed._replace(notes=(), release=())
        muted = _newly_muted(self._before, parameters)
        self._before = parameters
        release = (*MELODIC_VOICES,) if turned else tuple(dict.fromkeys((*composed.release, *muted)))
        tell_plan = partial(self._tell_plan, composed.plan, bar)
        return Ticked(composed, parameters, release, (time.perf_counter() - began) * 1e6, tell_plan)

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
        due = self._agenda.take(tick)
        for each in due:
            each.act()
        return bool(due)


def _newly_muted(before: Parameters, after: Parameters) -> tuple[Voice, ...]:
    if before is after:
        return ()
    return tuple(v for v in VOICES if getattr(after, f"{v}_mute") and not getattr(before, f"{v}_mute"))
