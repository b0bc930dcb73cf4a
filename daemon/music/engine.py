"""The engine: one sampling step of both networks per tick, decided wholly by seed, parameters and tick."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from daemon.music.barplan import BarPlan
from daemon.music.conditioning import beat_row, beat_rows, tune_row, tune_rows
from daemon.music.copy_gates import awaited, copy_bias, pulls, same_beat, same_riff, same_tune
from daemon.music.director import Director
from daemon.music.masks import melody_mask, percussion_mask
from daemon.music.roles_model import Choice, RolesModel, RolesState
from daemon.music.sounding import drum_notes, melodic_notes
from daemon.parameters import Parameters
from models.bundle import Bundle
from models.codecs import melody, percussion
from models.codecs.base import LOOKBACK_BARS, Floats, Tokens
from models.codecs.plan import HARMONY_TICKS
from models.notes import MELODIC_VOICES, TICKS_PER_BAR, Note, Voice
from models.session import Provider, open_session

# Drums are learned from EDM and grooves alone.
_DRUM_STYLE: Final = np.array([1.0, 0.0], np.float32)


def _slices(*sizes: int) -> tuple[slice, ...]:
    ends = np.cumsum(sizes).tolist()
    return tuple(slice(end - size, end) for end, size in zip(ends, sizes, strict=True))


# What a tick's random vector is used for: melody and percussion choices, touch of melody and of drums.
_DRAWS: Final = _slices(
    len(melody.LAYOUT.parts) + len(melody.LAYOUT.slots),
    len(percussion.LAYOUT.parts) + len(percussion.LAYOUT.slots),
    2 * len(melody.LAYOUT.slots),
    2 * len(percussion.DRUMS),
)
# Melodies are sampled a little colder than learned, or a loop would be told from a real one by its stray notes; at 0.8
# they keep to fewer pitches than songs do, and a fresh discriminator tells them from songs more often than at 0.9.
_SETTLED: Final = 0.9
_NOTHING_TOLD: Final = (np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float32))
_REMEMBERED_BARS: Final = LOOKBACK_BARS[-1] + 1


class Composed(NamedTuple):
    """A tick as the player needs it: its notes, and the voices whose older notes end where it begins."""

    tick: int
    notes: tuple[Note, ...]
    release: tuple[Voice, ...]
    plan: BarPlan


class EngineState(NamedTuple):
    """Everything the engine remembers."""

    seed: int
    plans: tuple[BarPlan | None, ...]
    given: tuple[tuple[int, BarPlan], ...]
    melody: RolesState
    percussion: RolesState


class Engine:
    """Plays one bundle. `step` is called for every tick in turn; `begin` starts anew from any tick."""

    def __init__(self, bundle: Bundle, provider: Provider, seed: int) -> None:
        self.bundle = bundle
        self._melody = RolesModel(open_session(bundle, "melody", provider).row(), melody.LAYOUT)
        self._percussion = RolesModel(open_session(bundle, "percussion", provider).row(), percussion.LAYOUT)
        self._plans: list[BarPlan | None] = [None] * _REMEMBERED_BARS
        self._told: tuple[Floats, Floats] = _NOTHING_TOLD
        self._chances = np.zeros((0, 0), np.float32)
        self._chances_bar = -1
        self._given: dict[int, BarPlan] = {}
        self.begin(seed, 0)

    def begin(self, seed: int, tick: int) -> None:
        """Fresh state: the music of `seed` begins at `tick`."""
        self.seed = seed
        self.director = Director(seed, self.bundle.arrangement)
        self._plans = [None] * _REMEMBERED_BARS
        self._told = _NOTHING_TOLD
        self._chances_bar = -1
        self._given.clear()
        self._melody.begin(tick)
        self._percussion.begin(tick)

    def save(self) -> EngineState:
        """Copy all memory to the host."""
        given = tuple(self._given.items())
        return EngineState(self.seed, tuple(self._plans), given, self._melody.save(), self._percussion.save())

    def restore(self, state: EngineState) -> None:
        """Go on from a saved memory: the next step is what it would have been."""
        if state.seed != self.seed:
            self.begin(state.seed, 0)
        self._told = _NOTHING_TOLD
        self._plans = list(state.plans)
        self._given = dict(state.given)
        self._melody.restore(state.melody)
        self._percussion.restore(state.percussion)

    def follow(self, plans: Mapping[int, BarPlan]) -> None:
        """Let these bars have these plans; section, its course and energy stay the director's."""
        self._given.update(plans)

    def hear(self, tick: int, tune: Tokens, beat: Tokens, parameters: Parameters) -> None:
        """Live through a tick of other music, (10,) and (9,) tokens, as if it had been composed."""
        self._step(tick, parameters, tune, beat)

    def step(self, tick: int, parameters: Parameters) -> Composed:
        """Compose `tick`."""
        plan, tune, beat, tune_touch, beat_touch = self._step(tick, parameters)
        notes = (
            *melodic_notes(tick, tune, parameters, plan.energy, tune_touch, key=plan.key),
            *drum_notes(tick, beat, parameters, plan.energy, beat_touch, groove=self.bundle.groove),
        )
        # A voice moves on: what it held ends where it begins anew.
        begun = {note.voice for note in notes}
        return Composed(tick, notes, tuple(voice for voice in MELODIC_VOICES if voice in begun), plan)

    def _step(
        self, tick: int, parameters: Parameters, tune: Tokens | None = None, beat: Tokens | None = None
    ) -> tuple[BarPlan, Tokens, Tokens, Floats, Floats]:
        """Take one step of both networks, with their own tokens or with those given in place of them."""
        bar = tick // TICKS_PER_BAR
        plan = self._current(tick, bar, parameters)
        tune_draw, beat_draw, tune_touch, beat_touch = self._chance(tick)
        bias = copy_bias(parameters.repetition)
        style = np.array([1 - parameters.classical_mix, parameters.classical_mix], np.float32)
        tune = self._tune(
            tick, plan, style, self._choice_of_tune(tick, tune_draw, bias, plan, parameters), tune
        )
        beat = self._beat(
            tick, plan, tune, self._choice_of_beat(tick, beat_draw, bias, plan, parameters), beat
        )
        return plan, tune, beat, tune_touch, beat_touch

    def _current(self, tick: int, bar: int, parameters: Parameters) -> BarPlan:
        """The bar's plan, asked for at its first tick, and the rows that tell the networks of it."""
        plan = self._plans[bar % _REMEMBERED_BARS]
        if tick % TICKS_PER_BAR == 0 or plan is None:
            plan = self._plans[bar % _REMEMBERED_BARS] = self._planned(bar, parameters)
            self._told = _NOTHING_TOLD
        if self._told is _NOTHING_TOLD:
            self._told = tune_rows(plan, bar), beat_rows(plan, bar)
        return plan

    def _planned(self, bar: int, parameters: Parameters) -> BarPlan:
        return planned_or_given(self.director.plan(bar, parameters), self._given.pop(bar, None))

    def _chance(self, tick: int) -> list[Floats]:
        """One random vector a tick, by seed and tick alone; everything after is deterministic."""
        bar, place = divmod(tick, TICKS_PER_BAR)
        if bar != self._chances_bar:
            generator = np.random.Generator(np.random.Philox(key=self.seed, counter=[bar, 0, 0, 0]))
            self._chances = generator.random((TICKS_PER_BAR, _DRAWS[-1].stop), np.float32)
            self._chances_bar = bar
        return [self._chances[place, draws] for draws in _DRAWS]

    def _choice_of_tune(
        self, tick: int, uniform: Floats, bias: float, plan: BarPlan, parameters: Parameters
    ) -> Choice:
        bass, chords, lead = plan.voices
        silent = (not bass, not chords, not lead)
        half = _half(tick)
        mask = melody_mask(parameters.scale, silent, plan.harmony[half], plan.register, plan.roots[half])
        return Choice(uniform, _SETTLED * parameters.melody.temperature, parameters.melody.top_p, bias, mask)

    def _choice_of_beat(
        self, tick: int, uniform: Floats, bias: float, plan: BarPlan, parameters: Parameters
    ) -> Choice:
        silent, awaited_parts = tuple(not level for level in plan.drums), awaited(tick, plan)
        mask = percussion_mask(silent, *pulls(awaited_parts))
        return Choice(uniform, parameters.percussion.temperature, parameters.percussion.top_p, bias, mask)

    def _tune(
        self, tick: int, plan: BarPlan, style: Floats, choice: Choice, dictated: Tokens | None
    ) -> Tokens:
        half = _half(tick)
        drums_before = percussion.struck(self._percussion.before(tick))
        row = tune_row(self._told[0], tick % TICKS_PER_BAR, style, drums_before, self._melody.recent())
        valid = self._valid(tick, self._melody, lambda old: same_tune(old, plan, half))
        if plan.tune_form:
            riffs = self._valid(tick, self._melody, lambda old: same_riff(old, plan, half))
            valid |= riffs & np.array(plan.tune_form, bool)
        return self._melody.advance(tick, row, valid, choice, dictated)

    def _beat(
        self, tick: int, plan: BarPlan, tune: Tokens, choice: Choice, dictated: Tokens | None
    ) -> Tokens:
        begun = melody.onsets(tune[None])[0]
        row = beat_row(self._told[1], tick % TICKS_PER_BAR, _DRUM_STYLE, begun, self._percussion.recent())
        valid = self._valid(tick, self._percussion, lambda old: same_beat(old, plan))
        # A loop that left out a beat is not looped on.
        for part in awaited(tick, plan):
            start, stop = percussion.LAYOUT.part_ranges[part]
            valid[part] &= self._percussion.lookback(tick)[:, start:stop].any(axis=1)
        return self._percussion.advance(tick, row, valid, choice, dictated)

    def _valid(
        self, tick: int, model: RolesModel, agrees: Callable[[BarPlan], tuple[bool, ...]]
    ) -> NDArray[np.bool_]:
        """(P, 4) which parts may copy which lookback: it was lived through, and its bar's plan agrees with this bar's."""
        bar = tick // TICKS_PER_BAR
        valid = np.zeros((len(model.layout.parts), len(LOOKBACK_BARS)), bool)
        for lag, (bars, lived) in enumerate(zip(LOOKBACK_BARS, model.lived(tick), strict=True)):
            old = self._plans[(bar - bars) % _REMEMBERED_BARS]
            if lived and old is not None:
                valid[:, lag] = agrees(old)
        return valid


def planned_or_given(plan: BarPlan, given: BarPlan | None) -> BarPlan:
    """Return the director's plan; where one was given, that one with the director's sections and energy."""
    if given is None:
        return plan
    sections = {name: getattr(plan, name) for name in ("section", "bars_left", "next_section", "energy")}
    return given._replace(**sections)


def _half(tick: int) -> int:
    """The half of its bar a tick belongs to."""
    return tick % TICKS_PER_BAR // HARMONY_TICKS
