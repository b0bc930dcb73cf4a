"""Handlers that answer without music, and a thread that serves them on real sockets."""

import select
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import zmq

from daemon.automation import Automation
from daemon.composer.errands import Errand, Reply
from daemon.composer.handlers import Handlers
from daemon.composer.position import when
from daemon.control import messages, protocol
from daemon.control.control import ControlServer
from daemon.control.telemetry import Telemetry
from daemon.parameters import Parameters
from daemon.workers.runner import Workers

NEXT_TICK = 5


def answer(handlers: Handlers, op: messages.Op) -> Reply:
    """Return the reply to a client; wait for it if it comes later."""
    told = handlers.handle(op)
    return result_of(told, handlers._stage.workers) if isinstance(told, Errand) else told


def result_of(errand: Errand, workers: Workers) -> Reply:
    """What comes of an errand, its workers waited for."""
    deadline = time.monotonic() + 30
    while not errand.done():
        assert time.monotonic() < deadline
        select.select(workers.filenos(), [], [], 0.05)
        workers.turn()
    return errand.result()


@dataclass
class PlainHandlers:
    """Stores parameters like a composer that is about to compose tick 5; records every op."""

    automation: Automation = field(default_factory=lambda: Automation(Parameters()))
    asked: list[messages.Op] = field(default_factory=list)
    telemetry: str = ""

    def handle(self, op: messages.Op) -> Mapping[str, Any]:
        """Answer as the contract requires, with the fewest facts."""
        self.asked.append(op)
        match op:
            case messages.Describe():
                return protocol.describe()
            case messages.Get(names):
                params = self.automation.peek(NEXT_TICK).to_names()
                return {"params": {name: params[name] for name in names or params}}
            case messages.Set(params, at, over):
                beat = self.automation.schedule(params, at, over, next_tick=NEXT_TICK)
                return {"params": self.automation.accepted(params), **when(round(4 * beat))}
            case messages.Transport(action):
                return {"state": "stopped" if action == "stop" else "playing"}
            case messages.State():
                return {"transport": {"state": "playing"}, "telemetry": self.telemetry, "ports": {}}
            case messages.Model(action, name) if action == "load":
                raise messages.ControlError("not_found", f"no bundle is named {name}", "name")
            case messages.Record(_, path) if path == "crash":
                raise RuntimeError("a fault")
        return {"pong": True}


@dataclass
class Daemon:
    """The addresses of what `serving` started."""

    handlers: PlainHandlers
    control: str
    telemetry: Telemetry


@contextmanager
def serving(bind: str = "tcp://127.0.0.1:*") -> Iterator[Daemon]:
    """Serve PlainHandlers in a thread until the block ends."""
    with zmq.Context() as context:
        handlers, ended = PlainHandlers(), threading.Event()
        server = ControlServer(context, bind, handlers)
        telemetry = Telemetry(context, "tcp://127.0.0.1:*")
        handlers.telemetry = telemetry.endpoint

        def serve() -> None:
            while not ended.is_set():
                if server.socket.poll(20):
                    server.serve(64)
            server.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Daemon(handlers, server.endpoint, telemetry)
        finally:
            ended.set()
            thread.join()
            telemetry.close()
