"""Carry out the requests of clients in a running performance."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from daemon.automation import At
from daemon.composer.position import STOPPED, coming, when
from daemon.composer.recorder import Recorder
from daemon.control import messages
from daemon.control.messages import Op
from daemon.link.gateway import AcceptedValues, BeginRecording, Hear, Inner, NameModels, PresetsChanged, Swap
from daemon.music.composition import Composition, fresh_seed
from daemon.parameters import SPECS
from daemon.workers.jobs import Heard, Verified
from models.notes import TICKS_PER_BEAT

Reply = Mapping[str, Any]

_LONGEST_TAP_SECONDS: Final = 2.5
_TAPS: Final = 8


class Stage(Protocol):
    """The performance, as the handlers see it."""

    composition: Composition
    recorder: Recorder
    preset_changes: int

    def steer(self, action: str) -> str:
        """Send a transport command other than panic and tap; return the state it leads to."""

    def transport(self) -> dict[str, Any]:
        """Return state, tick, bar, beat, tempo and clock source."""

    def report(self) -> dict[str, Any]:
        """Return the rest of the result of `state`: models, ports, provider, gauge, health."""

    def swap(self, bundle: Verified) -> Reply:
        """Load a verified bundle while the music plays; it is swapped in at a bar."""

    def hear(self, music: Heard) -> Reply:
        """Let another engine hear music while the music plays; it is swapped in at a bar."""

    def model_name(self) -> str:
        """Return the name of the model that plays."""

    def changed(self) -> None:
        """Note that something changed that subscribers of `state` receive."""


class Handlers:
    """One method for each operation. The gateway answers `ping` and `describe` itself, and sends a panic to the player."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._taps: list[float] = []
        self._ops: Mapping[type, Callable[[Any], Reply]] = {
            messages.Get: self._get,
            messages.Set: self._set,
            messages.Transport: self._transport,
            messages.State: self._state,
            messages.Reseed: self._reseed,
            messages.Record: self._stop_recording,
            BeginRecording: self._begin_recording,
            Hear: lambda op: stage.hear(op.music),
            Swap: lambda op: stage.swap(op.bundle),
            NameModels: self._name_models,
            AcceptedValues: self._accepted,
            PresetsChanged: self._presets_changed,
        }

    def handle(self, op: Op | Inner) -> Reply:
        """Carry `op` out and return the result. Raises ControlError or ParameterError if the request is refused."""
        return self._ops[type(op)](op)

    def _get(self, op: messages.Get) -> dict[str, Any]:
        values = self._values()
        return {"params": {name: values[name] for name in (SPECS if op.names is None else op.names)}}

    def _values(self) -> dict[str, Any]:
        return self._stage.composition.parameters.to_names()

    def _set(self, op: messages.Set) -> dict[str, Any]:
        automation = self._stage.composition.automation
        told = self._schedule(op.params, op.at, op.over)
        return {"params": automation.accepted(op.params), **told}

    def _schedule(self, params: Mapping[str, Any], at: At = "now", over: float = 0.0) -> dict[str, Any]:
        """Schedule changes. Return when they are heard: one time, and one for each parameter if they differ."""
        composition = self._stage.composition
        beat = composition.automation.schedule(params, at, over, next_tick=composition.next_tick)
        self._stage.changed()
        begins = round(beat * TICKS_PER_BEAT)
        sounding = self._sounding()
        ticks = {name: composition.heard_tick(name, begins, sounding) for name in params}
        first = when(min(ticks.values(), default=begins))
        if len({*ticks.values()}) < 2:
            return first
        return {**first, "effective": {name: when(tick) for name, tick in ticks.items()}}

    def _sounding(self) -> int | None:
        """Return the next tick to sound if playing is stopped, else None."""
        transport = self._stage.transport()
        return int(transport["tick"]) if transport["state"] == STOPPED else None

    def _transport(self, op: messages.Transport) -> dict[str, Any]:
        if op.action == "tap":
            told = self._tap()
            return {"state": self._stage.transport()["state"], "tempo": self._values()["tempo"], **told}
        return {"state": self._stage.steer(op.action)}

    def _tap(self) -> dict[str, Any]:
        """Add a tap. Return when the tempo of the taps begins; empty after the first tap."""
        now = time.perf_counter()
        if self._taps and now - self._taps[-1] > _LONGEST_TAP_SECONDS:
            self._taps.clear()
        self._taps = [*self._taps[-_TAPS:], now]
        if len(self._taps) < 2:
            return {}
        beats = len(self._taps) - 1
        seconds = max(now - self._taps[0], 1e-3)
        tempo = min(max(60.0 * beats / seconds, SPECS["tempo"].low), SPECS["tempo"].high)
        return self._schedule({"tempo": round(tempo, 2)})

    def _state(self, _: messages.State) -> dict[str, Any]:
        return {
            "params": self._values(),
            "pending": self._stage.composition.automation.pending(),
            "transport": self._stage.transport(),
            "section": self._stage.composition.section,
            "plan": self._stage.composition.plan,
            "coming": coming(self._stage.composition),
            "seed": self._stage.composition.engine.seed,
            "recording": self._stage.recorder.state(),
            **self._stage.report(),
        }

    def _reseed(self, op: messages.Reseed) -> dict[str, Any]:
        seed = fresh_seed() if op.seed is None else op.seed
        beat = self._stage.composition.reseed(seed, op.at)
        self._stage.changed()
        return {"seed": seed, **when(round(beat * TICKS_PER_BEAT))}

    def _stop_recording(self, _: messages.Record) -> Reply:
        path = self._stage.recorder.stop()
        self._stage.changed()
        return {"path": str(path), "recording": False}

    def _begin_recording(self, op: BeginRecording) -> Reply:
        path = self._stage.recorder.begin(Path(op.path))
        self._stage.changed()
        return {"path": str(path), "recording": True}

    def _name_models(self, op: NameModels) -> Reply:
        current = self._stage.model_name()
        return {"models": [{"name": name, "current": name == current} for name in op.names]}

    def _accepted(self, _: AcceptedValues) -> Reply:
        return {"params": self._stage.composition.automation.accepted(SPECS)}

    def _presets_changed(self, _: PresetsChanged) -> Reply:
        self._stage.preset_changes += 1
        self._stage.changed()
        return {}
