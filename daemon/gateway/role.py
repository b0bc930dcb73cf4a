"""The gateway role: surfaces on one side, the links to supervisor, composer and player on the other."""

import logging
import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import zmq

from daemon.about import package_version
from daemon.allowance import allow_many_files, give_memory_back, limit_memory, set_niceness
from daemon.control.curvekeys import CLIENTS, SECRET, SERVER, KeyFileError, Pair, check_private, read_pair
from daemon.control.messages import ControlError
from daemon.control.osc import OscSettings
from daemon.control.telemetry import rss_bytes
from daemon.gateway.binding import BindError
from daemon.gateway.errands import Errands
from daemon.gateway.inputs import Inputs
from daemon.gateway.midi import MidiControl
from daemon.gateway.opening import Opening
from daemon.gateway.panics import Panics
from daemon.gateway.requests import Requests
from daemon.gateway.steps import Folders, Steps
from daemon.gateway.surface import Outcome, Surface
from daemon.gateway.zeromq import ZeroMQ
from daemon.link.role import Links, RoleFailedError
from daemon.link.supervision import Ready
from daemon.mapping.bindings import BindingError
from daemon.mapping.mapfile import read_learned
from daemon.mapping.settings import MapSettings
from daemon.schedule import Hours
from daemon.workers.jobs import save_map

if TYPE_CHECKING:
    from daemon.gateway.osc.surface import OSC

_log: Final = logging.getLogger(__name__)
_TURN_MS: Final = 50
_MOST_BYTES: Final = 192 * 1024 * 1024
# The kernel allows no more. ZeroMQ reads in a thread of its own, perhaps for long before the loop looks again; where it
# gets no memory, it disconnects the client.
_LAST_BYTES: Final = 2 * _MOST_BYTES


@dataclass(frozen=True)
class GatewaySettings:
    """Where to listen, the folders of files, and what `ping` tells of the daemon: the supervisor's process id, its start.

    `keys` is the folder of CURVE keys, or None if clients need none. `schedule` are the opening hours, if there are any.
    `started` is Unix time, `began_seconds` the same moment on the monotonic clock.
    """

    control_bind: str
    telemetry_bind: str
    recordings: Path
    presets: Path
    pid: int
    started: float
    began_seconds: float
    osc: OscSettings | None = None
    maps: MapSettings = field(default_factory=MapSettings)
    name: str = "edmd"
    keys: Path | None = None
    schedule: tuple[Hours, ...] = ()


def run(links: Links, settings: GatewaySettings) -> None:
    """Serve clients until the supervisor ends this process. It attaches the composer and the player.

    Raises RoleFailedError if an address cannot be used. Ends the process if clients make it too large.
    """
    allow_many_files()
    give_memory_back()
    set_niceness(0)  # clients come after the music
    limit_memory(_LAST_BYTES)
    surfaces, facts = _surfaces(settings)
    settings = replace(settings, maps=_with_learned(settings.maps))
    gateway = Gateway(links, surfaces, facts, settings)
    links.send(Ready("gateway", facts))
    try:
        gateway.run()
    except MemoryError:
        _end_too_large()
    finally:
        gateway.close()


def _surfaces(settings: GatewaySettings) -> tuple[list[Surface], dict[str, str]]:
    """Return the surfaces and the addresses that they have bound. Raises RoleFailedError if one cannot be used."""
    surfaces: list[Surface] = []
    try:
        zeromq = ZeroMQ(settings.control_bind, settings.telemetry_bind, _curve(settings))
        surfaces.append(zeromq)
        facts = dict(zeromq.endpoints)
        if settings.osc is not None:
            osc = _osc(settings.osc)
            surfaces.append(osc)
            facts["osc"] = osc.endpoint
    except (BindError, KeyFileError, ModuleNotFoundError) as error:
        for surface in surfaces:
            surface.close()
        raise RoleFailedError(_words(error)) from None
    return surfaces, facts


def _curve(settings: GatewaySettings) -> tuple[Pair, Path] | None:
    """Return the daemon's keys, and the folder of its clients. Raises KeyFileError."""
    if settings.keys is None:
        return None
    check_private(settings.keys / CLIENTS)
    return read_pair(settings.keys / f"{SERVER}{SECRET}"), settings.keys / CLIENTS


def _with_learned(maps: MapSettings) -> MapSettings:
    """Return the settings with what was learned before. A file that cannot be read stays as it is."""
    try:
        return maps if maps.path is None else maps._replace(learned=read_learned(maps.path))
    except BindingError as error:
        _log.warning("%s: %s; what is learned now is not saved", maps.path, error)
        return maps._replace(path=None)


def _osc(settings: OscSettings) -> "OSC":
    from daemon.gateway.osc.surface import OSC  # noqa: PLC0415 - its library is optional

    return OSC(settings)


