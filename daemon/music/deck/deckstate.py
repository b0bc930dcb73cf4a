"""The state of a deck before a tick, as a value, and the effect of an operation on it."""

from typing import Final, NamedTuple

from daemon.automation import Automation, boundary
from daemon.music.deck.operations import (
    Cancel,
    EndFade,
    Entry,
    Fade,
    Follow,
    HoldChord,
    Listen,
    MusicOperation,
    NextSection,
    PlayedIn,
    Prime,
    Reseed,
    SetParameters,
    SwapModel,
    kind_of,
)
from daemon.music.deck.outlook import PlannedBar
from daemon.music.ensemble.ensemble import Ensemble, EnsembleState
from daemon.music.ensemble.lineup import Lineup
from daemon.music.ensemble.recent import Recent
from daemon.music.listening.listening import Listening
from daemon.parameters import Parameters
from models.chords import PlayedChords
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT

# The stored plans: those of the sounding bar and of the horizon, at any tempo.
_PLANNED_BARS: Final = 8


class Waiting(NamedTuple):
    """An operation on the music that waits for `tick`; `number` is the number of its entry."""

    number: int
    tick: int
    operation: MusicOperation

    @property
    def bar(self) -> int:
        """The first bar that begins at `tick` or later."""
        return -(-self.tick // TICKS_PER_BAR)


class FadeOut(NamedTuple):
    """The level falls evenly from 1 at `start` to 0 at `end`, in ticks. `number` is that of the operation's entry."""

    number: int
    start: int
    end: float

    def level(self, tick: int) -> float:
        """Return the factor for velocities at a tick."""
        if tick < self.start:
            return 1.0
        return 0.0 if tick >= self.end else (self.end - tick) / (self.end - self.start)


class DeckState(NamedTuple):
    """The state of a deck before `tick` is composed, without the operations of that tick.

    `lineup` has the sources, `music` is the memory of its ensemble; `previous` are the parameters of the previous tick.
    The ensemble's own ticks lie `behind` the deck's: more after a loop, fewer after a section was left early. `looping`
    is how many of the `recent` bars go round, 0 outside of loops. `chords` are those that were
    played in, by bars of the deck.
    """

    tick: int
    lineup: Lineup
    music: EnsembleState
    automation: Automation
    previous: Parameters
    waiting: tuple[Waiting, ...] = ()
    planned: tuple[PlannedBar, ...] = ()
    recent: Recent = Recent()
    behind: int = 0
    looping: int = 0
    fade: FadeOut | None = None
    chords: PlayedChords = PlayedChords()
    listening: Listening = Listening()

    @property
    def music_tick(self) -> int:
        """The ensemble's next tick."""
        return self.tick - self.behind

    @property
    def music_bar(self) -> int:
        """The bar of the ensemble's next tick."""
        return self.music_tick // TICKS_PER_BAR

    @property
    def is_faded_out(self) -> bool:
        """Whether the next tick is silent because a fade has ended."""
        return self.fade is not None and self.tick >= self.fade.end

    @property
    def parameters(self) -> Parameters:
        """The parameters of `tick`."""
        return self.automation.peek(self.tick)

    def after(self, entry: Entry) -> "DeckState":
        """Return the state after an operation is accepted, before a tick is composed with it."""
        match entry.operation:
            case SetParameters(values, at, over_beats, origins):
                automation = self.automation.scheduled(
                    values, entry.tick, at, over_beats, entry.number, origins=origins
                )
                return self._replace(automation=automation)
            case Cancel(numbers):
                automation = self.automation.cancelled(numbers, entry.tick)
                waiting = tuple(each for each in self.waiting if each.number not in numbers)
                fade = None if self.fade and self.fade.number in numbers else self.fade
                return self._replace(automation=automation, waiting=waiting, fade=fade)
            case Fade(over_beats, at):
                start = boundary(entry.tick, at)
                fading = FadeOut(entry.number, start, start + over_beats * TICKS_PER_BEAT)
                return self._replace(fade=fading)
            case EndFade():
                return self._replace(fade=None)
            case (
                Reseed() | SwapModel() | Prime() | NextSection() | HoldChord() | Follow() | Listen()
            ) as operation:
                due = Waiting(entry.number, boundary(entry.tick, operation.at), operation)
                replaced = replaced_by(entry, self)
                waiting = tuple(each for each in self.waiting if each not in replaced)
                return self._replace(waiting=_with(waiting, due))
        return self

    def played_in(self, operation: PlayedIn | Listen) -> "DeckState":
        """Return the state at the bar at which what somebody plays in acts, or another way of listening."""
        bar = self.tick // TICKS_PER_BAR
        match operation:
            case HoldChord(chord):
                return self._replace(chords=self.chords.with_chord(chord, bar))
            case Follow(touch):
                return self._replace(listening=self.listening._replace(touch=touch))
            case Listen(mode, bars, once, is_answered):
                first = bar - bars if is_answered else bar
                return self._replace(listening=Listening(mode, first, bars, once))

    def at_music_bar(self, bar: int) -> "DeckState":
        """Return the state with the ensemble at another of its bars; its memory is not moved."""
        # In a loop the ensemble stands at the beginning of the bar that it will play next.
        behind = self.tick - bar * TICKS_PER_BAR - (0 if self.looping else self.tick % TICKS_PER_BAR)
        return self._replace(behind=behind)

    def with_planned(self, planned: PlannedBar) -> "DeckState":
        """Return the state with the plan of a bar added; it stores the last few bars."""
        if any(each.bar == planned.bar and each.plan is planned.plan for each in self.planned):
            return self
        others = [each for each in self.planned if each.bar != planned.bar]
        return self._replace(planned=(*others[1 - _PLANNED_BARS :], planned))

    @property
    def lineups(self) -> list[Lineup]:
        """The present lineup, and that of each pending swap."""
        swaps = (each.operation for each in self.waiting if isinstance(each.operation, SwapModel))
        return [self.lineup, *(self.lineup.replaced(swap.sources) for swap in swaps)]

    def restarted(self) -> "DeckState":
        """Return the state for a restart at tick 0; pending operations take effect there."""
        automation = self.automation.restarted(0, self.tick)
        waiting = tuple(each._replace(tick=0) for each in self.waiting)
        return self.unheard()._replace(
            tick=0,
            automation=automation,
            waiting=waiting,
            behind=0,
            fade=None,
            chords=self.chords._replace(last_bar=-1),  # the loop begins with its first chord
            listening=self.listening.restarted(self.tick // TICKS_PER_BAR),
        )

    def unheard(self) -> "DeckState":
        """Return the state without what was heard, for music that does not follow it."""
        return self._replace(planned=(), recent=Recent(), looping=0)


def first_state(lineup: Lineup, ensemble: Ensemble, parameters: Parameters) -> DeckState:
    """Return the state of a deck whose music begins at tick 0, with an ensemble that has just begun."""
    return DeckState(0, lineup, ensemble.save(), Automation(parameters), parameters)


def replaced_by(entry: Entry, state: DeckState) -> tuple[Waiting, ...]:
    """Return the pending operations that an entry replaces: those of the same kind at the same tick."""
    if not isinstance(entry.operation, MusicOperation):
        return ()
    place = kind_of(entry.operation), boundary(entry.tick, entry.operation.at)
    same = (each for each in state.waiting if (kind_of(each.operation), each.tick) == place)
    return tuple(each for each in same if _covers(entry.operation, each.operation))


def _covers(new: MusicOperation, old: MusicOperation) -> bool:
    """Return whether the new operation replaces the whole old one."""
    if isinstance(new, SwapModel) and isinstance(old, SwapModel):
        return new.sources.keys() >= old.sources.keys()
    return True


def _with(waiting: tuple[Waiting, ...], due: Waiting) -> tuple[Waiting, ...]:
    """Return the pending operations with `due`, in order of their ticks."""
    return tuple(sorted([*waiting, due], key=lambda each: each.tick))
