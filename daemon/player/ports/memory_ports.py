"""A MIDI system in memory, for tests and for playing without MIDI ports."""

from collections.abc import Sequence

from daemon.player.ports.outputs import Port, PortError
from daemon.player.timing.clock import Clock


class MemoryPort:
    """A port that stores each message as (seconds, bytes)."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name, self.target = name, ""
        self.sent: list[tuple[float, bytes]] = []
        self._clock = clock

    def open_virtual(self) -> str:
        """Open under its own name."""
        self.target = self.name
        return self.name

    def open(self, target: str) -> None:
        """Open as if connected to `target`."""
        self.target = target

    def send(self, message: bytes) -> None:
        """Store the message and its time; raises PortError while closed."""
        if not self.target:
            raise PortError(f"MIDI port '{self.name}' is closed")
        self.sent.append((self._clock.now(), message))

    def close(self) -> None:
        """Close; the stored messages stay."""
        self.target = ""

    delete = close


class MemoryDriver:
    """A MIDI system in memory: `ports` holds its ports by name, `visible` the names of other programs' ports."""

    has_virtual = True

    def __init__(self, clock: Clock, visible: Sequence[str] = ()) -> None:
        self.ports: dict[str, MemoryPort] = {}
        self.visible = tuple(visible)
        self._clock = clock

    def port(self, name: str) -> Port:
        """Return the port of that name, the same each time."""
        return self.ports.setdefault(name, MemoryPort(name, self._clock))

    def names(self) -> tuple[str, ...]:
        """Return `visible`."""
        return self.visible

    def close(self) -> None:
        """Do nothing, so that tests can still read `ports`."""
