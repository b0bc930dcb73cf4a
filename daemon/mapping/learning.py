"""MIDI learn: which control somebody means, from what is moved. A knob that trembles is not meant."""

from typing import Final, NamedTuple

from daemon.control.actions import ACTIONS
from daemon.mapping.bindings import Binding, Encoding
from daemon.mapping.controls import Control, Mode, Move
from daemon.parameters import SPECS

TIMEOUT_SECONDS: Final = 30.0
_FAR: Final = 6 / 127
_REPEATS: Final = 3
_PRESSED: Final = 127
_HALVES: Final = 2
_SELECTORS: Final = frozenset({6, 38, 98, 99, 100, 101})
_MOST: Final = 512


class _Seen(NamedTuple):
    lowest: float
    highest: float
    raws: tuple[int, ...]


class Learner:
    """Watches for the control that is to be bound to `target`, until `until` (seconds of the caller's clock)."""

    def __init__(self, target: str, now: float) -> None:
        self.target, self.until = target, now + TIMEOUT_SECONDS
        self._seen: dict[Control, _Seen] = {}

    def hear(self, moved: Move | Mode) -> Binding | None:
        """Return the binding once it is clear which control is meant."""
        if isinstance(moved, Mode) or len(self._seen) >= _MOST:
            return None
        control = moved.control
        old = self._seen.get(control)
        raws = (*(old.raws if old else ()), moved.raw)[-8:]
        low = min(moved.position, old.lowest if old else 1.0)
        high = max(moved.position, old.highest if old else 0.0)
        self._seen[control] = _Seen(low, high, raws)
        return self._decided(moved, low, high, raws)

    def _decided(self, moved: Move, low: float, high: float, raws: tuple[int, ...]) -> Binding | None:
        control = moved.control
        match control.kind:
            case "note":
                return self._bound(control) if moved.raw else None
            case "program":
                return self._bound(control) if self._takes_slot() else None
            case "cc":
                return self._controller(control, high - low, raws)
            case "cc14" if self._is_selector(control) or not self._has_halves(control):
                return None
        return self._bound(control) if high - low >= _FAR else None

    def _takes_slot(self) -> bool:
        takes = ACTIONS[self.target].argument if self.target in ACTIONS else None
        return takes is not None and takes.is_slot

    def _controller(self, control: Control, way: float, raws: tuple[int, ...]) -> Binding | None:
        if self._is_selector(control):
            return None
        if encoding := _encoding(raws):
            return self._bound(control, encoding)
        if self._is_half(control):
            return None
        is_button = self.target not in SPECS or SPECS[self.target].kind == "bool"
        is_pressed = is_button and raws[-1] == _PRESSED
        return self._bound(control) if is_pressed or (way >= _FAR and not is_button) else None

    def _is_selector(self, control: Control) -> bool:
        """Whether a controller belongs to an NRPN, which is what is meant."""
        is_selected = any(each.kind == "nrpn" and each.channel == control.channel for each in self._seen)
        return is_selected and control.number in _SELECTORS

    def _is_half(self, control: Control) -> bool:
        """Whether a controller is the coarse or fine half of a 14-bit one: both halves come in turn."""
        number = control.number or 0
        whole = control._replace(kind="cc14", number=number % 32)
        return number < 64 and self._has_halves(whole)

    def _has_halves(self, whole: Control) -> bool:
        number = whole.number or 0
        halves = [self._seen.get(whole._replace(kind="cc", number=each)) for each in (number, number + 32)]
        return all(half is not None and len(half.raws) >= _HALVES for half in halves)

    def _bound(self, control: Control, relative: Encoding | None = None) -> Binding:
        return Binding(self.target, control, relative=relative, origin="learned")


def _encoding(raws: tuple[int, ...]) -> Encoding | None:
    """Return how an endless encoder counts. It repeats a value, which a knob with two ends never does."""
    last = raws[-_REPEATS:]
    if len(last) < _REPEATS or len({*last}) > 1:
        return None
    if last[0] in (63, 65):
        return "offset"
    return "twos" if last[0] in (1, 127) else None
