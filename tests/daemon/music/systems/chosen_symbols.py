"""A network whose choices a test makes, in place of one that was trained: even choices that no mask allows."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from daemon.music.systems.symbols.symbol_system import SymbolSystem
from models.codecs import sequences
from models.network import declaration, network
from models.session import Row
from tests.daemon.music.systems.symbol_bundles import settings_of, vocabulary_of

Feeds = Mapping[str, NDArray[Any]]


class ChosenSession:
    """A session with one row, whose state counts its steps. `choose` returns the symbol of a step."""

    def __init__(self, system: str, choose: Callable[[int, Feeds], int], *, is_window: bool = False) -> None:
        codec = sequences.symbols_of(vocabulary_of(system))
        kind = (sequences.WINDOWS if is_window else sequences.STREAMS)[system]
        row = declaration(kind, system, settings_of(codec, is_window=is_window))
        self.network = network(kind, {**row, "file": "", "sha256": ""}, kind.tensors(row))
        self.count, self.asked = 0, 0
        self._choose = choose

    def step(self, feeds: Mapping[int, Feeds]) -> Mapping[int, Feeds]:
        wanted = self.network.tensors.inputs
        for each in feeds.values():
            assert {name: np.shape(array) for name, array in each.items()} == {
                name: tuple(tensor.shape) for name, tensor in wanted.items()
            }
        self.asked += 1
        self.count += 1
        symbol = self._choose(self.count, feeds[0])
        return {0: {"token": np.array([symbol]), "source": np.zeros(1, np.int64)}}

    def save(self, _index: int) -> tuple[NDArray[Any], ...]:
        return (np.array([self.count]),) if self.network.tensors.states else ()

    def restore(self, _index: int, saved: tuple[NDArray[Any], ...] | None) -> None:
        self.count = int(saved[0][0]) if saved else 0

    def release(self, _index: int) -> None:
        pass


def system_of(session: ChosenSession, system: str) -> SymbolSystem:
    """Return the system that plays what a session chooses."""
    words = vocabulary_of(system)
    made = SymbolSystem(Row(cast("Any", session), 0), sequences.symbols_of(words), words.openings)
    made.begin(1, 0)
    return made
