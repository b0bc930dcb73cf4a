"""Changes of a real deck with small networks, in virtual time, with a list in the player's place."""

from collections.abc import Sequence

from daemon.automation import At
from daemon.composer.playing.feeder import Feeder
from daemon.composer.requests.changes import Changes
from daemon.link.player import ToPlayer
from daemon.music.deck.deck import Deck
from daemon.music.deck.deckstate import first_state
from daemon.music.deck.operations import Reseed, SetParameters, SwapModel
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensembles import Ticked
from daemon.music.ensemble.lineup import Lineup, whole
from daemon.music.systems.system import Part
from daemon.parameters import Value
from tests.daemon.playback import loud
from tests.daemon.solo import Solo, library_of

AHEAD = 17


class Hands:
    """Someone who changes the music of `solos`, the first of which plays with the seed 1. `seconds` is the moment."""

    def __init__(self, solos: Sequence[Solo]) -> None:
        solos[0].begin(1, 0)
        self.seconds = 0.0
        self.sent: list[ToPlayer] = []
        self.deck = Deck(library_of(*solos), first_state(solos[0].lineup, solos[0].ensemble, loud()))
        self.feeder = Feeder(self.deck, self.sent.append, 2.0, clock=lambda: self.seconds)
        self.changes = Changes(self.deck, self.feeder, self.sent.append, lambda: self.seconds)

    def begin(self, ticks: int, ahead: int = AHEAD) -> list[Ticked]:
        """Let ticks begin, each when so many are composed, and return them."""
        played = []
        for tick in range(self.deck.next_tick, self.deck.next_tick + ticks):
            self.deck.rewind()
            while self.deck.head < tick + ahead:
                run(self.deck.compose())
            ticked = self.deck.ticked(tick)
            assert ticked is not None
            played.append(ticked)
            self.deck.begin(tick + 1)
        return played

    def pause(self) -> None:
        """Let the next change be another gesture."""
        self.seconds += 2.0

    def set(self, at: At = "now", surface: str = "zmq", **values: Value) -> None:
        self.change(values, at, surface)

    def change(self, values: dict[str, Value], at: At = "now", surface: str = "zmq") -> None:
        self.changes.accept(SetParameters(values, at), surface)

    def reseed(self, seed: int, at: At = "bar", surface: str = "zmq") -> None:
        self.changes.accept(Reseed(seed, at), surface)

    def swap(self, solo: Solo, at: At = "bar") -> None:
        self.changes.accept(SwapModel(whole(solo.source), at))

    def swap_part(self, part: Part, solo: Solo, at: At = "bar") -> None:
        self.changes.accept(SwapModel({part: solo.source}, at))

    @property
    def seed(self) -> int:
        """The seed of what plays."""
        return self.deck.state(self.deck.next_tick).music.seed

    @property
    def lineup(self) -> Lineup:
        """The sources of what plays."""
        return self.deck.state(self.deck.next_tick).lineup

    @property
    def waiting(self) -> list[int]:
        """The seeds that wait."""
        waiting = self.changes.state.waiting
        return [each.operation.seed for each in waiting if isinstance(each.operation, Reseed)]


def heard(played: Sequence[Ticked]) -> list[object]:
    """What is to be the same in two performances."""
    return [(each.composed, each.parameters, each.release) for each in played]
