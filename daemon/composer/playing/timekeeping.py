"""What leads the time of all decks, as the player says it, and changes of that."""

from collections.abc import Callable, Mapping
from typing import Any

from daemon.control.messages import Clock
from daemon.link.player import ClockState, SetClock, ToPlayer


class Timekeeping:
    """`state` is what the player said last. A new player is told what clients have chosen since the start."""

    def __init__(self, send: Callable[[ToPlayer], None]) -> None:
        self.state = ClockState("internal", "internal", True, None, 0.0, 0.0)
        self._send = send
        self._chosen = SetClock()

    @property
    def tempo(self) -> float | None:
        """The tempo of the foreign clock that leads, in BPM; None if the parameter `tempo` acts."""
        return None if self.state.leader == "internal" or not self.state.tempo else self.state.tempo

    def succeed(self) -> None:
        """Tell a new player what was chosen."""
        if self._chosen != SetClock():
            self._send(self._chosen)

    def handle(self, op: Clock) -> Mapping[str, Any]:
        """Carry out the op `clock`; return what leads."""
        match op.action:
            case "source":
                self._choose(SetClock(op.source, self._chosen.offset_ms))
            case "offset":
                self._choose(SetClock(self._chosen.source, op.ms))
            case "nudge":
                self._send(SetClock(nudge_ms=op.ms or 0.0))
            case _:
                pass
        return self.describe()

    def _choose(self, chosen: SetClock) -> None:
        self._chosen = chosen
        self._send(chosen)

    def describe(self) -> dict[str, Any]:
        """Return the value of `clock` in `state`: what was chosen, and what the player said last."""
        state, chosen = self.state, self._chosen
        return {
            "source": chosen.source or state.source,
            "leader": state.leader,
            "locked": state.is_locked,
            "runs": state.runs,
            "tempo": self.tempo,
            "offset": state.offset_ms if chosen.offset_ms is None else chosen.offset_ms,
        }
