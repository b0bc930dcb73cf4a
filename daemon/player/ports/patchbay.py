"""Connect our JACK ports again as other programs had connected them, after a restart of either or of the server.

The JACK server drops a client's connections when the client ends. The standby keeps running while the player or the input
process restarts, so it makes them again.
"""

import contextlib
import os
import threading
from collections.abc import Collection, Sequence
from typing import Any, Final, Protocol

from daemon.link.inputs import CONTROL_PORT
from daemon.player.mpe import MPE_PORT
from daemon.player.ports.outputs import MELODY_PORT, PERCUSSION_PORT, Listing
from daemon.player.ports.ports import PortLister
from daemon.player.ports.wiring import Pair, Wiring

# The input and the output of `edmd control` are two clients; JACK gives the second one this name.
INPUT_CLIENTS: Final = (CONTROL_PORT, f"{CONTROL_PORT}-01")
_OTHERS: Final = (*INPUT_CLIENTS, MPE_PORT)


class Patchbay(Protocol):
    """Remembers connections; `open_patchbay` chooses the class."""

    api: str
    notice: str
    has_ended: bool
    """Whether the MIDI system has ended; its ports still look open then, but drop all messages."""
    listing: Listing | None
    """What lists the system's ports without a client in JACK's graph."""

    def watch(self, clients: Sequence[str]) -> None:
        """Take the ports of these clients for ours; the connections of others stay remembered."""

    def names(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that accept messages."""

    def poll(self) -> tuple[str, ...]:
        """Remember the present connections, and restore those of ports that have returned; call this often.

        Return the client names of those of our outputs that have a new connection since the last call.
        """

    def has_ports(self) -> bool:
        """Return whether the system has a port of ours, as far as that can be seen."""

    def cycles(self) -> int | None:
        """Return a number that changes while the system takes messages; None if it does not tell."""

    def restore(self) -> bool:
        """Make the remembered connections that are missing; return True if none was missing, else call again soon."""

    def close(self) -> None:
        """Leave the MIDI system."""


class NoPatchbay:
    """For MIDI systems that restore connections themselves, or for no MIDI system: it only lists ports."""

    def __init__(self, lister: PortLister) -> None:
        self.api, self.notice, self.has_ended = lister.api, lister.notice, False
        self.listing: Listing | None = None
        self._lister = lister

    def watch(self, clients: Sequence[str]) -> None:
        """Watch nothing."""

    def names(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that accept messages."""
        return self._lister.names()

    def poll(self) -> tuple[str, ...]:
        """Return nothing: this class does not watch connections."""
        return ()

    def has_ports(self) -> bool:
        """Return whether there is a MIDI system at all: ports are not seen here."""
        return bool(self.api)

    def cycles(self) -> int | None:
        """Return None: this cannot be seen here."""
        return None

    def restore(self) -> bool:
        """Return True: no connection is missing."""
        return True

    def close(self) -> None:
        """Leave the MIDI system."""
        self._lister.close()


class JackPatchbay:
    """Watches the JACK ports whose client is one of `clients`, and `edmd control`.

    Raises `jack.JackError` if no server runs. If the server ends later, it counts as a server without connections.
    """

    api, notice = "jack", ""

    def __init__(
        self, clients: Sequence[str] = (MELODY_PORT, PERCUSSION_PORT), wiring: Wiring | None = None
    ) -> None:
        import jack  # noqa: PLC0415  (an optional dependency)

        self.has_ended = self._is_closed = False
        self.listing: Listing | None = self
        self._error: type[Exception] = jack.JackError
        self._client: Any = jack.Client("edmd patchbay", no_start_server=True)
        self._client.set_shutdown_callback(self._end)
        self._clients = tuple(clients)
        self._wiring = Wiring() if wiring is None else wiring
        self._seen = {*self._wiring.pairs}  # found by the last `poll`

    def watch(self, clients: Sequence[str]) -> None:
        """Take the ports of these clients for ours; the connections of others stay remembered."""
        self._clients = tuple(clients)

    def names(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that accept messages; none after `close`."""
        if self._is_closed:
            return ()
        with contextlib.suppress(self._error):
            return tuple(port.name for port in self._client.get_ports(is_midi=True, is_input=True))
        return ()

    def sources(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that send messages; none after `close`."""
        if self._is_closed:
            return ()
        with contextlib.suppress(self._error):
            return tuple(port.name for port in self._client.get_ports(is_midi=True, is_output=True))
        return ()

    def poll(self) -> tuple[str, ...]:
        """Remember the present connections, and restore those of ports that have returned.

        Return the client names of those of our outputs that have a new connection since the last call.
        """
        try:
            ports, found = self._look()
        except self._error:
            return ()
        for pair in self._wiring.look(ports, found):
            self._connect(pair, ports)
        joined = [pair.ours for pair in found if pair not in self._seen and ports[pair.ours].is_output]
        self._seen = {*found}
        return tuple(dict.fromkeys(_client(name) for name in joined))

    def has_ports(self) -> bool:
        """Return whether the server has a port of ours."""
        with contextlib.suppress(self._error):
            return bool(self._ports())
        return False

    def cycles(self) -> int | None:
        """Return the frame at which the server's last cycle began."""
        frame: int = self._client.last_frame_time
        return frame

    def restore(self) -> bool:
        """Connect each remembered pair of the watched ports, without waiting for other programs that have left.

        A new connection takes effect at the server's next buffer, so only a later call can return True.
        """
        try:
            ports, found = self._look()
        except self._error:
            return False
        missing = [pair for pair in self._wiring.pairs if pair not in found and self._is_due(pair, ports)]
        for pair in missing:
            if pair.ours in ports:
                self._connect(pair, ports)
        return not missing

    def close(self) -> None:
        """Leave the JACK server, in a thread: its library waits without limit for a server that is busy or broken."""
        self._is_closed = True
        threading.Thread(target=self._client.close, name="edmd leaves JACK", daemon=True).start()

    def _end(self, _status: object, _reason: str) -> None:
        self.has_ended = True

    def _is_due(self, pair: Pair, ports: Collection[str]) -> bool:
        if pair.ours not in ports:
            return _client(pair.ours) in self._clients
        return pair.other in ports

    def _look(self) -> tuple[dict[str, Any], list[Pair]]:
        """Return all MIDI ports by name, and the connections of ours."""
        ports = {port.name: port for port in self._client.get_ports(is_midi=True)}
        clients, remembered = {*self._clients, *_OTHERS}, {pair.ours for pair in self._wiring.pairs}
        ours = [port for name, port in ports.items() if name in remembered or _client(name) in clients]
        found = [
            Pair(port.name, other.name) for port in ours for other in self._client.get_all_connections(port)
        ]
        return ports, [pair for pair in found if pair.other in ports]

    def _connect(self, pair: Pair, ports: dict[str, Any]) -> None:
        first, second = pair if ports[pair.ours].is_output else reversed(pair)
        with contextlib.suppress(self._error):  # one of them has just left
            self._client.connect(first, second)

    def _ports(self) -> list[Any]:
        found: list[Any] = self._client.get_ports(is_midi=True, is_output=True)
        return [port for port in found if _client(port.name) in self._clients]


def open_patchbay(
    api: str, clients: Sequence[str] = (MELODY_PORT, PERCUSSION_PORT), wiring: Wiring | None = None
) -> Patchbay:
    """Return a patchbay for the MIDI system `api` (a key of `ports.APIS`, or `auto`); `wiring` is its memory.

    It remembers nothing without JACK, without the optional package `jack`, or without a running server.
    """
    lister = PortLister(api)
    if lister.api != "jack":
        return NoPatchbay(lister)
    # Each JACK client maps 100 MB of the server's memory, so only one stays open. The lister closes before the other client
    # opens: JACK's library cancels the thread of a client that closes, and its lock stays locked for ever if the thread was
    # just handling the news of a new client.
    lister.close()
    os.environ["JACK_NO_START_SERVER"] = "1"
    try:
        return JackPatchbay(clients, wiring)
    except (ImportError, OSError):  # OSError: the package is installed, JACK's library is not
        return NoPatchbay(PortLister(api))
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "jack":
            raise
        return NoPatchbay(PortLister(api))


def _client(port: str) -> str:
    return port.partition(":")[0]
