"""The handlers of client requests to a running performance."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from daemon.automation import boundary
from daemon.composer.playing.position import STOPPED, coming, when
from daemon.composer.records.recorder import Recorder
from daemon.composer.requests.changes import Changes, effective
from daemon.composer.requests.taps import Taps
from daemon.control import messages
from daemon.control.messages import ControlError, Op
from daemon.link.gateway import (
    AcceptedValues,
    BeginRecording,
    CaptureTo,
    DescribeScene,
    Hear,
    Inner,
    LoadScene,
    MorphTo,
    NameModels,
    PresetsChanged,
    Swap,
    SwapSystem,
)
from daemon.link.player import TransportAction
from daemon.morphing import between
from daemon.music.deck.deck import Deck, fresh_seed
from daemon.music.deck.operations import Fade, NextSection, Reseed, SetParameters
from daemon.music.ensemble.lineup import PARTS
from daemon.music.systems.system import Part
from daemon.music.systems.table import NETWORKLESS
from daemon.parameters import AUTO, SPECS, check_all
from daemon.workers.jobs import Heard, Verified
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT

Reply = Mapping[str, Any]


class Stage(Protocol):
    """The parts of the performance that the handlers use."""

    deck: Deck
    changes: Changes
    recorder: Recorder
    preset_changes: int

    def steer(self, action: TransportAction, count_in: int = 0) -> str:
        """Send a transport command other than panic and tap; return the state it leads to."""

    def values(self) -> dict[str, Any]:
        """Return all parameters by name, the tempo of a foreign clock if one leads."""

    def transport(self) -> dict[str, Any]:
        """Return state, tick, bar, beat, tempo and clock source."""

    def report(self) -> dict[str, Any]:
        """Return the rest of the result of `state`: models, ports, provider, gauge, health."""

    def swap(self, bundle: Verified, part: Part | None) -> Reply:
        """Load a verified bundle in the background; the music, or one part, changes to it at a bar."""

    def swap_system(self, name: str, part: Part | None) -> Reply:
        """Change to a system without networks at a bar. Raises ControlError if none has the name."""

    def hear(self, music: Heard, op: messages.Prime | None) -> Reply:
        """Prime with music, which `op` asked for, in the background; the music continues from it at a bar."""

    def scene(self) -> Reply:
        """Return what plays as a scene, and the name of the scene that was loaded last."""

    def load_scene(self, scene: LoadScene) -> Reply:
        """Change to a scene at a bar."""

    def listen(self, op: messages.Listen) -> Reply:
        """Listen to who plays in another way."""

    def capture(self, prepared: Path, bars: int) -> Reply:
        """Write the last bars to a spool."""

    def changed(self) -> None:
        """Request that `state` is published soon."""


class Handlers:
    """One method for each operation. The gateway answers `ping` and `describe` itself, and sends a panic to the player."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._taps = Taps()
        self._ops: Mapping[type, Callable[[Any], Reply]] = {
            messages.Get: self._get,
            messages.Set: self._set,
            messages.Transport: self._transport,
            messages.State: self._state,
            messages.Reseed: self._reseed,
            messages.Pending: self._pending,
            messages.Undo: self._undo,
            messages.Redo: self._redo,
            messages.Next: self._next,
            messages.Fade: self._fade,
            messages.Listen: stage.listen,
            messages.Record: self._stop_recording,
            BeginRecording: self._begin_recording,
            Hear: lambda op: stage.hear(op.music, op.op),
            DescribeScene: lambda _: stage.scene(),
            LoadScene: stage.load_scene,
            MorphTo: self._morph,
            CaptureTo: lambda op: stage.capture(Path(op.path), op.bars),
            Swap: lambda op: stage.swap(op.bundle, op.part),
            SwapSystem: lambda op: stage.swap_system(op.name, op.part),
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
        return self._stage.values()

    def _set(self, op: messages.Set) -> Reply:
        operation = SetParameters(check_all(op.params), op.at, op.over)
        begins = effective(operation, self._stage.changes.accept(operation))
        self._stage.changed()
        return {"params": dict(operation.values), **begins}

    def _morph(self, op: MorphTo) -> Reply:
        changes = self._stage.changes
        if op.over is not None:
            first, second = between(op.first, op.second, 0), between(op.first, op.second, 1)
            operation = SetParameters(second, op.at, op.over, first)
        else:  # only what differs, because a fader sends many positions
            values = between(op.first, op.second, op.position or 0.0)
            accepted = changes.state.automation.accepted(values)
            operation = SetParameters({k: v for k, v in values.items() if v != accepted[k]}, op.at)
        begins = effective(operation, changes.accept(operation))
        self._stage.changed()
        return {"params": dict(operation.values), **begins}

    def _transport(self, op: messages.Transport) -> dict[str, Any]:
        if op.action == "tap":
            told = self._tap()
            return {"state": self._stage.transport()["state"], "tempo": self._values()["tempo"], **told}
        if op.action == "play":
            self._stage.changes.restarting()
        return {"state": self._stage.steer(op.action, op.count_in)}

    def _tap(self) -> Reply:
        """Record a tap; from the second one on, set the tempo and return its result."""
        tempo, spec = self._taps.tap(time.perf_counter()), SPECS["tempo"]
        if tempo is None:
            return {}
        return self._set(messages.Set({"tempo": round(min(max(tempo, spec.low), spec.high), 2)}))

    def _state(self, _: messages.State) -> Reply:
        stage, state = self._stage, self._stage.changes.state
        begun = stage.deck.ticked(stage.deck.next_tick - 1)
        bar = (stage.deck.next_tick - 1) // TICKS_PER_BAR
        return {
            "params": self._values(),
            "pending": state.automation.pending(),
            "transport": stage.transport(),
            "section": "" if begun is None else begun.composed.plan.section,
            "plan": None if begun is None else stage.deck.outlook().describe(bar),
            "coming": coming(state),
            "seed": state.music.seed,
            "recording": stage.recorder.state(),
            **stage.report(),
        }

    def _reseed(self, op: messages.Reseed) -> Reply:
        seed = fresh_seed() if op.seed is None else op.seed
        tick = self._stage.changes.accept(Reseed(seed, op.at))
        self._stage.changed()
        return {"seed": seed, **when(boundary(tick, op.at))}

    def _next(self, op: messages.Next) -> Reply:
        stage, parameters = self._stage, self._stage.changes.state.parameters
        if not parameters.director:
            raise ControlError(
                "unavailable", "the director is off, so no section comes next; set director=true"
            )
        release = [SetParameters({"section": AUTO}, op.at)] if parameters.section != AUTO else []
        tick = boundary(stage.changes.accept_all([*release, NextSection(op.at)]), op.at)
        stage.changed()
        return {"section": stage.deck.outlook().section_at(-(-tick // TICKS_PER_BAR)).name, **when(tick)}

    def _fade(self, op: messages.Fade) -> Reply:
        stage = self._stage
        if stage.transport()["state"] == STOPPED:
            raise ControlError("unavailable", "the music is stopped, so there is nothing to fade")
        start = boundary(stage.changes.accept(Fade(op.over, op.at)), op.at)
        stage.changed()
        return {**when(start), "until_beat": start / TICKS_PER_BEAT + op.over}

    def _pending(self, op: messages.Pending) -> Reply:
        changes = self._stage.changes
        if op.action == "list":
            return {"pending": changes.pending()}
        cancelled = changes.cancel(op.pending_id)
        if op.pending_id is not None and not cancelled:
            raise ControlError("not_found", f"nothing that waits has the id {op.pending_id}", "pending_id")
        self._stage.changed()
        return {"cancelled": cancelled}

    def _undo(self, op: messages.Undo) -> Reply:
        return self._taken(self._stage.changes.undo(op.at), "there is nothing to undo")

    def _redo(self, op: messages.Redo) -> Reply:
        return self._taken(self._stage.changes.redo(op.at), "there is nothing to redo")

    def _taken(self, result: Reply | None, refusal: str) -> Reply:
        if result is None:
            raise ControlError("not_found", refusal)
        self._stage.changed()
        return result

    def _stop_recording(self, _: messages.Record) -> Reply:
        fault = self._stage.recorder.fault.text
        path = self._stage.recorder.stop()
        self._stage.changed()
        return {"path": str(path), "recording": False, **({"warning": fault} if fault else {})}

    def _begin_recording(self, op: BeginRecording) -> Reply:
        path = self._stage.recorder.begin(Path(op.path))
        self._stage.changed()
        return {"path": str(path), "recording": True}

    def _name_models(self, op: NameModels) -> Reply:
        lineup = self._stage.changes.state.lineup
        current = {lineup.places[part].name for part in PARTS}
        names = [*op.names, *NETWORKLESS]
        return {"models": [{"name": name, "current": name in current} for name in names]}

    def _accepted(self, _: AcceptedValues) -> Reply:
        return {"params": self._stage.changes.state.automation.accepted(SPECS)}

    def _presets_changed(self, _: PresetsChanged) -> Reply:
        self._stage.preset_changes += 1
        self._stage.changed()
        return {}
