"""The tick of a deck that is composed now: whether it belongs to a loop, how loud it is, and what is stored of it."""

from daemon.music.arranging.director import Director
from daemon.music.arranging.harmony import with_chords
from daemon.music.deck.deckstate import DeckState
from daemon.music.deck.outlook import PlannedBar
from daemon.music.ensemble.ensemble import Composed
from daemon.music.ensemble.recent import Moment
from daemon.music.listening.touch import Touch, accented, following
from daemon.music.systems.played import NOTHING
from daemon.parameters import OFF, Parameters, Value
from models.notes import MELODIC_VOICES, TICKS_PER_BAR


def looping_bars(state: DeckState) -> int:
    """Return how many bars go round at the next tick; a loop begins and ends with a bar, once so many bars were heard."""
    if state.tick % TICKS_PER_BAR:
        return state.looping
    asked = state.automation.current.loop
    bars = 0 if asked == OFF else int(asked)
    return bars if bars * TICKS_PER_BAR <= state.recent.ticks else 0


def sounding(state: DeckState) -> Parameters:
    """Return the parameters of the next tick with the velocity of a fade and with what somebody plays in."""
    parameters, values = state.automation.current, dict[str, Value]()
    level = 1.0 if state.fade is None else state.fade.level(state.tick)
    if level != 1.0:
        values["velocity"] = parameters.velocity * level
    if (touch := touch_at(state)) is not None:
        values |= following(parameters, touch)
    # Chords have the deck's bars, plans the ensemble's. In a loop, which may begin in between, nothing is planned.
    chords = state.chords.moved(-(state.behind // TICKS_PER_BAR))
    return with_chords(parameters.replaced(values), chords)


def touch_at(state: DeckState) -> Touch | None:
    """Return how somebody plays, if drums and bass follow that at the next tick."""
    return state.listening.touch if state.listening.mode == "accompany" else None


def as_heard(composed: Composed, state: DeckState) -> Composed:
    """Return a composed tick of the deck with the accents of who plays, or only with drums while it listens to a call."""
    if (touch := touch_at(state)) is not None:
        return composed._replace(notes=accented(composed.notes, composed.tick, touch))
    if state.listening.phase(composed.tick // TICKS_PER_BAR) != "call":
        return composed
    drums = tuple(note for note in composed.notes if note.voice == "drums")
    release = MELODIC_VOICES if composed.tick % TICKS_PER_BAR == 0 else composed.release
    return composed._replace(notes=drums, release=release)


def silent(state: DeckState, director: Director) -> Moment:
    """Return the ensemble's next tick without music."""
    bar, parameters = state.music_tick // TICKS_PER_BAR, state.automation.current
    plan, section = director.plan(bar, parameters), director.section_at(bar, parameters)
    return Moment(state.music_tick, state.music.seed, plan, None, section, NOTHING)


def planned(moment: Moment, bars_later: int) -> PlannedBar:
    """Return the plan of a tick's bar, in bars of the deck."""
    section = moment.section._replace(start_bar=moment.section.start_bar + bars_later)
    return PlannedBar(moment.tick // TICKS_PER_BAR + bars_later, section, moment.plan)
