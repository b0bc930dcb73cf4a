"""Networks in plain Python with rows as sessions have them, and two small systems that use them."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.music.arranging.barplan import BarPlan
from daemon.music.systems.chance import FOR_MELODY
from daemon.music.systems.played import NOTHING, Played, of_sounds
from daemon.music.systems.system import Ask, Cue, Steps
from daemon.parameters import Parameters
from models.codecs.melody import Sound
from models.codecs.percussion import Hit
from models.notes import TICKS_PER_BAR
from models.session import Row

State = NDArray[np.float32]
Numbers = Mapping[str, NDArray[Any]]
WINDOW_TICKS = 24
_STATE_SIZE = 2


class FakeRow:
    """A row of a `FakeSession`."""

    def __init__(self, session: "FakeSession", index: int) -> None:
        self.session, self.index = session, index

    def save(self) -> tuple[State]:
        return (self.session.states[self.index].copy(),)

    def restore(self, saved: tuple[State] | None) -> None:
        self.session.states[self.index] = 0 if saved is None else saved[0]

    def release(self) -> None:
        self.session.free.append(self.index)


class FakeSession:
    """A network that is the function `compute` of a row's state, which it may change, and a row's inputs.

    As in a real session, one buffer holds the outputs of all rows, and the next step overwrites it. `batches` are the
    rows of each step. A batch that contains a row of `broken` fails and changes nothing.
    """

    def __init__(self, compute: Callable[[State, Numbers], float], rows: int = 8) -> None:
        self._compute = compute
        self.states = np.zeros((rows, _STATE_SIZE), np.float32)
        self.free = [*reversed(range(rows))]
        self.batches: list[tuple[int, ...]] = []
        self.broken: set[int] = set()
        self._buffer = np.zeros((rows, 1), np.float32)

    def row(self) -> Row:
        made = FakeRow(self, self.free.pop())
        made.restore(None)
        return cast("Row", made)

    def step(self, feeds: Mapping[int, Numbers]) -> Mapping[int, Numbers]:
        self.batches.append(tuple(feeds))
        for index in feeds:
            if index in self.broken:
                raise RuntimeError(f"row {index} is broken")
        for place, (index, each) in enumerate(feeds.items()):
            self._buffer[place] = self._compute(self.states[index], each)
        return {index: {"out": self._buffer[place]} for place, index in enumerate(feeds)}


class WindowMemory(msgspec.Struct, frozen=True, tag="windowed"):
    """The last notes, the newest one last: 0 is a rest."""

    window: tuple[int, ...]

    def moved(self, _ticks: int) -> "WindowMemory":
        return self


def next_note(_state: State, feeds: Numbers) -> float:
    """Return a number 0..12 from a window of notes, the drums before, and chance; it keeps no state."""
    ages = np.arange(1, len(feeds["window"]) + 1)
    total = int((feeds["window"] * ages).sum()) + 5 * int(feeds["drums"][0]) + int(40 * feeds["chance"][0])
    return float(total % 13)


class WindowedSystem:
    """Plays a chord note from the last 24 ticks. Its network has no state: the window is the whole memory."""

    extra_ticks = 0

    def __init__(self, row: Row) -> None:
        self._row = row
        self._window: tuple[int, ...] = ()

    def begin(self, _seed: int, _tick: int) -> None:
        self._window = (0,) * WINDOW_TICKS

    def plan(self, _bar: int, plan: BarPlan, _parameters: Parameters) -> Steps[BarPlan]:
        yield from ()
        return plan

    def compose(self, cue: Cue) -> Steps[Played]:
        outputs = yield Ask(
            self._row,
            {
                "window": np.array(self._window),
                "drums": np.array([len(cue.before.hits)]),
                "chance": cue.chance[FOR_MELODY][:1],
            },
        )
        note = int(outputs["out"][0])
        self._remember(note)
        return of_sounds((Sound("chords", 59 + note, 2),)) if note else NOTHING

    def hear(self, _cue: Cue, played: Played) -> Steps[None]:
        yield from ()
        self._remember(played.sounds[0].pitch - 59 if played.sounds else 0)

    def _remember(self, note: int) -> None:
        self._window = (*self._window[1:], note)

    def save(self) -> WindowMemory:
        return WindowMemory(self._window)

    def restore(self, state: WindowMemory) -> None:
        self._window = state.window

    def close(self) -> None:
        self._row.release()


class BarMemory(msgspec.Struct, frozen=True, tag="bars"):
    """The hits of the bar, and the state of the network."""

    hits: tuple[int, ...]
    network: tuple[NDArray[np.float32], ...]

    def moved(self, _ticks: int) -> "BarMemory":
        return self


def next_bar(state: State, feeds: Numbers) -> float:
    """Return a number 0..15 that depends on the bars so far."""
    state[0] = (5 * state[0] + feeds["bar"][0] + 3 * feeds["energy"][0]) % 16
    return float(np.floor(state[0]))


class BarSystem:
    """Steps its network once a bar, in `plan`: it says which ticks have a kick, and in which key the bar is."""

    extra_ticks = 0

    def __init__(self, row: Row) -> None:
        self._row = row
        self._hits: tuple[int, ...] = ()

    def begin(self, seed: int, _tick: int) -> None:
        self._hits = ()
        self._row.restore((np.full(_STATE_SIZE, seed % 16, np.float32),))

    def plan(self, bar: int, plan: BarPlan, parameters: Parameters) -> Steps[BarPlan]:
        outputs = yield Ask(self._row, {"bar": np.array([bar]), "energy": np.array([parameters.energy])})
        number = int(outputs["out"][0])
        self._hits = tuple(tick for tick in range(TICKS_PER_BAR) if tick * (number + 1) % 5 == 0)
        return plan._replace(key=number % 6)

    def compose(self, cue: Cue) -> Steps[Played]:
        yield from ()
        return Played((), (Hit(0, 1.0),)) if cue.tick % TICKS_PER_BAR in self._hits else NOTHING

    def hear(self, _cue: Cue, _played: Played) -> Steps[None]:
        yield from ()

    def save(self) -> BarMemory:
        return BarMemory(self._hits, self._row.save())

    def restore(self, state: BarMemory) -> None:
        self._hits = state.hits
        self._row.restore(state.network)

    def close(self) -> None:
        self._row.release()
