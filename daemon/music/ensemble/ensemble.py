"""The ensemble of a deck: its director and its systems, which compose one tick after the other."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.director import Director
from daemon.music.arranging.given import is_whole, planned_or_given
from daemon.music.arranging.harmony import played_chord
from daemon.music.arranging.recalling import Past, remembering
from daemon.music.arranging.track_memory import TrackMemory
from daemon.music.ensemble.articulation import drum_notes, melodic_notes, on_tick
from daemon.music.ensemble.crescendo import rise_of
from daemon.music.ensemble.effects import effects_of
from daemon.music.ensemble.planner import Planner, PlannerMemory
from daemon.music.ensemble.recent import Moment
from daemon.music.ensemble.under_chord import led
from daemon.music.systems.chance import DRUM_TOUCH, MELODY_TOUCH, Chance
from daemon.music.systems.played import NOTHING, Played
from daemon.music.systems.system import Cue, Steps, System
from daemon.music.systems.table import SystemState
from daemon.parameters import Parameters
from models.arrangement import Arrangement
from models.codecs.base import LOOKBACK_BARS
from models.codecs.melody import REGISTERS
from models.codecs.recall import RECALL_BARS
from models.effects import Effects
from models.groove import Groove
from models.notes import MELODIC_VOICES, PULSES_PER_TICK, TICKS_PER_BAR, Note, Voice


class Composed(NamedTuple):
    """A composed tick: its notes, the voices in `release`, whose earlier notes end, and its effects, if it has any."""

    tick: int
    notes: tuple[Note, ...]
    release: tuple[Voice, ...]
    plan: BarPlan
    effects: Effects | None = None

    def moved(self, ticks: int) -> "Composed":
        """Return the same music so many ticks later."""
        if not ticks:
            return self
        pulses = ticks * PULSES_PER_TICK
        notes = tuple(note._replace(pulse=note.pulse + pulses) for note in self.notes)
        return self._replace(tick=self.tick + ticks, notes=notes)


class EnsembleState(NamedTuple):
    """The whole memory of an ensemble. `given` are plans of later bars that do not come from the director."""

    seed: int
    plans: tuple[BarPlan | None, ...]
    given: tuple[tuple[int, BarPlan], ...]
    before: Played
    systems: tuple[SystemState, ...]
    track: TrackMemory = TrackMemory()
    planner: PlannerMemory | None = None

    def moved(self, bars: int) -> "EnsembleState":
        """Return the same memory for music that lies `bars` later."""
        away = bars % len(self.plans)
        return self._replace(
            plans=(*self.plans[len(self.plans) - away :], *self.plans[: len(self.plans) - away]),
            given=tuple((bar + bars, plan) for bar, plan in self.given),
            systems=tuple(each.moved(bars * TICKS_PER_BAR) for each in self.systems),
            track=self.track.moved(bars),
            planner=self.planner and self.planner.moved(bars),
        )


class Ensemble:
    """The director and the systems of a deck, in the order in which they compose a tick.

    A `planner` writes parts of the director's plans. `last` is the tick that was composed last.
    """

    def __init__(
        self,
        systems: Sequence[System],
        arrangement: Arrangement,
        groove: Groove,
        seed: int = 0,
        planner: Planner | None = None,
    ) -> None:
        self._planner = planner
        self._systems = tuple(systems)
        self._arrangement, self._groove = arrangement, groove
        self._plans: list[BarPlan | None] = [None] * RECALL_BARS
        # The same plans in the order of a cue; empty if they must be ordered again.
        self._recent: tuple[BarPlan | None, ...] = ()
        self._given: dict[int, BarPlan] = {}
        self._before = NOTHING
        self._track = TrackMemory()
        self._chance = Chance()
        self.last: Moment | None = None
        self.seed = seed
        self.director = Director(seed, arrangement)
        self.begin(seed, 0)

    @property
    def extra_ticks(self) -> int:
        """How many ticks longer than usual the horizon must be."""
        return max(system.extra_ticks for system in self._systems)

    def begin(self, seed: int, tick: int) -> None:
        """Clear the memory: the music of `seed` begins at `tick`."""
        self._use(seed)
        self._plans, self._recent = [None] * RECALL_BARS, ()
        self._given.clear()
        self._before = NOTHING
        self._track = TrackMemory(began=tick // TICKS_PER_BAR)
        if self._planner:
            self._planner.begin()
        for system in self._systems:
            system.begin(seed, tick)

    def save(self) -> EnsembleState:
        """Return a copy of the whole memory."""
        systems = tuple(system.save() for system in self._systems)
        given = tuple(self._given.items())
        planner = self._planner.save() if self._planner else None
        return EnsembleState(
            self.seed, tuple(self._plans), given, self._before, systems, self._track, planner
        )

    def restore(self, state: EnsembleState) -> None:
        """Continue from a saved memory: the next tick is what it would have been."""
        self._use(state.seed)
        self._plans, self._recent = list(state.plans), ()
        self._given, self._before, self._track = dict(state.given), state.before, state.track
        for system, memory in zip(self._systems, state.systems, strict=True):
            system.restore(memory)
        if self._planner:
            self._planner.restore(state.planner)

    def close(self) -> None:
        """Release the rows of the sessions."""
        for system in self._systems:
            system.close()
        if self._planner:
            self._planner.close()

    def follow(self, plans: Mapping[int, BarPlan]) -> None:
        """Use these plans for these bars, but the director's section, bars left, next section and energy."""
        self._given.update(plans)

    def hear(self, tick: int, played: Played, parameters: Parameters) -> Steps[None]:
        """Update the memory as if the systems had composed `played` at `tick`."""
        cue = yield from self._cue(tick, parameters)
        cue = cue._replace(played=played)
        for system in self._systems:
            yield from system.hear(cue, played)
        self._before = played

    def compose(self, tick: int, parameters: Parameters) -> Steps[Composed]:
        """Compose `tick`."""
        cue = yield from self._cue(tick, parameters)
        for system in self._systems:
            played = yield from system.compose(cue)
            cue = cue._replace(played=cue.played.joined(played))
        cue = cue._replace(played=_led(cue))
        self._before = cue.played
        section = self.director.section_at(tick // TICKS_PER_BAR, parameters)
        self.last = Moment(tick, self.seed, cue.plan, cue.plans[1], section, cue.played)
        return self.articulated(self.last, parameters)

    def _cue(self, tick: int, parameters: Parameters) -> Steps[Cue]:
        bar = tick // TICKS_PER_BAR
        plan = self._plans[bar % RECALL_BARS]
        if tick % TICKS_PER_BAR == 0 or plan is None:
            plan = yield from self._planned(bar, parameters)
            self._plans[bar % RECALL_BARS] = plan
            self._recent = ()
        if not self._recent:
            self._recent = tuple(self._plans[(bar - ago) % RECALL_BARS] for ago in range(RECALL_BARS))
        chance = self._chance.at(self.seed, tick)
        return Cue(tick, parameters, self._recent, plan, chance, self._before, NOTHING)

    def _planned(self, bar: int, parameters: Parameters) -> Steps[BarPlan]:
        given = self._given.pop(bar, None)
        plan = yield from self._written(bar, parameters, given)
        for system in self._systems:
            plan = yield from system.plan(bar, plan, parameters)
        return self._remembering(bar, planned_or_given(plan, given, parameters), parameters)

    def _written(self, bar: int, parameters: Parameters, given: BarPlan | None) -> Steps[BarPlan]:
        """Return the director's plan of a bar, with what the planner writes."""
        if self._planner is None:
            return self.director.plan(bar, parameters)
        if given is not None and not is_whole(given):
            given = None  # the network writes what the given plan lacks
        before = [self._plans[(bar - ago) % RECALL_BARS] for ago in LOOKBACK_BARS]
        return (yield from self._planner.plan(bar, self.director, parameters, before, given))

    def _remembering(self, bar: int, plan: BarPlan, parameters: Parameters) -> BarPlan:
        """Return the plan with what it recalls of the track so far."""
        section = self.director.section_at(bar, parameters)
        past = Past(self.seed, self._track, self._plans)
        recalling, self._track = remembering(past, bar, section, plan, parameters)
        return recalling

    def articulated(self, moment: Moment, parameters: Parameters) -> Composed:
        """Return the notes of a composed tick under these parameters."""
        tick, plan, played = moment.tick, moment.plan, moment.played
        chance = self._chance.at(moment.seed, tick)
        sounds = (*map(on_tick, played.sounds), *played.timed)
        tune, drums = chance[MELODY_TOUCH], chance[DRUM_TOUCH]
        rise = rise_of(plan, tick)
        notes = (
            *melodic_notes(tick, sounds, parameters, plan.energy, tune, key=plan.key, rise=rise),
            *drum_notes(tick, played.hits, parameters, plan.energy, drums, groove=self._groove, rise=rise),
        )
        # When a voice begins a note on the tick, its earlier notes end.
        begun = {note.voice for note in notes} & {sound.voice for sound in played.sounds}
        release = tuple(voice for voice in MELODIC_VOICES if voice in begun)
        return Composed(tick, notes, release, plan, effects_of(tick, plan, moment.before, parameters))

    def _use(self, seed: int) -> None:
        if seed != self.seed:
            self.seed, self.director = seed, Director(seed, self._arrangement)


def _led(cue: Cue) -> Played:
    """Return what all systems play at a tick, under the chord that somebody plays in, if one leads."""
    chord = played_chord(cue.tick // TICKS_PER_BAR, cue.plan.key, cue.parameters)
    if chord is None:
        return cue.played
    silent = [register.voice for register, level in zip(REGISTERS, cue.plan.voices, strict=True) if not level]
    return led(cue.played, chord, cue.tick, silent)
