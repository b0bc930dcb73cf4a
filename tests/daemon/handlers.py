"""Handlers that answer without music, behind a real gateway and real sockets, each in a thread."""

import os
import queue
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.automation import Automation, boundary
from daemon.composer.playing.position import when
from daemon.composer.requests.gateway_link import GatewayLink
from daemon.composer.requests.handlers import Handlers
from daemon.control import messages
from daemon.control.osc import OscSettings
from daemon.control.protocol import refusal
from daemon.gateway import role
from daemon.gateway.errands import Errands
from daemon.gateway.role import GatewaySettings
from daemon.gateway.steps import Folders, steps_of
from daemon.gateway.surface import Outcome
from daemon.link.channel import Channel, socket_pair
from daemon.link.gateway import AcceptedValues, BeginRecording, Inner, NameModels, SwapSystem
from daemon.link.player import Transport
from daemon.link.role import Links
from daemon.link.supervision import Alive, Attach, End, FromRole, Ready, Role, ToRole
from daemon.mapping.settings import MapSettings
from daemon.parameters import SPECS, ParameterError, Parameters, check_all
from models.notes import MAIN
from tests import needs

NEXT_TICK = 5
MODELS = ["edm", "pop"]
NO_MAPS = MapSettings()


def answer(handlers: Handlers, op: messages.Op) -> Mapping[str, Any]:
    """Return the reply to a client, as a gateway gets it from workers and `handlers`."""
    folder = handlers._stage.recorder.folder
    steps = steps_of(op, Folders(folder, folder / "presets"))
    if steps is None:
        return handlers.handle(op)
    errands, outcomes = Errands(), list[Outcome]()
    errands.begin(steps, lambda wanted, reply: reply(_outcome(handlers, wanted)), outcomes.append)
    deadline = time.monotonic() + 30
    while not outcomes:
        assert time.monotonic() < deadline
        select.select(errands.filenos(), [], [], 0.05)
        errands.turn()
    errands.close()
    if isinstance(outcomes[0], messages.ControlError):
        raise outcomes[0]
    return outcomes[0]


def _outcome(handlers: Handlers, op: messages.Op | Inner) -> Outcome:
    try:
        return handlers.handle(op)
    except messages.ControlError as error:
        return error
    except ParameterError as error:
        return refusal(error)


@dataclass
class PlainHandlers:
    """Stores parameters like a composer that is about to compose tick 5; records every op."""

    automation: Automation = field(default_factory=lambda: Automation(Parameters()))
    asked: list[messages.Op | Inner] = field(default_factory=list)

    def handle(self, op: messages.Op | Inner, _deck: str = MAIN) -> Mapping[str, Any]:  # noqa: PLR0911 - one for each op
        """Answer as the contract requires, with the fewest facts."""
        self.asked.append(op)
        match op:
            case messages.Get(names):
                params = self.automation.peek(NEXT_TICK).to_names()
                return {"params": {name: params[name] for name in names or params}}
            case messages.Set(params, at, over):
                self.automation = self.automation.scheduled(check_all(params), NEXT_TICK, at, over)
                return {"params": self.automation.accepted(params), **when(boundary(NEXT_TICK, at))}
            case messages.Transport(action):
                return {"state": "stopped" if action == "stop" else "playing"}
            case messages.State():
                return {"transport": {"state": "playing"}, "ports": {}, "models": {"available": MODELS}}
            case AcceptedValues():
                return {"params": self.automation.accepted(SPECS)}
            case SwapSystem(name):
                raise messages.ControlError("not_found", f"no system is named {name}")
            case NameModels(names):
                return {"models": [{"name": name, "current": False} for name in names]}
            case BeginRecording(path):
                if "crash" in path:
                    raise RuntimeError("a fault")
                return {"path": path, "recording": True}
        return {"pong": True}


class Telemetry:
    """Where telemetry is published, from any thread; the composer's thread passes it on."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.waiting: queue.SimpleQueue[tuple[str, Mapping[str, Any]]] = queue.SimpleQueue()

    def publish(self, topic: str, message: Mapping[str, Any]) -> None:
        self.waiting.put((topic, message))


@dataclass
class Daemon:
    """Addresses of what `serving` started, and the ends of its links."""

    handlers: PlainHandlers
    control: str
    telemetry: Telemetry
    player: Channel[Transport, Any]
    facts: dict[str, str]
    supervisor: "Supervising"


class Supervising:
    """A supervisor's end of the link to a gateway that it does not start itself."""

    def __init__(self) -> None:
        ours, self.theirs = socket_pair()
        self.channel = Channel[FromRole, ToRole](ours, FromRole, "supervisor")

    def close(self) -> None:
        """Close both ends: the gateway's process would close its own by ending."""
        self.channel.close()
        self.theirs.close()

    def attach(self, role: Role) -> socket.socket:
        """Hand one end of a new link to the gateway; return the other."""
        ours, theirs = socket_pair()
        self.channel.send(Attach(role), theirs)
        return ours

    def ready(self, timeout_seconds: float = 20.0) -> dict[str, str]:
        """Wait until the gateway is ready, and return its facts."""
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            self.channel.poll(0.05)
            for message in self.channel.receive():
                if isinstance(message, Ready):
                    return message.facts
                assert isinstance(message, Alive), message
        raise AssertionError("the gateway is not ready")


def gateway_settings(
    control: str = "tcp://127.0.0.1:*",
    telemetry: str = "tcp://127.0.0.1:*",
    folder: Path = Path("nowhere"),
    osc: OscSettings | None = None,
    maps: MapSettings = NO_MAPS,
) -> GatewaySettings:
    presets, now = folder / "presets", time.monotonic()
    return GatewaySettings(control, telemetry, folder, presets, os.getpid(), time.time(), now, osc, maps)


@contextmanager
def limits_kept() -> Iterator[None]:
    """Undo what the block does to the limits of this process: a gateway in a thread limits the whole test session."""
    if sys.platform == "win32":
        yield
        return
    resource = needs.library("resource")

    kinds = (resource.RLIMIT_DATA, resource.RLIMIT_NOFILE)
    before = [resource.getrlimit(kind) for kind in kinds]
    try:
        yield
    finally:
        for kind, limits in zip(kinds, before, strict=True):
            resource.setrlimit(kind, limits)


@contextmanager
def serving(
    folder: Path = Path("nowhere"), osc: OscSettings | None = None, maps: MapSettings = NO_MAPS
) -> Iterator[Daemon]:
    """Serve PlainHandlers through a gateway, each in a thread, until the block ends; recordings are in `folder`."""
    supervisor, handlers, ended = Supervising(), PlainHandlers(), threading.Event()
    words = (Links(supervisor.theirs, "gateway"), gateway_settings(folder=folder, osc=osc, maps=maps))
    gateway = threading.Thread(target=role.run, args=words)
    with limits_kept():  # the gateway sets them before it is ready
        gateway.start()
        facts = supervisor.ready()
    link, telemetry = GatewayLink(handlers), Telemetry(facts["telemetry"])
    link.attach(supervisor.attach("composer"))
    player = Channel[Transport, Any](supervisor.attach("player"), Transport, "player")

    def serve() -> None:
        while not ended.wait(0.001):
            link.serve(64)
            while not telemetry.waiting.empty():
                link.publish(MAIN, *telemetry.waiting.get())
        link.close()

    composer = threading.Thread(target=serve)
    composer.start()
    try:
        yield Daemon(handlers, facts["control"], telemetry, player, facts, supervisor)
    finally:
        ended.set()
        supervisor.channel.send(End())
        composer.join()
        gateway.join()
        supervisor.close()
        player.close()
