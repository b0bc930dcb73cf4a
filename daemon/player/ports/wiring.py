"""The connections that other programs made to our ports, remembered while a port is away, also on disk."""

import contextlib
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from daemon.player.ports.wiringfile import WiringFile

# Decks come and go under ever new names; so many connections are remembered.
_MOST_REMEMBERED: Final = 512
# A connection that is missing while both ports exist was cut by hand. A dying program loses its connections before its
# ports, so this counts only after some looks.
_LOOKS_UNTIL_CUT: Final = 5
_TRIES: Final = 50
# The numbers that ALSA and its bridges to JACK give a device anew whenever it is plugged in.
_NUMBERS: Final = re.compile(r" \[\d+\]| \d+:\d+$")


class Pair(NamedTuple):
    """The full names of a port of ours and of the port that it is connected to."""

    ours: str
    other: str


class Wiring:
    """Remembers pairs. It forgets one only if both ports exist and somebody has disconnected them.

    `path` is the file that keeps the pairs, None for none. A file that cannot be read or written is ignored.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file = WiringFile(path)
        self._missed: dict[Pair, int] = dict.fromkeys(_pairs(self._file.read()), 0)
        self._apart = {*self._missed}  # to be connected as soon as both ports exist
        self._ports: Collection[str] = ()
        # The ports that were there beside the one that went: none of them is that one under another number.
        self._others: dict[Pair, Collection[str]] = {}
        self._saved = self.pairs

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The remembered pairs, those that were seen last at the end."""
        return tuple(self._missed)

    def look(self, ports: Collection[str], connected: Iterable[Pair]) -> Iterator[Pair]:
        """Compare with the ports that exist and our connections now; yield the pairs to connect again."""
        for pair in (now := {*connected}):
            self._missed.pop(pair, None)  # those that were seen last are at the end
            self._missed[pair] = 0
            self._apart.discard(pair)
        for pair in [each for each in self._missed if each not in now]:
            if pair.ours in ports and pair.other in ports:
                self._missed[pair] += 1
                if pair in self._apart and self._missed[pair] < _TRIES:
                    yield pair
                elif self._missed[pair] >= _LOOKS_UNTIL_CUT:
                    self._forget(pair)
            else:
                if pair not in self._apart:
                    self._others[pair] = self._ports
                self._missed[pair] = 0
                self._apart.add(pair)
                self._rename(pair, ports)
        for pair in self.pairs[:-_MOST_REMEMBERED]:
            self._forget(pair)
        self._ports = ports
        self._save()

    def expect_again(self, clients: Collection[str]) -> None:
        """Connect the pairs of these clients of ours again, because they may have opened their ports anew."""
        self._apart |= {pair for pair in self._missed if pair.ours.partition(":")[0] in clients}

    def _forget(self, pair: Pair) -> None:
        del self._missed[pair]
        self._apart.discard(pair)
        self._others.pop(pair, None)

    def _rename(self, pair: Pair, ports: Collection[str]) -> None:
        """Take over another number of a device, if only one new port can be meant."""
        if pair.other in ports or not _NUMBERS.search(pair.other):
            return
        plain = _NUMBERS.sub("", pair.other)
        others = self._others.get(pair, ())
        meant = [name for name in ports if name not in others and _NUMBERS.sub("", name) == plain]
        if len(meant) == 1 and (renamed := pair._replace(other=meant[0])) not in self._missed:
            self._forget(pair)
            self._missed[renamed] = 0
            self._apart.add(renamed)

    def _save(self) -> None:
        if {*self._saved} != {*self.pairs}:
            self._saved = self.pairs
            self._file.write(self.pairs)


def _pairs(content: Any) -> list[Pair]:
    with contextlib.suppress(msgspec.ValidationError):
        return msgspec.convert(content, list[Pair])[-_MOST_REMEMBERED:]
    return []
