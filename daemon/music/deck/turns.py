"""Who plans the coming bars: the present director, and those that pending operations bring."""

from daemon.music.arranging.moving import bar_of, next_section
from daemon.music.deck.deckstate import DeckState
from daemon.music.deck.loops import Loops
from daemon.music.deck.operations import HoldChord, Listen, NextSection, PlayedIn, Prime, Reseed, SwapModel
from daemon.music.deck.outlook import Turn
from daemon.music.ensemble.ensembles import Ensembles
from models.chords import PlayedChords
from models.notes import TICKS_PER_BAR


def loops_of(state: DeckState) -> Loops:
    """Return the loops of the bars after a state."""
    first = -(-state.tick // TICKS_PER_BAR)
    return Loops(
        state.automation, first, (state.recent.ticks + first * TICKS_PER_BAR - state.tick) // TICKS_PER_BAR
    )


def turns_of(state: DeckState, ensembles: Ensembles) -> tuple[Turn, ...]:
    """Return the turns of a state, in order: its own director, and the one after each pending operation.

    A swap to a model that cannot be opened is left out, and so is one that leaves the plans as they are.
    """
    seed, lineup, loops = state.music.seed, state.lineup, loops_of(state)
    turns = [Turn(0, ensembles.director(seed, lineup.plan), behind=-(-state.behind // TICKS_PER_BAR))]
    for each in state.waiting:
        if isinstance(each.operation, PlayedIn | Listen):
            continue
        last = turns[-1]
        own = each.bar - last.behind - loops.between(max(last.bar, loops.first), each.bar)
        parameters = state.automation.peek(each.bar * TICKS_PER_BAR)
        match each.operation:
            case Reseed(new_seed, _, bar, section):
                seed = new_seed
                begins = bar_of(ensembles.director(seed, lineup.plan), bar, section, parameters)
                if begins is not None:  # perhaps within a bar; `each.bar` is then the one after it
                    own = begins + each.bar - each.tick // TICKS_PER_BAR
            case NextSection():
                held = state.automation.peek(each.bar * TICKS_PER_BAR - 1).section
                own = next_section(last.director, own, parameters, held)
            case SwapModel(sources) as operation:
                if not ensembles.can_open(each.number, operation):
                    continue
                lineup = lineup.replaced(sources)
                if "plan" not in sources:
                    continue
            case Prime(lineup=heard_by):
                lineup = heard_by
        director = ensembles.director(seed, lineup.plan)
        is_primed = isinstance(each.operation, Prime)
        turns.append(Turn(each.bar, director, is_primed, behind=each.bar - own))
    return tuple(turns)


def chords_of(state: DeckState) -> PlayedChords:
    """Return the chords that were played in, with those that wait for their bar."""
    chords = state.chords
    for each in state.waiting:
        if isinstance(each.operation, HoldChord):
            chords = chords.with_chord(each.operation.chord, each.bar)
    return chords
