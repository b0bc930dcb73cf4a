"""The tick of a deck that is composed now: whether it belongs to a loop, how loud it is, and what is stored of it."""

from daemon.music.arranging.director import Director
from daemon.music.deck.deckstate import DeckState
from daemon.music.deck.outlook import PlannedBar
from daemon.music.ensemble.recent import Moment
from daemon.music.systems.played import NOTHING
from daemon.parameters import OFF, Parameters
from models.notes import TICKS_PER_BAR


def looping_bars(state: DeckState) -> int:
    """Return how many bars go round at the next tick; a loop begins and ends with a bar, once so many bars were heard."""
    if state.tick % TICKS_PER_BAR:
        return state.looping
    asked = state.automation.current.loop
    bars = 0 if asked == OFF else int(asked)
    return bars if bars * TICKS_PER_BAR <= state.recent.ticks else 0


def faded(state: DeckState) -> Parameters:
    """Return the parameters of the next tick with the velocity of a fade."""
    parameters = state.automation.current
    level = 1.0 if state.fade is None else state.fade.level(state.tick)
    return parameters if level == 1.0 else parameters.replaced({"velocity": parameters.velocity * level})


def silent(state: DeckState, director: Director) -> Moment:
    """Return the ensemble's next tick without music."""
    bar, parameters = state.music_tick // TICKS_PER_BAR, state.automation.current
    plan, section = director.plan(bar, parameters), director.section_at(bar, parameters)
    return Moment(state.music_tick, state.music.seed, plan, None, section, NOTHING)


def planned(moment: Moment, bars_later: int) -> PlannedBar:
    """Return the plan of a tick's bar, in bars of the deck."""
    section = moment.section._replace(start_bar=moment.section.start_bar + bars_later)
    return PlannedBar(moment.tick // TICKS_PER_BAR + bars_later, section, moment.plan)
