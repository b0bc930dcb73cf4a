"""The MIDI surface: controllers change parameters and are shown their values; MIDI learn; notes that are music."""

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from typing import Any, Final

from daemon.control.actions import ACTIONS
from daemon.control.messages import ControlError, Learn, Preset
from daemon.gateway.latest import LatestValues
from daemon.gateway.learning import Learning, Publish
from daemon.gateway.lights import Lights
from daemon.gateway.playedin import PlayedIn
from daemon.gateway.surface import Ask, Outcome, Reply
from daemon.link.inputs import MidiIn, MidiOut
from daemon.mapping.controls import Mode
from daemon.mapping.engine import Act, Change, Engine
from daemon.mapping.loopback import Loopback
from daemon.mapping.settings import MapSettings
from daemon.parameters import Value
from models.notes import MAIN

_log: Final = logging.getLogger(__name__)
_MOST_ACTS: Final = 64
# A panic sends "all notes off" itself. If that comes back, or comes on every channel at once, one panic is enough.
_PANIC_SECONDS: Final = 1.0


class MidiControl:
    """Reads what the input role passes on. `send` sends a message to a controller; `learning` binds controls."""

    def __init__(
        self,
        settings: MapSettings,
        send: Callable[[MidiOut], None],
        publish: Publish,
        save: Callable[[str], None],
    ) -> None:
        self.readers = ()
        self._send = send
        self._engine, self._loopback = Engine(), Loopback()
        self._lights = Lights()
        self._learning = Learning(settings, self._use, publish, save)
        self._latest = LatestValues("midi", "midi", self._refused)
        self._values: dict[str, Value] = {}
        self._acts: list[Act] = []
        self._played_in = PlayedIn()
        self._last_panic = -inf

    def midi(self, message: MidiIn) -> None:
        """Take what arrived at a port."""
        if message.has_lost:
            self._played_in.let_go()
        for seconds, data in message.events:
            if not data:
                continue
            if self._loopback.is_own(message.port, data, seconds):
                self._tell_of_loop(message.port)
                if self._loopback.is_looped(message.port, seconds):
                    self._played_in.let_go()
                continue
            self._take(message.port, data, seconds)

    def ports(self, ports: Mapping[str, str]) -> None:
        """Take the states of the input ports: controllers that have come are shown all values."""
        self._learning.ports = dict(ports)
        self._played_in.ports(ports)
        self._lights.ports([name for name, state in ports.items() if state.startswith("open")])

    def let_go(self) -> None:
        """End all notes that are played in, because another input role takes over."""
        self._played_in.let_go()

    def learn(self, op: Learn, reply: Reply) -> None:
        """Carry out the op `learn`."""
        try:
            reply(self._learning.carry_out(op, time.perf_counter()))
        except ControlError as error:
            reply(error)

    def serve(self, _ask: Ask) -> bool:
        """Do nothing: what arrives comes through `midi`."""
        return False

    def turn(self, ask: Ask, now: float) -> float:
        """Ask for what was wanted, show values, and end a learning that takes too long."""
        self._played_in.send(ask)
        acts, self._acts = self._acts, []
        for act in acts:
            self._do(ask, act, now)
        clock = time.perf_counter()
        for message in self._lights.due(self._values, clock):
            self._loopback.sent(message.message, clock)
            self._send(message)
        return min(self._latest.send(ask, now), self._lights.seconds_to_next, self._learning.turn(clock))

    def publish(self, topic: str, body: Mapping[str, Any]) -> None:
        """Note the values of the first deck, and its notes."""
        if body.get("deck", MAIN) != MAIN:
            return
        if topic == "note" and body.get("type") == "on":
            now = time.perf_counter()
            self._loopback.noted(body["channel"], body["pitch"], body["velocity"], now)
        elif topic == "state":
            changed = [name for name, value in body["params"].items() if self._values.get(name) != value]
            self._values = dict(body["params"])
            self._lights.changed(changed)

    def close(self) -> None:
        """Do nothing: the ports belong to the input role."""

    def _use(self, bindings: Any) -> None:
        self._engine.use(bindings)
        self._lights.use(bindings)

    def _take(self, port: str, data: bytes, seconds: float) -> None:
        for moved in self._engine.read(port, data):
            is_learned = self._learning.hear(moved, seconds)
            if isinstance(moved, Mode) or not (
                self._engine.uses(moved.control) or (is_learned and moved.raw)
            ):
                self._played_in.take(moved, seconds)
            if is_learned:
                continue
            for wish in self._engine.feed(moved, seconds, self._values):
                if isinstance(wish, Change):
                    self._latest.put(MAIN, wish.name, wish.value)
                    self._lights.touched(wish.control, seconds)
                elif len(self._acts) < _MOST_ACTS:
                    self._acts.append(wish)

    def _do(self, ask: Ask, act: Act, now: float) -> None:
        if act.action == "panic":
            if now - self._last_panic < _PANIC_SECONDS:
                return
            self._last_panic = now
        try:
            op = ACTIONS[act.action].operation(act.argument)
        except ControlError as error:
            _log_refusal(error)
            return
        if isinstance(op, Preset) and op.slot is not None:
            ask(Preset("list"), "midi", "midi", partial(_load_slot, ask, op.slot), MAIN)
        else:
            ask(op, "midi", "midi", _log_refusal, MAIN)

    def _refused(self, _deck: str, values: Mapping[str, Value], error: ControlError) -> None:
        _log.warning("a controller could not set %s: %s", ", ".join(values), error.message)

    def _tell_of_loop(self, port: str) -> None:
        if self._loopback.first_of(port):
            _log.warning("an output of edmd is connected to its input %s; what comes back is ignored", port)


def _load_slot(ask: Ask, slot: int, outcome: Outcome) -> None:
    """Load the preset of a slot, or if it is empty the preset at this place of the list."""
    if isinstance(outcome, ControlError):
        _log_refusal(outcome)
        return
    names = outcome["presets"]
    name = outcome["slots"].get(str(slot)) or (names[slot - 1] if slot <= len(names) else None)
    if name is None:
        _log.warning("a controller chose preset %d, but there are %d presets", slot, len(names))
    else:
        ask(Preset("load", name), "midi", "midi", _log_refusal, MAIN)


def _log_refusal(outcome: Outcome) -> None:
    if isinstance(outcome, ControlError):
        _log.warning("a controller's press did nothing: %s", outcome.message)
