"""The desk: carries out what control clients ask of a running performance."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from daemon.about import package_version
from daemon.automation import At
from daemon.composer.errands import Errand, Errands, Reply
from daemon.composer.listening import heard_by
from daemon.composer.position import STOPPED, coming, when
from daemon.composer.presets import NoPresetError, PresetError, PresetNameError, Presets
from daemon.composer.recorder import Recorder, RecordError, RecordPathError
from daemon.control import messages, protocol
from daemon.control.messages import ControlError, Op
from daemon.music.composition import Composition, fresh_seed
from daemon.parameters import SPECS
from models.bundle import Bundle
from models.hearing import TokenisedMusic
from models.notes import TICKS_PER_BEAT

_LONGEST_TAP_SECONDS: Final = 2.5
_TAPS: Final = 8


class Stage(Protocol):
    """What the desk needs of the performance around it."""

    composition: Composition
    recorder: Recorder
    presets: Presets

    def steer(self, action: str) -> str:
        """Send a transport command; return the state it leads to."""

    def transport(self) -> dict[str, Any]:
        """State, tick, bar, beat, tempo and clock source."""

    def report(self) -> dict[str, Any]:
        """Everything else that `state` tells: models, ports, seed, health, addresses."""

    def load_model(self, name: str) -> Errand[Bundle]:
        """Load a bundle beside the music and swap it in at a bar; ControlError when it does not fit."""

    def prime(self, read: Callable[[Callable[[], bool]], TokenisedMusic]) -> Errand[TokenisedMusic]:
        """Read music beside the music and let the models hear it; they go on from it at a bar.

        `read` gets a function that tells whether it shall give up.
        """

    def models(self) -> list[dict[str, Any]]:
        """The bundles there are."""

    def changed(self) -> None:
        """Something a subscriber of `state` wants to know has changed."""


class Handlers:
    """One method per op."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._began, self._version = time.monotonic(), package_version()
        self._taps: list[float] = []
        self._recordings = Errands("recordings")
        self._ops: Mapping[type, Callable[[Any], Reply | Errand[Any]]] = {
            messages.Ping: self._ping,
            messages.Describe: lambda _: protocol.describe(),
            messages.Get: self._get,
            messages.Set: self._set,
            messages.Transport: self._transport,
            messages.State: self._state,
            messages.Reseed: self._reseed,
            messages.Record: self._record,
            messages.Model: self._model,
            messages.Preset: self._preset,
            messages.Prime: self._prime,
        }

    def handle(self, op: Op) -> Reply | Errand[Any]:
        """Carry `op` out, or begin to; ControlError or ParameterError when it is refused."""
        return self._ops[type(op)](op)

    def _ping(self, _: messages.Ping) -> dict[str, Any]:
        uptime = time.monotonic() - self._began
        return {"pong": True, "version": self._version, "uptime_seconds": round(uptime, 3)}

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
        """Ask for changes; when they are heard, each by its name where that differs."""
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
        """The next tick to sound while the music stands still."""
        transport = self._stage.transport()
        return int(transport["tick"]) if transport["state"] == STOPPED else None

    def _transport(self, op: messages.Transport) -> dict[str, Any]:
        if op.action == "tap":
            told = self._tap()
            return {"state": self._stage.transport()["state"], "tempo": self._values()["tempo"], **told}
        return {"state": self._stage.steer(op.action)}

    def _tap(self) -> dict[str, Any]:
        """Take a tap; when the tempo that it makes begins."""
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

    def _record(self, op: messages.Record) -> Errand[Path]:
        recorder = self._stage.recorder

        def prepare() -> Path:  # a disk may be slow
            with _told_of_recording():
                return recorder.prepare(op.path) if op.action == "start" else Path()

        def turn(prepared: Path) -> Reply:
            with _told_of_recording():
                path = recorder.begin(prepared) if op.action == "start" else recorder.stop()
            self._stage.changed()
            return {"path": str(path), "recording": op.action == "start"}

        return self._recordings.run(prepare, turn)

    def _model(self, op: messages.Model) -> Reply | Errand[Any]:
        if op.action == "list":
            return {"models": self._stage.models()}
        assert op.name is not None  # noqa: S101 - the message has checked it
        if Path(op.name).name != op.name:
            raise ControlError("bad_request", f"a model is loaded by its name, not by a path; got {op.name}")
        return self._stage.load_model(op.name)

    def _preset(self, op: messages.Preset) -> dict[str, Any]:
        try:
            return self._with_preset(op, op.name or "")
        except PresetNameError as error:
            raise ControlError("bad_request", str(error), "name") from None
        except NoPresetError as error:
            raise ControlError("not_found", str(error), "name") from None
        except PresetError as error:
            raise ControlError("unavailable", str(error), "name") from None

    def _with_preset(self, op: messages.Preset, name: str) -> dict[str, Any]:
        presets, automation = self._stage.presets, self._stage.composition.automation
        match op.action:
            case "list":
                return {"presets": presets.names()}
            case "save":
                path = presets.save(name, automation.accepted(SPECS))
                self._stage.changed()
                return {"name": name, "path": str(path)}
            case "load":
                return {"name": name, **self._set(messages.Set(presets.load(name), op.at, op.over))}
        presets.delete(name)
        self._stage.changed()
        return {"name": name}

    def _prime(self, op: messages.Prime) -> Errand[TokenisedMusic]:
        folder = self._stage.recorder.folder
        return self._stage.prime(lambda is_given_up: heard_by(op, folder, is_given_up))


@contextlib.contextmanager
def _told_of_recording() -> Iterator[None]:
    """Why a recording cannot be, as the client is told."""
    try:
        yield
    except RecordPathError as error:
        raise ControlError("bad_request", str(error), "path") from None
    except RecordError as error:
        raise ControlError("unavailable", str(error)) from None
