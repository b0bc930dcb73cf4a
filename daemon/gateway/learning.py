"""The op `learn`: what is bound, by what was learned, the configuration and ready maps; and the learning itself."""

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, Final

from daemon.control.actions import ACTIONS
from daemon.control.messages import ControlError, Learn
from daemon.mapping.bindings import Binding, in_force, needs_value
from daemon.mapping.controls import Control, Mode, Move, read_control
from daemon.mapping.learning import TIMEOUT_SECONDS, Learner
from daemon.mapping.mapfile import Learned, text_of
from daemon.mapping.settings import MapSettings
from daemon.parameters import SPECS, did_you_mean, shown

Publish = Callable[[str, Mapping[str, Any]], None]
_HEARD_SECONDS: Final = 0.2


class Learning:
    """Holds the bindings in force, and gives them to `use` when they change.

    `publish` sends telemetry of the topic `learn`; `save` writes the text of the user's map.
    """

    def __init__(
        self,
        settings: MapSettings,
        use: Callable[[tuple[Binding, ...]], None],
        publish: Publish,
        save: Callable[[str], None],
    ) -> None:
        self._settings, self._use, self._publish, self._save = settings, use, publish, save
        self._learned = settings.learned
        self._learner: Learner | None = None
        self._next_heard = -inf
        self.ports: dict[str, str] = {}
        self._take_effect()

    def carry_out(self, op: Learn, now: float) -> Mapping[str, Any]:
        """Return the result of the op. Raises ControlError. `now` is of the clock of MIDI messages."""
        match op.action:
            case "start":
                return self._start(op.param or "", now)
            case "cancel":
                return self._cancel()
            case "list":
                return {**self._state(), "bindings": [_row(each) for each in self.bindings]}
        return self._unassign(op)

    def hear(self, moved: Move | Mode, now: float) -> bool:
        """Take a message while something is learned. Return whether it was used up."""
        if self._learner is None or isinstance(moved, Mode):
            return False
        binding = self._learner.hear(moved)
        if binding is None:
            if now >= self._next_heard:
                self._next_heard = now + _HEARD_SECONDS
                self._tell("heard", control=moved.control.words())
            return True
        self._learner = None
        self._bind(binding)
        return True

    def turn(self, now: float) -> float:
        """End a learning that has taken too long; return the seconds until then."""
        if self._learner is None:
            return inf
        if now >= self._learner.until:
            self._tell("timed out")
            self._learner = None
            return inf
        return self._learner.until - now

    def _start(self, target: str, now: float) -> Mapping[str, Any]:
        if target not in SPECS and target not in ACTIONS:
            hint = did_you_mean(target, (*SPECS, *ACTIONS))
            raise ControlError(
                "unknown_parameter", f"{shown(target)} is no parameter and no action{hint}", "param"
            )
        if needs_value(target):
            raise ControlError(
                "bad_request", f"{target} needs a value, so it is bound in [control.map]", "param"
            )
        self._learner = Learner(target, now)
        self._tell("listening", seconds=TIMEOUT_SECONDS)
        return {**self._state(), "seconds": TIMEOUT_SECONDS}

    def _cancel(self) -> Mapping[str, Any]:
        if self._learner is not None:
            self._tell("cancelled")
        self._learner = None
        return self._state()

    def _state(self) -> dict[str, Any]:
        learning = None if self._learner is None else self._learner.target
        return {"learning": learning, "ports": self.ports}

    def _bind(self, binding: Binding) -> None:
        """A parameter keeps one learned control; a control that had another target leaves it."""
        left = [each.target for each in self.bindings if each.control.matches(binding.control)]
        others = [each for each in self._learned.bindings if each.target != binding.target]
        gone = [each for each in self._learned.unassigned if not each.matches(binding.control)]
        self._learned = Learned((*in_force(others, [binding]),), (*gone,))
        self._take_effect()
        self._save(text_of(self._learned))
        instead_of = sorted({*left} - {binding.target})
        self._publish("learn", {"state": "bound", **_row(binding), "instead_of": instead_of})

    def _unassign(self, op: Learn) -> Mapping[str, Any]:
        wanted = None if op.control is None else read_control(op.control)
        if op.control is not None and wanted is None:
            example = '"cc 20", "cc 20 ch 1" or "note 36 ch 10 port PADS"'
            raise ControlError(
                "bad_request", f"a control is written as {example}; got {shown(op.control)}", "control"
            )
        gone = [each for each in self.bindings if _is_meant(each, op.param, wanted)]
        if not gone:
            what = op.param if wanted is None else wanted.words()
            raise ControlError(
                "not_found", f"nothing is bound to {what}", "param" if wanted is None else "control"
            )
        kept = tuple(each for each in self._learned.bindings if each not in gone)
        fixed = [each.control for each in gone if each not in self._learned.bindings]
        self._learned = Learned(kept, (*dict.fromkeys([*self._learned.unassigned, *fixed]),))
        self._take_effect()
        self._save(text_of(self._learned))
        rows = [_row(each) for each in gone]
        self._publish("learn", {"state": "unassigned", "bindings": rows})
        return {"unassigned": rows}

    def _take_effect(self) -> None:
        learned = self._learned
        fixed = in_force(self._settings.ready, self._settings.configured, without=learned.unassigned)
        self.bindings = in_force(fixed, learned.bindings)
        self._use(self.bindings)

    def _tell(self, state: str, **more: Any) -> None:
        target = None if self._learner is None else self._learner.target
        self._publish("learn", {"state": state, "param": target, **more})


def _row(binding: Binding) -> dict[str, Any]:
    kind = binding.control.kind
    rest = {key: value for key, value in binding.table().items() if key not in (kind, "channel", "port")}
    return {"param": binding.target, "control": binding.control.words(), "origin": binding.origin, **rest}


def _is_meant(binding: Binding, param: str | None, control: Control | None) -> bool:
    if control is None:
        return binding.target == param
    own = binding.control
    is_same = own[:2] == control[:2] and control.channel in (None, own.channel)
    return is_same and control.port.lower() in own.port.lower() and param in (None, binding.target)
