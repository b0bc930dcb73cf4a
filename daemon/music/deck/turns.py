"""Who plans the coming bars: the present director, and those that pending operations bring."""

from daemon.music.deck.deckstate import DeckState
from daemon.music.deck.operations import Prime, Reseed, SwapModel
from daemon.music.deck.outlook import Turn
from daemon.music.ensemble.ensembles import Ensembles


def turns_of(state: DeckState, ensembles: Ensembles) -> tuple[Turn, ...]:
    """Return the turns of a state, in order: its own director, and the one after each pending operation.

    A swap to a model that cannot be opened is left out, and so is one that leaves the plans as they are.
    """
    seed, lineup = state.music.seed, state.lineup
    turns = [Turn(0, ensembles.director(seed, lineup.plan))]
    for each in state.waiting:
        match each.operation:
            case Reseed(new_seed):
                seed = new_seed
            case SwapModel(sources) as operation:
                if not ensembles.can_open(each.number, operation):
                    continue
                lineup = lineup.replaced(sources)
                if "plan" not in sources:
                    continue
            case Prime(lineup=heard_by):
                lineup = heard_by
        director = ensembles.director(seed, lineup.plan)
        turns.append(Turn(each.bar, director, isinstance(each.operation, Prime)))
    return tuple(turns)
