"""A MIDI system in memory."""

from daemon.player.ports.outputs import PortError


class System:
    """A MIDI system: the ports that other programs have, the messages that wait at each, and what was sent to each."""

    has_virtual = True

    def __init__(self, *names: str) -> None:
        self.there = list(names)
        self.waiting: dict[str, list[tuple[bytes, float]]] = {}
        self.sent: list[tuple[str, bytes]] = []
        self.clients = 0

    def input(self, name: str) -> "Port":
        self.clients += 1
        return Port(self, name)

    def output(self, name: str) -> "Port":
        self.clients += 1
        return Port(self, name)


class Port:
    def __init__(self, system: System, name: str) -> None:
        self._system, self._name, self._target = system, name, ""

    def open_virtual(self) -> str:
        self._target = self._name
        return self._name

    def open(self, target: str) -> None:
        if target not in self._system.there:
            raise PortError(f"{target} has gone")
        self._target = target

    def names(self) -> tuple[str, ...]:
        return tuple(self._system.there)

    def read(self) -> tuple[bytes, float] | None:
        waiting = self._system.waiting.get(self._target, [])
        return waiting.pop(0) if waiting else None

    def send(self, message: bytes) -> None:
        self._system.sent.append((self._target, message))

    def close(self) -> None:
        self._target = ""

    delete = close
