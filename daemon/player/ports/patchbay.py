"""Remember which ports other programs connected to our JACK ports, and connect them again after a player's restart.

The JACK server drops a client's connections when the client ends: a restarted player has the same port names but no
connections. The standby keeps running meanwhile, so it remembers them.
"""

import contextlib
import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from daemon.player.ports.outputs import MELODY_PORT, PERCUSSION_PORT, Listing
from daemon.player.ports.ports import PortLister

Connections = Mapping[str, tuple[str, ...]]
"""The full names of the ports that each of our ports is connected to."""

# Decks come and go under ever new names; the connections of so many ports are remembered.
_MOST_REMEMBERED: Final = 512


class Patchbay(Protocol):
    """Remembers connections; `open_patchbay` chooses the class."""

    api: str
    notice: str
    has_ended: bool
    """Whether the MIDI system has ended; its ports still look open then, but drop all messages."""
    connections: Connections
    """The remembered connections."""
    listing: Listing | None
    """What lists the system's ports without a client in JACK's graph."""

    def remember(self, connections: Connections) -> None:
        """Take over what another patchbay has remembered."""

    def watch(self, clients: Sequence[str]) -> None:
        """Take the ports of these clients for ours; the connections of others stay remembered."""

    def names(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that accept messages."""

    def poll(self) -> tuple[str, ...]:
        """Remember the present connections; call this about once a second while a player runs.

        Return the client names of those of our ports that have a new connection since the last call.
        """

    def has_ports(self) -> bool:
        """Return whether the system has a port of ours, as far as that can be seen."""

    def restore(self) -> bool:
        """Make the remembered connections that are missing; return True if none was missing, else call again soon."""

    def close(self) -> None:
        """Leave the MIDI system."""


class NoPatchbay:
    """For MIDI systems that restore connections themselves, or for no MIDI system: it only lists ports."""

    def __init__(self, lister: PortLister) -> None:
        self.api, self.notice, self.has_ended = lister.api, lister.notice, False
        self.connections: Connections = {}
        self.listing: Listing | None = None
        self._lister = lister

    def remember(self, connections: Connections) -> None:
        """Remember nothing."""

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

    def restore(self) -> bool:
        """Return True: no connection is missing."""
        return True

    def close(self) -> None:
        """Leave the MIDI system."""
        self._lister.close()


class JackPatchbay:
    """Watches the JACK ports whose client is one of `clients`.

    Raises `jack.JackError` if no server runs. If the server ends later, it counts as a server without connections.
    """

    api, notice = "jack", ""

    def __init__(self, clients: Sequence[str] = (MELODY_PORT, PERCUSSION_PORT)) -> None:
        import jack  # noqa: PLC0415  (an optional dependency)

        self.has_ended = self._is_closed = False
        self.listing: Listing | None = self
        self._error: type[Exception] = jack.JackError
        self._client: Any = jack.Client("edmd patchbay", no_start_server=True)
        self._client.set_shutdown_callback(self._end)
        self._clients = tuple(clients)
        self.connections: Connections = {}
        self._seen: Connections = {}  # found by the last `poll`

    def remember(self, connections: Connections) -> None:
        """Take over what another patchbay has remembered."""
        self.connections = self._seen = dict(connections)

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
        """Remember the connections of our existing ports; return the client names of ports with new ones.

        A lost connection is forgotten only at the second call, because a dying client loses connections before its ports.
        """
        found: dict[str, tuple[str, ...]] = {}
        with contextlib.suppress(self._error):
            for port in self._ports():
                found[port.name] = tuple(sink.name for sink in self._client.get_all_connections(port))
        joined = [name for name, sinks in found.items() if not {*sinks} <= {*self._seen.get(name, ())}]
        kept = {name: sinks + _without(self._seen.get(name, ()), sinks) for name, sinks in found.items()}
        # What was found last stands last; ports that are long gone are forgotten first.
        self.connections = _last({**_without_keys(self.connections, kept), **kept})
        self._seen = _last({**_without_keys(self._seen, found), **found})
        return tuple(name.partition(":")[0] for name in joined)

    def has_ports(self) -> bool:
        """Return whether the server has a port of ours."""
        with contextlib.suppress(self._error):
            return bool(self._ports())
        return False

    def restore(self) -> bool:
        """Connect each remembered pair whose two ports exist, without waiting for receivers that have left.

        A new connection takes effect at the server's next buffer, so only a later call can return True.
        """
        try:
            ours = {port.name: port for port in self._ports()}
            back = [
                self._restore(name, ours.get(name), sinks)
                for name, sinks in self.connections.items()
                if name.partition(":")[0] in self._clients
            ]
        except self._error:
            return False
        return all(back)

    def close(self) -> None:
        """Leave the JACK server, in a thread: its library waits without limit for a server that is busy or broken."""
        self._is_closed = True
        threading.Thread(target=self._client.close, name="edmd leaves JACK", daemon=True).start()

    def _end(self, _status: object, _reason: str) -> None:
        self.has_ended = True

    def _ports(self) -> list[Any]:
        found: list[Any] = self._client.get_ports(is_midi=True, is_output=True)
        return [port for port in found if port.name.partition(":")[0] in self._clients]

    def _restore(self, name: str, ours: Any, sinks: Sequence[str]) -> bool:
        if ours is None:
            return not sinks
        present = {port.name for port in self._client.get_ports(is_midi=True, is_input=True)}
        connected = {port.name for port in self._client.get_all_connections(ours)}
        missing = [sink for sink in sinks if sink in present and sink not in connected]
        for sink in missing:
            self._client.connect(name, sink)
        return not missing


def open_patchbay(api: str, clients: Sequence[str] = (MELODY_PORT, PERCUSSION_PORT)) -> Patchbay:
    """Return a patchbay for the MIDI system `api` (a key of `ports.APIS`, or `auto`).

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
        return JackPatchbay(clients)
    except (ImportError, OSError):  # OSError: the package is installed, JACK's library is not
        return NoPatchbay(PortLister(api))
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "jack":
            raise
        return NoPatchbay(PortLister(api))


def _last(connections: Connections) -> Connections:
    return dict([*connections.items()][-_MOST_REMEMBERED:])


def _without_keys(connections: Connections, others: Connections) -> Connections:
    return {name: sinks for name, sinks in connections.items() if name not in others}


def _without(names: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in others)
