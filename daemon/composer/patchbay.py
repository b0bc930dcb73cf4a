"""Remembers what other programs have connected to our JACK ports, and connects it again after a restart.

JACK keeps connections in its server and drops them with the client: a player that was killed comes back
under the same names, but unconnected. The composer outlives it and holds the memory.
"""

import contextlib
import os
import threading
from collections.abc import Sequence
from typing import Any, Final, Protocol

from daemon.player.outputs import MELODY_PORT, PERCUSSION_PORT
from daemon.player.ports import PortLister

# The library waits for a server that is busy or broken without a limit.
_LEAVE_SECONDS: Final = 2.0


class Patchbay(Protocol):
    """Where connections are remembered; `open_patchbay` chooses."""

    api: str
    notice: str
    has_ended: bool
    """Whether the MIDI system has ended: ports go on to look alive, and what is sent to them goes nowhere."""

    def names(self) -> tuple[str, ...]:
        """Full names of the ports of the system that can be sent to."""

    def poll(self) -> tuple[str, ...]:
        """Remember what is connected now; cheap, to be called about once a second while a player runs.

        Return those of our ports, by their client, that something was connected to since the last call.
        """

    def restore(self) -> bool:
        """Connect what is remembered; return whether all of it was connected by now, else try again soon."""

    def close(self) -> None:
        """Leave the MIDI system."""


class NoPatchbay:
    """For MIDI systems that keep connections themselves, or none at all: it lists ports and forgets nothing."""

    def __init__(self, lister: PortLister) -> None:
        self.api, self.notice, self.has_ended = lister.api, lister.notice, False
        self._lister = lister

    def names(self) -> tuple[str, ...]:
        """Full names of the ports of the system that can be sent to."""
        return self._lister.names()

    def poll(self) -> tuple[str, ...]:
        """Return nothing: connections are not seen here."""
        return ()

    def restore(self) -> bool:
        """Return True: nothing is missing."""
        return True

    def close(self) -> None:
        """Leave the MIDI system."""
        self._lister.close()


class JackPatchbay:
    """Watches the JACK ports whose client is one of `clients`.

    Raises `jack.JackError` on opening when no server runs; one that ends later counts as no connections.
    """

    api, notice = "jack", ""

    def __init__(self, clients: Sequence[str] = (MELODY_PORT, PERCUSSION_PORT)) -> None:
        import jack  # noqa: PLC0415  (an optional dependency)

        self.has_ended = False
        self._error: type[Exception] = jack.JackError
        self._client: Any = jack.Client("edmd patchbay", no_start_server=True)
        self._client.set_shutdown_callback(self._end)
        self._clients = tuple(clients)
        self._known: dict[str, tuple[str, ...]] = {}

    def names(self) -> tuple[str, ...]:
        """Full names of the ports of the system that can be sent to."""
        with contextlib.suppress(self._error):
            return tuple(port.name for port in self._client.get_ports(is_midi=True, is_input=True))
        return ()

    def poll(self) -> tuple[str, ...]:
        """Remember the connections of those of our ports that exist now; return the ports that have new ones."""
        joined: list[str] = []
        with contextlib.suppress(self._error):
            for port in self._ports():
                sinks = tuple(sink.name for sink in self._client.get_all_connections(port))
                if not set(sinks) <= set(self._known.get(port.name, ())):
                    joined.append(port.name.partition(":")[0])
                self._known[port.name] = sinks
        return tuple(joined)

    def restore(self) -> bool:
        """Connect each remembered pair whose two ends exist; a receiver that has left is not waited for.

        A pair connected just now hears from the server's next buffer on only: then it is seen to be connected.
        """
        try:
            ours = {port.name: port for port in self._ports()}
            back = [self._restore(name, ours.get(name), sinks) for name, sinks in self._known.items()]
        except self._error:
            return False
        return all(back)

    def close(self) -> None:
        """Leave the JACK server; one that does not answer any more is not waited for."""
        leaving = threading.Thread(target=self._client.close, name="edmd leaves JACK", daemon=True)
        leaving.start()
        leaving.join(_LEAVE_SECONDS)

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

    Without JACK, without the optional package `jack`, or without a server it remembers nothing.
    """
    lister = PortLister(api)
    if lister.api != "jack":
        return NoPatchbay(lister)
    os.environ["JACK_NO_START_SERVER"] = "1"
    try:
        patchbay = JackPatchbay(clients)
    except (ImportError, OSError):  # OSError: the package is there, JACK's library is not
        return NoPatchbay(lister)
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "jack":
            raise
        return NoPatchbay(lister)
    # A JACK client maps 100 MB of the server's memory: one of them is enough.
    lister.close()
    return patchbay