def _words(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"OSC needs the package {error.name}; install it with: pip install 'edmd[osc]'"
    return str(error)


class Gateway:
    """One loop over everything that can be read; nothing in it blocks. `facts` are added to the result of `state`."""

    def __init__(
        self, links: Links, surfaces: Sequence[Surface], facts: dict[str, str], settings: GatewaySettings
    ) -> None:
        self._links, self._settings = links, settings
        self._version = package_version()
        self._panics, self._errands, self._inputs = Panics(), Errands(), Inputs()
        folders = Folders(settings.recordings, settings.presets)
        self._midi = MidiControl(settings.maps, self._inputs.send, self._publish, self._save_map)
        opening = (Opening(settings.schedule),) if settings.schedule else ()
        self._surfaces: Sequence[Surface] = (*surfaces, self._midi, *opening)
        self._requests = Requests(
            self._identity, facts, folders, self._panics, self._errands, learn=self._midi.learn
        )
        self._rest_until = 0.0
        # When a surface wants its next turn.
        self._due = math.inf
        self._largest_bytes = (rss_bytes() or 0) + _MOST_BYTES

    def run(self) -> None:
        """Serve until the supervisor says End."""
        while not self._links.is_ending:
            ready = self._wait()
            self._attach()
            for topic, body in self._requests.receive():
                self._publish(topic, body)
            self._inputs.receive(self._midi.midi, self._midi.ports)
            self._serve(ready)
            self._take_turns()
            self._errands.turn()
            self._panics.send_due()
            self._check_size()

    def close(self) -> None:
        """Stop listening, and close the links."""
        for surface in self._surfaces:
            surface.close()
        self._errands.close()
        self._requests.close()
        self._panics.close()
        self._inputs.close()

    def _publish(self, topic: str, body: Mapping[str, Any]) -> None:
        for surface in self._surfaces:
            surface.publish(topic, body)

    def _save_map(self, text: str) -> None:
        path = self._settings.maps.path
        if path is not None:
            self._errands.begin(_saving(path, text), _ask_nobody, self._tell_if_unsaved)

    def _tell_if_unsaved(self, outcome: Outcome) -> None:
        if isinstance(outcome, ControlError):
            _log.warning("what was learned is kept only until edmd ends: %s", outcome.message)

    def _serve(self, ready: Mapping[Any, int]) -> None:
        began = time.monotonic()
        called = [surface for surface in self._surfaces if any(each in ready for each in surface.readers)]
        more_waits = [surface.serve(self._requests.ask) for surface in called]
        # In a flood, half a core is left to the music: the gateway rests as long as it has worked.
        if any(more_waits):
            now = time.monotonic()
            self._rest_until = now + (now - began)

    def _take_turns(self) -> None:
        now = time.monotonic()
        self._due = now + min(surface.turn(self._requests.ask, now) for surface in self._surfaces)

    def _wait(self) -> dict[Any, int]:
        poller, now = zmq.Poller(), time.monotonic()
        timeout_ms = min(max((self._due - now) * 1e3, 0.0), float(_TURN_MS))
        readers = [reader for surface in self._surfaces for reader in surface.readers]
        rest_ms = (self._rest_until - now) * 1e3
        if rest_ms > 0:
            readers, timeout_ms = [], min(rest_ms, timeout_ms)
        links = (self._links.fileno(), self._requests.fileno(), self._inputs.fileno())
        for each in (*links, *self._errands.filenos(), *readers):
            if each is not None:
                poller.register(each, zmq.POLLIN)
        return dict(poller.poll(math.ceil(timeout_ms)))

    def _attach(self) -> None:
        for role, sock in self._links.attached():
            match role:
                case "composer":
                    self._requests.attach(sock)
                case "player":
                    self._panics.attach(sock)
                case "input":
                    self._midi.let_go()
                    self._inputs.attach(sock)
                case _:
                    sock.close()

    def _check_size(self) -> None:
        # The system's limit would end the process inside ZeroMQ, without a sentence; macOS has none that works.
        if (rss_bytes() or 0) > self._largest_bytes:
            _end_too_large()

    def _identity(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "pong": True,
            "name": settings.name,
            "version": self._version,
            "pid": settings.pid,
            "started": datetime.fromtimestamp(settings.started, UTC).isoformat(timespec="seconds"),
            "uptime_seconds": round(time.monotonic() - settings.began_seconds, 3),
        }


def _saving(path: Path, text: str) -> Steps:
    yield save_map(path, text)
    return {}


def _ask_nobody(_op: object, _reply: object) -> None:
    """Saving a map asks the composer nothing."""


def _end_too_large() -> NoReturn:
    """End the process at once: to close the sockets takes time, in which ZeroMQ would read more."""
    _log.warning("clients have sent more than the gateway may hold; another gateway starts")
    logging.shutdown()
    os._exit(0)  # nothing is lost that `edmd play` should report when it ends
