"""What leads the time of all decks, as the player says it, and changes of that."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from daemon.control.messages import Clock, ControlError
from daemon.interpreter import what_link_needs
from daemon.link.player import ClockState, SetClock, ToPlayer
from models.notes import VOICES


class Timekeeping:
    """`state` is what the player said last. A new player is told what clients have chosen since the start.

    A composer that replaces another one learns that from the player.
    """

    def __init__(self, send: Callable[[ToPlayer], None]) -> None:
        self.state = ClockState("internal", "internal", True, None, 0.0, 0.0)
        self._send = send
        self._chosen = SetClock()

    @property
    def tempo(self) -> float | None:
        """The tempo of the foreign clock that leads, in BPM; None if the parameter `tempo` acts."""
        state = self.state
        if state.leader == "internal" or (state.leader == "link" and not state.is_locked):
            return None
        return state.tempo or None

    def hear(self, state: ClockState, *, is_known: bool) -> None:
        """Note what the player says; `is_known`: it has played before this composer came."""
        if is_known:
            chosen = self._chosen
            offset_ms = state.offset_ms if chosen.offset_ms is None else chosen.offset_ms
            delays = {**state.delays, **(chosen.delays or {})}
            self._chosen = SetClock(chosen.source or state.source, offset_ms, delays=delays)
        self.state = state

    def succeed(self) -> None:
        """Tell a new player what was chosen, and how the music was nudged against a foreign clock."""
        if (chosen := replace(self._chosen, nudge_ms=self.state.nudged_ms)) != SetClock():
            self._send(chosen)

    def handle(self, op: Clock) -> Mapping[str, Any]:
        """Carry out the op `clock`; return what leads. Raises ControlError if Link is not installed."""
        match op.action:
            case "source":
                if op.source == "link" and (missing := what_link_needs()):
                    raise ControlError("unavailable", missing, "source")
                self._choose(replace(self._chosen, source=op.source))
            case "offset":
                self._choose(replace(self._chosen, offset_ms=op.ms))
            case "delay" if op.voice is not None:
                delays = {**(self._chosen.delays or {}), op.voice: op.ms or 0.0}
                self._choose(replace(self._chosen, delays=delays))
            case "nudge":
                self._send(SetClock(nudge_ms=op.ms or 0.0))
            case _:
                pass
        return self.describe()

    def change_session(self, tempo: float) -> None:
        """Give a Link session another tempo, in BPM."""
        self._send(SetClock(tempo=tempo))

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
            "peers": state.peers,
            "tempo": self.tempo,
            "delays": {**dict.fromkeys(VOICES, 0.0), **state.delays, **(chosen.delays or {})},
            "offset": state.offset_ms if chosen.offset_ms is None else chosen.offset_ms,
        }
